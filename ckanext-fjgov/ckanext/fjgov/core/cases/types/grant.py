"""What becomes of a grant after it was configured (授权, Art. 22, 27, 32).

A grant holds from a moment to a moment; between them a recorded decision may let it rest (暂停),
take it back (收回) or end it early at the holder's wish (提前终止). Nothing ends it by itself but
the end of its time. When its information gets a stricter share class (共享类型变严), it gives
nothing more until the provider has looked at it again (复核).
"""

from __future__ import annotations

from ckanext.fjgov.core.cases.records import SYSTEM
from ckanext.fjgov.core.cases.table import CaseType, Row, To, Turn
from ckanext.fjgov.core.cases.types.application import (
    ANSWERING,
    OPERATOR,
    PROVIDER,
    PROVINCE,
    RUNNING,
)

HOLDER = "holder"
ACTIVE, SUSPENDED, REVOKED, IN_REVIEW = "active", "suspended", "revoked", "in_review"
EXPIRING, EXPIRE, TIGHTENED, CONFIRM = "expiring", "expire", "tightened", "confirm"
ENDING = ("info_manager", "unit_lead")
_ALL = (
    To(HOLDER, ("staff", *ENDING)),
    To(PROVIDER, ("info_manager", "unit_lead")),
    To(OPERATOR, (RUNNING,)),
)
_ALL_PARTIES = (HOLDER, PROVIDER, OPERATOR, PROVINCE)


def _suspend(side: str, roles: tuple[str, ...]) -> Row:
    return Row(
        ACTIVE, f"suspend_{side}", roles, side, SUSPENDED,
        guards=("reason_given",), article="32", notices=_ALL, delivers=_ALL_PARTIES,
    )  # fmt: skip


def _revoke(state: str) -> Row:
    return Row(
        state, "revoke", ANSWERING, PROVIDER, REVOKED,
        guards=("reason_given",), notices=_ALL, delivers=_ALL_PARTIES,
    )  # fmt: skip


def _end(state: str) -> Row:
    return Row(
        state, "end", ENDING, HOLDER, "ended",
        guards=("reason_given",), notices=_ALL, delivers=_ALL_PARTIES,
    )  # fmt: skip


GRANT = CaseType(
    name="grant",
    prefix="GX",
    words=("共享授权", "Grant"),
    states={
        ACTIVE: ("授权有效", "In force"),
        SUSPENDED: ("已暂停", "Suspended"),
        IN_REVIEW: ("待复核", "To be reviewed"),
        REVOKED: ("已收回", "Taken back"),
        "ended": ("提前终止", "Ended early"),
        "expired": ("已到期", "Expired"),
    },
    events={
        "suspend_provider": ("暂停授权（发布单位）", "Suspend (provider)"),
        "suspend_operator": ("暂停授权（平台运行单位）", "Suspend (operator)"),
        "resume": ("恢复授权", "Resume"),
        TIGHTENED: ("共享类型变严，转入复核", "Stricter class: to be reviewed"),
        CONFIRM: ("复核后继续授权", "Go on after a review"),
        "revoke": ("收回授权", "Take back"),
        "end": ("提前终止", "End early"),
        EXPIRING: ("即将到期提醒", "Reminder of the end"),
        EXPIRE: ("到期", "Expire"),
    },
    openings=frozenset({ACTIVE}),
    final=frozenset({REVOKED, "ended", "expired"}),
    submitting=frozenset(),
    parties=_ALL_PARTIES,
    rows=(
        _suspend(PROVIDER, ANSWERING),
        _suspend(OPERATOR, (RUNNING,)),
        Row(SUSPENDED, "resume", ANSWERING, PROVIDER, ACTIVE,
            guards=("reason_given",), article="32", notices=_ALL, delivers=_ALL_PARTIES),
        Row(ACTIVE, TIGHTENED, (SYSTEM,), "", IN_REVIEW,
            article="22", notices=_ALL, delivers=_ALL_PARTIES),
        Row(IN_REVIEW, CONFIRM, ANSWERING, PROVIDER, ACTIVE,
            guards=("reason_given",), article="22", notices=_ALL, delivers=_ALL_PARTIES),
        *(_revoke(state) for state in (ACTIVE, SUSPENDED, IN_REVIEW)),
        *(_end(state) for state in (ACTIVE, SUSPENDED, IN_REVIEW)),
        Row(ACTIVE, EXPIRING, (SYSTEM,), "", ACTIVE, notices=_ALL[:1]),
        *(Row(state, EXPIRE, (SYSTEM,), "", "expired", notices=_ALL, delivers=_ALL_PARTIES)
          for state in (ACTIVE, SUSPENDED, IN_REVIEW)),
    ),
    turns={SUSPENDED: Turn(PROVIDER, ANSWERING), IN_REVIEW: Turn(PROVIDER, ANSWERING)},
)  # fmt: skip
