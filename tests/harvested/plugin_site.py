"""A second province that runs our plugins together with ckanext-harvest, beside the stack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.install import harvest_python
from deploy.stack.postgres import TEMPLATE
from deploy.stack.settings import Node
from tests.harvesting import HarvestingSite
from tests.integration.api import sql
from tests.integration.stack_env import REVIEW, StackInfo
from tests.stock_site import free_port, run_site

KEY = "harvest_node"
NAMES = ("code", "name", "level", "parent", "address", "scope", "prefixes", "keys", "profile")


@contextmanager
def province_with_harvest(stack: StackInfo, redis_db: int = 13) -> Iterator[HarvestingSite]:
    """Run an empty province with the plugins `harvest` and `fjgov_harvest`, and its consumers.

    It has identity and key of the stack's province, so that the cities answer it. Cost: 40 s.
    """
    first = stack.nodes["province"]
    node = Node(KEY, first.code, first.level, first.name, first.prefix, "", first.title,
                free_port(), redis_db)  # fmt: skip
    folder = stack.base / KEY
    # What an interrupted session left in a stack that goes on.
    stack.stack.postgres.drop_database(node.database)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("node_key.pem", "node_key.pub"):
        shutil.copy(stack.base / "province" / name, folder)
    services = stack.stack
    lines = (
        # redis-py 8 gives up after 5 s without news, which ends ckanext-harvest's consumers.
        f"ckan.redis.url = {services.redis.url(node)}?socket_timeout=86400",
        # A source of ckanext-harvest is a record of CKAN's, here without a unit that owns it.
        "ckan.auth.create_unowned_dataset = true",
        f"{REVIEW} = false",
    )
    (folder / "override.ini").write_text("\n".join(lines), encoding="utf-8")
    services.postgres.create_database(node.database, template=TEMPLATE)
    services.sites.datastores.ensure(node)
    core = services.solr.add_core(node.core)
    plugins = f"{services.settings.plugins} harvest fjgov_harvest"
    ini = services.sites.write_ini(node, plugins=plugins)
    site = run_site(services, node, core, ini, harvest_python())
    try:
        for row in registrations(stack):
            site.client().action.fjgov_node_register(**row)
        for consumer in ("gather-consumer", "fetch-consumer"):
            site.serve(consumer, "harvester", consumer)
        yield HarvestingSite(site)
    finally:
        site.remove()


def registrations(stack: StackInfo) -> list[dict[str, object]]:
    """Give what the province of the stack knows of its nodes, as `fjgov_node_register` takes it."""
    found = []
    for row in sql(stack, "province", f"SELECT {', '.join(NAMES)} FROM fjgov_node"):
        known = dict(zip(NAMES, row, strict=True))
        scope = known.pop("scope")
        found.append({**known, "include": scope["include"], "exclude": scope["exclude"]})
    return found
