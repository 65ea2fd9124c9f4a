"""A dataset of a plain CKAN site (API of 2.9 to 2.12) as cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .record import RemoteRecord, SourceRefused, flatten

_APART = frozenset({"resources", "extras"})
# What CKAN keeps for itself: ids of rows and users, counts, and the state of the listing. None of
# it describes the data; the id is the identity of the record.
MACHINERY = frozenset(
    {
        "id", "name", "state", "type", "private", "isopen", "num_resources", "num_tags",
        "creator_user_id", "owner_org", "revision_id", "revision_timestamp", "metadata_created",
        "license_title", "license_url", "relationships_as_object", "relationships_as_subject",
        "tracking_summary.total", "tracking_summary.recent",
    }
)  # fmt: skip
_ROWS = frozenset({"tags", "groups", "organization"})
# Of a tag, a group or the organization only what people read is content.
_WORDS = frozenset({"name", "title", "description"})
_RESOURCE_MACHINERY = frozenset(
    {
        "state", "position", "package_id", "revision_id", "cache_last_updated", "cache_url",
        "datastore_active", "datastore_contains_all_records_of_source_file", "metadata_modified",
        "created", "url_type", "tracking_summary.total", "tracking_summary.recent",
    }
)  # fmt: skip


def package_record(package: Any, place: str) -> RemoteRecord:
    """Read one dataset as `package_search` and `package_show` give it.

    Args:
        package: parsed JSON.
        place: where it stands, for messages.

    Returns:
        A record whose id is the dataset's id; extras are `extras.<key>`, keywords `tags.name`, the
        unit `organization.title`. `MACHINERY` is left out by name.

    Raises:
        SourceRefused: not a dataset.
    """
    if not isinstance(package, Mapping) or not isinstance(package.get("id"), str):
        raise SourceRefused(
            "dataset", f"{place}不是 CKAN 数据集", f"{place} is not a dataset of CKAN"
        )
    cells = {
        name: texts
        for name, texts in flatten(package, without=_APART).items()
        if name not in MACHINERY and _is_content(name)
    }
    for extra in package.get("extras") or []:
        if isinstance(extra, Mapping):
            cells |= flatten({f"extras.{extra.get('key')}": extra.get("value")})
    resources = tuple(
        {
            name: texts
            for name, texts in flatten(resource).items()
            if name not in _RESOURCE_MACHINERY
        }
        for resource in package.get("resources") or []
        if isinstance(resource, Mapping)
    )
    return RemoteRecord(package["id"], cells, resources, f"{place} {package.get('name', '')}")


def _is_content(name: str) -> bool:
    outer, _, inner = name.partition(".")
    return outer not in _ROWS or inner in _WORDS
