"""Local batches: many entries of this node's own units, judged and written by sets.

`form` reads plain entries as CKAN's validation would, `judging` runs the rules and gives system
values, `page` writes them in one transaction, `single` leaves the unusual to the action, `engine`
keeps their order.
"""

from __future__ import annotations

from ckanext.fjgov.logic.batch.engine import PAGE, Batch
from ckanext.fjgov.logic.batch.terms import Candidate, Outcome, Terms, findings_of

__all__ = ["PAGE", "Batch", "Candidate", "Outcome", "Terms", "findings_of"]
