"""Registration review of an entry (目录登记审核, Art. 16 to 18).

The listed version stays while a revision is made and reviewed: the states that begin with
`revis` are those of an entry whose listing goes on (更新中，原目录有效). That reviewer and
submitter are two persons is our own rule; 撤回 takes the own submission back, 撤销 ends an entry.
"""

from __future__ import annotations

from ckanext.fjgov.core.cases.records import SYSTEM
from ckanext.fjgov.core.cases.table import CaseType, Row, To, Turn

UNIT = "unit"
REGISTRAR, REVIEWER, LEAD = "registrar", "reviewer", "unit_lead"
_TO_REVIEWERS = (To(UNIT, (REVIEWER,)),)
_TO_SUBMITTER = (To(UNIT),)
_TO_ALL = (To(UNIT), To(UNIT, (REGISTRAR, REVIEWER)))
_ENDING = ("kept_here", "reason_given")
# In these states the catalog shows the entry as it was listed last.
LISTED_STATES = frozenset({"listed", "revising", "revision_submitted", "revision_approved"})
# In these states somebody looks at what was submitted, so that it must not change meanwhile.
UNDER_REVIEW = frozenset({"submitted", "approved", "revision_submitted", "revision_approved"})
# The system ends a case whose entry was listed, unlisted or withdrawn past it.
OVERTAKE, OVERTAKEN = "overtake", "overtaken"


def _submit(state: str, to: str) -> Row:
    return Row(
        state, "submit", (REGISTRAR,), UNIT, to,
        guards=("kept_here", "complete"), article="16", notices=_TO_REVIEWERS,
    )  # fmt: skip


def _recall(state: str, to: str) -> Row:
    return Row(
        state, "recall", (REGISTRAR,), UNIT, to,
        guards=("own_submission",), notices=_TO_REVIEWERS,
    )  # fmt: skip


def _return(state: str, to: str) -> Row:
    return Row(
        state, "return", (REVIEWER,), UNIT, to,
        guards=("other_person", "reason_given"), article="16", notices=_TO_SUBMITTER,
    )  # fmt: skip


def _approve(state: str, to: str, *more: str) -> Row:
    return Row(
        state, "approve", (REVIEWER,), UNIT, to,
        guards=("kept_here", "other_person", "complete", *more), article="16",
        notices=_TO_SUBMITTER,
    )  # fmt: skip


def _list(state: str, *more: str) -> Row:
    return Row(
        state, "list", (REVIEWER,), UNIT, "listed",
        guards=("kept_here", "other_person", "complete", *more), article="16",
        notices=_TO_SUBMITTER,
    )  # fmt: skip


def _revise(state: str) -> Row:
    return Row(state, "revise", (REGISTRAR,), UNIT, "revising", guards=("kept_here",), article="17")


def _withdraw(state: str, *roles: str) -> Row:
    return Row(
        state, "withdraw", roles, UNIT, "withdrawn",
        guards=_ENDING, article="17", notices=_TO_ALL,
    )  # fmt: skip


def _overtake(state: str) -> Row:
    return Row(state, OVERTAKE, (SYSTEM,), "", OVERTAKEN, notices=_TO_ALL)


ENTRY_REVIEW = CaseType(
    name="entry_review",
    prefix="ML",
    words=("目录登记审核", "Review of an entry"),
    states={
        "draft": ("草稿", "Draft"),
        "submitted": ("待审核", "Submitted"),
        "returned": ("已退回（待修改）", "Returned"),
        "approved": ("审核通过（待发布）", "Approved"),
        "listed": ("目录已发布", "Listed"),
        "revising": ("更新中（原目录有效）", "Revising"),
        "revision_submitted": ("更新待审核（原目录有效）", "Revision submitted"),
        "revision_approved": ("更新审核通过（原目录有效）", "Revision approved"),
        "withdrawn": ("已撤销", "Withdrawn"),
        OVERTAKEN: ("已终止（目录未经本事项变动）", "Ended: the entry changed past it"),
    },
    events={
        "submit": ("提交审核", "Submit"),
        "recall": ("撤回", "Recall"),
        "return": ("退回修改", "Return"),
        "approve": ("审核通过", "Approve"),
        "list": ("发布目录", "List"),
        "revise": ("更新目录", "Revise"),
        "discard": ("放弃更新", "Discard the revision"),
        "withdraw": ("撤销目录", "Withdraw"),
        OVERTAKE: ("终止（目录未经本事项变动）", "Ended by a change past it"),
    },
    openings=frozenset({"draft", "listed"}),
    final=frozenset({"withdrawn", OVERTAKEN}),
    submitting=frozenset({"submit"}),
    parties=(UNIT,),
    rows=(
        _submit("draft", "submitted"),
        _withdraw("draft", REGISTRAR, LEAD),
        _recall("submitted", "draft"),
        _return("submitted", "returned"),
        _approve("submitted", "approved"),
        _submit("returned", "submitted"),
        _withdraw("returned", REGISTRAR, LEAD),
        _return("approved", "returned"),
        _list("approved"),
        _revise("listed"),
        _withdraw("listed", REVIEWER, LEAD),
        _revise("revising"),
        _submit("revising", "revision_submitted"),
        Row("revising", "discard", (REGISTRAR,), UNIT, "listed"),
        _withdraw("revising", REVIEWER, LEAD),
        _recall("revision_submitted", "revising"),
        _return("revision_submitted", "revising"),
        _approve("revision_submitted", "revision_approved", "base_unmoved"),
        _withdraw("revision_submitted", REVIEWER, LEAD),
        _return("revision_approved", "revising"),
        _list("revision_approved", "base_unmoved"),
        _withdraw("revision_approved", REVIEWER, LEAD),
        _overtake("draft"),
        _overtake("submitted"),
        _overtake("returned"),
        _overtake("approved"),
        _overtake("listed"),
        _overtake("revising"),
        _overtake("revision_submitted"),
        _overtake("revision_approved"),
    ),
    turns={
        "draft": Turn(UNIT, (REGISTRAR,)),
        "submitted": Turn(UNIT, (REVIEWER,), not_submitter=True),
        "returned": Turn(UNIT, (REGISTRAR,)),
        "approved": Turn(UNIT, (REVIEWER,), not_submitter=True),
        "revising": Turn(UNIT, (REGISTRAR,)),
        "revision_submitted": Turn(UNIT, (REVIEWER,), not_submitter=True),
        "revision_approved": Turn(UNIT, (REVIEWER,), not_submitter=True),
    },
)
