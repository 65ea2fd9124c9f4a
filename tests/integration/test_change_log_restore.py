"""A database that comes back from a backup: nothing is issued twice, and readers are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.fjgov.model import feed, identifiers
from ckanext.fjgov.model.database import snapshot
from tests.integration.log_site import LogSite, insert_entry, log_site
from tests.integration.stack_env import StackInfo

LOG_TABLES = ("fjgov_change", "fjgov_digest", "fjgov_head", "fjgov_checkpoint", "fjgov_counter")


@pytest.fixture
def site(stack: StackInfo, tmp_path: Path) -> Iterator[LogSite]:
    with log_site(stack, tmp_path) as found:
        yield found


def back_up(site: LogSite) -> None:
    """Keep what a dump of this moment would hold."""
    for table in ("package", "resource", *LOG_TABLES):
        site.run(f"CREATE TABLE kept_{table} AS TABLE {table}")


def restore(site: LogSite) -> None:
    """Put the kept rows back the way pg_restore does: with triggers off."""
    with site.transaction() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in ("resource", "package", *LOG_TABLES):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"DELETE FROM {table}")
        for table in ("package", "resource", *LOG_TABLES):
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"DROP TABLE kept_{table}")


def write(site: LogSite, number: int) -> None:
    unit_id, _code = site.add_unit()
    for index in range(number):
        with site.transaction() as cursor:
            insert_entry(cursor, unit_id, f"目录 {index}")
    site.drain()


def issue(site: LogSite, number: int) -> list[int]:
    return [identifiers.next_number("resource", "35100", site.mark) for _ in range(number)]


def test_numbers_go_on_above_what_the_lost_database_issued(site: LogSite) -> None:
    write(site, 3)
    kept = issue(site, 5)
    back_up(site)
    before = site.head()
    write(site, 4)
    write(site, 4)
    lost_head, lost = site.head(), issue(site, 7)
    restore(site)
    assert site.head() == before
    write(site, 2)
    after = site.head()
    assert after.epoch != before.epoch
    assert min(row.seq for row in site.changes(before.seq)) > lost_head.seq
    assert min(issue(site, 3)) > max(kept + lost)
    assert site.digest() == site.digest_from_scratch()


def test_a_restore_that_lost_one_drain_is_seen_by_its_checkpoint(site: LogSite) -> None:
    """The mark cannot tell it from a drain that died; the digest that a reader saw can."""
    write(site, 3)
    back_up(site)
    write(site, 1)
    cursor, digest = site.head().seq, site.digest().text()
    restore(site)
    write(site, 2)
    with snapshot() as connection:
        assert site.head().seq > cursor
        assert not feed.cursor_holds(connection, cursor, digest)


def test_a_restore_of_the_whole_machine_is_seen_by_its_checkpoint(site: LogSite) -> None:
    """Database and mark both come back: the same numbers are issued for another history."""
    write(site, 3)
    back_up(site)
    marks = site.mark.path.read_bytes()
    write(site, 2)
    cursor, digest = site.head().seq, site.digest().text()
    restore(site)
    site.mark.path.write_bytes(marks)
    write(site, 2)
    assert site.head().seq == cursor
    with snapshot() as connection:
        assert not feed.cursor_holds(connection, cursor, digest)
        assert feed.cursor_holds(connection, cursor, site.digest().text())


def test_checkpoints_hold_for_every_head_a_reader_saw(site: LogSite) -> None:
    seen = []
    for _ in range(4):
        write(site, 2)
        seen.append((site.head().seq, site.digest().text()))
    with snapshot() as connection:
        assert [feed.cursor_holds(connection, seq, digest) for seq, digest in seen] == [True] * 4
        assert not feed.cursor_holds(connection, seen[0][0], seen[1][1])
        # A number where the head never stood, told with a digest, is of another history.
        assert not feed.cursor_holds(connection, seen[0][0] + 1, seen[0][1])
        assert feed.cursor_holds(connection, seen[0][0] + 1, "")


def test_a_drain_that_died_leaves_a_gap_and_no_new_epoch(site: LogSite) -> None:
    write(site, 2)
    before = site.head()
    site.mark.raise_to("seq", before.seq + 50, above=before.seq)
    write(site, 1)
    assert site.head().epoch == before.epoch
    assert [row.seq > before.seq + 50 for row in site.changes(before.seq)] == [True, True]


def test_marks_are_written_as_json_that_an_operator_can_read(site: LogSite) -> None:
    write(site, 1)
    issue(site, 2)
    marks = json.loads(site.mark.path.read_text(encoding="utf-8"))
    assert marks["resource:35100"] == 2
    assert marks["seq"] == site.head().seq
