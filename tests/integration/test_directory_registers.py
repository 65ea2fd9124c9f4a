"""Registers around the directories: appointed people, filed bases, trees, signed indicators."""

from __future__ import annotations

import csv
import io
import threading
from typing import Any

import pytest
import requests
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from deploy.stack.settings import REPOSITORY
from tests.integration.api import (
    ANONYMOUS,
    client,
    create_listed,
    eventually,
    name_of_office,
    new_account,
    open_entry,
    other_unit,
    outcome,
    refusal,
    sql,
    sync_up,
    unit_of,
)
from tests.integration.directory_records import NODE, register
from tests.integration.stack_env import StackInfo

SIGNATURES = REPOSITORY / "ckanext-fjgov/ckanext/fjgov/migration/fjgov/versions/014_signatures.sql"
INDICATORS = [{"name": "人口总数", "definition": "年末户籍人口"}, {"name": "出生人数"}]


def get(stack: StackInfo, role: str, path: str, node: str = NODE) -> requests.Response:
    """Open a page with the token of a role."""
    headers = {}
    if role != ANONYMOUS:
        headers["Authorization"] = stack.credentials[node][role]["token"]
    return requests.get(f"{stack.urls[node]}{path}", headers=headers, timeout=60)


class TestAppointedPeople:
    def test_the_register_is_for_officials_only(self, stack: StackInfo) -> None:
        person = stack.credentials[NODE]["registrar"]["user"]
        [fullname] = sql(stack, NODE, 'SELECT fullname FROM "user" WHERE name = %s', person)[0]
        answer = get(stack, "staff", f"/directory/appointments/?q={person}")
        assert answer.status_code == 200
        assert fullname in answer.text
        for site in (client(stack, NODE), new_account(stack, NODE)):
            assert outcome(site, "fjgov_appointment_search") == "NotAuthorized"
        for path in ("/directory/appointments/", "/organization/", "/directory/"):
            shown = get(stack, ANONYMOUS, path)
            assert shown.status_code == (403 if "appointments" in path else 200)
            assert fullname not in shown.text
            assert person not in shown.text

    def test_filters_and_pages(self, stack: StackInfo) -> None:
        staff, unit = client(stack, NODE, "staff"), other_unit(stack, NODE)
        current = new_account(stack, NODE, unit, "reviewer").action.user_show()["name"]
        ended = new_account(stack, NODE, unit, "reviewer", ended=True).action.user_show()["name"]

        def found(**asked: Any) -> list[str]:
            answer = staff.action.fjgov_appointment_search(unit=unit, role="reviewer", **asked)
            assert answer["count"] >= len(answer["appointments"])
            return [row["user"] for row in answer["appointments"]]

        assert current in found()
        assert ended not in found()
        assert {current, ended} <= set(found(all=True))
        assert found(q=current) == [current]
        assert found(q="100%_") == []
        whole = found(all=True)
        assert [found(all=True, limit=1, offset=n)[0] for n in range(len(whole))] == whole
        assert outcome(staff, "fjgov_appointment_search", unit="nowhere") == "NotFound"
        assert outcome(staff, "fjgov_appointment_search", limit="x") == "ValidationError"


def pages(stack: StackInfo, role: str, path: str, node: str) -> list[str]:
    """Read a list page by page until none follows."""
    read: list[str] = []
    while not read or 'rel="next"' in read[-1]:
        answer = get(stack, role, f"{path}&page={len(read) + 1}", node)
        assert answer.status_code == 200
        read.append(answer.text)
    return read


