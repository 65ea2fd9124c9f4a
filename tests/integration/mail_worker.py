"""Send mail in a process of a site, as its scheduler does: `mail_worker.py INI`.

Each line of the input is `send`, `problems`, `tick`, `off` or `on`; each is answered by a line of
JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app


def main() -> None:
    with make_app(load_config(sys.argv[1]))._wsgi_app.test_request_context():
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(line.strip())), flush=True)


def answer(asked: str) -> Any:
    import ckan.plugins.toolkit as tk

    from ckanext.fjgov.logic import mailing
    from ckanext.fjgov.logic.clock import utc_now
    from ckanext.fjgov.logic.operations import scheduling

    if asked in {"on", "off"}:
        tk.config["fjgov.mail.enabled"] = asked == "on"
        return None
    if asked == "tick":
        done = scheduling.tick()
        return asdict(done) if done else None
    return {"send": mailing.send_due, "problems": mailing.problems}[asked](utc_now())


if __name__ == "__main__":
    main()
