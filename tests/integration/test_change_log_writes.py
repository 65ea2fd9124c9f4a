"""Every way of writing leaves its trace in the log, in the writer's own transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg2
import pytest

from tests.integration.log_site import LogSite, insert_entry, log_site, new_identifier
from tests.integration.stack_env import StackInfo


@pytest.fixture(scope="module")
def site(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogSite]:
    with log_site(stack, tmp_path_factory.mktemp("log")) as found:
        yield found


def fresh(site: LogSite) -> int:
    site.drain()
    return site.head().seq


def told(site: LogSite, since: int) -> list[tuple[str, str, str, str | None]]:
    """What a reader learns after a cursor: (op, kind, key, reason)."""
    site.drain()
    assert site.digest() == site.digest_from_scratch()
    return [(row.op, row.kind, row.key, row.reason) for row in site.changes(since)]


def entry(site: LogSite, title: str = "低保对象", **options: str) -> tuple[str, str, str]:
    unit_id, _code = site.add_unit()
    with site.transaction() as cursor:
        package_id, key = insert_entry(cursor, unit_id, title, **options)
    return package_id, key, unit_id


def test_insert_update_and_delete_of_a_package(site: LogSite) -> None:
    package_id, key, _unit = entry(site)
    since = fresh(site)
    site.run("UPDATE package SET title = '新名称' WHERE id = %s", package_id)
    assert told(site, since) == [("put", "entry", key, None)]
    since = fresh(site)
    site.run("DELETE FROM resource WHERE package_id = %s", package_id)
    site.run("DELETE FROM package WHERE id = %s", package_id)
    assert told(site, since) == [("del", "entry", key, "purged")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE resource SET name = '另一名称' WHERE package_id = %s",
        "DELETE FROM resource WHERE package_id = %s",
        "UPDATE resource SET state = 'deleted' WHERE package_id = %s",
        (
            "INSERT INTO resource (id, package_id, position, url, name, state)"
            " SELECT gen_random_uuid()::text, %s, 1, '/share/y', '又一资源', 'active'"
        ),
        (
            "WITH t AS (INSERT INTO tag (id, name) VALUES (gen_random_uuid()::text, '新词')"
            " RETURNING id) INSERT INTO package_tag (id, package_id, tag_id, state)"
            " SELECT gen_random_uuid()::text, %s, t.id, 'active' FROM t"
        ),
        'UPDATE package SET extras = extras || \'{"frequency": "4"}\' WHERE id = %s',
    ],
)
def test_a_change_of_what_belongs_to_an_entry_is_a_change_of_it(
    site: LogSite, statement: str
) -> None:
    package_id, key, _unit = entry(site)
    since = fresh(site)
    site.run(statement, package_id)
    assert told(site, since) == [("put", "entry", key, None)]


def test_a_renamed_tag_changes_all_its_entries(site: LogSite) -> None:
    first, second = entry(site), entry(site)
    site.run("INSERT INTO tag (id, name) VALUES ('t-old', '旧词')")
    for package_id, _key, _unit in (first, second):
        site.run(
            "INSERT INTO package_tag (id, package_id, tag_id, state)"
            " VALUES (gen_random_uuid()::text, %s, 't-old', 'active')",
            package_id,
        )
    since = fresh(site)
    site.run("UPDATE tag SET name = '改名词' WHERE id = 't-old'")
    assert sorted(told(site, since)) == sorted(
        ("put", "entry", key, None) for _id, key, _unit in (first, second)
    )


def test_equal_content_gets_no_number(site: LogSite) -> None:
    package_id, _key, unit_id = entry(site)
    since = fresh(site)
    site.run(
        "UPDATE package SET title = title, metadata_modified = now() WHERE id = %s", package_id
    )
    site.run(
        "INSERT INTO member (id, table_name, table_id, capacity, group_id, state)"
        " VALUES (gen_random_uuid()::text, 'package', %s, 'organization', %s, 'active')",
        package_id,
        unit_id,
    )
    site.run("UPDATE package SET notes = '暂改' WHERE id = %s", package_id)
    site.run("UPDATE package SET notes = NULL WHERE id = %s", package_id)
    assert told(site, since) == []
    assert site.head().seq == since
    assert site.run("SELECT count(*) FROM fjgov_change_note") == [(0,)]


def test_a_rollback_leaves_nothing(site: LogSite) -> None:
    package_id, _key, unit_id = entry(site)
    since = fresh(site)
    with site.transaction() as cursor:
        cursor.execute("UPDATE package SET title = '未提交' WHERE id = %s", (package_id,))
        insert_entry(cursor, unit_id, "未提交")
        cursor.connection.rollback()
    assert site.run("SELECT count(*) FROM fjgov_change_note") == [(0,)]
    assert told(site, since) == []


@pytest.mark.parametrize(
    "table", ["package", "resource", "package_tag", "tag", "member", '"group"']
)
def test_truncate_is_refused(site: LogSite, table: str) -> None:
    with pytest.raises(psycopg2.errors.RaiseException, match="TRUNCATE"):
        site.run(f"TRUNCATE {table} CASCADE")


def test_a_draft_leaves_no_trace(site: LogSite) -> None:
    unit_id, _code = site.add_unit()
    since = fresh(site)
    with site.transaction() as cursor:
        package_id, key = insert_entry(cursor, unit_id, "草稿", state="draft")
    site.run("UPDATE package SET title = '草稿二' WHERE id = %s", package_id)
    assert told(site, since) == []
    site.run("UPDATE package SET state = 'active' WHERE id = %s", package_id)
    assert told(site, since) == [("put", "entry", key, None)]


def test_every_way_out_leaves_a_tombstone_with_its_reason(site: LogSite) -> None:
    package_id, key, _unit = entry(site)
    since = fresh(site)
    site.run("UPDATE package SET state = 'draft' WHERE id = %s", package_id)
    assert told(site, since) == [("del", "entry", key, "draft")]
    site.run("UPDATE package SET state = 'active' WHERE id = %s", package_id)
    assert told(site, since) == [("put", "entry", key, None)]
    site.run("UPDATE package SET private = true WHERE id = %s", package_id)
    assert told(site, since) == [("del", "entry", key, "draft")]
    site.run("UPDATE package SET state = 'deleted' WHERE id = %s", package_id)
    assert told(site, since) == [("del", "entry", key, "withdrawn")]


def test_a_tombstone_tells_what_replaces_it(site: LogSite) -> None:
    package_id, key, _unit = entry(site)
    fresh(site)
    site.run(
        "UPDATE package SET state = 'deleted', extras = extras || %s WHERE id = %s",
        json.dumps({"replaced_by": "35100/NEW"}),
        package_id,
    )
    site.drain()
    (row,) = [row for row in site.changes() if row.key == key]
    assert (row.op, row.reason, row.replaced_by, row.data) == (
        "del",
        "withdrawn",
        "35100/NEW",
        None,
    )


def test_a_renamed_unit_is_one_change_and_its_entries_stay(site: LogSite) -> None:
    _package, _key, unit_id = entry(site)
    (code,) = site.run("SELECT extras ->> 'uscc' FROM \"group\" WHERE id = %s", unit_id)[0]
    since = fresh(site)
    site.run('UPDATE "group" SET title = %s WHERE id = %s', "福州市示例新局", unit_id)
    assert told(site, since) == [("put", "unit", code, None)]


def test_a_closed_unit_leaves_a_tombstone(site: LogSite) -> None:
    unit_id, code = site.add_unit()
    since = fresh(site)
    site.run("UPDATE \"group\" SET state = 'deleted' WHERE id = %s", unit_id)
    assert told(site, since) == [("del", "unit", code, "closed")]


def test_a_unit_with_another_code_changes_its_entries_too(site: LogSite) -> None:
    _package, key, unit_id = entry(site)
    (old,) = site.run("SELECT extras ->> 'uscc' FROM \"group\" WHERE id = %s", unit_id)[0]
    since = fresh(site)
    new = old[:-2] + "ZZ"
    site.run(
        'UPDATE "group" SET extras = extras || %s WHERE id = %s', json.dumps({"uscc": new}), unit_id
    )
    assert sorted(told(site, since)) == sorted(
        [("del", "unit", old, "purged"), ("put", "unit", new, None), ("put", "entry", key, None)]
    )


@pytest.mark.parametrize("order", [0, 1])
def test_a_key_that_one_record_leaves_can_be_taken_in_the_same_drain(
    site: LogSite, order: int
) -> None:
    package_id, key, unit_id = entry(site)
    since = fresh(site)
    with site.transaction() as cursor:
        cursor.execute("UPDATE package SET state = 'deleted' WHERE id = %s", (package_id,))
        # Both orders of the two ids, since a drain goes through them sorted.
        while True:
            cursor.execute("SAVEPOINT try")
            other, _key = insert_entry(cursor, unit_id, "后继", identifier=key)
            if (other < package_id) == bool(order):
                break
            cursor.execute("ROLLBACK TO try")
    assert told(site, since) == [("put", "entry", key, None)]
    (row,) = site.run("SELECT record_id FROM fjgov_change WHERE key = %s", key)
    assert row == (other,)


def test_a_key_held_by_a_live_record_is_not_taken_over(site: LogSite) -> None:
    package_id, key, unit_id = entry(site)
    since = fresh(site)
    with site.transaction() as cursor:
        insert_entry(cursor, unit_id, "冒用", identifier=key)
    assert told(site, since) == []
    assert site.run("SELECT record_id FROM fjgov_change WHERE key = %s", key) == [(package_id,)]


def test_a_record_under_a_new_identifier_ends_the_old_one(site: LogSite) -> None:
    package_id, key, _unit = entry(site)
    since = fresh(site)
    new = new_identifier()
    site.run(
        "UPDATE package SET extras = extras || %s WHERE id = %s",
        json.dumps({"identifier": new}),
        package_id,
    )
    assert told(site, since) == [("del", "entry", key, "purged"), ("put", "entry", new, None)]
    (row,) = [row for row in site.changes(since) if row.key == key]
    assert row.replaced_by == new
