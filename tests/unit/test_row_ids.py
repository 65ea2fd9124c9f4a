"""Ids of appended rows: version 7, ascending, never twice."""

from __future__ import annotations

import uuid
from itertools import islice, pairwise

from ckanext.fjgov.model.row_ids import row_ids


def test_ids_ascend_and_are_of_version_7() -> None:
    made = list(islice(row_ids(), 5000))
    assert all(first < second for first, second in pairwise(made))
    assert {(one.version, one.variant) for one in map(uuid.UUID, made)} == {(7, uuid.RFC_4122)}


def test_two_makers_share_no_id() -> None:
    both = [*islice(row_ids(), 5000), *islice(row_ids(), 5000)]
    assert len(set(both)) == len(both)
