"""What an outside caller may name in a search: tables of both kinds, and no text that crashes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.access.search_fields import (
    FACETS,
    MAX_CLAUSES,
    MAX_QUERY_LENGTH,
    MAX_START,
    REFUSED_PARAMETERS,
    SEARCHED,
    SHOWN,
    SORTED,
    asks_for_type,
    check_search,
)

USER_ID = "6f1d2c3b-0000-4000-8000-0000000000aa"
INTERNAL = (
    "creator_user_id",
    "permission_labels",
    "data_dict",
    "validated_data_dict",
    "urls",
    "res_url",
    "author_email",
    "contact",
    "legal_basis",
    "extras_contact",
    "source_system",
    "acquisition_licence",
    "private",
    "index_id",
)

ALLOWED: tuple[dict[str, Any], ...] = (
    {},
    {"q": ""},
    {"q": "*:*", "rows": 0},
    {"q": "低保 对象"},
    {"q": "１２３ 人口库（2024）"},
    {"q": "35100/000001"},
    {"q": "/leading slash, no field"},
    {"q": 'title:"creator_user_id: 一词"'},
    {"q": "title:低保 AND share_type:1"},
    {"q": "title:低保^2 notes:救助~1"},
    {"q": "identifier:35100\\/000001"},
    {"q": "title:http://示例.example/路径"},
    {"fq": "+dataset_type:dataset +home_node:350100"},
    {"fq": 'owner_org:"6f1d2c3b" +capacity:public +state:(draft OR active)'},
    {"fq": "metadata_modified:[2026-11-22T20:39:15.842Z TO *]"},
    {"fq": "metadata_modified:{2026-11-22T00:00:00Z TO NOW}"},
    {"fq_list": ["theme:ZRB00", "-share_type:3"]},
    {"fl": ["identifier", "home_node"]},
    {"fl": "id,name title"},
    {"facet.field": '["organization","theme"]'},
    {"facet.field": ["share_type"]},
    {"sort": "score desc, metadata_modified desc"},
    {"sort": "title_string asc"},
    {"start": 0},
    {"start": str(MAX_START)},
    {"include_drafts": True, "include_private": True, "use_default_schema": True},
    {"extras": {"ext_custom": "1"}, "facet.limit": 10, "facet": "false"},
)

REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"q": "no_such_field:1"}, "q"),
    ({"q": 'title:a OR creator_user_id:"x"'}, "q"),
    ({"q": "creator_user_id :x"}, "q"),
    ({"q": "creator\\_user\\_id:x"}, "q"),
    ({"q": "\\creator_user_id:x"}, "q"),
    ({"q": "\\u0063reator_user_id:x"}, "q"),
    ({"q": 'a\\" creator_user_id:x \\"b'}, "q"),
    ({"q": "title:a^2creator_user_id:x"}, "q"),
    ({"q": "title:a^1.5creator_user_id:x"}, "q"),
    ({"q": "title:a~1creator_user_id:x"}, "q"),
    ({"q": "title:[a TO b]creator_user_id:x"}, "q"),
    ({"q": "creator_user_id/* note */:x"}, "q"),
    ({"q": 'title:/a"/ creator_user_id:x /b"/'}, "q"),
    ({"q": "title:/.*低.*/"}, "q"),
    ({"q": "creator*:x"}, "q"),
    ({"q": "-permission_labels:x"}, "q"),
    ({"q": "(permission_labels:x)"}, "q"),
    ({"q": "{!term f=creator_user_id}x"}, "q"),
    ({"q": '_query_:"creator_user_id:x"'}, "q"),
    ({"q": "_VAL_:x"}, "q"),
    ({"q": "词" * (MAX_QUERY_LENGTH + 1)}, "q"),
    ({"q": "词 " * (MAX_CLAUSES + 1)}, "q"),
    ({"q": "(" * (MAX_CLAUSES + 1)}, "q"),
    ({"fq": f"creator_user_id:{USER_ID}"}, "fq"),
    ({"fq": "+private:true"}, "fq"),
    ({"fq": "/regex/"}, "fq"),
    ({"fq_list": ["theme:ZRB00", "res_url:x*"]}, "fq_list"),
    ({"fl": "res_url"}, "fl"),
    ({"fl": ["id", "data_dict"]}, "fl"),
    ({"fl": "*"}, "fl"),
    ({"fl": "id,x:creator_user_id"}, "fl"),
    ({"fl": "[explain]"}, "fl"),
    ({"facet.field": '["permission_labels"]'}, "facet.field"),
    ({"facet.field": ["{!ex=a}creator_user_id"]}, "facet.field"),
    ({"facet.field": "res_url"}, "facet.field"),
    ({"sort": "creator_user_id asc"}, "sort"),
    ({"sort": "score desc, termfreq(creator_user_id,'x') desc"}, "sort"),
    ({"sort": "query({!v='creator_user_id:x'}) desc"}, "sort"),
    ({"start": -1}, "start"),
    ({"start": MAX_START + 1}, "start"),
    ({"start": "many"}, "start"),
    *(({name: "x"}, name) for name in REFUSED_PARAMETERS),
)


@pytest.mark.parametrize("parameters", ALLOWED, ids=str)
def test_allowed(parameters: dict[str, Any]) -> None:
    assert check_search(parameters) == []


@pytest.mark.parametrize(("parameters", "blamed"), REFUSED, ids=lambda value: str(value)[:60])
def test_refused_with_the_parameter_and_both_languages(
    parameters: dict[str, Any], blamed: str
) -> None:
    refusals = check_search(parameters)
    assert {refusal.parameter for refusal in refusals} == {blamed}
    for refusal in refusals:
        assert refusal.message == f"{refusal.zh} / {refusal.en}"
        assert not refusal.zh.isascii()
        assert refusal.en.isascii() or not refusal.zh.isascii()


@pytest.mark.parametrize("name", INTERNAL)
def test_inner_fields_cannot_be_named_anywhere(name: str) -> None:
    asked: dict[str, Any] = {
        "q": f"{name}:x",
        "fq": f"+{name}:[* TO *]",
        "facet.field": [name],
        "sort": f"{name} asc",
    }
    if name != "index_id":
        asked["fl"] = [name]
    refusals = check_search(asked)
    assert {refusal.parameter for refusal in refusals} == set(asked)
    assert all(name in refusal.zh and name in refusal.en for refusal in refusals)


def test_officials_filter_by_creator_and_still_cannot_see_or_sort_by_it() -> None:
    assert check_search({"fq": "creator_user_id:x"}, is_staff=True) == []
    asked = {"fl": "creator_user_id", "sort": "creator_user_id asc"}
    assert len(check_search(asked, is_staff=True)) == 2


def test_everybody_filters_by_what_they_created_themselves() -> None:
    own = {"fq": f"+creator_user_id:{USER_ID} +dataset_type:dataset"}
    assert check_search(own, user_id=USER_ID) == []
    assert [r.parameter for r in check_search(own, user_id="somebody-else")] == ["fq"]


def test_lists_hold_no_inner_field() -> None:
    for names in (FACETS, SHOWN, SEARCHED, SORTED):
        assert names.isdisjoint(set(INTERNAL) - {"index_id"})


VALUES = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.booleans(),
    st.lists(st.text(), max_size=4),
    st.text(alphabet='ab:"\\/*{}!()[]^~ _.', max_size=60),
)
NAMES = st.sampled_from(
    ["q", "fq", "fq_list", "fl", "facet.field", "sort", "start", "qf", "rows", "extras"]
)


@given(parameters=st.dictionaries(NAMES, VALUES), is_staff=st.booleans())
def test_no_input_crashes(parameters: dict[str, Any], is_staff: bool) -> None:
    for refusal in check_search(parameters, is_staff=is_staff, user_id=USER_ID):
        assert refusal.parameter in parameters


@given(
    before=st.text(alphabet='a :"\\()+-^~2', max_size=12),
    spaces=st.sampled_from(["", " ", "\t"]),
)
def test_a_plain_inner_field_is_never_let_through_outside_a_phrase(
    before: str, spaces: str
) -> None:
    # An even number of unescaped quotes before the name leaves it outside every phrase.
    text = before.replace("\\", "").replace('"', "") + f" creator_user_id{spaces}:x"
    assert check_search({"q": text})


@pytest.mark.parametrize(
    ("parameters", "asks"),
    [
        ({}, False),
        ({"q": "系统"}, False),
        ({"q": "dataset_type"}, False),
        ({"q": '"dataset_type:app_system"'}, False),
        ({"q": "title:type"}, False),
        ({"fq": "share_type:1"}, False),
        ({"fq": "dataset_type:app_system"}, True),
        ({"fq": "+dataset_type:app_system +division:350100"}, True),
        ({"fq_list": ["division:350100", "type:permit_type"]}, True),
        ({"q": "title:甲 AND dataset_type:dataset"}, True),
        ({"fl": "type", "facet.field": ["dataset_type"], "sort": "id asc"}, False),
    ],
    ids=str,
)
def test_a_search_that_names_a_type(parameters: dict[str, Any], asks: bool) -> None:
    assert asks_for_type(parameters) is asks
