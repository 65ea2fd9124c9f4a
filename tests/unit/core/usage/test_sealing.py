"""Whatever is done to a sealed log is told, and the first record that it was done to is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.usage.events import BEGIN, END, UseEvent
from ckanext.fjgov.core.usage.sealing import FIRST, Fault, Head, Seal, faults, sealed

NOW = datetime(2026, 3, 2, 2, tzinfo=timezone.utc)
EVENT = UseEvent(
    use="use-1", phase=BEGIN, at=NOW, user="user-1", unit="UNIT-P", provider="UNIT-Q",
    entry="entry-1", resource="resource-1", grant="GX-2026-000001", mode="direct", level="token",
)  # fmt: skip


def log_of(sizes: Sequence[int]) -> tuple[list[Seal], dict[int, UseEvent]]:
    """Give seals over batches of these sizes, with all of their records."""
    seals: list[Seal] = []
    events: dict[int, UseEvent] = {}
    for size in sizes:
        batch = []
        for _one in range(size):
            number = len(events) + 1
            events[number] = replace(EVENT, use=f"use-{number}")
            batch.append((number, events[number].digest))
        seals.append(sealed(seals[-1] if seals else None, batch, NOW))
    return seals, events


def found(seals: Sequence[Seal], events: dict[int, UseEvent], head: Head | None) -> list[Fault]:
    rows = (
        (seal, {one: events[one].digest for one in seal.events if one in events}) for seal in seals
    )
    return list(faults(rows, head))


def head_of(seals: Sequence[Seal]) -> Head:
    return Head(seals[-1].number, seals[-1].hash)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_a_log_as_it_was_written_has_no_faults(sizes: list[int]) -> None:
    seals, events = log_of(sizes)
    assert found(seals, events, head_of(seals)) == []
    # A file outside that lags behind is no fault: it is brought up at the next look.
    assert found(seals, events, head_of(seals[:1])) == []
    assert found(seals, events, None) == []


CHANGES = {
    "at": NOW + timedelta(microseconds=1), "user": "user-2", "unit": "", "provider": "UNIT-R",
    "entry": "entry-2", "resource": "", "grant": "", "mode": "query", "level": "none",
    "size": 0, "outcome": "done", "phase": END, "use": "use-0",
}  # fmt: skip


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.data(),
    st.sampled_from(sorted(CHANGES)),
)
def test_a_changed_or_missing_record_is_named(
    sizes: list[int], data: st.DataObject, name: str
) -> None:
    seals, events = log_of(sizes)
    number = data.draw(st.sampled_from(sorted(events)))
    changed = {**events, number: replace(events[number], **{name: CHANGES[name]})}
    missing = {one: event for one, event in events.items() if one != number}
    for damaged in (changed, missing):
        [fault] = found(seals, damaged, head_of(seals))
        assert fault.event == number


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.data())
def test_a_cut_a_gap_and_another_order_are_told(sizes: list[int], data: st.DataObject) -> None:
    seals, events = log_of(sizes)
    head = head_of(seals)
    place = data.draw(st.integers(1, len(seals) - 1))
    cut = found(seals[:place], events, head)
    assert (cut[0].seal, cut[0].event) == (place + 1, None)
    gap = found([*seals[: place - 1], *seals[place:]], events, head)
    assert gap[0].seal == place
    swapped = [*seals]
    swapped[place - 1 : place + 1] = swapped[place], swapped[place - 1]
    assert found(swapped, events, head) != []


@pytest.mark.parametrize("again", [False, True])
def test_records_moved_between_seals_and_a_rewritten_chain_are_told(again: bool) -> None:
    seals, events = log_of([2, 2, 2])
    head = head_of(seals)
    if not again:
        moved = replace(seals[1], events=seals[1].events[:1], digests=seals[1].digests[:1])
        assert [fault.seal for fault in found([seals[0], moved, seals[2]], events, head)] == [2]
        return
    # Whoever writes the whole chain anew makes it whole, but for what was signed outside.
    events[1] = replace(events[1], user="somebody else")
    chain: list[Seal] = []
    for seal in seals:
        batch = [(one, events[one].digest) for one in seal.events]
        chain.append(sealed(chain[-1] if chain else None, batch, seal.at))
    assert found(chain, events, None) == []
    [fault] = found(chain, events, head)
    assert "库外签名" in fault.zh


def test_the_digest_does_not_depend_on_the_zone_of_the_time() -> None:
    china = NOW.astimezone(timezone(timedelta(hours=8)))
    assert replace(EVENT, at=china).digest == EVENT.digest
    assert sealed(None, [], NOW).previous == FIRST
