"""Passwords and keys of a stack, generated once and kept in files that only the owner reads."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` with mode 0600 from the first byte on, replacing it in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


class Secrets:
    """Named random values in `<base>/secrets.json`; a name asked for the first time is made up."""

    def __init__(self, base: Path) -> None:
        self._path = base / "secrets.json"
        self._values: dict[str, str] = {}
        if self._path.exists():
            self._values = json.loads(self._path.read_text(encoding="utf-8"))

    def get(self, name: str) -> str:
        """Return the secret called `name`: 43 characters that need no escaping in any address."""
        if name not in self._values:
            self._values[name] = secrets.token_urlsafe(32)
            write_private(self._path, json.dumps(self._values, indent=1))
        return self._values[name]


def ensure_node_key(folder: Path) -> Path:
    """Make the Ed25519 key pair of a node in `folder` unless it is there.

    Returns: the path of the private key (PKCS 8, mode 0600); the public key lies beside it as
    `node_key.pub`, to be handed to the parent node out of band.
    """
    private, public = folder / "node_key.pem", folder / "node_key.pub"
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(private, pem.decode("ascii"))
        public.unlink(missing_ok=True)
    if not public.exists():
        loaded = serialization.load_pem_private_key(private.read_bytes(), password=None)
        text = loaded.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        public.write_bytes(text)
    return private
