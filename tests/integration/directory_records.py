"""Records of the directories beside the entries, registered as their units do."""

from __future__ import annotations

from typing import Any

from tests.factories import DIRECTORY_RECORDS, make_directory_record
from tests.integration.api import client, unique_title, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


def record_for(
    stack: StackInfo, record_type: str, node: str = NODE, **changes: Any
) -> dict[str, Any]:
    """Give a record of the registrar's unit with a title of its own."""
    values = {
        "title": unique_title(str(DIRECTORY_RECORDS[record_type]["title"])),
        "owner_org": unit_of(stack, node),
        "provider_code": None,
        "state": "active",
        "is_sample": "1",
    }
    return make_directory_record(record_type, **{**values, **changes})


def register(
    stack: StackInfo, record_type: str, node: str = NODE, **changes: Any
) -> dict[str, Any]:
    """Register a record as the registrar of its unit, listed at once unless told otherwise."""
    site = client(stack, node, "registrar")
    return dict(site.action.package_create(**record_for(stack, record_type, node, **changes)))
