"""Runs inside one site: writes records in two ways and holds the results against each other.

`parity_worker.py INI MODE` reads one JSON object of arguments and writes a report as the last line.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app

sys.path.insert(0, str(Path(__file__).parent))

import parity_compare
import parity_records

SHOWN = 40
PAGE = 250
UNIT = "11350200MB9P000010"


def documents(count: int, listing: str, mapping: str) -> dict[str, Any]:
    """Build the documents of the same rows in CKAN's way and in bulk; nothing is committed."""
    import sqlalchemy as sa

    from ckan import model

    from ckanext.fjgov.logic import settings
    from ckanext.fjgov.logic.bulk_index import build, single

    connection = model.Session.connection()
    prefix = settings.node().prefix
    rows = list(_merged(connection, count, prefix, listing, mapping))
    for statement, values in parity_records.unusual_states(rows) if count else ():
        connection.execute(sa.text(statement), values)
    report: dict[str, Any] = {"compared": 0, "slow": 0, "gone": 0, "values": 0, "differences": []}
    seen: dict[str, Any] = {}
    for start in range(0, len(rows), PAGE):
        ids = [row["id"] for row in rows[start : start + PAGE]]
        batch = build(connection, ids)
        report["slow"] += len(batch.slow)
        report["gone"] += len(batch.gone)
        model.Session.expire_all()
        for doc in batch.docs:
            if doc["id"] in batch.slow:
                continue
            other = json.loads(json.dumps(single.documents([doc["id"]])[0]))
            said = parity_compare.differences(doc, other, strict=True)
            report["differences"] += [f"{doc['name']} {line}" for line in said]
            report["differences"] += _default_differences(connection, doc["id"])
            report["compared"] += 1
            for path, _value in parity_compare.leaves(doc):
                report["values"] += 1
                seen.setdefault(parity_compare.pattern_of(path), doc)
    report["differences"] = report["differences"][:SHOWN]
    report["fields"] = len(seen)
    # Each kind of value is spoiled once, in the first document that has it.
    report["unnoticed"] = [
        path
        for pattern, doc in seen.items()
        for path in parity_compare.unnoticed(doc, only=pattern)[:1]
    ]
    model.Session.rollback()
    return report


def _default_differences(connection: Any, id_: str) -> list[str]:
    """Hold the entry in CKAN's default schema against what CKAN itself gives."""
    import ckan.logic as ckan_logic
    from ckan import model

    from ckanext.fjgov.logic.bulk_index import rows
    from ckanext.fjgov.logic.bulk_index.build import Maker, NotPlainError
    from ckanext.fjgov.logic.bulk_index.plan import PLANS

    plan = PLANS.get()
    assert plan is not None
    try:
        ours = Maker(plan).default_entry(rows.read(connection, [id_])[id_])
    except NotPlainError:
        return []
    own = {"model": model, "session": model.Session, "user": ""}
    theirs, _custom = ckan_logic.package_show_default_and_custom_schemas(own, id_)
    return [f"default {line}" for line in parity_compare.differences(ours, theirs, strict=True)]


def _merged(
    connection: Any, count: int, prefix: str, listing: str, mapping: str
) -> Iterator[dict[str, Any]]:
    """Write generated records, or those of a listing, by the bulk path; gives their rows."""
    from ckanext.fjgov.logic.sync import rows
    from ckanext.fjgov.model import merge

    unit_id = str(uuid.uuid4())
    unit = {
        "type": "unit",
        "id": unit_id,
        "name": f"u-{UNIT.lower()}",
        "fields": {"title": "示例对照局", "uscc": UNIT, "division": "350200"},
    }
    merge.units(connection, [rows.unit_row(_received(unit), "350200")])
    if listing:
        source: Iterable[dict[str, Any]] = _listed(Path(listing), Path(mapping), prefix)
    else:
        source = parity_records.records(count, UNIT, prefix)
    source = iter(source)
    while page := list(islice(source, PAGE)):
        made = [rows.entry_row(_received(record), "350200", unit_id) for record in page]
        merge.entries(connection, made)
        yield from made


def _listed(listing: Path, mapping: Path, prefix: str) -> Iterator[dict[str, Any]]:
    """Give every row of a real listing as a record, also those that rules would refuse."""
    from ckanext.fjgov.core.importing.apply import map_book
    from ckanext.fjgov.core.importing.mapping_file import parse_mapping
    from ckanext.fjgov.core.importing.table import open_table

    chosen = parse_mapping(mapping.read_text("utf-8"))
    book = open_table(listing.read_bytes(), encoding=chosen.encoding)
    for number, row in enumerate(map_book(book, chosen)):
        suffix = f"G{number:07d}"
        yield {
            "type": "entry",
            "id": str(uuid.uuid5(parity_records.SPACE, f"{prefix} listed {number}")),
            "name": f"{prefix}-{suffix.lower()}",
            "unit": UNIT,
            "fields": {**row.entry, "identifier": f"{prefix}/{suffix}"},
            "tags": [],
            "resources": [],
        }


def _received(record: dict[str, Any]) -> Any:
    from ckanext.fjgov.core.federation.feed import FeedRow

    key = record["fields"].get("identifier") or record["fields"]["uscc"]
    at = "2026-11-01T00:00:00Z"
    return FeedRow(1, "put", record["type"], key, "", at, None, None, None, record)


def racing(count: int, rounds: int) -> dict[str, Any]:
    """Merge new versions of the same entries while the outbox is served beside it."""
    import parity_racing

    return parity_racing.race(count, rounds)


def written(entries: Sequence[dict[str, Any]], unit: str) -> dict[str, Any]:
    """Register entries by CKAN's actions, then write the same ones by the bulk path."""
    import parity_written

    return parity_written.compare(entries, unit)


def batches(pairs: Sequence[Any], unit: str, user: str, change: str = "") -> dict[str, Any]:
    """Register and change entries by CKAN's actions, then the same ones in batches."""
    import parity_batch

    return parity_batch.compare(pairs, unit, user, change)


def listed(listing: str, mapping: str, step: int) -> dict[str, Any]:
    """Import rows of a listing by CKAN's actions, then write the same ones by the bulk path."""
    import parity_listed

    return parity_listed.compare(listing, mapping, step)


def main() -> None:
    """Load the site, do one comparison and say how it went."""
    # CKAN prints to standard output while it loads; the answer has a channel of its own.
    answers, sys.stdout = sys.stdout, sys.stderr
    app = make_app(load_config(sys.argv[1]))
    arguments = json.loads(sys.stdin.read())
    with app._wsgi_app.test_request_context():
        modes: dict[str, Any] = {
            "documents": documents, "racing": racing, "written": written, "batches": batches,
            "listed": listed,
        }  # fmt: skip
        report = modes[sys.argv[2]](**arguments)
    answers.write(json.dumps(report, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
