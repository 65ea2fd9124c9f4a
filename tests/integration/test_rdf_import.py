"""`fjgov import --format rdf`: what the platform wrote is what it finds again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.integration.api import client, create_listed
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


def document(stack: StackInfo, record_id: str) -> str:
    answer = httpx.get(
        f"{stack.urls[NODE]}/dataset/{record_id}.ttl",
        params={"profiles": "fjgov_dcat_officials"},
        headers={"Authorization": stack.credentials[NODE]["registrar"]["token"]},
    )
    return answer.raise_for_status().text


def imported(stack: StackInfo, file: Path, *options: str) -> dict[str, Any]:
    done = ckan(
        stack, "fjgov", "import", str(file), "--format", "rdf", "--json", *options, key=NODE
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return dict(json.loads(done.stdout))


def test_an_entry_is_unchanged_and_a_changed_title_is_an_update(
    stack: StackInfo, tmp_path: Path
) -> None:
    record = create_listed(stack, NODE)
    file = tmp_path / "record.ttl"
    text = document(stack, record["id"])
    file.write_text(text, "utf-8")
    again = imported(stack, file, "--dry-run")["totals"]
    assert (again["unchanged"], again["refused"]) == (1, 0)
    title = f"{record['title']}（改）"
    file.write_text(text.replace(record["title"], title), "utf-8")
    assert imported(stack, file)["totals"]["changed"] == 1
    site = client(stack, NODE, "registrar")
    assert site.action.package_show(id=record["id"])["title"] == title
