"""The normalised title of rule R2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.title import held_title, normalise_title


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("最低生活保障对象信息", "最低生活保障 对象信息。"),
        ("公交BRT到站信息", "公交ＢＲＴ到站信息"),
        ("公交brt到站信息", "公交BRT到站信息"),
        ("低保\u200b信息", "低保信息"),
        ("低保（城镇）信息", "低保(城镇)信息"),
        ("2026年低保信息", "２０２６年低保信息"),
        ("Straße", "STRASSE"),
    ],
)
def test_titles_that_count_as_one(one, other):
    assert normalise_title(one) == normalise_title(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("低保信息1", "低保信息2"), ("城镇低保信息", "农村低保信息"), ("C语言", "C+语言")],
)
def test_titles_that_differ(one, other):
    assert normalise_title(one) != normalise_title(other)


@pytest.mark.parametrize("title", ["", "  ", "——", "，。！", "\u200b"])
def test_nothing_is_left_of_spaces_and_punctuation(title):
    assert normalise_title(title) == ""


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(title):
    folded = normalise_title(title)
    assert normalise_title(folded) == folded


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_title_held_for_one_directory_never_meets_that_of_another(one, other):
    held = {
        held_title(kind, normalise_title(title))
        for kind in record_schemas()
        for title in (one, other)
    }
    named = {normalise_title(one), normalise_title(other)}
    kept = {title for title in named if title}
    assert len(held - {""}) == len(kept) * len(record_schemas())
