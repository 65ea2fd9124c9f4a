"""Who sees records of the directories beside the entries: search, API, pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError

from ckanext.fjgov.core.catalog.directories import directories
from tests.factories import DIRECTORY_RECORDS
from tests.integration.api import (
    ANONYMOUS,
    client,
    create_listed,
    eventually,
    new_account,
    open_entry,
    other_unit,
    unit_of,
)
from tests.integration.directory_records import register
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
TYPES = sorted(DIRECTORY_RECORDS)


def stack_command(stack: StackInfo, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the operators on the node."""
    program = str(Path(sys.executable).parent / "ckan")
    return subprocess.run(
        [program, "-c", str(stack.inis[NODE]), "fjgov", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def found_by(site: RemoteCKAN, record: dict[str, Any], **search: Any) -> bool:
    """Tell whether a search for the title finds a record."""
    answer = site.action.package_search(q=f'title:"{record["title"]}"', **search)
    return any(hit["id"] == record["id"] for hit in answer["results"])


class TestWhoSees:
    @pytest.mark.parametrize("record_type", TYPES)
    def test_officials_only_when_they_ask_and_nobody_else(
        self, stack: StackInfo, record_type: str
    ) -> None:
        record = register(stack, record_type)
        asked = {"fq": f"dataset_type:{record_type}"}
        staff, anybody = client(stack, NODE, "staff"), client(stack, NODE, ANONYMOUS)
        assert eventually(lambda: found_by(staff, record, **asked))
        for site in (staff, anybody, client(stack, NODE, "sysadmin")):
            assert not found_by(site, record)
            assert not found_by(site, record, include_private=True)
        assert not found_by(anybody, record, **asked)
        assert not found_by(anybody, record, include_private=True, **asked)
        assert staff.action.package_show(id=record["id"])["title"] == record["title"]
        for reference in (record["id"], record["name"]):
            with pytest.raises((NotAuthorized, NotFound)):
                anybody.action.package_show(id=reference)
        names = anybody.action.package_list()
        assert record["name"] not in names
        suggested = anybody.action.package_autocomplete(q=record["title"])
        assert record["name"] not in [row["name"] for row in suggested]

    @pytest.mark.parametrize("record_type", TYPES)
    def test_what_is_said_to_be_open_is_so_in_an_open_directory_only(
        self, stack: StackInfo, record_type: str
    ) -> None:
        anybody = client(stack, NODE, ANONYMOUS)
        if record_type != "permit_type":
            with pytest.raises(ValidationError, match="open_to_public"):
                register(stack, record_type, open_to_public="1")
            return
        basis = [{"title": "示例条例", "number": "示例1号", "clause": "第一条"}]
        record = register(stack, record_type, open_to_public="1", legal_basis=basis)
        asked = {"fq": f"dataset_type:{record_type}"}
        assert eventually(lambda: found_by(anybody, record, **asked))
        assert not found_by(anybody, record)
        shown = anybody.action.package_show(id=record["id"])
        assert shown["permit_code"] == record["permit_code"]
        assert "legal_basis" not in shown
        [hit] = anybody.action.package_search(q=f'title:"{record["title"]}"', **asked)["results"]
        assert "legal_basis" not in hit

    def test_drafts_by_their_unit_only(self, stack: StackInfo, registrar: RemoteCKAN) -> None:
        draft = register(stack, "permit_type", open_to_public="1", state="draft")
        assert registrar.action.package_show(id=draft["id"])["title"] == draft["title"]
        elsewhere = new_account(stack, NODE, other_unit(stack, NODE))
        for site in (elsewhere, client(stack, NODE, "staff"), client(stack, NODE, ANONYMOUS)):
            with pytest.raises(NotAuthorized):
                site.action.package_show(id=draft["id"])

    def test_counts_of_units_and_pages_do_not_move(self, stack: StackInfo) -> None:
        anybody = client(stack, NODE, ANONYMOUS)
        unit = unit_of(stack, NODE)

        def counts() -> tuple[int, int, int]:
            whole = anybody.action.package_search(rows=0)["count"]
            of_unit = anybody.action.package_search(rows=0, fq=f"organization:{unit}")["count"]
            shown = anybody.action.organization_show(id=unit)["package_count"]
            return whole, of_unit, shown

        before = counts()
        staff = client(stack, NODE, "staff")
        record = register(stack, "collection_item")
        assert eventually(lambda: found_by(staff, record, fq="dataset_type:collection_item"))
        assert counts() == before

    def test_the_index_says_what_the_database_says(self, stack: StackInfo) -> None:
        register(stack, "collection_item")
        done = stack_command(stack, "index", "verify")
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("record_type", TYPES)
    @pytest.mark.parametrize("role", [ANONYMOUS, "registrar"])
    def test_pages_of_ckan_for_them_are_closed(
        self, stack: StackInfo, role: str, record_type: str
    ) -> None:
        record = register(stack, record_type)
        headers = {}
        if role != ANONYMOUS:
            headers["Authorization"] = stack.credentials[NODE][role]["token"]
        name = record["name"]
        for path in ("", "new", name, f"edit/{name}", f"delete/{name}", f"{name}/resource/new"):
            address = f"{stack.urls[NODE]}/{record_type}/{path}"
            assert requests.get(address, headers=headers, timeout=60).status_code == 404, path


class TestPages:
    def text_of(self, stack: StackInfo, role: str, path: str) -> tuple[int, str]:
        headers = {}
        if role != ANONYMOUS:
            headers["Authorization"] = stack.credentials[NODE][role]["token"]
        answer = requests.get(f"{stack.urls[NODE]}{path}", headers=headers, timeout=60)
        return answer.status_code, answer.text

    @pytest.mark.parametrize("record_type", TYPES)
    def test_list_and_record_of_a_directory(self, stack: StackInfo, record_type: str) -> None:
        record = register(stack, record_type)
        staff = client(stack, NODE, "staff")
        assert eventually(lambda: found_by(staff, record, fq=f"dataset_type:{record_type}"))
        title, index = record["title"], f"/directory/{record_type}/"
        label = directories()[record_type].label_zh
        for path in (f"{index}?q={title}", f"{index}{record['name']}"):
            status, text = self.text_of(stack, "staff", path)
            assert status == 200
            assert title in text
            assert label in text
        status, text = self.text_of(stack, ANONYMOUS, f"{index}?q={title}")
        assert status == 200
        assert record["name"] not in text
        assert self.text_of(stack, ANONYMOUS, f"{index}{record['name']}")[0] == 404
        assert self.text_of(stack, "staff", "/directory/")[1].count(label) == 1

    def test_an_entry_shows_what_names_it_as_a_list_and_a_drawing(self, stack: StackInfo) -> None:
        entry = create_listed(stack, NODE, **open_entry())
        system = register(stack, "app_system", entries_produced=[entry["identifier"]])
        status, text = self.text_of(stack, "staff", f"/dataset/{entry['name']}")
        assert status == 200
        assert f"/directory/app_system/{system['name']}" in text
        assert "产生系统" in text
        assert '<svg class="fj-diagram"' in text
        status, text = self.text_of(stack, ANONYMOUS, f"/dataset/{entry['name']}")
        assert status == 200
        assert system["title"] not in text
        assert "fj-diagram" not in text

    @pytest.mark.parametrize("path", ["/directory/dataset/", "/directory/none/", "/directory/x/y"])
    def test_what_is_no_directory_is_not_found(self, stack: StackInfo, path: str) -> None:
        assert self.text_of(stack, "staff", path)[0] == 404
