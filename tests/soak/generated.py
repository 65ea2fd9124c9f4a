"""Many entries and many changes at one site, written by SQL so that they cost no time.

The statements go through the same triggers as every other write, which is what the soak is about.
"""

from __future__ import annotations

import json
import random
import uuid
from typing import Any

import psycopg2
from psycopg2.extras import Json, RealDictCursor, execute_values

SUBJECTS = (
    "低保对象",
    "不动产登记",
    "公交线路",
    "企业年报",
    "林权证",
    "养老机构",
    "水质监测",
    "医师执业",
)
ASPECTS = ("基本信息", "变更记录", "统计汇总", "处罚结果", "年度检查", "地址信息")
SUFFIX = "SOAK"
_ENTRY = (
    "id", "name", "title", "notes", "owner_org", "extras", "type", "state", "private",
    "metadata_created", "metadata_modified", "url", "version", "author", "author_email",
    "maintainer", "maintainer_email", "license_id", "creator_user_id",
)  # fmt: skip


def add_entries(dsn: str, prefix: str, number: int) -> list[str]:
    """Bring the generated entries of a site up to `number`; gives their identifiers.

    Each is a copy of one listed entry of the site with a title, an abstract, an identifier, items
    and a resource of its own. Cost: about a second for 1,000.
    """
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(
                "SELECT count(*) AS n FROM package WHERE name LIKE %s", (_pattern(prefix),)
            )
            present = cursor.fetchone()["n"]
            cursor.execute(
                "SELECT * FROM package WHERE type = 'dataset' AND state = 'active' AND NOT private"
                " AND name NOT LIKE %s ORDER BY name LIMIT 20",
                (_pattern(prefix),),
            )
            models = cursor.fetchall()
            fresh = [
                _copy(models[index % len(models)], prefix, index)
                for index in range(present, number)
            ]
            if fresh:
                _insert(cursor, fresh)
    finally:
        link.close()
    return [f"{prefix}/{SUFFIX}{index:06d}" for index in range(number)]


def change_entries(dsn: str, prefix: str, identifiers: list[str], stamp: str) -> None:
    """Give the named entries another abstract, in one statement and one commit."""
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(
                "UPDATE package SET notes = split_part(notes, ' #', 1) || %s,"
                " metadata_modified = now() AT TIME ZONE 'UTC' WHERE name = ANY(%s)",
                (f" #{stamp}", [_name(identifier) for identifier in identifiers]),
            )
            if cursor.rowcount != len(identifiers):
                raise RuntimeError(f"{cursor.rowcount} of {len(identifiers)} entries changed")
    finally:
        link.close()


def hide_one(dsn: str, pair: list[str], *, first: bool) -> None:
    """Un-list the first of two entries and list the second, or the other way round."""
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            names = [_name(identifier) for identifier in pair]
            cursor.execute(
                "UPDATE package SET private = ((name = %s) = %s) WHERE name = ANY(%s)",
                (names[0], first, names),
            )
    finally:
        link.close()


def remove_entries(dsn: str, prefix: str) -> None:
    """Delete the generated entries of a site."""
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            chosen = "SELECT id FROM package WHERE name LIKE %s"
            for statement in (
                f"DELETE FROM resource WHERE package_id IN ({chosen})",
                f"DELETE FROM member WHERE table_name = 'package' AND table_id IN ({chosen})",
                "DELETE FROM package WHERE name LIKE %s",
            ):
                cursor.execute(statement, (_pattern(prefix),))
    finally:
        link.close()


def _pattern(prefix: str) -> str:
    return f"{prefix}-{SUFFIX.lower()}%"


def _name(identifier: str) -> str:
    return identifier.replace("/", "-").lower()


def _copy(model: dict[str, Any], prefix: str, index: int) -> dict[str, Any]:
    draw = random.Random(f"{prefix}{index}")
    identifier = f"{prefix}/{SUFFIX}{index:06d}"
    extras = {
        name: value
        for name, value in model["extras"].items()
        if name not in ("guide_code", "related", "exchange")
    }
    extras["identifier"] = identifier
    extras["md_id"] = f"{prefix}/md-{SUFFIX}{index:06d}"
    items = json.loads(extras.get("items") or "[]")
    for item in items:
        item["id"] = str(uuid.UUID(int=draw.getrandbits(128)))
    extras["items"] = json.dumps(items)
    title = f"{draw.choice(SUBJECTS)}{draw.choice(ASPECTS)}（试验{index:06d}）"
    return {
        **model,
        "id": str(uuid.UUID(int=draw.getrandbits(128))),
        "name": _name(identifier),
        "title": title,
        "notes": f"{title}，用于可靠性试验的示例目录。" + "按月更新。" * draw.randrange(1, 40),
        "extras": Json(extras),
        "resource": str(uuid.UUID(int=draw.getrandbits(128))),
    }


def _insert(cursor: Any, rows: list[dict[str, Any]]) -> None:
    execute_values(
        cursor,
        f"INSERT INTO package ({', '.join(_ENTRY)}) VALUES %s",
        [tuple(row[name] for name in _ENTRY) for row in rows],
        page_size=500,
    )
    execute_values(
        cursor,
        "INSERT INTO resource (id, package_id, position, url, name, description, format, hash,"
        " extras, state, created, metadata_modified) VALUES %s",
        [
            (row["resource"], row["id"], 0, f"/share/{row['resource']}", "全部数据", "", "CSV", "",
             "{}", "active", row["metadata_created"], row["metadata_modified"])
            for row in rows
        ],
        page_size=500,
    )  # fmt: skip
    execute_values(
        cursor,
        "INSERT INTO member (id, table_name, table_id, capacity, group_id, state) VALUES %s",
        [
            (str(uuid.uuid4()), "package", row["id"], "organization", row["owner_org"], "active")
            for row in rows
        ],
        page_size=500,
    )
