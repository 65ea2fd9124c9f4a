"""Write the index documents of a site's entries to files: `write_documents.py INI`.

Standard input: JSON with `folder` and `count`. Each file is the body of one request to Solr.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from ckan.cli import load_config
from ckan.config.middleware import make_app

BATCH = 1000


def write(folder: str, count: int) -> dict[str, Any]:
    """Write the documents of the first entries."""
    from ckanext.fjgov.logic.bulk_index.build import documents
    from ckanext.fjgov.model.database import snapshot

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = 0
    with snapshot() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT id FROM package WHERE type = 'dataset' AND state = 'active'"
                " ORDER BY name LIMIT :count"
            ),
            {"count": count},
        )
        ids = [row.id for row in rows]
        for number, start in enumerate(range(0, len(ids), BATCH)):
            found = documents(connection, ids[start : start + BATCH])
            written += len(found)
            (target / f"{number:05d}.json").write_bytes(orjson.dumps(found, default=str))
    return {"documents": written}


def main() -> None:
    """Load the site and write."""
    arguments = json.loads(sys.stdin.read())
    app = make_app(load_config(sys.argv[1]))
    with app._wsgi_app.test_request_context():
        answer = write(**arguments)
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
