"""What a person may choose from when ordering a job: granted and own tables, with their columns."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.fjgov.core.access.decision import Denied
from ckanext.fjgov.core.processing.spec import Table
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.processing import inputs, keeping
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.model import processing
from ckanext.fjgov.model.database import session_connection


@dataclass(frozen=True, slots=True)
class Choice:
    """A table that a person may have processed now.

    Attributes:
        key: grant and resource, as the form sends them.
        until: end of the grant; "" for an own table.
    """

    key: str
    grant: str
    resource: str
    title: str
    rows: int
    until: str


def tables_for(person: Person) -> list[Choice]:
    """Give the tables that a person may choose. Cost: what one decision costs for each."""
    rows = processing.choices(
        session_connection(), keeping.codes_of(person), person.working_units, utc_now()
    )
    return [
        Choice(
            key=f"{row['grant']}:{row['resource']}",
            grant=row["grant"],
            resource=row["resource"],
            title=row["title"],
            rows=row["rows"],
            until=row["until"].isoformat() if row["until"] else "",
        )
        for row in rows
        if not isinstance(inputs.decide(person, row["resource"], row["grant"]), Denied)
    ]


def table_of(person: Person, choice: Choice) -> Table | None:
    """Give the columns of a chosen table; None when it may not be used any more."""
    decided = inputs.decide(person, choice.resource, choice.grant)
    return None if isinstance(decided, Denied) else decided.table
