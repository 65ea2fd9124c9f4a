"""Files that this node keeps for direct exchange: handed in, given by the gateway (Art. 20)."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import files
from ckanext.fjgov.model.kept_files import KeptFile


def path_of(file: KeptFile) -> Path:
    """Give the place of a file that is kept."""
    return _folder(file.resource) / file.sha256


def keep(resource_id: str, content: BinaryIO, name: str) -> KeptFile:
    """Put a file that was handed in where it is kept; it counts once its row is stored.

    Raises:
        ValidationError: it is empty or too large.
    """
    folder = _folder(resource_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft, digest = folder / f".{uuid.uuid4()}", hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        while piece := content.read(files.PIECE):
            digest.update(piece)
            yield piece

    size = files.write(draft, pieces())
    kept = KeptFile(resource_id, digest.hexdigest(), size, name, utc_now())
    draft.replace(path_of(kept))
    return kept


def drop_others(resource_id: str, current: KeptFile | None) -> None:
    """Remove what is no longer kept for a resource, after the rows that say so are committed.

    Whoever reads one of them goes on to its end.
    """
    if current is None:
        shutil.rmtree(_folder(resource_id), ignore_errors=True)
        return
    for path in _folder(resource_id).iterdir():
        if path.name != current.sha256:
            path.unlink(missing_ok=True)


def _folder(resource_id: str) -> Path:
    # An id is whatever its author chose; a digest is a name and nothing else.
    name = hashlib.sha256(resource_id.encode()).hexdigest()[:32]
    return settings.storage_folder() / "fjgov" / "kept" / name
