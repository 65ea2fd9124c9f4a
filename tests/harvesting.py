"""A stock CKAN that harvests: ckanext-harvest with its queues, as an operator of one runs it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg2

from deploy.install import stock_python
from deploy.stack import Stack
from tests.stock_site import StockSite, start_stock_site

PLUGINS = "harvest ckan_harvester dcat dcat_rdf_harvester"
PATIENCE_S = 300.0
OPEN_OBJECTS = (
    "SELECT count(*) FROM harvest_object WHERE harvest_job_id = %s"
    " AND state NOT IN ('COMPLETE', 'ERROR')"
)


@dataclass(frozen=True)
class Harvest:
    """One finished job.

    Attributes:
        counts: outcomes that occurred, in ckanext-harvest's words (added, updated, …).
        errors: messages of the gather stage and of single objects.
        seconds: from the order until the last object was done.
    """

    counts: dict[str, int]
    errors: list[str]
    seconds: float


@dataclass(frozen=True)
class HarvestingSite:
    """A stock site whose queue consumers run."""

    site: StockSite

    def add_source(
        self, name: str, url: str, kind: str, config: Mapping[str, Any] | None = None
    ) -> str:
        """Register a source and return its id. Args: `kind` is the harvester's name."""
        answer = self.site.client().action.harvest_source_create(
            name=name,
            title=name,
            url=url,
            source_type=kind,
            config=json.dumps(dict(config)) if config else "",
        )
        return str(answer["id"])

    def harvest(self, source: str, patience: float = PATIENCE_S) -> Harvest:
        """Order a job of one source and wait until all its objects are done and searchable.

        Raises: TimeoutError when the consumers do not finish within `patience` seconds.
        """
        actions = self.site.client().action
        begin = time.monotonic()
        job = actions.harvest_job_create(source_id=source, run=True)["id"]
        while not self._gathered(job) or self._open(job):
            if time.monotonic() - begin > patience:
                raise TimeoutError(f"job {job}: {self._open(job)} objects are not done")
            time.sleep(0.2)
        seconds = time.monotonic() - begin
        self.site.settle()
        # Closes the job. It is called only now: while objects wait it may queue them twice.
        actions.harvest_jobs_run(source_id=source)
        report = actions.harvest_job_report(id=job)
        shown = actions.harvest_job_show(id=job)
        assert shown["status"] == "Finished", shown
        errors = [error["message"] for error in report["gather_errors"]]
        for found in report["object_errors"].values():
            errors += [error["message"] for error in found["errors"]]
        stats = {name: number for name, number in shown["stats"].items() if number}
        return Harvest(stats, errors, seconds)

    def datasets(self, source: str) -> dict[str, dict[str, Any]]:
        """Give what the site shows of one source, active entries by name."""
        names = self.sql(
            "SELECT DISTINCT p.name FROM package p JOIN harvest_object h ON h.package_id = p.id"
            " WHERE h.harvest_source_id = %s AND p.state = 'active'",
            source,
        )
        show = self.site.client().action.package_show
        return {name: show(id=name) for (name,) in names}

    def stored_text(self) -> str:
        """Give everything the site stored of harvested records, raw answers included."""
        rows = self.sql("SELECT content FROM harvest_object")
        rows += self.sql("SELECT row_to_json(p)::text FROM package p")
        rows += self.sql("SELECT row_to_json(r)::text FROM resource r")
        rows += self.sql('SELECT row_to_json(g)::text FROM "group" g')
        rows += self.sql("SELECT message FROM harvest_object_error")
        return "\n".join(text for (text,) in rows if text)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one query on the site's database."""
        link = psycopg2.connect(self.site.stack.postgres.dsn(self.site.node))
        try:
            with link, link.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall())
        finally:
            link.close()

    def _gathered(self, job: str) -> bool:
        ((done,),) = self.sql(
            "SELECT gather_finished IS NOT NULL FROM harvest_job WHERE id = %s", job
        )
        return bool(done)

    def _open(self, job: str) -> int:
        return int(self.sql(OPEN_OBJECTS, job)[0][0])


def start_harvesting_site(stack: Stack, key: str = "harvester", **options: Any) -> HarvestingSite:
    """Start a stock site with its gather and fetch consumers. Cost: 40 s for a new key.

    Args: `options` go to `start_stock_site`.
    """
    chosen = {"plugins": PLUGINS, "python": stock_python()} | options
    site = start_stock_site(stack, key, **chosen)
    for consumer in ("gather-consumer", "fetch-consumer"):
        site.serve(consumer, "harvester", consumer)
    return HarvestingSite(site)
