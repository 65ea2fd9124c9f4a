"""One use of information leaves two records: before its first byte and after its last (Art. 30)."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from enum import Enum

from ckanext.fjgov.core.catalog.canonical import canonical_bytes

BEGIN, END = "begin", "end"


class Outcome(Enum):
    """How a use ended; one without an end is shown as such."""

    DONE = "done"
    BROKEN = "broken"
    GRANT_ENDED = "grant_ended"


@dataclass(frozen=True, slots=True)
class UseEvent:
    """One record of a use (使用记录); what does not apply is empty.

    Attributes:
        use: id that both records of a use share.
        phase: `begin` or `end`.
        user: id of the account; "" for the public.
        unit: code of the holding unit, where the use rests on a grant.
        provider: code of the unit whose information it is.
        mode: `query`, `direct` or `custom`.
        level: how the person was identified (Art. 35).
        size: bytes that were given, with `end` only.
        outcome: of `Outcome`, with `end` only.
    """

    use: str
    phase: str
    at: datetime
    user: str
    unit: str
    provider: str
    entry: str
    resource: str
    grant: str
    mode: str
    level: str
    size: int | None = None
    outcome: str = ""

    @property
    def digest(self) -> str:
        """Give the SHA-256 of the record's canonical bytes."""
        at = self.at.astimezone(timezone.utc).isoformat()
        return hashlib.sha256(canonical_bytes({**asdict(self), "at": at})).hexdigest()