class TestFiledBases:
    def test_what_cities_state_is_filed_at_the_province(self, stack: StackInfo) -> None:
        basis = {
            "title": "=示例法",
            "number": "示例1号",
            "clause": "第九条",
            "statement": "仅限核对",
        }
        strict = create_listed(stack, share_type="2", legal_basis=[basis])
        open_one = create_listed(stack, **open_entry())
        sync_up(stack)
        office = client(stack, "province", "staff")
        unit = unit_of(stack, NODE)
        found = office.action.fjgov_basis_list(node="350100", unit=unit, limit=200)
        rows = {row["identifier"]: row for row in found["entries"]}
        assert strict["identifier"] in rows
        assert open_one["identifier"] not in rows
        row = rows[strict["identifier"]]
        assert row["bases"] == [{"item": "", "share_type": "2", **basis}]
        assert (row["unit"], row["home_node"]) == (unit, "350100")
        assert row["filed_at"]
        missing = office.action.fjgov_basis_list(missing=True, limit=200)["entries"]
        assert strict["identifier"] not in {row["identifier"] for row in missing}
        none = office.action.fjgov_basis_list(node="350100", share_type="3", unit=unit)["entries"]
        assert strict["identifier"] not in {row["identifier"] for row in none}
        assert outcome(office, "fjgov_basis_list", share_type="1") == "ValidationError"

        answer = get(stack, "staff", f"/directory/bases.csv?unit={unit}", "province")
        assert answer.headers["Content-Type"].startswith("text/csv")
        lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        [line] = [line for line in lines if strict["identifier"] in line]
        # No cell of the file is a formula.
        assert line[6:10] == ["'=示例法", "示例1号", "第九条", "仅限核对"]
        shown = pages(stack, "staff", f"/directory/bases/?unit={unit}", "province")
        assert [strict["title"] in text for text in shown].count(True) == 1
        for path in ("/directory/bases/", "/directory/bases.csv"):
            closed = get(stack, ANONYMOUS, path, "province")
            assert closed.status_code == 403
            assert "第九条" not in closed.text
        assert outcome(client(stack, "province"), "fjgov_basis_list") == "NotAuthorized"


class TestTrees:
    @pytest.mark.parametrize("name", ["topics", "classes", "divisions", "units"])
    def test_numbers_are_those_that_the_reader_finds(self, stack: StackInfo, name: str) -> None:
        entry = create_listed(stack, **open_entry())
        asked = {"fq": f'identifier:"{entry["identifier"]}"'}
        anybody = client(stack, NODE)
        assert eventually(lambda: anybody.action.package_search(**asked)["count"])
        for role in (ANONYMOUS, "staff"):
            answer = get(stack, role, f"/directory/tree/{name}")
            assert answer.status_code == 200
            total = client(stack, NODE, role).action.package_search(rows=0)["count"]
            assert f"<strong>{total}</strong>" in answer.text
        unit = unit_of(stack, NODE)
        code = {
            "topics": f"theme_top={entry['theme'][0][:2]}",
            "classes": f"guide_class={entry['guide_class'][0]}",
            "divisions": f"division={entry['division'][0]}",
            "units": f"organization={unit}",
        }[name]
        text = get(stack, "staff", f"/directory/tree/{name}").text
        assert f"/dataset/?{code}" in text or f"/dataset?{code}" in text

    def test_an_unknown_tree_is_not_found(self, stack: StackInfo) -> None:
        assert get(stack, "staff", "/directory/tree/colours").status_code == 404


