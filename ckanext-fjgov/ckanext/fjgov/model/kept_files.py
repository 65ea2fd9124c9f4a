"""Files that a node keeps for direct exchange (文件存放, Art. 20), as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a resource, kept by the node itself.

    Attributes:
        sha256: of its content, in hexadecimal; its name in the folder of the resource.
        size: bytes.
        name: by which it was handed in.
    """

    resource: str
    sha256: str
    size: int
    name: str
    at: datetime


def find(connection: sa.Connection, resource_id: str) -> KeptFile | None:
    """Give the file that is kept for a resource. Cost: one look-up."""
    row = connection.execute(
        sa.text(
            "SELECT resource, sha256, size, name, at FROM fjgov_kept_file"
            " WHERE resource = :resource"
        ),
        {"resource": resource_id},
    ).one_or_none()
    return KeptFile(*row) if row else None


def put(connection: sa.Connection, file: KeptFile) -> None:
    """Store which file is kept for a resource from now on."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_kept_file (resource, sha256, size, name, at)"
            " VALUES (:resource, :sha256, :size, :name, :at) ON CONFLICT (resource) DO UPDATE"
            " SET sha256 = EXCLUDED.sha256, size = EXCLUDED.size, name = EXCLUDED.name,"
            " at = EXCLUDED.at"
        ),
        {
            "resource": file.resource,
            "sha256": file.sha256,
            "size": file.size,
            "name": file.name,
            "at": file.at,
        },
    )


def remove(connection: sa.Connection, resource_id: str) -> None:
    """Forget the file of a resource."""
    connection.execute(
        sa.text("DELETE FROM fjgov_kept_file WHERE resource = :resource"),
        {"resource": resource_id},
    )
