"""Which digital office is competent on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ckanext.fjgov.core.cases.offices import office_on

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], None),
        ([{"uscc": "A"}], "A"),
        ([{"uscc": "A", "valid_from": "2026-03-02", "valid_until": "2026-03-02"}], "A"),
        ([{"uscc": "A", "valid_from": "2026-03-03"}], None),
        ([{"uscc": "A", "valid_until": "2026-03-01"}], None),
        (
            [{"uscc": "A", "valid_from": "2020-01-01"}, {"uscc": "B", "valid_from": "2025-01-01"}],
            "B",
        ),
        ([{"uscc": "A", "valid_from": None}, {"uscc": "B", "valid_from": "2027-01-01"}], "A"),
        ([{"name": "示例数字办"}], None),
    ],
)
def test_the_latest_that_is_valid_counts(rows: list[dict[str, Any]], code: str | None) -> None:
    assert office_on(rows, DAY) == code
