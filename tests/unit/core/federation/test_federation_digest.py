"""Equal digests mean equal catalogs, however they came about; differences are found exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.federation.digest import (
    MODULUS,
    PREFIXES_AT_ONCE,
    RECORDS_AT_ONCE,
    ZERO,
    Differences,
    Digest,
    batches,
    bucket_of,
    buckets_of,
    children_of,
    combine,
    differing,
    digest_key,
    digest_of,
    is_prefix,
    locate,
    prefixes_of,
    roll_up,
)

NAMES = st.text("0123456789ABCDEF/", min_size=1, max_size=8).map(lambda k: digest_key("entry", k))
HASHES = st.binary(min_size=1, max_size=2).map(lambda data: sha256(data).hexdigest())
HASH, OTHER_HASH = (sha256(data).hexdigest() for data in (b"one", b"other"))
CATALOGS = st.dictionaries(NAMES, HASHES, max_size=30)


class Side:
    """One catalog as `locate` reads it; counts what is asked."""

    def __init__(self, records: Mapping[str, str]) -> None:
        self.records = records
        self.buckets = buckets_of(records)
        self.asked: list[str] = []
        self.questions: list[int] = []

    def children(self, prefixes: Sequence[str]) -> Mapping[str, Digest]:
        self._note(prefixes)
        return roll_up(self.buckets, *prefixes)

    def keys(self, buckets: Sequence[str]) -> Mapping[str, str]:
        self._note(buckets)
        return {n: h for n, h in self.records.items() if bucket_of(n) in buckets}

    def _note(self, prefixes: Sequence[str]) -> None:
        assert prefixes_of(",".join(prefixes)) == tuple(prefixes)
        self.asked += prefixes
        self.questions.append(len(prefixes))


def test_known_values() -> None:
    """Fixed for ever: SQL and other nodes compute the same."""
    name = digest_key("entry", "35100/000001")
    assert name == "entry:35100/000001"
    assert bucket_of(name) == sha256(b"entry:35100/000001").hexdigest()[:3]
    expected = sha256(b"entry:35100/000001\0" + b"a" * 64).hexdigest()
    assert ZERO.add(name, "a" * 64).text() == f"{expected}:1"
    assert ZERO.text() == "0" * 64 + ":0"


@given(CATALOGS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records: dict[str, str], random: object) -> None:
    items = list(records.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    digest = ZERO
    for name, record_hash in items:
        digest = digest.add(name, record_hash)
    assert digest == digest_of(records)


@given(CATALOGS, NAMES, HASHES)
def test_removing_undoes_adding(records: dict[str, str], name: str, record_hash: str) -> None:
    digest = digest_of(records)
    assert digest.add(name, record_hash).remove(name, record_hash) == digest


@given(st.lists(st.tuples(NAMES, st.none() | HASHES), max_size=40))
def test_kept_up_to_date_equals_computed_afresh(history: list[tuple[str, str | None]]) -> None:
    digest, records = ZERO, dict[str, str]()
    for name, record_hash in history:
        if name in records:
            digest = digest.remove(name, records.pop(name))
        if record_hash is not None:
            digest = digest.add(name, record_hash)
            records[name] = record_hash
    assert digest == digest_of(records)


@given(CATALOGS)
def test_parts_add_up_at_every_level(records: dict[str, str]) -> None:
    buckets = buckets_of(records)
    whole = digest_of(records)
    assert combine(buckets.values()) == whole
    assert combine(roll_up(buckets, "").values()) == whole
    assert whole - whole == ZERO
    assert Digest.parse(whole.text()) == whole


def test_a_record_listed_twice_does_not_cancel_out() -> None:
    once = ZERO.add("entry:a", "0" * 64)
    assert once.add("entry:a", "0" * 64) != ZERO
    assert (once + once).count == 2


def test_the_sum_wraps_around() -> None:
    assert Digest(MODULUS - 1, 1) + Digest(2, 1) == Digest(1, 2)


@given(CATALOGS, CATALOGS, CATALOGS)
def test_exactly_the_differences_are_located(
    common: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    mine, remote = {**common, **ours}, {**common, **theirs}
    first, second = Side(mine), Side(remote)
    found = locate(first, second)
    both = mine.keys() & remote.keys()
    assert found == Differences(
        missing=tuple(sorted(remote.keys() - mine.keys())),
        surplus=tuple(sorted(mine.keys() - remote.keys())),
        changed=tuple(sorted(name for name in both if mine[name] != remote[name])),
    )
    different = len(found.missing) + len(found.surplus) + len(found.changed)
    assert bool(found) == (mine != remote)
    assert len(second.asked) <= 1 + 3 * different
    assert len(second.questions) <= 4


def test_equal_catalogs_cost_one_question() -> None:
    records = {digest_key("entry", str(n)): sha256(b"x").hexdigest() for n in range(500)}
    remote = Side(records)
    assert not locate(Side(records), remote)
    assert remote.asked == [""]


@pytest.mark.parametrize(
    ("different", "questions"),
    [(1, [1, 1, 1, 1]), (3, [1, 2, 2, 3]), (60, [1, 16, 55, 60])],
)
def test_many_differences_cost_one_question_a_level(different: int, questions: list[int]) -> None:
    records = {digest_key("entry", str(n)): HASH for n in range(3000)}
    ours = dict.fromkeys(list(records)[:different], OTHER_HASH)
    remote = Side(records)
    assert len(locate(Side(records | ours), remote).changed) == different
    assert remote.questions == questions


def test_a_catalog_that_differs_everywhere_costs_as_many_questions_as_its_size_asks_for() -> None:
    records = {digest_key("entry", str(n)): HASH for n in range(50_000)}
    remote = Side(records)
    assert len(locate(Side({}), remote).missing) == 50_000
    # The root, 16 prefixes, 256 prefixes, then 4,096 buckets of 12 records, 256 at a time.
    assert remote.questions == [1, 16, 256, *[256] * 16]


@given(st.lists(st.integers(0, 50_000), max_size=600))
def test_batches_hold_everything_once_and_in_order(sizes: list[int]) -> None:
    prefixes = [f"{number:03x}" for number in range(len(sizes))]
    weights = dict(zip(prefixes, sizes, strict=True))
    cut = list(batches(prefixes, weights))
    assert [prefix for batch in cut for prefix in batch] == prefixes
    for batch in cut:
        assert len(batch) <= PREFIXES_AT_ONCE
        assert len(batch) == 1 or sum(weights[prefix] for prefix in batch) <= RECORDS_AT_ONCE


@pytest.mark.parametrize(
    "text", ["", "a", "0,1,f", "ab", "000,fff", ",".join(f"{n:03x}" for n in range(256))]
)
def test_prefixes_of_a_question_are_read(text: str) -> None:
    assert prefixes_of(text) == tuple(text.split(","))


@pytest.mark.parametrize(
    "text",
    [
        "g",
        "A",
        ",",
        "a,",
        "0,0",
        "1,0",
        "a,bb",
        "abcd",
        " a",
        ",".join(f"{n:03x}" for n in range(257)),
    ],
)
def test_other_questions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not bucket prefixes"):
        prefixes_of(text)


@pytest.mark.parametrize(
    "text", ["", "0:0", "0" * 64, "A" * 64 + ":1", "0" * 64 + ":-1", "0" * 64 + ":01", "x:y"]
)
def test_other_texts_are_no_digest(text: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        Digest.parse(text)


def test_prefixes() -> None:
    assert children_of("a")[:2] == ("a0", "a1")
    assert len(children_of("")) == 16
    assert [is_prefix(text) for text in ("", "f", "0af", "0af1", "G", "A")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert differing({"a": Digest(1, 1)}, {"b": ZERO}) == ("a",)
    for wrong in ("abc", "zz"):
        with pytest.raises(ValueError, match="prefix"):
            children_of(wrong)
