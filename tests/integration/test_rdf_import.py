"""`fjgov import --format rdf`: what the platform wrote is what it finds again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import client, create_listed
from tests.integration.directory_records import register
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


def document(stack: StackInfo, record_id: str, profile: str = "fjgov_dcat_officials") -> str:
    answer = httpx.get(
        f"{stack.urls[NODE]}/dataset/{record_id}.ttl",
        params={"profiles": profile},
        headers={"Authorization": stack.credentials[NODE]["registrar"]["token"]},
    )
    return answer.raise_for_status().text


def imported(stack: StackInfo, file: Path, *options: str) -> dict[str, Any]:
    done = ckan(
        stack, "fjgov", "import", str(file), "--format", "rdf", "--json", *options, key=NODE
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("directory", ["dataset", "permit_type"])
def test_a_record_is_unchanged_and_a_changed_title_is_an_update(
    stack: StackInfo, tmp_path: Path, directory: str
) -> None:
    if directory == "dataset":
        record = create_listed(stack, NODE)
    else:
        record = register(stack, directory, NODE)
    file = tmp_path / "record.ttl"
    text = document(stack, record["id"])
    file.write_text(text, "utf-8")
    options = ("--directory", directory)
    again = imported(stack, file, *options, "--dry-run")["totals"]
    assert (again["unchanged"], again["refused"]) == (1, 0)
    title = f"{record['title']}（改）"
    file.write_text(text.replace(record["title"], title), "utf-8")
    assert imported(stack, file, *options)["totals"]["changed"] == 1
    site = client(stack, NODE, "registrar")
    assert site.action.package_show(id=record["id"])["title"] == title


def test_a_public_document_is_refused_with_the_way_to_the_other(
    stack: StackInfo, tmp_path: Path
) -> None:
    record = create_listed(stack, NODE)
    file = tmp_path / "record.ttl"
    file.write_text(document(stack, record["id"], "fjgov_dcat"), "utf-8")
    refused = ckan(stack, "fjgov", "import", str(file), "--format", "rdf", key=NODE)
    assert refused.returncode == 2
    assert "fjgov_dcat_officials" in refused.stderr
