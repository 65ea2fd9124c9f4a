"""`ckan fjgov …`: commands for operators; each calls one function and prints its result.

Exit codes: 0 done, 1 done with something to look at, 2 not done, 3 refused by a guard.
"""

from __future__ import annotations

import click

from ckanext.fjgov.cli.catalog import doctor, index
from ckanext.fjgov.cli.collection import collection
from ckanext.fjgov.cli.dump import dump
from ckanext.fjgov.cli.federation import node, sync
from ckanext.fjgov.cli.importing import export, import_, template
from ckanext.fjgov.cli.mounting import mount
from ckanext.fjgov.cli.operations import alarm, clean, review, schedule
from ckanext.fjgov.cli.quality import quality
from ckanext.fjgov.cli.sources import source
from ckanext.fjgov.cli.usage import usage
from ckanext.fjgov.cli.worktime import calendar


@click.group()
def fjgov() -> None:
    """政务信息目录 / Government information catalog."""


for command in (
    node, source, sync, review, alarm, schedule, calendar, clean, template, import_,
    export, dump, index, doctor, quality, collection, usage, mount,
):  # fmt: skip
    fjgov.add_command(command)
