"""A walk meets each record once, whatever changes meanwhile; marks cut it into pages."""

from __future__ import annotations

import re
from contextlib import contextmanager
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import walking
from ckanext.fjgov.logic.walking import NOBODY, Walk, marks

BEHIND = re.compile(r'id:\{"(.*)" TO \*\]')
UPTO = re.compile(r'id:\[\* TO "(.*)"\]')
IDS = st.sets(st.text("0123abcd-", min_size=1, max_size=5), max_size=40)


class Index:
    """Answers as the search index does: by conditions on ids, in their order, a page at a time."""

    def __init__(self, ids):
        self.ids, self.asked = set(ids), []

    def search(self, context, wanted):
        assert set(context) == {"user", "auth_user_obj"}
        self.asked.append(wanted)
        found = sorted(self.ids)
        for condition in wanted["fq_list"]:
            if behind := BEHIND.fullmatch(condition):
                found = [one for one in found if one > behind[1]]
            elif upto := UPTO.fullmatch(condition):
                found = [one for one in found if one <= upto[1]]
        start = wanted.get("start", 0)
        page = found[start : start + wanted["rows"]]
        return {"count": len(found), "results": [{"id": one} for one in page]}


@contextmanager
def indexed(ids, page=3):
    index = Index(ids)
    with (
        mock.patch.object(tk, "get_action", return_value=index.search),
        mock.patch.object(walking.model.Session, "rollback"),
        mock.patch.object(walking, "PAGE", page),
    ):
        yield index


def walked(**more):
    return [one["id"] for one in Walk(NOBODY, "", ["+type:x"], **more)]


@given(IDS, st.integers(1, 7))
def test_every_record_is_met_once_in_its_order(ids, page):
    with indexed(ids, page) as index:
        assert walked() == sorted(ids)
        # Nothing is asked for when it is known that nothing is left.
        assert len(index.asked) == max(1, -(-len(ids) // page))


@given(IDS, st.integers(1, 7), st.data())
def test_what_comes_and_goes_meanwhile_moves_nobody_else(ids, page, data):
    with indexed(ids, page) as index:
        met, stays = [], set(ids)
        for record in Walk(NOBODY, "", []):
            met.append(record["id"])
            added = data.draw(st.text("0123abcd-", min_size=1, max_size=5))
            gone = data.draw(st.sampled_from(sorted(ids)))
            index.ids = (index.ids | {added}) - {gone}
            stays.discard(gone)
        assert len(met) == len(set(met))
        assert stays <= set(met)


@given(IDS, st.integers(1, 9))
def test_pages_linked_by_their_marks_are_the_whole(ids, size):
    with indexed(ids, 9):
        met, after = [], ""
        while True:
            walk = Walk(NOBODY, "", [], after=after, most=size)
            met += [one["id"] for one in walk]
            after = walk.following
            if not after:
                break
        assert met == sorted(ids)


@given(IDS, st.integers(1, 9))
def test_marks_cut_the_whole_into_pages_of_one_size(ids, size):
    with indexed(ids):
        ends = list(marks(NOBODY, [], size))
        starts = ["", *ends]
        pages = [
            walked(after=start, until=end) for start, end in zip(starts, [*ends, ""], strict=True)
        ]
    assert [one for page in pages for one in page] == sorted(ids)
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages[-1]) < size


@pytest.mark.parametrize("mark", ['a" OR *:*', "a b", "*", "ä", "a" * 101])
@pytest.mark.parametrize("name", ["after", "until"])
def test_a_mark_that_was_not_given_out_asks_nothing(name, mark):
    with indexed({"a"}) as index, pytest.raises(tk.ValidationError):
        walked(**{name: mark})
    assert index.asked == []


def test_fields_and_query_are_passed_on():
    with indexed({"a"}) as index:
        list(Walk(NOBODY, "低保", ["f"], fields=("id", "name")))
    assert (index.asked[0]["q"], index.asked[0]["fl"]) == ("低保", "id,name")
