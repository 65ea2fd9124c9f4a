"""The tables of an entry as its page and that of a grant show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.visibility import Aspect
from ckanext.fjgov.core.exchange.asking import Asked
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.exchange import querying
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.model import mounts
from ckanext.fjgov.model.database import session_connection


@dataclass(frozen=True, slots=True)
class Shown:
    """A mounted table for one reader.

    Attributes:
        refused: why the reader may not query it; None when nothing speaks against it.
        download: address of the table as a file; "" when the reader may not have it.
    """

    name: str
    rows: int
    version: int
    at: str
    refused: Refused | None
    preview: str
    openapi: str
    example: str
    download: str


def of_entry(entry: str, grant: str = "") -> list[Shown]:
    """Give the mounted tables of an entry, each with whether the reader may query it.

    Args:
        entry: id.
        grant: number of the grant that is to be used; "" for any.

    Cost: one look-up, and two decisions for each table.
    """
    tables = mounts.of_entry(session_connection(), entry)
    return [_shown(table.resource, table, grant) for table in tables]


def example(resource: str, grant: str = "") -> str:
    """Give a call that anybody can copy."""
    query = urlencode({"limit": "5", **({"grant": grant} if grant else {})})
    return f'curl -H "Authorization: $TOKEN" "{address(resource)}/rows?{query}"'


def address(resource: str) -> str:
    """Give the address under which the services of a table are."""
    return f"{settings.node().site_url}/share/{resource}"


def _shown(resource: str, table: Any, grant: str) -> Shown:
    user, asked = getattr(tk.g, "userobj", None), Asked(grant=grant)
    found = querying.service_of(resource, user, asked)
    whole = querying.service_of(resource, user, asked, Aspect.DOWNLOAD)
    row = model.Resource.get(resource)
    more = {"grant": grant} if grant else {}
    return Shown(
        name=(row.name if row else "") or resource,
        rows=table.rows,
        version=table.version,
        at=table.at.isoformat(),
        refused=found if isinstance(found, Refused) else None,
        preview=tk.url_for("fjgov_tables.preview", resource_id=resource, **more),
        openapi=tk.url_for("fjgov_tables.description", resource_id=resource, **more),
        example=example(resource, grant),
        download=(
            tk.url_for("fjgov_tables.table", resource_id=resource, **more)
            if isinstance(whole, querying.Service)
            else ""
        ),
    )
