"""What is appended by COPY comes back as it was, whatever stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.model.copying import binary_rows, copy_rows, json_text
from ckanext.fjgov.model.database import own_transaction
from tests.integration.log_site import LogSite, log_site
from tests.integration.stack_env import StackInfo

# PostgreSQL holds no NUL and no half of a surrogate pair; both are refused as data errors.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
STRANGE = ["", "\\N", "\\.", "\\", "a\tb", "a\nb", "a\r\nb", "\\x41", "示例\\t"]
ODD = TEXTS | st.sampled_from(STRANGE)
# Bytes that are a text are written as one, all others as digits.
BYTES = st.binary() | ODD.map(str.encode) | st.sampled_from([b"\0", "示例\0".encode(), b"\\\xff"])
ROWS = st.lists(
    st.tuples(st.none() | ODD, st.none() | ODD, st.none() | st.booleans(), st.none() | BYTES),
    max_size=6,
)


@pytest.fixture(scope="module", autouse=True)
def _site(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogSite]:
    with log_site(stack, tmp_path_factory.mktemp("copying")) as found:
        yield found


@settings(max_examples=150)
@given(rows=ROWS)
def test_values_come_back_as_they_were(rows: list[tuple[Any, ...]]) -> None:
    with own_transaction() as connection:
        connection.execute(
            sa.text(
                "CREATE TEMPORARY TABLE copied (place integer, one text, two text, yes boolean,"
                " data bytea) ON COMMIT DROP"
            )
        )
        placed = [(number, *row) for number, row in enumerate(rows)]
        columns = ("place", "one", "two", "yes", "data")
        assert copy_rows(connection, "copied", columns, placed) == len(rows)
        found = connection.execute(sa.text("SELECT * FROM copied ORDER BY place")).all()
    back = [(*row[:4], None if row[4] is None else bytes(row[4])) for row in found]
    assert back == placed


def test_more_rows_than_the_driver_takes_at_a_time_all_come_in() -> None:
    rows = [(number, "示例" * (number % 50)) for number in range(5_000)]
    with own_transaction() as connection:
        connection.execute(
            sa.text("CREATE TEMPORARY TABLE copied (place integer, one text) ON COMMIT DROP")
        )
        assert copy_rows(connection, "copied", ("place", "one"), iter(rows)) == len(rows)
        found = connection.execute(sa.text("SELECT * FROM copied ORDER BY place")).all()
    assert list(map(tuple, found)) == rows


@pytest.mark.parametrize(
    ("bad", "error"), [(7, sa.exc.IntegrityError), ("x", sa.exc.DataError)], ids=["twice", "text"]
)
def test_a_row_that_is_refused_among_many_takes_all_along(bad: Any, error: type[Exception]) -> None:
    rows = [(number, "示例" * 50) for number in range(5_000)]
    rows.insert(4_000, (bad, ""))
    with own_transaction() as connection:
        connection.execute(
            sa.text(
                "CREATE TEMPORARY TABLE copied (place integer PRIMARY KEY, one text) ON COMMIT DROP"
            )
        )
        with pytest.raises(error), connection.begin_nested():
            copy_rows(connection, "copied", ("place", "one"), rows)
        assert connection.execute(sa.text("SELECT count(*) FROM copied")).scalar_one() == 0


@settings(max_examples=60)
@given(value=st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=3), max_size=4))
def test_json_comes_back_as_it_was(value: dict[str, Any]) -> None:
    with own_transaction() as connection:
        connection.execute(sa.text("CREATE TEMPORARY TABLE copied (value jsonb) ON COMMIT DROP"))
        copy_rows(connection, "copied", ("value",), [(json_text(value),)])
        assert connection.execute(sa.text("SELECT value FROM copied")).scalar_one() == value


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(ODD, BYTES), max_size=6), word=ODD)
def test_rows_come_out_as_they_were(rows: list[tuple[str, bytes]], word: str) -> None:
    with own_transaction() as connection:
        connection.execute(
            sa.text(
                "CREATE TEMPORARY TABLE copied (place integer, one text, data bytea) ON COMMIT DROP"
            )
        )
        placed = [(number, *row) for number, row in enumerate(rows)]
        copy_rows(connection, "copied", ("place", "one", "data"), placed)
        query = "SELECT one, data, %s::text FROM copied WHERE place < %s ORDER BY place"
        found = binary_rows(connection, query, (word, len(rows) - 1))
    assert found == [[one.encode(), data, word.encode()] for one, data in rows[:-1]]


def test_a_null_is_refused() -> None:
    with own_transaction() as connection, pytest.raises(ValueError, match="row 2 is null"):
        binary_rows(connection, "SELECT unnest(ARRAY['a', NULL])", ())
