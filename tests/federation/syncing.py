"""Run syncs of the province and compare it with its cities, from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from deploy.stack.sites import environment
from tests.integration.api import client, sql
from tests.integration.stack_env import StackInfo

CODES = {"fuzhou": "350100", "xiamen": "350200"}
PREFIXES = {"fuzhou": "35100", "xiamen": "35200"}
REPOSITORY = Path(__file__).resolve().parents[2]

# What may differ between a record and its copy: times of writing, the site in addresses, ids of
# users and of tags (a tag is its name), and whether nothing is written as "" or left out.
LOCAL_KEYS = frozenset(
    {
        "metadata_created", "metadata_modified", "created", "last_modified", "url",
        "creator_user_id", "home_modified", "position", "tracking_summary", "cache_last_updated",
        "image_display_url", "revision_timestamp", "fjgov_findings", "contact", "display_name",
        "vocabulary_id", "package_id",
    }
)  # fmt: skip


@dataclass
class Outcome:
    """One run: its report, the steps on the way, and the seconds it took."""

    report: dict[str, Any]
    steps: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def state(self) -> str:
        """How the run ended."""
        return str(self.report["state"])

    @property
    def counts(self) -> dict[str, int]:
        """Outcomes that occurred."""
        return {name: number for name, number in self.report["counts"].items() if number}

    def names(self) -> list[str]:
        """Names of the steps, in order."""
        return [step["step"] for step in self.steps]

    def refusals(self) -> dict[str, list[str]]:
        """Rules by key of what was refused."""
        return {
            note["key"]: [why["rule"] for why in note["reasons"]]
            for note in self.report["notes"]
            if note["outcome"] == "refused"
        }


@dataclass
class Held:
    """A run that is held at a step; its report comes when it was let go and ended."""

    report: dict[str, Any] = field(default_factory=dict)


class SyncFailedError(Exception):
    """The run did not start."""


def start_worker(ini: Path) -> subprocess.Popen[str]:
    """Start a process that holds the province open, which takes it some seconds."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.federation.sync_worker", str(ini)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
        cwd=REPOSITORY,
    )


