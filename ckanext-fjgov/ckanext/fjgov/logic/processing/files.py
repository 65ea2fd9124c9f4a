"""Folders of jobs: one to work in and one with the result, neither guessable nor readable."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.processing.process import CSV, PARQUET

WORKING = ".work"
FORMATS = {"csv": CSV, "parquet": PARQUET}
PRIVATE_FOLDER, PRIVATE = 0o700, 0o600
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of a result: bytes and SHA-256."""

    size: int
    sha256: str


def new_name() -> str:
    """Give a name that nobody can guess."""
    return uuid.uuid4().hex


def working_folder(name: str) -> Path:
    """Make the private folder in which a job works."""
    folder = _root() / f"{name}{WORKING}"
    folder.mkdir(mode=PRIVATE_FOLDER)
    return folder


def publish(name: str) -> dict[str, ResultFile]:
    """Move the files of a result out of the working folder, in one step, once they are on disk.

    Returns:
        By format.
    """
    working, ready = _root() / f"{name}{WORKING}", _root() / f"{name}.new"
    ready.mkdir(mode=PRIVATE_FOLDER)
    made: dict[str, ResultFile] = {}
    for code, file in FORMATS.items():
        path = working / file
        path.chmod(PRIVATE)
        made[code] = _described(path)
        path.rename(ready / file)
    ready.rename(_root() / name)
    return made


def result_path(name: str, code: str) -> Path:
    """Give where the result of a job is, in one of FORMATS."""
    return _root() / name / FORMATS[code]


def remove(name: str) -> None:
    """Remove everything of a job."""
    for suffix in ("", ".new", WORKING):
        shutil.rmtree(_root() / f"{name}{suffix}", ignore_errors=True)


def remove_work(name: str) -> None:
    """Remove what a job read and wrote on its way."""
    shutil.rmtree(_root() / f"{name}{WORKING}", ignore_errors=True)


def sweep(known: Collection[str]) -> int:
    """Remove what belongs to no job any more; gives how many folders."""
    strays = [one for one in _root().iterdir() if one.name.split(".")[0] not in known]
    for one in strays:
        shutil.rmtree(one, ignore_errors=True)
    return len(strays)


def used_bytes(folder: Path) -> int:
    """Give what a folder takes on disk; files that vanish meanwhile count nothing."""
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total


def _described(path: Path) -> ResultFile:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
        os.fsync(file.fileno())
    return ResultFile(size, digest.hexdigest())


def _root() -> Path:
    root = settings.storage_folder() / "fjgov" / "processing"
    root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return root
