"""Search as people type: full width, mixed scripts, exact codes, facets, sorting, paging."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from ckanapi import RemoteCKAN
from ckanapi.errors import CKANAPIError, ValidationError

from deploy.samples.expand import load_samples
from deploy.stack.solr import SOURCES
from tests.integration.search_calls import all_entries, by_reference, reader
from tests.integration.stack_env import StackInfo

# The facets of the result page (web.helpers.FACETS) and the field of an entry each counts.
FACETS = {
    "organization": lambda entry: [entry["organization"]["name"]],
    "theme_top": lambda entry: sorted({code[:2] for code in entry["theme"]}),
    "guide_class": lambda entry: entry["guide_class"],
    "share_type": lambda entry: [entry["share_type"]],
    "frequency": lambda entry: [entry["frequency"]],
    "data_format": lambda entry: entry["data_format"],
    "division": lambda entry: entry["division"],
    "home_node": lambda entry: [entry["home_node"]],
    "issued_year": lambda entry: [entry["issued"][:4]],
}


@pytest.fixture(scope="module")
def site(stack: StackInfo) -> RemoteCKAN:
    return reader(stack)


@pytest.fixture(scope="module")
def entries(site: RemoteCKAN) -> list[dict[str, Any]]:
    return all_entries(site)


@pytest.fixture(scope="module")
def named(stack: StackInfo, entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return by_reference(stack, entries)


def titles(site: RemoteCKAN, query: str, **more: Any) -> list[str]:
    found = site.action.package_search(q=query, rows=10, **more)["results"]
    return [entry["title"] for entry in found]


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("BRT 到站", "ＢＲＴ　到站"),
        ("BRT 到站", "brt 到站"),
        ("APEC商务旅行卡", "ＡＰＥＣ商务旅行卡"),
        ("PM2.5", "ＰＭ２．５"),
        ("A级旅游景区", "Ａ级旅游景区"),
        ("机动车登记", "機動車登記"),
    ],
)
def test_width_case_and_script_do_not_change_the_first_hit(
    site: RemoteCKAN, plain: str, other: str
) -> None:
    first = titles(site, plain)[:1]
    assert first
    assert titles(site, other)[:1] == first


@pytest.mark.parametrize("query", ["公交BRT到站", "BRT实时到站", "公交与BRT实时到站信息"])
def test_chinese_and_latin_mix_in_one_query(site: RemoteCKAN, query: str) -> None:
    assert titles(site, query)[0] == "公交与BRT实时到站信息"


@pytest.mark.parametrize("field", ["identifier", "guide_code"])
def test_a_code_ranks_its_entry_first_and_a_fielded_query_hits_only_it(
    site: RemoteCKAN, entries: list[dict[str, Any]], field: str
) -> None:
    for entry in entries[::9]:
        code = entry[field]
        found = site.action.package_search(q=code, rows=2)["results"]
        assert found[0]["id"] == entry["id"], code
        fielded = site.action.package_search(q=f'{field}:"{code}"')
        assert [hit["id"] for hit in fielded["results"]] == [entry["id"]], code
        filtered = site.action.package_search(fq=f'{field}:"{code}"')
        assert [hit["id"] for hit in filtered["results"]] == [entry["id"]], code


def test_a_credit_code_finds_the_entries_of_its_unit(
    site: RemoteCKAN, entries: list[dict[str, Any]]
) -> None:
    code = entries[0]["provider_code"]
    own = {entry["id"] for entry in entries if entry["provider_code"] == code}
    found = site.action.package_search(q=code.lower(), rows=len(own))["results"]
    assert {entry["id"] for entry in found} == own


def test_every_facet_counts_each_value_of_each_entry(
    site: RemoteCKAN, entries: list[dict[str, Any]]
) -> None:
    answer = site.action.package_search(
        q="*:*",
        rows=0,
        **{"facet.field": json.dumps([*FACETS, "exchange_status"]), "facet.limit": 500},
    )
    for name, values in FACETS.items():
        expected = Counter(value for entry in entries for value in values(entry))
        assert answer["facets"][name] == dict(expected), name
    assert sum(answer["facets"]["exchange_status"].values()) == len(entries)
    multi = sum(answer["facets"]["data_format"].values())
    assert multi > len(entries)


def test_filtering_by_a_facet_gives_what_it_counted(site: RemoteCKAN) -> None:
    for name in FACETS:
        facets = site.action.package_search(
            q="信息", rows=0, **{"facet.field": json.dumps([name]), "facet.limit": 3}
        )["facets"][name]
        for value, count in facets.items():
            found = site.action.package_search(q="信息", rows=0, fq=f'{name}:"{value}"')
            assert found["count"] == count, (name, value)


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("issued desc, name asc", lambda entry: entry["issued"]),
        ("metadata_modified desc", lambda entry: entry["metadata_modified"][:23]),
    ],
)
def test_sorting(site: RemoteCKAN, sort: str, key: Any) -> None:
    found = site.action.package_search(q="*:*", rows=1000, sort=sort)["results"]
    values = [key(entry) for entry in found]
    assert values == sorted(values, reverse=True)


def test_pages_together_are_the_whole_answer(
    site: RemoteCKAN, entries: list[dict[str, Any]]
) -> None:
    ids: list[str] = []
    while True:
        page = site.action.package_search(q="信息", rows=7, start=len(ids), sort="name asc")
        if not page["results"]:
            break
        ids += [entry["id"] for entry in page["results"]]
    assert len(ids) == page["count"] == len(set(ids))
    assert set(ids) <= {entry["id"] for entry in entries}


def test_a_caller_cannot_bring_weights_or_fields_of_the_engine(site: RemoteCKAN) -> None:
    for more in ({"qf": "title"}, {"mm": "1"}, {"sort": "data_dict asc"}, {"fl": "data_dict"}):
        with pytest.raises((ValidationError, CKANAPIError)):
            site.action.package_search(q="信息", **more)


def test_what_is_typed_badly_is_no_error(site: RemoteCKAN) -> None:
    for query in (
        "“登记”",
        "登记 AND",
        "OR 登记",
        "登记 AND AND 信息",
        "登记 NOT",
        "(",
        "登记 -",
        "C++",
        "登记：信息",
        "？",
        "a" * 500,
    ):
        assert site.action.package_search(q=query)["count"] >= 0


TEXTS = (
    "福州市民政局最低生活保障对象信息。",
    "统一社会信用代码、名称、类型；法定代表人：住所！登记状态？",
    "ＡＢＣ１２３ mixed with English words, 3.14 and 公交BRT实时到站",
    "𠮷野家 📊 <b>标签</b> \n第二行\t制表",
    "　全角空格　 两边 ",
    "35100-b0000005 307021100/00000005 A.(b) v2.0_x~`^|{} 91350100MA2Y~",
    "（，；：、）,;:() ，，含分隔；（含：括号）以及、末尾，",
    "截至2015年，按月汇总；字段含义见数据字典（V1.2）：与省级平台按日比对. 共3.5万条！已脱敏",
    "长句" * 900,
    "很长的一段，没有句号；" * 200,
    "",
    "。",
)


def test_words_are_those_of_the_plain_segmenter(stack: StackInfo, tmp_path: Path) -> None:
    """What was remembered is what would be cut: same words, places and kinds, again and again."""
    plain = tmp_path / "conf"
    shutil.copytree(SOURCES / "configset", plain)
    schema = plain / "schema.xml"
    ours, theirs = "fjgov.SentenceCacheTokenizerFactory", "solr.HMMChineseTokenizerFactory"
    text = schema.read_text("utf-8")
    assert ours in text
    schema.write_text(text.replace(ours, theirs), "utf-8")
    cores = [stack.stack.solr.add_core("words_plain", plain), stack.stack.solr.add_core("words")]
    texts = [*TEXTS, *real_texts(400)]
    for part in (texts, texts[::-1]):
        for one in part:
            first, second = (analysed(stack, core, one) for core in cores)
            assert first == second, one


def real_texts(count: int) -> list[str]:
    """Give titles and item names of the samples, joined in many ways, the same every time."""
    words = sorted({entry["title"] for entry in load_samples("fuzhou", date(2026, 1, 1)).entries})
    draw = random.Random(5)
    between = ("，。 /", "；", "、", "（", "）：", "B/2-", " ")
    return [draw.choice(between).join(draw.sample(words, draw.randint(1, 6))) for _ in range(count)]


def analysed(stack: StackInfo, core: str, text: str) -> Any:
    """Give how the index analyzer of `text` cuts a text, step by step."""
    answer = requests.post(
        f"{core}/analysis/field",
        data={"analysis.fieldtype": "text", "analysis.fieldvalue": text, "wt": "json"},
        auth=stack.solr_auth,
        timeout=30,
    )
    answer.raise_for_status()
    steps = answer.json()["analysis"]["field_types"]["text"]["index"]
    return [step for step in steps if not isinstance(step, str)]