class TestIndicators:
    @pytest.fixture
    def database(self, stack: StackInfo) -> dict[str, Any]:
        return register(
            stack,
            "gov_database",
            database_kind="base",
            base_database="population",
            lead_unit_code=self.code_of(stack, unit_of(stack, NODE)),
            indicators=[{**row, "office_signed_on": "2020-01-01"} for row in INDICATORS],
        )

    def code_of(self, stack: StackInfo, unit: str) -> str:
        [row] = sql(stack, NODE, "SELECT extras ->> 'uscc' FROM \"group\" WHERE name = %s", unit)
        return str(row[0])

    def signers(self, stack: StackInfo, database: dict[str, Any]) -> dict[str, str]:
        statement = "SELECT side, user_id FROM fjgov_indicator_signature WHERE package_id = %s"
        return dict(sql(stack, NODE, statement, database["id"]))

    @pytest.fixture
    def lead(self, stack: StackInfo) -> RemoteCKAN:
        return new_account(stack, NODE, unit_of(stack, NODE), "unit_lead")

    @pytest.fixture
    def office(self, stack: StackInfo) -> RemoteCKAN:
        """Somebody of the 同级数字办 of the lead unit."""
        code = self.code_of(stack, unit_of(stack, NODE))
        [row] = sql(
            stack,
            NODE,
            'SELECT o.name FROM "group" g, "group" o WHERE g.extras ->> \'uscc\' = %s AND'
            " o.extras ->> 'uscc' = (g.extras ->> 'competent_office')::jsonb -> 0 ->> 'uscc'",
            code,
        )
        return new_account(stack, NODE, str(row[0]), "digital_office")

    def test_both_sides_publish_and_a_change_asks_again(
        self, stack: StackInfo, database: dict[str, Any], lead: RemoteCKAN, office: RemoteCKAN
    ) -> None:
        first, second = database["indicators"]
        assert "office_signed_on" not in first
        call = {"id": database["id"], "indicator": first["id"]}
        signed = lead.action.fjgov_indicator_sign(**call, side="lead", document="示例函1号")
        assert (signed["lead_signature"], signed["published"]) == ("示例函1号", False)
        signed = office.action.fjgov_indicator_sign(**call, side="office", document="示例函2号")
        assert signed["published"] is True
        again = {**call, "side": "lead", "document": "示例函3号"}
        assert outcome(lead, "fjgov_indicator_sign", **again) == "ValidationError"
        people = {
            side: site.action.user_show()["id"]
            for side, site in (("lead", lead), ("office", office))
        }
        assert self.signers(stack, database) == people
        # What the migration reads out of the audit is what was kept since.
        text = SIGNATURES.read_text(encoding="utf-8")
        known = sql(stack, NODE, text[text.index("SELECT DISTINCT") :])
        assert {row[2]: row[3] for row in known if row[0] == database["id"]} == people

        registrar = client(stack, NODE, "registrar")
        kept = registrar.action.package_patch(id=database["id"], notes="更正说明。")["indicators"]
        assert (kept[0]["lead_signature"], kept[1]) == ("示例函1号", second)
        rows = registrar.action.package_show(id=database["id"])["fjgov_findings"]
        assert [row["rule"] for row in rows] == ["B2"]
        changed = [{**kept[0], "definition": "年末常住人口"}, kept[1]]
        changed = registrar.action.package_patch(id=database["id"], indicators=changed)[
            "indicators"
        ]
        assert not [name for row in changed for name in row if "sign" in name]
        text = get(stack, "staff", f"/directory/gov_database/{database['name']}").text
        assert "待签署" in text
        assert get(stack, "staff", "/directory/base-databases/").status_code == 200
        assert get(stack, ANONYMOUS, "/directory/base-databases/").status_code == 403

    def test_nobody_signs_for_another(
        self, stack: StackInfo, database: dict[str, Any], lead: RemoteCKAN, office: RemoteCKAN
    ) -> None:
        call = {
            "id": database["id"],
            "indicator": database["indicators"][0]["id"],
            "document": "示例函1号",
        }
        elsewhere = new_account(stack, NODE, other_unit(stack, NODE), "unit_lead")
        refused = [
            (lead, "office"), (office, "lead"), (elsewhere, "lead"), (elsewhere, "office"),
            *((client(stack, NODE, role), side) for side in ("lead", "office")
              for role in ("sysadmin", "registrar", "staff", ANONYMOUS)),
        ]  # fmt: skip
        for site, side in refused:
            assert outcome(site, "fjgov_indicator_sign", **call, side=side) == "NotAuthorized"
        wrong = {**call, "side": "both"}
        assert outcome(lead, "fjgov_indicator_sign", **wrong) == "ValidationError"
        unknown = {**call, "side": "lead", "indicator": "none"}
        assert outcome(lead, "fjgov_indicator_sign", **unknown) == "NotFound"
        with pytest.raises(ValidationError, match="签署文件"):
            lead.action.fjgov_indicator_sign(**{**call, "side": "lead", "document": " "})

    def test_a_unit_that_is_its_own_office_needs_two_people_all_the_same(
        self, stack: StackInfo
    ) -> None:
        office = name_of_office(stack, NODE)
        code = self.code_of(stack, office)
        technician = client(stack, NODE, "sysadmin")
        unit = technician.action.organization_show(id=office)
        own = {"uscc": code, "valid_from": "2020-01-01"}
        technician.action.organization_patch(id=unit["id"], competent_office=[own])
        try:
            database = register(
                stack,
                "gov_database",
                database_kind="base",
                base_database="population",
                lead_unit_code=code,
                indicators=[{**row} for row in INDICATORS],
            )
            both = new_account(stack, NODE, office, "unit_lead")
            technician.action.fjgov_appointment_create(
                user=both.action.user_show()["name"], unit=office, role="digital_office",
                document="示例任命文件",
            )  # fmt: skip
            second = new_account(stack, NODE, office, "digital_office")
            for number, first_side in enumerate(("lead", "office")):
                call = {
                    "id": database["id"],
                    "indicator": database["indicators"][number]["id"],
                    "document": "示例函",
                }
                other_side = "office" if first_side == "lead" else "lead"
                both.action.fjgov_indicator_sign(**call, side=first_side)
                told = refusal(both.action.fjgov_indicator_sign, **call, side=other_side)
                assert "两方签署须为不同的人" in told
                assert "two people must sign" in told
                if other_side == "office":
                    done = second.action.fjgov_indicator_sign(**call, side="office")
                    assert done["published"] is True
            # A change takes both signatures away, and with them whoever had signed.
            rows = client(stack, NODE, "registrar").action.package_show(id=database["id"])
            renamed = [{**rows["indicators"][0], "name": "更名后的指标"}, rows["indicators"][1]]
            client(stack, NODE, "registrar").action.package_patch(
                id=database["id"], indicators=renamed
            )
            first = {"id": database["id"], "indicator": database["indicators"][0]["id"]}
            both.action.fjgov_indicator_sign(**first, side="office", document="示例函")
        finally:
            technician.action.organization_patch(
                id=unit["id"], competent_office=unit["competent_office"]
            )

    def test_two_who_sign_at_once_both_count(
        self, stack: StackInfo, database: dict[str, Any], lead: RemoteCKAN, office: RemoteCKAN
    ) -> None:
        call = {"id": database["id"], "indicator": database["indicators"][0]["id"]}
        start = threading.Barrier(2)
        outcomes: list[str] = []

        def sign(site: RemoteCKAN, side: str) -> None:
            start.wait()
            outcomes.append(
                outcome(site, "fjgov_indicator_sign", **call, side=side, document="示例函")
            )

        threads = [
            threading.Thread(target=sign, args=pair)
            for pair in ((lead, "lead"), (office, "office"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == ["done", "done"]
        shown = client(stack, NODE, "staff").action.package_show(id=database["id"])
        assert {"lead_signed_on", "office_signed_on"} <= shown["indicators"][0].keys()


class TestPicker:
    def test_offers_what_the_reader_may_find(self, stack: StackInfo) -> None:
        database = register(stack, "gov_database")
        path = "/directory/gov_database/suggest?q="

        def offered(role: str, words: str) -> list[dict[str, str]]:
            rows: list[dict[str, str]] = get(stack, role, path + words).json()["records"]
            return rows

        assert eventually(lambda: offered("registrar", database["identifier"]))
        [row] = offered("registrar", database["identifier"])
        assert (row["identifier"], row["title"]) == (database["identifier"], database["title"])
        assert row in offered("registrar", database["title"])
        assert offered(ANONYMOUS, database["identifier"]) == []
        assert offered("registrar", "") == []
        assert offered("registrar", "title:(") == []
        assert get(stack, "registrar", "/directory/none/suggest?q=x").status_code == 404


@pytest.mark.parametrize("role", ["staff", ANONYMOUS])
def test_forms_are_for_those_who_may_write(stack: StackInfo, role: str) -> None:
    record = register(stack, "app_system")
    for path in ("new", f"edit/{record['name']}", f"withdraw/{record['name']}"):
        answer = get(stack, role, f"/directory/app_system/{path}")
        assert answer.status_code in (403, 404)
    with pytest.raises(NotAuthorized):
        client(stack, NODE, role).action.package_patch(id=record["id"], notes="改动")
