"""Keys: written forms, names, and files that others may not read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from ckanext.fjgov.core.federation.errors import KeyRefused
from ckanext.fjgov.core.federation.keys import (
    check_key_mode,
    key_from_seed,
    load_private_pem,
    parse_public,
    private_pem,
    public_text,
    read_key_file,
    write_key_file,
)

KEY = key_from_seed(bytes(range(32)))


def test_a_key_has_one_name_in_every_form() -> None:
    text = public_text(KEY.verifying())
    assert text == "ed25519:A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
    assert {
        KEY.kid,
        KEY.verifying().kid,
        parse_public(f" {text}\n").kid,
        load_private_pem(private_pem(KEY)).kid,
    } == {KEY.kid}
    assert len(KEY.kid) == 16


def test_the_private_half_is_never_shown() -> None:
    assert repr(KEY) == f"SigningKey(kid='{KEY.kid}')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg",
        "ed25519:",
        "ed25519:AAAA",
        "ed25519:A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMb!",
        "ed25519:密钥",
    ],
)
def test_other_texts_are_no_public_key(text: str) -> None:
    with pytest.raises(KeyRefused, match="公钥格式不正确"):
        parse_public(text)


def test_other_private_keys_are_refused() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    locked = KEY.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    for data in (b"", b"no key", other, locked):
        with pytest.raises(KeyRefused):
            load_private_pem(data)
    with pytest.raises(KeyRefused):
        key_from_seed(b"short")


def test_a_key_file_is_written_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "node.pem"
    write_key_file(path, KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).kid == KEY.kid
    with pytest.raises(FileExistsError):
        write_key_file(path, KEY)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o700, 0o400, 0o4600])
def test_key_files_open_to_others_are_refused(mode: int) -> None:
    with pytest.raises(KeyRefused, match="0600"):
        check_key_mode(stat.S_IFREG | mode)


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.pem"
    write_key_file(path, KEY)
    link = tmp_path / "link.pem"
    link.symlink_to(path)
    with pytest.raises(OSError):
        read_key_file(link)
    with pytest.raises(KeyRefused, match="普通文件"):
        read_key_file(tmp_path)
