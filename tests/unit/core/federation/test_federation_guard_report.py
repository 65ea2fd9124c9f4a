"""The shrink guard (fault list rows 16 and 17) and the report of a run."""

from __future__ import annotations

import json

import pytest

from ckanext.fjgov.core.federation.guard import Allowed, Stopped, check_shrink
from ckanext.fjgov.core.federation.report import MAX_NOTES, Reason, RunReport, RunTally


@pytest.mark.parametrize(
    ("current", "withdrawals", "allowed"),
    [
        (0, 0, True),
        (1, 1, True),
        (2, 2, False),
        (20, 20, False),
        (21, 20, True),
        (22, 21, False),
        (27, 26, False),
        (1000, 100, True),
        (1000, 101, False),
        (1000, 1000, False),
        (5, 9, False),
    ],
)
def test_guard(current: int, withdrawals: int, allowed: bool) -> None:
    verdict = check_shrink(current, withdrawals, share=0.1, floor=20)
    assert isinstance(verdict, Allowed if allowed else Stopped)


def test_the_guard_says_what_to_do() -> None:
    verdict = check_shrink(27, 26)
    assert isinstance(verdict, Stopped)
    assert verdict.zh == (
        "本次同步将撤销 26 条、共 27 条，超过 10% 的限度，已停止；请与对方核实后人工确认"
    )
    assert "26 of 27" in verdict.en


@pytest.mark.parametrize(
    ("current", "withdrawals", "share", "floor"),
    [(-1, 0, 0.1, 0), (0, -1, 0.1, 0), (1, 1, 1.1, 0), (1, 1, -0.1, 0), (1, 1, 0.1, -1)],
)
def test_the_guard_refuses_nonsense(
    current: int, withdrawals: int, share: float, floor: int
) -> None:
    with pytest.raises(ValueError, match="must"):
        check_shrink(current, withdrawals, share=share, floor=floor)


def test_a_report_survives_json() -> None:
    tally = RunTally()
    tally.count("added", 3)
    tally.count("unchanged")
    tally.note(
        "refused", "entry", "35100/000001", Reason("scope", "division", "超出范围", "outside")
    )
    report = tally.finish("repaired", differences=("entry:35100/000002",))
    assert report.to_json() == {
        "state": "repaired",
        "counts": {
            "added": 3,
            "changed": 0,
            "withdrawn": 0,
            "unchanged": 1,
            "refused": 1,
            "incomplete": 0,
        },
        "notes": [
            {
                "type": "entry",
                "key": "35100/000001",
                "outcome": "refused",
                "reasons": [
                    {"rule": "scope", "field": "division", "zh": "超出范围", "en": "outside"}
                ],
            }
        ],
        "omitted_notes": 0,
        "differences": ["entry:35100/000002"],
        "zh": "",
        "en": "",
        "error": "",
    }
    assert RunReport.from_json(json.loads(json.dumps(report.to_json()))) == report
    assert report.has_changes()
    assert not RunTally().finish("verified").has_changes()


def test_unknown_outcomes_and_states_are_refused() -> None:
    tally = RunTally()
    with pytest.raises(ValueError, match="outcome"):
        tally.count("lost")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="state"):
        tally.finish("success")  # type: ignore[arg-type]


def test_notes_are_capped_but_counted() -> None:
    tally = RunTally()
    for number in range(MAX_NOTES + 2):
        tally.note("incomplete", "entry", str(number))
    report = tally.finish("verified")
    assert (len(report.notes), report.omitted_notes, report.counts["incomplete"]) == (
        MAX_NOTES,
        2,
        MAX_NOTES + 2,
    )


def test_a_record_that_is_looked_at_again_counts_once() -> None:
    tally = RunTally()
    first, second = Reason("unit", "owner_org", "无", "none"), Reason("C0", "theme", "缺", "gone")
    tally.note("refused", "entry", "a", first)
    tally.note("refused", "entry", "b", first)
    tally.note("incomplete", "entry", "a", second)
    report = tally.finish("verified")
    assert (report.counts["refused"], report.counts["incomplete"]) == (1, 1)
    assert [(note.key, note.outcome, note.reasons) for note in report.notes] == [
        ("a", "incomplete", (second,)),
        ("b", "refused", (first,)),
    ]
