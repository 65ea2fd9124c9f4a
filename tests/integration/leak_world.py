"""What the rows of the leak matrix are asked about: markers, people, entries, grants, files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.api import client, create_entry, list_entry, open_entry, sql, sync_up
from tests.integration.gateway_source import Source, host_and_port, serving
from tests.integration.leak_corpus import Corpus, hidden, marker, register_corpus
from tests.integration.leak_people import NODE, Grants, Visitor, grant_to, visitors
from tests.integration.leaks import Answer, Ask, Reader
from tests.integration.processing_cases import datastore
from tests.integration.stack_env import StackInfo, list_directly

DATA = marker("leakdata")
OPEN_DATA = marker("leakopendata")
TABLE = marker("leaktable")
# Kinds of entry that are to be seen by the same readers.
SEEN_AS = {"raised": "class3", "reviewed": "draft", "hostile": "open"}
HOSTILE = '<script>alert("hostile")</script>'


class MarkedSource(Source):
    """A system of a unit whose files hold a marker: one for open data, another for the rest."""

    def do_GET(self) -> None:
        word = OPEN_DATA if self.path.endswith("/open") else DATA
        content = f"cert_no,amount\n{word},1\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/csv; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Inner", DATA)
        self.end_headers()
        self.wfile.write(content)


@dataclass
class World:
    """One stack with everything that the rows ask about.

    Attributes:
        corpus: entries by kind: open, class1, class2, class3, draft, withdrawn.
        more: further entries: `raised` was open once, `purged` is gone, `reviewed` is being
            reviewed, `hostile` holds markup.
        views: kind of entry -> id of a view of its first resource.
        ended: a token of each that was revoked.
        activities: ids of activities of an entry that was open once, whole records of that time.
        applicant, purpose: markers in the names of applicants and in their applications.
    """

    stack: StackInfo
    corpus: Corpus
    people: Mapping[str, Visitor]
    grants: Grants
    applicant: str
    purpose: str
    more: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    activities: list[str] = field(default_factory=list)

    def entry(self, kind: str) -> dict[str, Any]:
        """Give an entry of a kind."""
        return self.corpus.entries.get(kind) or self.more[kind]

    def resource(self, kind: str) -> str:
        """Give the id of the first resource of an entry."""
        return str(self.entry(kind)["resources"][0]["id"])

    @property
    def unit(self) -> str:
        """The unit of all the entries."""
        return str(self.corpus.entries["open"]["organization"]["name"])

    def marks(self) -> dict[str, tuple[str, ...]]:
        """Give each word of the matrix with the texts by which it is seen."""
        seen: dict[str, tuple[str, ...]] = {}
        for kind, entry in {**self.corpus.entries, **self.more}.items():
            word = SEEN_AS.get(kind, kind)
            texts = (self.corpus.titles[kind], entry["id"], entry["name"], entry["identifier"])
            seen[word] = (*seen.get(word, ()), *texts)
        return {
            **seen,
            "inner": (self.corpus.inner,),
            "creator": (self.corpus.entries["open"]["creator_user_id"],),
            "address": (self.corpus.address,),
            "data": (DATA,),
            "table": (TABLE,),
            "opendata": (OPEN_DATA,),
            "applicant": (self.applicant,),
            "purpose": (self.purpose,),
        }

    def seen_in(self, answers: Sequence[Answer]) -> frozenset[str]:
        """Give the words whose texts stand in an answer to whoever did not send them."""
        return frozenset(
            word
            for word, texts in self.marks().items()
            for answer in answers
            if any(text in answer.text and text not in answer.way for text in texts)
        )


def make_world(stack: StackInfo, source: str) -> World:
    """Register, list, grant and withdraw whatever the rows ask about. Cost: about 20 s."""
    applicant, purpose = marker("leakapplicant"), marker("leakpurpose")
    corpus = register_corpus(stack, source)
    people = visitors(stack)
    grants = grant_to(stack, people, corpus.entries["class2"], purpose, applicant)
    world = World(stack, corpus, people, grants, applicant, purpose)
    _more_entries(world, source)
    sync_up(stack)
    _views(world)
    technician = client(stack, NODE, "sysadmin").action
    for kind, person in people.items():
        if kind not in ("anonymous", "stranger"):
            person.site.action.follow_dataset(id=world.entry("class3")["id"])
        world.ended[kind] = _ended_token(stack, person)
    _keep_file(stack)
    _mount(stack, world.entry("class2"))
    ckan(stack, "search-index", "rebuild")
    past = technician.package_activity_list(id=world.more["raised"]["id"], limit=100)
    world.activities = [row["id"] for row in past[-2:]]
    return world


def _more_entries(world: World, source: str) -> None:
    registrar = client(world.stack, NODE, "registrar")
    for kind in ("raised", "purged", "reviewed", "hostile"):
        title = marker(f"leaktitle{kind}")
        world.corpus.titles[kind] = title
        values = {**hidden(world.corpus, title), **open_entry(), "title": title}
        values["resources"][0]["url"] = f"{source}/{world.corpus.address}/{kind}"
        if kind == "hostile":
            values["notes"] = f"本市低保对象基本情况说明 {HOSTILE} [x](javascript:alert())"
        world.more[kind] = create_entry(world.stack, **values)
        if kind != "reviewed":
            list_entry(registrar, world.more[kind]["id"])
    sync_up(world.stack)
    registrar.action.package_patch(
        id=world.more["raised"]["id"],
        share_type="3",
        open_to_public="0",
        open_condition="",
        legal_basis=hidden(world.corpus)["legal_basis"],
    )
    registrar.action.fjgov_entry_submit(id=world.more["reviewed"]["id"])
    registrar.action.package_delete(id=world.more["purged"]["id"])
    client(world.stack, NODE, "sysadmin").action.dataset_purge(id=world.more["purged"]["id"])


def _views(world: World) -> None:
    technician = client(world.stack, NODE, "sysadmin").action
    for kind in ("open", "class2", "class3", "draft"):
        world.views[kind] = technician.resource_view_create(
            resource_id=world.resource(kind),
            view_type="text_view",
            title=f"预览{world.corpus.titles[kind]}",
            description=world.corpus.titles[kind],
        )["id"]


def _ended_token(stack: StackInfo, person: Visitor) -> str:
    """Give a token that worked once and was revoked."""
    if not person.account:
        return "no-such-token"
    technician = client(stack, NODE, "sysadmin").action
    made = technician.api_token_create(user=person.account, name="ended")["token"]
    technician.api_token_revoke(token=made)
    return str(made)


def _keep_file(stack: StackInfo) -> None:
    """Put a file where CKAN keeps uploads, for who guesses its place."""
    folder = stack.base / NODE / "storage" / "resources" / "abc" / "def"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ghi").write_text(DATA, encoding="utf-8")


def _mount(stack: StackInfo, entry: dict[str, Any]) -> None:
    """Mount a table of one row as the first resource of an entry, with all of its items."""
    resource = entry["resources"][0]["id"]
    columns = [
        {"name": f"c_{place}", "item": item["id"], "title": item["name"], "kind": "text"}
        for place, item in enumerate(entry["items"])
    ]
    names = ", ".join(f"{one['name']} text" for one in columns)
    values = ", ".join("%s" for _ in columns)
    with datastore(stack) as cursor:
        cursor.execute(
            f'CREATE TABLE "{resource}" (_id serial PRIMARY KEY, _full_text tsvector, {names},'
            " fjgov_version bigint DEFAULT 1)"
        )
        cursor.execute(
            f'INSERT INTO "{resource}" ({", ".join(one["name"] for one in columns)})'
            f" VALUES ({values})",
            [TABLE for _ in columns],
        )
    sql(
        stack,
        NODE,
        "INSERT INTO fjgov_mount (resource, entry, columns, rows, version, at)"
        " VALUES (%s, %s, %s, 1, 1, now())",
        resource,
        entry["id"],
        json.dumps(columns),
    )


@contextmanager
def source_allowed(base: Path) -> Iterator[str]:
    """Serve files that 福州 may fetch; to be entered before its site starts."""
    with serving(MarkedSource) as source:
        allowed = ":".join(host_and_port(f"{source}/"))
        folder = base / NODE
        folder.mkdir(parents=True, exist_ok=True)
        line = f"fjgov.fetch.allow = {allowed}\n"
        (folder / "override.ini").write_text(line, encoding="utf-8")
        list_directly(folder)
        yield source


Job = Ask | Any


def answer_all(
    world: World, wanted: Mapping[tuple[int, str], Sequence[Job]], *, workers: int = 8
) -> dict[tuple[int, str], list[Answer]]:
    """Ask everything as everybody, each question once: (row, kind of user) -> answers.

    Args:
        wanted: requests, or functions that give an answer.
        workers: how many are asked at a time; one for steps that would wait for each other.
    """
    readers = {
        kind: Reader(world.stack, person.site, person.upper)
        for kind, person in world.people.items()
    }
    known: dict[tuple[str, Ask], Answer] = {}
    questions = {(kind, job) for (_row, kind), jobs in wanted.items() for job in jobs
                 if isinstance(job, Ask)}  # fmt: skip
    with ThreadPoolExecutor(max_workers=workers) as pool:
        asked = {one: pool.submit(readers[one[0]].answer, one[1]) for one in questions}
        called = {
            (row, kind, place): pool.submit(job)
            for (row, kind), jobs in wanted.items()
            for place, job in enumerate(jobs)
            if not isinstance(job, Ask)
        }
        known = {one: future.result() for one, future in asked.items()}
        return {
            (row, kind): [
                known[kind, job] if isinstance(job, Ask) else called[row, kind, place].result()
                for place, job in enumerate(jobs)
            ]
            for (row, kind), jobs in wanted.items()
        }


def ckan(stack: StackInfo, *words: str) -> str:
    """Run a command of the city's site and give what it printed."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ckan"), "-c", str(stack.inis[NODE]), *words],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
