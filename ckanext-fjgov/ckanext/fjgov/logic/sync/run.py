"""One run's state, and the two things every part of it does: write rows and tell steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.canonical import KINDS, UNIT
from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.guard import Stopped, check_shrink
from ckanext.fjgov.core.federation.removals import Approval
from ckanext.fjgov.core.federation.report import RunTally
from ckanext.fjgov.logic import catalog_log
from ckanext.fjgov.logic.sync.apply import Applier
from ckanext.fjgov.logic.sync.counting import CountedReader
from ckanext.fjgov.logic.sync.foreseeing import Name, missing_units
from ckanext.fjgov.model import nodes
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.nodes import Node

Progress = Callable[[str, dict[str, Any]], None]


class RunStoppedError(FederationError):
    """The shrink guard stopped the run before the records were removed."""

    kind = "shrinking"


class RunCancelledError(FederationError):
    """A person ended the run; raised at a step, when what is done stands."""

    kind = "cancelled"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a node's log is applied.

    Attributes:
        digest: the node's digest at `seq`, "" when it was not told: the log went on behind it.
    """

    epoch: str
    seq: int
    digest: str


@dataclass
class Run:
    """The state of one run.

    Attributes:
        forced: an operator approved whatever withdrawals the guard would stop.
        approval: a person approved the withdrawal of named records, and of no others.
        base: records of the node listed here at the start, by kind.
        removed: listed records that the run takes away, each counted once.
        done: sequence numbers applied ahead of their page.
        named: records that differed from the node's catalog.
        restored: the node was restored from a backup, and catalogs were compared.
    """

    node: Node
    reader: CountedReader
    applier: Applier
    tally: RunTally
    progress: Progress
    forced: bool = False
    approval: Approval | None = None
    base: dict[str, int] = field(default_factory=dict)
    removed: set[Name] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    restored: bool = False

    def tell(self, step: str, **facts: Any) -> None:
        """Announce a step with the counts so far."""
        self.progress(
            step,
            {
                "node": self.node.code,
                **facts,
                "requests": self.reader.requests,
                "fetched": self.reader.fetched,
                "counts": dict(self.tally.counts),
            },
        )

    def check_removal(self, names: Collection[Name]) -> None:
        """Ask the shrink guard about listed records that are about to vanish.

        Raises:
            RunStoppedError: with them the run would take away more than the node's share.
        """
        self.removed.update(names)
        if self.forced or not names or (self.approval and self.approval.covers(self.removed)):
            return
        for kind in KINDS:
            number = sum(1 for of, _ in self.removed if of == kind)
            verdict = check_shrink(
                self.base.get(kind, 0),
                number,
                share=float(tk.config.get("fjgov.sync.shrink_share")),
                floor=int(tk.config.get("fjgov.sync.shrink_floor")),
            )
            if number and isinstance(verdict, Stopped):
                raise RunStoppedError(verdict.zh, verdict.en)

    def write(self, rows: Sequence[FeedRow], cursor: Cursor | None = None) -> None:
        """Apply rows, move the cursor and take the log along, all in one transaction."""
        with own_transaction() as connection:
            missing = missing_units(connection, self.node.code, rows)
        if missing:
            rows = [*self.reader.records([(UNIT, key) for key in missing]).rows, *rows]
        with own_transaction() as connection:
            if rows:
                self.applier.apply(connection, rows)
            if cursor:
                nodes.move_cursor(
                    connection,
                    self.node.code,
                    epoch=cursor.epoch,
                    seq=cursor.seq,
                    digest=cursor.digest,
                )
            if rows:
                catalog_log.drain_in(connection, self.applier.prepared)
        if cursor:
            self.node = replace(
                self.node,
                cursor_epoch=cursor.epoch,
                cursor_seq=cursor.seq,
                cursor_digest=cursor.digest,
            )
