"""Ed25519 keys of nodes: written forms, names, and files that only their owner may read.

Keys are exchanged out of band. Two keys of a node may be valid while it changes from one to the
next; the short name `kid` says which one signed.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from .errors import KeyRefused

PUBLIC_PREFIX = "ed25519:"
FILE_MODE = 0o600
_MAX_PEM_BYTES = 4096


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a node's key and its short name (16 hex digits)."""

    kid: str
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A node's private key; its text form never shows it."""

    kid: str
    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"

    def verifying(self) -> VerifyingKey:
        """Give the public half."""
        return VerifyingKey(self.kid, self.private.public_key())


def key_from_seed(seed: bytes) -> SigningKey:
    """Make a key from 32 random bytes, which the caller draws.

    Raises:
        KeyRefused: not 32 bytes.
    """
    if len(seed) != 32:
        raise KeyRefused("密钥种子必须是 32 字节", "the seed of a key must have 32 bytes")
    return _named(Ed25519PrivateKey.from_private_bytes(seed))


def public_text(key: VerifyingKey) -> str:
    """Write a public key as `ed25519:<43 characters of base64url>` for forms and settings."""
    raw = key.public.public_bytes_raw()
    return PUBLIC_PREFIX + base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def parse_public(text: str) -> VerifyingKey:
    """Read what `public_text` wrote; surrounding blanks are ignored.

    Raises:
        KeyRefused: the text has another form.
    """
    written = text.strip()
    encoded = written.removeprefix(PUBLIC_PREFIX)
    try:
        raw = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not written.startswith(PUBLIC_PREFIX) or len(raw) != 32:
        raise KeyRefused(
            f"公钥格式不正确，应为 {PUBLIC_PREFIX}<43 个字符>",
            f"not a public key; expected {PUBLIC_PREFIX}<43 characters>",
        )
    return VerifyingKey(_kid(raw), Ed25519PublicKey.from_public_bytes(raw))


def private_pem(key: SigningKey) -> bytes:
    """Write a private key as unencrypted PKCS #8 PEM."""
    return key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load_private_pem(data: bytes) -> SigningKey:
    """Read a private key from PEM.

    Raises:
        KeyRefused: the text is no PEM of an unencrypted Ed25519 key.
    """
    try:
        private = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise KeyRefused(
            "私钥不是未加密的 PEM 文本", "the private key is not unencrypted PEM"
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyRefused("私钥不是 Ed25519 密钥", "the private key is not an Ed25519 key")
    return _named(private)


def check_key_mode(mode: int) -> None:
    """Accept only a regular file that its owner alone may read and write.

    Args:
        mode: `st_mode` of the file.

    Raises:
        KeyRefused: anything else.
    """
    if not stat.S_ISREG(mode):
        raise KeyRefused("密钥路径不是普通文件", "the key path is not a regular file")
    if stat.S_IMODE(mode) != FILE_MODE:
        raise KeyRefused(
            f"密钥文件权限为 {stat.S_IMODE(mode):04o}，必须是 0600（chmod 600）",
            f"the key file has mode {stat.S_IMODE(mode):04o}; it must be 0600 (chmod 600)",
        )


def read_key_file(path: Path) -> SigningKey:
    """Read a private key file.

    Raises:
        KeyRefused: wrong mode, not a regular file (a link is refused too), or not a key.
        OSError: the file cannot be opened.
    """
    # The mode is read from the open file, so that it cannot be exchanged in between; without
    # O_NONBLOCK a pipe under that name would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        check_key_mode(os.fstat(descriptor).st_mode)
        return load_private_pem(os.read(descriptor, _MAX_PEM_BYTES))
    finally:
        os.close(descriptor)


def write_key_file(path: Path, key: SigningKey) -> None:
    """Write a new private key file with mode 0600.

    Raises:
        FileExistsError: there is a file already; a key is never overwritten.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, FILE_MODE), "wb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        file.write(private_pem(key))


def _named(private: Ed25519PrivateKey) -> SigningKey:
    return SigningKey(_kid(private.public_key().public_bytes_raw()), private)


def _kid(raw: bytes) -> str:
    return sha256(raw).hexdigest()[:16]
