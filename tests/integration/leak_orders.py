"""A site of the city with its plugins in another order, started for row 51 of the leak matrix."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

from deploy.stack.settings import REPOSITORY
from tests.integration.leak_people import NODE, USERS, Visitor
from tests.integration.leak_world import Job, World
from tests.integration.leaks import Answer

KINDS = ("class2", "class3", "draft", "withdrawn")
_PROGRAM = """
import json, re, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
asked = json.load(sys.stdin)
app = make_app(load_config(sys.argv[1]))._wsgi_app
from ckan import model
model.ApiToken.touch = lambda *_a, **_k: None
told = {}
for who, token in asked["tokens"].items():
    headers = {"Authorization": token} if token else {}
    texts = []
    for action, data in asked["calls"]:
        with app.test_client() as site:
            given = site.post(f"/api/3/action/{action}", json=data, headers=headers)
            texts.append(json.dumps(given.get_json(), ensure_ascii=False))
        model.Session.remove()
    told[who] = "\\n".join(texts)
print(json.dumps(told))
"""
_answers: dict[int, dict[str, str]] = {}
_one_at_a_time = threading.Lock()


def orders(world: World, who: Visitor) -> list[Job]:
    """Ask a site whose plugins are loaded the other way round. Cost: one start of CKAN in all."""
    return [lambda: Answer("other order", 200, _told(world)[who.kind])]


def _told(world: World) -> dict[str, str]:
    with _one_at_a_time:
        if id(world) not in _answers:
            _answers[id(world)] = _asked(world)
        return _answers[id(world)]


def _asked(world: World) -> dict[str, str]:
    ini = world.stack.inis[NODE]
    lines = ini.read_text(encoding="utf-8").splitlines()
    [place] = [n for n, line in enumerate(lines) if line.startswith("ckan.plugins")]
    name, _equals, plugins = lines[place].partition("=")
    lines[place] = f"{name}= {' '.join(reversed(plugins.split()))}"
    other = ini.with_name("other_order.ini")
    other.write_text("\n".join(lines), encoding="utf-8")
    calls = [["package_show", {"id": world.entry(kind)["id"]}] for kind in KINDS]
    calls += [
        ["package_search", {"q": "title:leak* OR *:*", "rows": 1000, "include_drafts": True}],
        ["resource_search", {"query": "name:leak", "limit": 1000}],
        ["datastore_search", {"resource_id": world.resource("class2")}],
    ]
    tokens = {kind: world.people[kind].site.apikey for kind in USERS}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(other)],
        input=json.dumps({"tokens": tokens, "calls": calls}),
        capture_output=True, text=True, check=False, timeout=300, cwd=REPOSITORY,
    )  # fmt: skip
    other.unlink()
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return told
