"""Compare the province with the modelled cities: database, API, search, and what must be gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
import requests
from ckanapi import NotAuthorized, NotFound

from tests.integration.api import ANONYMOUS, client, eventually
from tests.integration.stack_env import StackInfo
from tests.soak.model import City, Entry

MOST_SHOWN = 3


@dataclass
class Checker:
    """Looks at the province of a stack.

    Attributes:
        links: open connections by node key.
    """

    stack: StackInfo
    links: dict[str, Any]

    def faults(self, city: City, at_sync: City, gone: list[Entry]) -> Iterator[str]:
        """Name everything that is not as modelled.

        Args:
            city: the city as it stands now, of which the log is read for entries of the API.
            at_sync: the city as it stood when it was last synced.
            gone: entries that the province must not give any more.
        """
        expected = self._hashes(at_sync)
        found = self._log("province", at_sync)
        if found != expected:
            lost = sorted(expected.keys() - found.keys())
            surplus = sorted(found.keys() - expected.keys())
            other = sorted(k for k in found.keys() & expected.keys() if found[k] != expected[k])
            yield f"{city.key} log: lost {lost}, surplus {surplus}, other {other}"
        listed = {e.identifier: e for e in at_sync.entries.values() if e.listed}
        yield from self._rows(at_sync, listed)
        yield from self._index(at_sync, listed)
        yield from self._searches(at_sync, listed)
        yield from self._answers(list(listed.values()), gone)

    def _hashes(self, city: City) -> dict[tuple[str, str], str]:
        """Give what must be listed; hashes of entries of the API come from the city's own log."""
        expected = city.catalog()
        unknown = [name for name, value in expected.items() if not value]
        if unknown:
            at_home = self._log(city.key, city)
            expected |= {name: at_home.get(name, "not in the city's log") for name in unknown}
        return expected

    def _log(self, node: str, city: City) -> dict[tuple[str, str], str]:
        units = [unit.code for unit in city.units.values()]
        rows = self._query(
            node,
            "SELECT c.kind, c.key, c.hash FROM fjgov_change c"
            " LEFT JOIN package p ON c.kind = 'entry' AND p.id = c.record_id"
            ' LEFT JOIN "group" g ON g.id = p.owner_org'
            " WHERE c.node = %s AND c.op = 'put' AND (c.kind = 'unit' AND c.key = ANY(%s)"
            " OR c.kind = 'entry' AND g.extras ->> 'uscc' = ANY(%s))",
            city.code, units, units,
        )  # fmt: skip
        return {(kind, key): value for kind, key, value in rows}

    def _rows(self, city: City, listed: dict[str, Entry]) -> Iterator[str]:
        """Compare CKAN's own tables: each listed entry once, with its id, class and resources."""
        rows = self._query(
            "province",
            "SELECT p.extras ->> 'identifier', p.id, p.title, p.extras ->> 'share_type',"
            " p.extras ->> 'home_node', g.title, (SELECT count(*) FROM resource r"
            "   WHERE r.package_id = p.id AND r.state = 'active')"
            ' FROM package p JOIN "group" g ON g.id = p.owner_org'
            " WHERE p.type = 'dataset' AND p.state = 'active' AND NOT p.private"
            " AND g.extras ->> 'uscc' = ANY(%s) ORDER BY 1",
            [unit.code for unit in city.units.values()],
        )
        expected = sorted(
            (
                e.identifier, e.id, e.fields["title"], e.share, city.code, e.unit.fields["title"],
                len(e.resources),
            )
            for e in listed.values()
        )  # fmt: skip
        if rows != expected:
            yield f"{city.key} rows: {sorted(set(rows) ^ set(expected))[:4]}, {len(rows)} in all"

    def _index(self, city: City, listed: dict[str, Entry]) -> Iterator[str]:
        core = f"{self.stack.solr_url}/{self.stack.nodes['province'].core}"
        session = {"auth": self.stack.solr_auth, "timeout": 30}
        requests.get(f"{core}/update?commit=true", **session).raise_for_status()
        names = " OR ".join(unit.name for unit in city.units.values())
        answer = requests.get(
            f"{core}/select",
            params={
                "q": f"organization:({names})",
                "fl": "identifier,title,share_type,state",
                "rows": 500,
            },
            **session,
        )
        answer.raise_for_status()
        found = sorted(
            (doc["identifier"], doc["title"], doc["share_type"])
            for doc in answer.json()["response"]["docs"]
            if doc.get("state") == "active"
        )
        expected = sorted((e.identifier, e.fields["title"], e.share) for e in listed.values())
        if found != expected:
            yield f"{city.key} index: {sorted(set(found) ^ set(expected))[:4]}, {len(found)} in all"

    def _searches(self, city: City, listed: dict[str, Entry]) -> Iterator[str]:
        """Search as staff do, who find all that is listed, and as everybody does."""
        names = " OR ".join(unit.name for unit in city.units.values())
        for role in ("staff", ANONYMOUS):
            wanted = sorted(e.identifier for e in listed.values() if role == "staff" or e.public)
            site = client(self.stack, "province", role)

            def look(site: Any = site) -> list[str]:
                hits = site.action.package_search(fq=f"organization:({names})", rows=200)
                return sorted(hit["identifier"] for hit in hits["results"])

            found = eventually(look, lambda hits: hits == wanted)  # noqa: B023 - called here
            if found != wanted:
                yield f"{city.key} search of {role}: {sorted(set(found) ^ set(wanted))[:4]}"

    def _answers(self, listed: list[Entry], gone: list[Entry]) -> Iterator[str]:
        for entry in listed[-MOST_SHOWN:]:
            answer = client(self.stack, "province", "staff").action.package_show(id=entry.name)
            seen = (answer["title"], answer["share_type"], len(answer["resources"]))
            if seen != (entry.fields["title"], entry.share, len(entry.resources)):
                yield f"{entry.identifier} by API: {seen}"
        for entry in [*gone[-MOST_SHOWN:], *(e for e in listed[-MOST_SHOWN:] if not e.public)]:
            try:
                client(self.stack, "province").action.package_show(id=entry.id)
            except (NotAuthorized, NotFound):
                continue
            yield f"{entry.identifier} is still shown to everybody"

    def doubled(self) -> Iterator[str]:
        """Name identifiers that two rows of the province have."""
        rows = self._query(
            "province",
            "SELECT extras ->> 'identifier' FROM package WHERE type = 'dataset'"
            " AND extras ->> 'identifier' IS NOT NULL GROUP BY 1 HAVING count(*) > 1",
        )
        if rows:
            yield f"twice at the province: {rows[:5]}"

    def unequal(self, city: City) -> Iterator[str]:
        """Compare all that a city lists with its whole copy, hash by hash."""
        statement = "SELECT kind, key, hash FROM fjgov_change WHERE node = %s AND op = 'put'"
        home, copy = (
            set(self._query(node, statement, city.code)) for node in (city.key, "province")
        )
        if home != copy:
            yield f"{city.key}: lost, foreign or different: {sorted(home ^ copy)[:5]}"

    def _query(self, node: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.links[node] as link, link.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


def open_checker(stack: StackInfo) -> Checker:
    """Open the databases of all sites; close each of `links` at the end."""
    return Checker(stack, {key: psycopg2.connect(dsn) for key, dsn in stack.dsns.items()})
