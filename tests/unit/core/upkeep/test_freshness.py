"""When data are overdue: the one rule behind R14, marks on pages and lists."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.fjgov.core.catalog.rules import check_entry, normalise_entry
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.upkeep.freshness import Freshness, freshness
from tests.factories import make_entry, make_facts

CYCLES = load_vocabulary("cycles", None)
SYNCED = [{"mode": "direct", "status": "done", "last_sync_at": "2026-11-10T03:00:00+08:00"}]


@pytest.mark.parametrize(
    ("change", "until"),
    [
        pytest.param({"frequency": "1"}, date(2026, 11, 3), id="real time"),
        pytest.param({"frequency": "2"}, date(2026, 11, 4), id="daily"),
        pytest.param({"frequency": "3"}, date(2026, 11, 11), id="weekly"),
        pytest.param({"frequency": "4"}, date(2026, 12, 9), id="monthly"),
        pytest.param({"frequency": "5"}, date(2027, 2, 16), id="quarterly"),
        pytest.param({"frequency": "7"}, date(2027, 5, 24), id="twice a year"),
        pytest.param({"frequency": "6"}, date(2027, 12, 2), id="yearly"),
        pytest.param({"frequency": "3", "exchange": SYNCED}, date(2026, 11, 20), id="synced later"),
        pytest.param(
            {"frequency": "3", "data_updated_at": None, "exchange": SYNCED},
            date(2026, 11, 20),
            id="seen by the exchange only",
        ),
        pytest.param({"frequency": "8"}, None, id="irregular"),
        pytest.param({"frequency": "9"}, None, id="other"),
        pytest.param({"frequency": "77"}, None, id="unknown cycle"),
        pytest.param({"frequency": None}, None, id="no cycle"),
        pytest.param({"data_updated_at": None}, None, id="no update known"),
        pytest.param({"data_updated_at": "2026-02-30"}, None, id="no such day"),
        pytest.param({"data_updated_at": ["2026-11-01"]}, None, id="of another shape"),
    ],
)
def test_last_fresh_day_is_update_plus_cycle_plus_tolerance(change, until):
    found = freshness(make_entry(**change), CYCLES)
    assert (found.fresh_until if found else None) == until


@pytest.mark.parametrize(("tolerance", "until"), [(0, date(2026, 12, 2)), (30, date(2027, 1, 1))])
def test_a_tolerance_of_the_node_takes_the_place_of_the_lists(tolerance, until):
    found = freshness(make_entry(), CYCLES, tolerance)
    assert found == Freshness(date(2026, 11, 1), until)


def test_the_last_day_is_still_fresh_and_days_over_count_from_it():
    found = Freshness(date(2026, 11, 1), date(2026, 11, 9))
    assert [found.is_overdue(date(2026, 11, day)) for day in (8, 9, 10)] == [False, False, True]
    assert [found.days_over(date(2026, 11, day)) for day in (8, 9, 10, 12)] == [0, 0, 1, 3]


@pytest.mark.parametrize(("tolerance", "rules"), [(None, ["R14"]), (40, [])])
def test_rule_r14_is_this_rule(tolerance, rules):
    entry = normalise_entry(make_entry(frequency="3"))
    found = check_entry(entry, make_facts(tolerance_days=tolerance))
    assert [finding.rule for finding in found] == rules
