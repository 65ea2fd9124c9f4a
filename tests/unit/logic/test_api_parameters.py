"""What the interface's description says of an action is what the action reads."""

from __future__ import annotations

import inspect

import pytest

from ckanext.fjgov.core.api import docstring
from ckanext.fjgov.core.api.table import known_actions, table
from ckanext.fjgov.logic.action import ACTIONS, activities
from ckanext.fjgov.web.rdf.catalog import RDF_ACTIONS
from tests.unit.logic.reading_calls import names_read

OWN = sorted(name for name in ACTIONS if name.startswith("fjgov_"))
# Actions that take names of their own beside those that they are documented with.
ANY_NAME = {
    "fjgov_data_query": "columns of the table, and how to page, are read as an address has them"
}


@pytest.mark.parametrize("name", OWN)
def test_parameters_of_the_docstring_are_those_that_are_read(name: str) -> None:
    read, hands_on = names_read(ACTIONS[name])
    told = set(docstring.read(inspect.getdoc(ACTIONS[name])).parameters)
    if name in ANY_NAME:
        assert hands_on
        assert read <= told
        return
    assert read == told


@pytest.mark.parametrize("name", OWN)
def test_parameters_that_must_be_given_exist(name: str) -> None:
    group = known_actions()[name]
    told = docstring.read(inspect.getdoc(ACTIONS[name])).parameters
    assert set(group.actions[name][1]) <= set(told)


def test_every_action_is_described_or_left_out_with_a_reason() -> None:
    registered = {**ACTIONS, **RDF_ACTIONS, **activities.guards()}
    assert set(registered) <= set(known_actions())
    # What only CKAN has is named, and its parameters are in the table.
    others = set(known_actions()) - set(registered)
    assert others == {"package_patch", "organization_create", "organization_patch"}


def test_every_action_of_ckan_has_its_parameters_in_the_table() -> None:
    of_ckan = {name for name in known_actions() if not name.startswith("fjgov_")}
    assert set(table("actions")["ckan"]) == of_ckan
