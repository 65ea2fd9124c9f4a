"""The 采集目录 on running sites: what another unit holds, and what nobody confirmed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.api import client, create_listed, outcome, refusal, unit_of
from tests.integration.collecting import (
    PROVINCE,
    confirmed,
    decide,
    findings,
    items,
    of_record,
    other_registrar,
    register,
    unique_item,
    unique_line,
)
from tests.integration.stack_env import StackInfo

NODE = PROVINCE


class TestDuplicates:
    def test_another_line_of_business_is_told_at_entry_time(self, stack: StackInfo) -> None:
        name = unique_item()
        held = confirmed(stack, [name])
        unit, site = other_registrar(stack, PROVINCE)
        record = register(stack, PROVINCE, [name], site=site, owner_org=unit, territory=["350100"])
        [told] = findings(record)
        holder = client(stack, PROVINCE, "staff").action.organization_show(
            id=unit_of(stack, PROVINCE)
        )
        for words in ("重复采集提示", name, holder["title"], "匹配度 0.92", held["identifier"]):
            assert words in told
        shown = site.action.fjgov_collection_show(id=record["id"])
        [item] = shown["items"]
        [[match]] = [one["matches"] for one in item["outcomes"]]
        assert match["unit"] == holder["uscc"]
        assert match["apply"].endswith(f"/directory/collection_item/{held['name']}")
        assert {part["part"] for part in match["parts"]} >= {"object", "item", "territory", "line"}
        assert shown["copy"]["is_decided_here"]
        # Told again whenever the record is changed, and gone with the item.
        changed = site.action.package_patch(id=record["id"], notes="示例说明")
        assert len(findings(changed)) == 1
        other = site.action.package_patch(id=record["id"], items=items(unique_item()))
        assert findings(other) == []

    def test_what_another_unit_holds_is_confirmed_by_nobody(self, stack: StackInfo) -> None:
        name, free = unique_item(), unique_item()
        confirmed(stack, [name])
        unit, site = other_registrar(stack, PROVINCE)
        record = register(stack, PROVINCE, [name, free], site=site, owner_org=unit)
        case = site.action.fjgov_collection_report(id=record["id"])
        officer = client(stack, PROVINCE, "digital_office")
        told = refusal(officer.action.fjgov_case_decide, number=case["number"], event="confirm")
        assert "依《办法》第8条" in told
        assert name in told
        assert free not in told
        row = next(
            row
            for row in officer.action.fjgov_collection_waiting_list(limit=200)["results"]
            if row["number"] == case["number"]
        )
        assert (row["waiting"], row["matched"]) == (2, 1)
        assert 0.6 <= row["best_score"] <= 1
        ids = {one["name"]: one["item"] for one in case["record"]["items"]}
        payload = {"items": [{"item": ids[name], "obtainable": "0"}]}
        decide(stack, case["number"], "adjust", payload=payload, reason="示例理由")
        assert {n: r["state"] for n, r in of_record(stack, record).items()} == {
            name: "adjusted",
            free: "confirmed",
        }

    def test_of_two_confirmed_at_once_the_second_is_compared_with_the_first(
        self, stack: StackInfo
    ) -> None:
        name = unique_item()
        unit, site = other_registrar(stack, PROVINCE)
        mine = register(stack, PROVINCE, [name])
        theirs = register(stack, PROVINCE, [name], site=site, owner_org=unit)
        numbers = [
            client(stack, PROVINCE, "registrar").action.fjgov_collection_report(id=mine["id"]),
            site.action.fjgov_collection_report(id=theirs["id"]),
        ]
        officer = client(stack, PROVINCE, "digital_office")

        def confirm(case: dict[str, Any]) -> str:
            return outcome(officer, "fjgov_case_decide", number=case["number"], event="confirm")

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(confirm, numbers)) == ["ValidationError", "done"]

    @pytest.mark.parametrize("name", ["姓名", "地址", "联系电话"])
    def test_a_common_name_alone_is_no_conflict(self, stack: StackInfo, name: str) -> None:
        confirmed(stack, [name], business_object="natural_person")
        unit, site = other_registrar(stack, PROVINCE)
        record = register(
            stack, PROVINCE, [name], site=site, owner_org=unit, business_object="natural_person"
        )
        assert findings(record) == []

    def test_territories_apart_are_no_conflict(self, stack: StackInfo) -> None:
        name, line = unique_item(), unique_line()
        confirmed(stack, [name], territory=["350100"], line_of_business=line)
        unit, site = other_registrar(stack, PROVINCE)
        apart = register(
            stack,
            PROVINCE,
            [name],
            site=site,
            owner_org=unit,
            territory=["350200"],
            line_of_business=line,
        )
        assert findings(apart) == []
        meets = site.action.package_patch(id=apart["id"], territory=["350102"])
        assert len(findings(meets)) == 1

    def test_what_is_not_confirmed_or_not_obtainable_blocks_nobody(self, stack: StackInfo) -> None:
        reported, kept = unique_item(), unique_item()
        register(stack, PROVINCE, [reported])
        confirmed(stack, [kept], obtainable="0")
        unit, site = other_registrar(stack, PROVINCE)
        record = register(stack, PROVINCE, [reported, kept], site=site, owner_org=unit)
        assert findings(record) == []

    def test_base_items_come_first(self, stack: StackInfo) -> None:
        name = unique_item()
        confirmed(stack, [name])
        unit, site = other_registrar(stack, PROVINCE)
        base = register(
            stack, PROVINCE, [name], site=site, owner_org=unit, base_database=["population"]
        )
        assert findings(base) == []


class TestOutOfRange:
    def check(self, stack: StackInfo, entry: dict[str, Any]) -> list[dict[str, Any]]:
        site = client(stack, PROVINCE, "registrar")
        return list(site.action.fjgov_collection_check(id=entry["id"])["outcomes"])

    def entry(self, stack: StackInfo, name: str, **changes: Any) -> dict[str, Any]:
        rows = [{"name": name, "business_object": "vehicle", "data_type": "C", "length": "20"}]
        values = {"acquisition": "own", "division": ["350100"]}
        return create_listed(stack, PROVINCE, items=rows, **(values | changes))

    def test_an_item_beyond_the_confirmed_catalog_is_told(self, stack: StackInfo) -> None:
        inside, outside = unique_item(), unique_item()
        confirmed(stack, [inside])
        assert self.check(stack, self.entry(stack, inside)) == []
        [told] = self.check(stack, self.entry(stack, outside))
        assert (told["kind"], told["name"]) == ("out_of_range", outside)
        assert "超范围采集提示" in told["zh"]

    def test_a_law_that_the_unit_cites_clears_it(self, stack: StackInfo) -> None:
        name = unique_item()
        confirmed(stack, [unique_item()])
        entry = self.entry(stack, name)
        basis = [{"title": "示例法", "number": "示例〔2026〕1号", "clause": "第一条"}]
        register(stack, PROVINCE, [name], legal_basis=basis)
        assert self.check(stack, entry) == []

    def test_what_is_shared_or_bought_is_not_collected(self, stack: StackInfo) -> None:
        confirmed(stack, [unique_item()])
        assert self.check(stack, self.entry(stack, unique_item(), acquisition="shared")) == []