class Syncer:
    """A process that holds the province open and syncs when told to."""

    def __init__(self, ini: Path) -> None:
        self.process = start_worker(ini)
        assert self._read() == {"ready": True}

    def sync(self, city: str = "fuzhou", **options: Any) -> Outcome:
        """Run one sync to its end. Options: `full`, `forced`."""
        begin = time.monotonic()
        steps = []
        for answer in self._ask({"node": CODES.get(city, city), **options}):
            if "step" in answer:
                steps.append(answer)
                continue
            if "error" in answer:
                raise SyncFailedError(answer["error"])
            return Outcome(answer["report"], steps, time.monotonic() - begin)
        raise AssertionError("no answer")

    def index_report(self) -> dict[str, Any]:
        """Compare the province's index with its database."""
        return dict(next(self._ask({"verify_index": True}))["report"])

    @contextmanager
    def stopped_at(self, step: str, city: str = "fuzhou", *, must: bool = True) -> Iterator[Held]:
        """Start a sync and hold it at a step for the time of the block; then let it end.

        Args:
            must: fail when the run ends without reaching the step; else the block comes after it.
        """
        answers = self._ask({"node": CODES[city], "stop_at": step})
        held = Held()
        for answer in answers:
            held.report = answer.get("report", {})
            assert not (must and held.report), f"the run never reached {step}"
            if held.report or answer.get("step") == step:
                break
        try:
            yield held
        finally:
            going = self.process.poll() is None and not held.report
            if going:
                self._write({})
            # Each further time the step is reached, the run waits for a line again.
            for answer in answers if going else ():
                if answer.get("step") == step:
                    self._write({})
                if "report" in answer or "error" in answer:
                    held.report = answer.get("report", {"state": "failed", "en": answer})
                    break

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def _ask(self, wish: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._write(wish)
        while True:
            answer = self._read()
            yield answer
            if "report" in answer or "error" in answer:
                return

    def _write(self, value: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the sync worker ended"
        return dict(json.loads(line))


def with_settings(stack: StackInfo, folder: Path, **settings: Any) -> Path:
    """Give a copy of the province's configuration with other values."""
    text = stack.inis["province"].read_text(encoding="utf-8")
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    names = tuple(f"{key} =" for key in settings)
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(names))
    path = folder / f"province-{len(list(folder.iterdir()))}.ini"
    path.write_text(kept.replace("[app:main]\n", f"[app:main]\n{lines}", 1), encoding="utf-8")
    return path


def command(
    stack: StackInfo, *words: str, node: str = "province"
) -> subprocess.CompletedProcess[str]:
    """Run `ckan fjgov …` at a node as an operator does."""
    program = Path(sys.executable).parent / "ckan"
    return subprocess.run(
        [str(program), "-c", str(stack.inis[node]), "fjgov", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment(),
        cwd=REPOSITORY,
    )


def shown(stack: StackInfo, node: str, names: list[str]) -> dict[str, Any]:
    """Give `package_show` of entries as the technician sees them, without what may differ."""
    site = client(stack, node, "sysadmin")
    return {name: plain(site.action.package_show(id=name)) for name in names}


def plain(value: Any) -> Any:
    """Leave out what may differ between a record and its copy."""
    if isinstance(value, dict):
        kept = {name: plain(item) for name, item in value.items() if name not in LOCAL_KEYS}
        if "tags" in kept:
            kept["tags"] = [tag["name"] for tag in kept["tags"]]
        return {name: item for name, item in kept.items() if item not in (None, "", [])}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def differences(ours: Any, home: Any, path: str = "") -> Iterator[str]:
    """Name every place at which two answers differ."""
    if isinstance(ours, dict) and isinstance(home, dict):
        for name in sorted(ours.keys() | home.keys()):
            yield from differences(ours.get(name), home.get(name), f"{path}/{name}")
    elif ours != home:
        yield f"{path}: {ours!r} here, {home!r} at home"


@contextmanager
def address_of_city(stack: StackInfo, address: str, allow: list[str]) -> Iterator[None]:
    """Let the province look for 福州 elsewhere for the time of a block."""
    (before,) = sql(stack, "province", "SELECT address, allow FROM fjgov_node WHERE code='350100'")
    change = "UPDATE fjgov_node SET address = %s, allow = to_jsonb(%s::text[]) WHERE code='350100'"
    sql(stack, "province", change, address, allow)
    try:
        yield
    finally:
        sql(stack, "province", change, before[0], before[1])


def rule_for(address: str) -> str:
    """Give the rule of a registration that allows an address of this machine."""
    return f"127.0.0.1/32:{address.rpartition(':')[2]}"


def listed_names(stack: StackInfo, node: str, city: str) -> list[str]:
    """Give the names of a city's listed entries, as a site's tables have them."""
    rows = sql(
        stack,
        node,
        "SELECT name FROM package WHERE type = 'dataset' AND state = 'active' AND NOT private"
        " AND extras ->> 'home_node' = %s ORDER BY name",
        CODES[city],
    )
    return [row[0] for row in rows]


def documents(stack: StackInfo, node: str, city: str) -> dict[str, Any]:
    """Give the index documents of a city's entries, without times and addresses."""
    requests.get(
        f"{stack.solr_url}/{stack.nodes[node].core}/update?commit=true",
        auth=stack.solr_auth,
        timeout=30,
    ).raise_for_status()
    answer = requests.get(
        f"{stack.solr_url}/{stack.nodes[node].core}/select",
        params={
            "q": f'home_node:"{CODES[city]}"',
            "fq": "dataset_type:dataset",
            "rows": 5000,
            "fl": "name,title,share_type,permission_labels,theme,theme_top,tags,"
            "organization,state,exchange_status,issued_year,frequency,identifier",
        },
        auth=stack.solr_auth,
        timeout=30,
    )
    answer.raise_for_status()
    return {
        row["name"]: {
            key: sorted(value) if isinstance(value, list) else value for key, value in row.items()
        }
        for row in answer.json()["response"]["docs"]
    }


def assert_province_equals(stack: StackInfo, city: str, names: list[str] | None = None) -> None:
    """Compare a city with its copy: which entries, every field of them, and their documents.

    Args:
        names: entries to compare field by field; all listed ones when left out.
    """
    at_home = listed_names(stack, city, city)
    assert listed_names(stack, "province", city) == at_home
    chosen = at_home if names is None else [name for name in names if name in at_home]
    differing = list(differences(shown(stack, "province", chosen), shown(stack, city, chosen)))
    assert not differing, "\n".join(differing[:10])
    ours, home = (
        {name: doc for name, doc in documents(stack, node, city).items() if name in chosen}
        for node in ("province", city)
    )
    differing = list(differences(ours, home))
    assert not differing, "\n".join(differing[:10])
    assert set(documents(stack, "province", city)) == set(at_home)
