"""The newest seal in a signed file outside the database."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature

from ckanext.fjgov.core.federation.keys import SigningKey, VerifyingKey
from ckanext.fjgov.core.usage.sealing import Head


class HeadRefusedError(Exception):
    """The file is damaged, or was not signed by this node."""


def write(path: Path, head: Head, key: SigningKey) -> None:
    """Write the file durably, in place of the one before.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    signature = base64.b64encode(key.private.sign(_bytes(head))).decode()
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"number": head.number, "hash": head.hash, "signature": signature}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read(path: Path, key: VerifyingKey) -> Head | None:
    """Read the file; None when there is none.

    Raises:
        HeadRefusedError: it is not what this node has signed.
    """
    if not path.exists():
        return None
    try:
        return parsed(json.loads(path.read_text(encoding="utf-8")), key)
    except (ValueError, HeadRefusedError) as error:
        raise HeadRefusedError(str(path)) from error


def parsed(found: Mapping[str, Any], key: VerifyingKey) -> Head:
    """Read what such a file holds.

    Raises:
        HeadRefusedError: it is not what this node has signed.
    """
    try:
        head = Head(int(found["number"]), str(found["hash"]))
        key.public.verify(base64.b64decode(found["signature"]), _bytes(head))
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise HeadRefusedError(str(error)) from error
    return head


def _bytes(head: Head) -> bytes:
    return f"fjgov-usage-head\n{head.number}\n{head.hash}".encode()
