"""What a run shows while it goes on, and the wish of a person that it end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync.counting import CountedReader
from ckanext.fjgov.logic.sync.run import Progress, RunCancelledError
from ckanext.fjgov.model import runs
from ckanext.fjgov.model.database import own_transaction

PLACES = ("since", "head", "cursor")


@dataclass
class Watch:
    """Writes each step of a run into its row.

    Attributes:
        run_id: the run.
        progress: told after the row.
        reader: of the run, once there is one.
        places: latest `since`, `head` and `cursor` that a step named.
    """

    run_id: str
    progress: Progress | None = None
    reader: CountedReader | None = None
    places: dict[str, int] = field(default_factory=dict)

    @property
    def head(self) -> int | None:
        """Give the end of the node's log, when it was told."""
        return self.places.get("head")

    def cost(self) -> dict[str, int]:
        """Give what the run has asked for and received so far."""
        return {
            "requests": self.reader.requests if self.reader else 0,
            "fetched": self.reader.fetched if self.reader else 0,
            "bytes": self.reader.received if self.reader else 0,
        }

    def tell(self, step: str, facts: dict[str, Any]) -> None:
        """Note a step.

        Raises:
            RunCancelledError: a person asked the run to end.
        """
        self.places.update({name: facts[name] for name in PLACES if name in facts})
        shown = {"step": step, "counts": facts["counts"], **self.places, **self.cost()}
        with own_transaction() as connection:
            is_cancelled = runs.beat(connection, self.run_id, utc_now(), shown)
        if self.progress:
            self.progress(step, facts)
        if is_cancelled:
            raise RunCancelledError(
                "已按要求取消；已完成的部分保留，下次自断点继续",
                "cancelled as asked; what is done stays, the next run goes on from the cursor",
            )
