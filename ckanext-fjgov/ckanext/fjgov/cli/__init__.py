"""`ckan fjgov …`: commands for operators; each calls one function and prints its result.

Exit codes: 0 done, 1 done with something to look at, 2 not done, 3 refused by a guard.
"""

from __future__ import annotations

import click

from ckanext.fjgov.cli.catalog import doctor, index
from ckanext.fjgov.cli.federation import node, sync
from ckanext.fjgov.cli.importing import export, import_


@click.group()
def fjgov() -> None:
    """政务信息目录 / Government information catalog."""


for command in (node, sync, import_, export, index, doctor):
    fjgov.add_command(command)
