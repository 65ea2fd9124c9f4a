"""Take away one guard after the other inside a site, and say which answer changed.

A program of its own: `python -m tests.integration.mutation_worker INI` with facts as JSON on its
input (`tokens` by kind of user, `values` for the names in braces of the probes, `marks`). Its last
line of output is JSON. Nothing that a lost guard lets through is kept: every commit is rolled back,
nothing is indexed or queued.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import flask

from tests.integration.mutation_guards import lost
from tests.integration.mutation_pages import ALL_PROBES
from tests.integration.mutation_probes import Probe
from tests.integration.mutation_walk import Item, items_of

_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.DOTALL)
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.+]+")


def main() -> None:
    """Walk, ask, take away, ask again."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    facts = json.load(sys.stdin)
    app = make_app(load_config(sys.argv[1]))._wsgi_app
    app.config["WTF_CSRF_ENABLED"] = False
    with _harmless():
        items = items_of(app)
        told = {item.name: _tried(app, item, facts) for item in items if item.name in ALL_PROBES}
    print(json.dumps({"items": [item.name for item in items], "told": told}, ensure_ascii=False))


def _tried(app: Any, item: Item, facts: Mapping[str, Any]) -> dict[str, str]:
    """Give the answer to the probe with the guard, without it, and without those behind it.

    What stands behind a guard is only taken away, too, when its loss alone changes nothing.
    """
    probe = ALL_PROBES[item.name]
    before = _answer(app, probe, facts)
    with lost(app, item):
        after = _answer(app, probe, facts)
    if after == before:
        with lost(app, item, together=True):
            after = _answer(app, probe, facts)
    return {"before": before, "after": after}


def _answer(app: Any, probe: Probe, facts: Mapping[str, Any]) -> str:
    """Ask by the whole way of a request; gives status, refusal and the marks that are shown."""
    from ckan import model

    notes: list[str] = []

    def flashed(_sender: Any, message: Any, **_more: Any) -> None:
        notes.append(str(message))

    def failed(_sender: Any, exception: BaseException, **_more: Any) -> None:
        notes.append(f"{type(exception).__name__}: {str(exception)[:200]}")

    try:
        with (
            flask.message_flashed.connected_to(flashed),
            flask.got_request_exception.connected_to(failed),
        ):
            return " ".join([_asked(app, probe, facts), *notes])
    except Exception as error:  # What a stream raises breaks a connection off; here it comes up.
        return f"broken off: {type(error).__name__}"
    finally:
        model.Session.rollback()
        model.Session.remove()


def _asked(app: Any, probe: Probe, facts: Mapping[str, Any]) -> str:
    token = facts["tokens"].get(probe.who)
    headers = {"Authorization": token} if token else {}
    path = _filled(probe.path, facts["values"])
    with app.test_client() as site:
        if probe.is_action:
            body = _filled(json.dumps(probe.arguments), facts["values"])
            given = site.post(
                f"/api/3/action/{path}", data=body, headers=headers, content_type="application/json"
            )
        else:
            form = {key: _filled(text, facts["values"]) for key, text in probe.arguments.items()}
            given = site.open(path, method=probe.method, data=form or None, headers=headers)
        return _told(given, probe, facts["marks"])


def _told(given: Any, probe: Probe, marks: Mapping[str, str]) -> str:
    text = given.get_data().decode("utf-8", errors="replace")
    if given.is_json:
        text = json.dumps(given.get_json(), ensure_ascii=False)
    words = " ".join(sorted(word for word, mark in marks.items() if mark in text))
    said = given.headers.get("Location", "").split("?")[0]
    if probe.is_action:
        try:
            answer = json.loads(text)
            error = answer.get("error") or {}
            said = json.dumps(error, ensure_ascii=False, sort_keys=True) if error else ""
            if not error:
                said = _shape(answer["result"])
        except ValueError:
            said = text
    elif given.mimetype == "text/html":
        said += " ".join(found[1].strip() for found in _TITLE.findall(text))
    heads = " ".join(f"{name}={given.headers.get(name, '')}" for name in probe.headers)
    return f"{given.status_code} {_CHANGING.sub('…', said)[:300]} [{words}] {heads}".strip()


def _shape(result: Any) -> str:
    """Say how much an action gave, whatever it holds."""
    if isinstance(result, list):
        return f"list {len(result)} of {_shape(result[0]) if result else 'nothing'}"
    if isinstance(result, dict):
        return f"dict {len(result)} count {result.get('count')}"
    return type(result).__name__


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values[found.group(1)], text)


@contextmanager
def _harmless() -> Iterator[None]:
    """Let nothing that is written last: in the database, the index, the queue, or a token."""
    import pysolr
    import rq
    import sqlalchemy as sa

    from ckan import model

    def undo(connection: Any) -> None:
        connection.connection.dbapi_connection.rollback()

    engine = model.Session.get_bind()
    sa.event.listen(engine, "commit", undo)
    with ExitStack() as stack:
        for owner, name in (
            (pysolr.Solr, "add"),
            (pysolr.Solr, "delete"),
            (pysolr.Solr, "commit"),
            (rq.Queue, "enqueue_job"),
            (rq.Queue, "enqueue_call"),
            (model.ApiToken, "touch"),
        ):
            stack.enter_context(mock.patch.object(owner, name, return_value=None))
        yield
    sa.event.remove(engine, "commit", undo)


if __name__ == "__main__":
    main()
