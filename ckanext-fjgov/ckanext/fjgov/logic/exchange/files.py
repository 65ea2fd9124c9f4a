"""Files on their way into a table: handed in, or fetched from the registered address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.exchange.faults import MountRefused
from ckanext.fjgov.core.federation.errors import FetchError
from ckanext.fjgov.core.federation.ports import FETCHERS
from ckanext.fjgov.logic import settings

PIECE = 1 << 20


def path_of(run_id: str) -> Path:
    """Give the place of the file of a run, in a folder of the site."""
    folder = settings.storage_folder() / "fjgov" / "mounts"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / run_id


def keep(run_id: str, file: BinaryIO) -> int:
    """Keep a file that was handed in; gives its length.

    Raises:
        ValidationError: it is empty or too large.
    """

    def pieces() -> Iterator[bytes]:
        while piece := file.read(PIECE):
            yield piece

    return write(path_of(run_id), pieces())


def fetch(run_id: str, address: str) -> int:
    """Fetch a file from a registered address, as the gateway does; gives its length.

    Raises:
        MountRefused: the address does not answer, or the file is empty or too large.
    """
    way = FETCHERS.get("resource")(settings.words("fjgov.fetch.allow"), settings.own_ports())
    try:
        with way.stream(address) as source:
            return _write(path_of(run_id), source)
    except FetchError as error:
        raise MountRefused(
            f"登记的地址暂不可用（{error.kind}），请核对地址后再试，或上传文件",
            f"the registered address does not answer ({error.kind}); check it, or hand a file in",
        ) from error


def forget(run_id: str) -> None:
    """Remove the file of a run."""
    path_of(run_id).unlink(missing_ok=True)


def write(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file that was handed in; gives its length.

    Raises:
        ValidationError: it is empty or too large; nothing of it is left.
    """
    try:
        return _write(path, pieces)
    except MountRefused as refused:
        path.unlink(missing_ok=True)
        raise tk.ValidationError({"upload": [str(refused)]}) from refused


def _write(path: Path, pieces: Iterable[bytes]) -> int:
    most, size = settings.mount_max_bytes(), 0
    with path.open("wb") as file:
        path.chmod(0o600)
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise MountRefused(
                    f"文件超过 {most} 字节，请拆分", f"the file is larger than {most} bytes"
                )
            file.write(piece)
    if not size:
        raise MountRefused("文件为空", "the file is empty")
    return size
