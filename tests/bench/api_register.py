"""Registration record by record through the API, beside stock CKAN in the same cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from ckanapi import RemoteCKAN

from tests.bench.rows import BenchRow
from tests.bench.sites import BenchSites
from tests.factories import make_entry

RECORDS = 100
ROUNDS = 3
SHARE = 0.5
THINGS = ("车辆", "住房", "企业", "学校", "医院", "船舶", "河流", "道路", "档案", "合同", "证照")
DEEDS = ("登记", "备案", "许可", "检验", "核准", "监测", "处罚", "统计", "审批", "年报")
CLASSES = ("307021", "307", "101", "305")
STAMPED = ("owner_org", "provider_code", "issued", "is_sample")


def measure(sites: BenchSites) -> list[BenchRow]:
    """Register the same records at both sites in turns and compare records a second."""
    ours = list(entries(Random(7), RECORDS * ROUNDS))
    print(_distinct(ours), flush=True)
    unit = sites.ours.action.organization_show(id=sites.unit)
    stock_unit = sites.stock.action.organization_create(name="bench-unit", title=unit["title"])
    seconds = {"ours": 0.0, "stock": 0.0}
    # In turns, so that a slow moment of the machine falls on both.
    for turn in range(ROUNDS):
        part = ours[turn * RECORDS : (turn + 1) * RECORDS]
        full = [{**entry, "owner_org": unit["id"], "state": "active"} for entry in part]
        plain = [stock_form(entry, stock_unit["id"]) for entry in part]
        seconds["stock"] += _create(sites.stock, plain)
        seconds["ours"] += _create(sites.ours, full)
    value = RECORDS * ROUNDS / seconds["ours"]
    baseline = RECORDS * ROUNDS / seconds["stock"]
    return [
        BenchRow(
            name="api_register",
            unit="records/s",
            value=round(value, 2),
            baseline=round(baseline, 2),
            ratio=round(value / baseline, 3),
            target=f"ratio ≥ {SHARE}",
            holds=value / baseline >= SHARE,
            note=(
                f"one client over HTTP, {RECORDS * ROUNDS} valid entries of 40 fields, 2 resources"
                " and 3 keywords each; stock keeps the same values as free extras, checks nothing;"
                f" {sites.cluster}"
            ),
        )
    ]


def entries(chance: Random, count: int) -> Iterator[dict[str, Any]]:
    """Give valid entries that differ in title, length, class, cycle, items and dates."""
    for number in range(count):
        thing, deed = chance.choice(THINGS), chance.choice(DEEDS)
        items = make_entry()["items"] * chance.randint(1, 6)
        named = [
            {**item, "id": "", "name": f"{item['name']}{position}", "is_object_key": "0"}
            for position, item in enumerate(items)
        ]
        yield {
            **{name: value for name, value in make_entry().items() if name not in STAMPED},
            "title": f"{thing}{deed}第{number:05d}号信息",
            "notes": f"{thing}{deed}的编号、日期、机构和结果。" * chance.randint(1, 8),
            "tag_string": f"{thing},{deed},{thing}{deed}",
            "guide_class": [chance.choice(CLASSES)],
            "frequency": str(chance.randint(1, 7)),
            "data_updated_at": (date(2026, 1, 1) + timedelta(chance.randint(0, 300))).isoformat(),
            "items": named,
            "resources": [
                {"name": f"{thing}{deed}{kind}", "mode": mode, "format": kind.upper(),
                 "url": f"https://data.example/{number}/{kind}"}
                for kind, mode in (("csv", "direct"), ("api", "query"))
            ],
        }  # fmt: skip


def stock_form(entry: dict[str, Any], unit: str) -> dict[str, Any]:
    """Give the same record as stock CKAN takes it: unknown fields as extras, lists as text."""
    own = ("title", "notes")
    extras = [
        {"key": name, "value": value if isinstance(value, str) else str(value)}
        for name, value in entry.items()
        if name not in (*own, "tag_string", "resources")
    ]
    return {
        "name": f"bench-{entry['title'][-8:-3]}",
        "owner_org": unit,
        **{name: entry[name] for name in own},
        "tags": [{"name": word} for word in entry["tag_string"].split(",")],
        "extras": extras,
        "resources": [
            {name: value for name, value in resource.items() if name != "mode"}
            for resource in entry["resources"]
        ],
    }


def _create(site: RemoteCKAN, records: list[dict[str, Any]]) -> float:
    begin = time.monotonic()
    for record in records:
        site.action.package_create(**record)
    return time.monotonic() - begin


def _distinct(records: list[dict[str, Any]]) -> str:
    counts = {
        "titles": len({record["title"] for record in records}),
        "abstracts": len({record["notes"] for record in records}),
        "classes": len({record["guide_class"][0] for record in records}),
        "cycles": len({record["frequency"] for record in records}),
        "item counts": len({len(record["items"]) for record in records}),
    }
    shown = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"api_register: {len(records)} records with {shown}"
