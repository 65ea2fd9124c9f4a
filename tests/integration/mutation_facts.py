"""What the probes of the mutations are asked about, found or made on a running stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.stack.settings import REPOSITORY
from tests.integration.api import client, create_entry, outcome, sql
from tests.integration.leak_people import NODE, USERS
from tests.integration.leak_world import DATA, TABLE, World

WORKER = "tests.integration.mutation_worker"


def mutated(world: World, folder: Path) -> dict[str, Any]:
    """Take away every guard, one after the other, in a process of the site."""
    ini = folder / "ckan.ini"
    text = world.stack.inis[NODE].read_text(encoding="utf-8")
    # With a review as on a real site; numbers that a lost guard takes are not remembered.
    text = text.replace("fjgov.review.required = false", "fjgov.review.required = true")
    text = text.replace("high_water.json", "high_water_of_mutations.json")
    ini.write_text(text, encoding="utf-8")
    with foreign_unit(world) as unit:
        done = subprocess.run(
            [sys.executable, "-m", WORKER, str(ini)],
            input=json.dumps(facts(world, unit)), capture_output=True, text=True, check=False,
            timeout=900, cwd=REPOSITORY, env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-8000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextmanager
def foreign_unit(world: World) -> Iterator[str]:
    """Give a unit that is for this time the copy of another node's."""
    held = {person.unit for person in world.people.values()} | {world.unit}
    names = client(world.stack, NODE).action.organization_list()
    name = next(one for one in sorted(names, reverse=True) if one not in held)
    set_home = (
        "UPDATE \"group\" SET extras = jsonb_set(extras, '{home_node}', to_jsonb(%s::text))"
        " WHERE name = %s RETURNING name"
    )
    [(before,)] = sql(
        world.stack, NODE, "SELECT extras ->> 'home_node' FROM \"group\" WHERE name = %s", name
    )
    assert sql(world.stack, NODE, set_home, "350000", name)
    try:
        yield name
    finally:
        assert sql(world.stack, NODE, set_home, before or "350100", name)


def facts(world: World, foreign: str) -> dict[str, Any]:
    """Give tokens, names and marks for the worker."""
    stack = world.stack

    def one(statement: str, *values: Any) -> str:
        return str(sql(stack, NODE, statement, *values)[0][0])

    entries = {kind: world.entry(kind) for kind in ("class2", "class3", "draft", "reviewed")}
    other = world.people["other_editor"].unit
    record = (
        'SELECT p.name FROM package p JOIN "group" g ON g.id = p.owner_org WHERE p.type = %s'
        " AND p.state = 'active' AND g.name <> %s AND p.extras ->> 'home_node' = '350100'"
        " ORDER BY p.name LIMIT 1"
    )
    registrar = client(stack, NODE, "registrar").action
    approved = create_entry(stack, NODE)["id"]
    registrar.fjgov_entry_submit(id=approved)
    client(stack, NODE, "reviewer").action.fjgov_entry_approve(id=approved)
    revised = world.entry("hostile")["id"]
    registrar.fjgov_revision_save(id=revised, changes={"frequency": "6"})
    # A stack that is used again has it opened already.
    opened = outcome(client(stack, NODE, "registrar"), "fjgov_maintenance_open", unit=world.unit)
    assert opened in ("done", "ValidationError")
    item = one(record, "collection_item", other)
    job = one(
        "INSERT INTO fjgov_processing (number, title, author, unit, level, spec, state, job,"
        " created_at, changed_at) SELECT 'JG-0000-000001', '', '', extras ->> 'uscc', 'token',"
        " '{}', 'failed', '', now(), now() FROM \"group\" WHERE name = %s"
        " ON CONFLICT (number) DO UPDATE SET title = '' RETURNING number",
        world.unit,
    )
    values = {
        **{kind: entry["id"] for kind, entry in entries.items()},
        **{f"{kind}_name": entry["name"] for kind, entry in entries.items()},
        "class3_identifier": entries["class3"]["identifier"],
        "resource": world.resource("class2"),
        "unit": world.unit,
        "other_unit": other,
        "foreign_unit": foreign,
        "pending": world.grants.pending,
        "drafted": world.grants.drafted,
        "grant": world.grants.numbers["grantee"],
        "applicant": world.grants.applicant,
        "creator": entries["class2"]["creator_user_id"],
        "activity": world.activities[0],
        "appointment": one(
            'SELECT min(a.id) FROM fjgov_appointment a JOIN "group" g ON g.id = a.unit_id'
            " WHERE g.name = %s", other,
        ),
        "approved": approved,
        "revised": revised,
        "item": item,
        "job": job,
        "item_word": quote(one("SELECT title FROM package WHERE name = %s", item)),
        "system": one(record, "app_system", other),
        "database": one(record, "gov_database", other),
        "run": "no-such-run",
        "keyword": world.corpus.titles["class3"],
    }  # fmt: skip
    marks = {
        "inner": world.corpus.inner,
        "address": world.corpus.address,
        "class3": world.corpus.titles["class3"],
        "raised": world.corpus.titles["raised"],
        "draft": world.corpus.titles["draft"],
        "purpose": world.purpose,
        "item": one("SELECT title FROM package WHERE name = %s", item),
        "data": DATA,
        "table": TABLE,
    }
    tokens = {kind: world.people[kind].site.apikey for kind in USERS}
    return {"tokens": tokens, "values": values, "marks": marks}
