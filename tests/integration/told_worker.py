"""Call actions on a site of its own process with the activity plugin, and say what it noted.

Run as `told_worker.py <ini>` with a list of [action, arguments, token] as JSON on standard input;
the id `$` stands for the record made before. Gives for each its status, its answer and how many
activities there are of its title.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(ini: Path, calls: list[list[Any]]) -> list[dict[str, Any]]:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(str(ini)))._wsgi_app

    import sqlalchemy as sa

    from ckan import model
    from ckan.cli.db import _run_migrations

    with app.app_context():
        _run_migrations("activity", None, True)
    found, made = [], ""
    with app.test_client() as site:
        for action, arguments, token in calls:
            headers = {"Authorization": token}
            if arguments.get("id") == "$":
                arguments["id"] = made
            given = site.post(f"/api/3/action/{action}", json=arguments, headers=headers)
            counted = sa.text(
                "SELECT count(*) FROM activity a JOIN package p ON p.id = a.object_id"
                " WHERE p.title = :title"
            )
            number = model.Session.execute(counted, {"title": arguments["title"]}).scalar_one()
            found.append({"status": given.status_code, "noted": number, "body": given.get_json()})
            made = (given.get_json().get("result") or {}).get("id") or made
            model.Session.remove()
    return found


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1]), json.load(sys.stdin)), sys.stdout)
