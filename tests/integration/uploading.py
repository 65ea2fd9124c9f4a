"""Workbooks handed in on a running site, by the calls that its pages make."""

from __future__ import annotations

import io
from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import eventually, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
JOB_S = 60


def ended(site: RemoteCKAN, upload_id: str) -> dict[str, Any]:
    """Wait for the job of an upload and give it with its report."""
    found = eventually(
        lambda: site.action.fjgov_upload_show(id=upload_id, report=True, marked=True),
        lambda upload: not upload["is_running"],
        JOB_S,
    )
    assert not found["is_running"], found
    return dict(found)


def checked(
    stack: StackInfo, site: RemoteCKAN, data: bytes, directory: str = "dataset"
) -> dict[str, Any]:
    """Hand a workbook in and give what its check said."""
    made = site.action.fjgov_upload_create(
        unit=unit_of(stack, NODE),
        filename="示例登记簿.xlsx",
        directory=directory,
        upload=io.BytesIO(data),
    )
    return ended(site, made["id"])


def imported(site: RemoteCKAN, upload: dict[str, Any]) -> dict[str, Any]:
    """Import what was checked and give the result."""
    site.action.fjgov_upload_import(id=upload["id"])
    return ended(site, upload["id"])


def ids_of(site: RemoteCKAN, upload: dict[str, Any]) -> list[str]:
    """Give the ids of the records of an import, in the order of its rows."""
    names = [row["identifier"].lower().replace("/", "-") for row in upload["report"]["rows"]]
    return [site.action.package_show(id=name)["id"] for name in names]
