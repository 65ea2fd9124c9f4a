"""What documents need to know of the running site; see `logic/export_facts`."""

from ckanext.fjgov.logic.export_facts import (
    code_labels,
    listed_units,
    own_facts,
    readable,
    site_facts,
)

__all__ = ["code_labels", "listed_units", "own_facts", "readable", "site_facts"]
