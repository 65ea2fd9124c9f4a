"""Holds one site open and runs syncs on request, so that a test does not pay for each start.

`sync_worker.py INI` reads one JSON object a line from standard input, `{"node", "full", "forced",
"stop_at"}`, and writes one a line: `{"step", ...}` as steps are reached and `{"report", ...}` at
the end. At a step named by `stop_at` it waits for one more line before it goes on.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app


def main() -> None:
    """Serve requests until the input ends."""
    # CKAN prints to standard output while it loads; the answers have a channel of their own.
    answers, sys.stdout = sys.stdout, sys.stderr
    app = make_app(load_config(sys.argv[1]))
    from ckan import model

    from ckanext.fjgov.logic import indexing
    from ckanext.fjgov.logic.sync import engine

    def say(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value, default=str) + "\n")
        answers.flush()

    say({"ready": True})
    for line in sys.stdin:
        wish = json.loads(line)

        def progress(
            step: str, facts: dict[str, Any], stop_at: str = wish.get("stop_at", "")
        ) -> None:
            say({"step": step, **facts})
            if step == stop_at:
                sys.stdin.readline()

        with app._wsgi_app.test_request_context():
            try:
                if wish.get("verify_index"):
                    found = indexing.verify_index()
                    say({"report": {name: getattr(found, name) for name in found.__slots__}})
                    continue
                run_id = engine.queue_run(wish["node"], "test")
                report = engine.execute(
                    run_id,
                    full=wish.get("full", False),
                    forced=wish.get("forced", False),
                    progress=progress,
                )
                say({"report": report, "run": run_id})
            except Exception as error:
                say({"error": f"{type(error).__name__}: {error}"})
            finally:
                model.Session.remove()


if __name__ == "__main__":
    main()
