"""Many writers at once, in two processes: one title once, no identifier twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.integration.api import client, entry_for, sql, unique_title, unit_of
from tests.integration.stack_env import StackInfo

WRITERS = 50
# Reads the site, a token and the entries from stdin; registers all at once, each in a thread.
PROGRAM = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from ckanapi import CKANAPIError, RemoteCKAN, ValidationError

work = json.load(sys.stdin)

def register(entry):
    site = RemoteCKAN(work["url"], apikey=work["token"])
    try:
        made = site.action.package_create(**entry)
    except ValidationError as error:
        return {"refused": sorted(set(error.error_dict) - {"__type"})}
    except CKANAPIError as error:
        return {"failed": str(error)}
    return {"identifier": made["identifier"], "guide_code": made["guide_code"], "id": made["id"]}

with ThreadPoolExecutor(max_workers=len(work["entries"])) as pool:
    print(json.dumps(list(pool.map(register, work["entries"]))))
"""


def register_in_two_processes(stack: StackInfo, titles: list[str]) -> list[dict[str, str]]:
    """Register one entry for each title from two processes at once; give all outcomes."""
    unit = unit_of(stack, "fuzhou")
    entries = [entry_for(unit, title=title) for title in titles]
    token = stack.credentials["fuzhou"]["registrar"]["token"]
    work = [
        json.dumps({"url": stack.urls["fuzhou"], "token": token, "entries": part})
        for part in (entries[::2], entries[1::2])
    ]
    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        return [row for rows in pool.map(_run, work) for row in rows]


def _run(work: str) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=work, capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def test_fifty_registrations_of_one_title_leave_exactly_one(stack: StackInfo) -> None:
    title = unique_title()
    outcomes = register_in_two_processes(stack, [title] * WRITERS)
    kinds = Counter("made" if "id" in row else str(row.get("refused")) for row in outcomes)
    assert kinds == {"made": 1, "['title']": WRITERS - 1}, outcomes
    stored = sql(stack, "fuzhou", "SELECT count(*) FROM package WHERE title = %s", title)
    assert stored == [(1,)]
    unit = client(stack, "fuzhou").action.organization_show(id=unit_of(stack, "fuzhou"))
    held = sql(
        stack,
        "fuzhou",
        "SELECT count(*) FROM fjgov_title t JOIN package p ON p.id = t.package_id"
        " WHERE p.title = %s AND t.owner_org = %s",
        title,
        unit["id"],
    )
    assert held == [(1,)]


def test_fifty_registrations_of_different_titles_get_different_identifiers(
    stack: StackInfo,
) -> None:
    titles = [unique_title() for _ in range(WRITERS)]
    outcomes = register_in_two_processes(stack, titles)
    assert [row for row in outcomes if "id" not in row] == []
    for name in ("id", "identifier", "guide_code"):
        assert len({row[name] for row in outcomes}) == WRITERS, name
    for kind, name in (("resource", "identifier"), ("guide", "guide_code")):
        codes = [row[name] for row in outcomes]
        rows = sql(
            stack,
            "fuzhou",
            "SELECT identifier, record_id FROM fjgov_identifier WHERE identifier = ANY(%s)",
            codes,
        )
        assert dict(rows) == {row[name]: row["id"] for row in outcomes}, kind
