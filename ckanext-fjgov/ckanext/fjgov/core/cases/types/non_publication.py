"""A claim that information cannot be published through the exchange (不能发布审定, Art. 21).

The unit gives basis and 说明 item by item; its 同级数字办 decides (审定). Silence decides nothing:
the reminder only tells, and the entry stays listed whatever comes of the claim. An office that
does not agree (审定不同意) leaves the unit with the task to publish.
"""

from __future__ import annotations

from ckanext.fjgov.core.cases.records import SYSTEM
from ckanext.fjgov.core.cases.table import CaseType, ClockRule, Row, To, Turn

UNIT, OFFICE = "unit", "office"
WRITERS = ("registrar", "reviewer")
DIGITAL_OFFICE = "digital_office"
DECISION, PUBLICATION = "claim_decision", "claim_publication"
_TO_OFFICE = (To(OFFICE, (DIGITAL_OFFICE,)),)
_TO_UNIT = (To(UNIT), To(UNIT, WRITERS))
_CLOCKS = (
    # The rules set a limit for neither: both only remind.
    ClockRule(DECISION, "", OFFICE, ("审定提醒", "Reminder to decide"), legal=False),
    ClockRule(PUBLICATION, "", UNIT, ("发布提醒", "Reminder to publish"), legal=False),
)

NON_PUBLICATION = CaseType(
    name="non_publication",
    prefix="BF",
    words=("不能发布审定", "Claim of non-publication"),
    states={
        "draft": ("草稿", "Draft"),
        "claimed": ("不能发布（待审定）", "Claimed, to be decided"),
        "agreed": ("审定同意不发布", "Agreed not to publish"),
        "not_agreed": ("审定不同意，应予发布", "Not agreed, to be published"),
        "published": ("信息已发布（已挂接）", "Published"),
        "ended": ("已终止", "Ended"),
    },
    events={
        "claim": ("报送不能发布说明", "Claim"),
        "recall": ("撤回", "Recall"),
        "return": ("退回补充说明", "Return for more"),
        "agree": ("审定同意", "Agree"),
        "disagree": ("审定不同意", "Do not agree"),
        "publish": ("已发布信息", "Publish"),
        "end": ("终止", "End"),
        f"{DECISION}_lapsed": ("审定提醒到期", "Reminder to decide is due"),
        f"{PUBLICATION}_lapsed": ("发布提醒到期", "Reminder to publish is due"),
    },
    openings=frozenset({"draft"}),
    final=frozenset({"published", "ended"}),
    submitting=frozenset({"claim"}),
    parties=(UNIT, OFFICE),
    clocks=_CLOCKS,
    rows=(
        Row("draft", "claim", WRITERS, UNIT, "claimed",
            guards=("kept_here", "basis_by_item"), article="21", starts=(DECISION,),
            notices=_TO_OFFICE, delivers=(OFFICE,)),
        Row("draft", "end", WRITERS, UNIT, "ended"),
        Row("claimed", "recall", WRITERS, UNIT, "draft",
            guards=("own_submission",), stops=(DECISION,), notices=_TO_OFFICE),
        Row("claimed", "return", (DIGITAL_OFFICE,), OFFICE, "draft",
            guards=("reason_given",), article="21", stops=(DECISION,),
            notices=_TO_UNIT, delivers=(UNIT,)),
        Row("claimed", "agree", (DIGITAL_OFFICE,), OFFICE, "agreed",
            guards=("other_person",), article="21", stops=(DECISION,),
            notices=_TO_UNIT, delivers=(UNIT,)),
        Row("claimed", "disagree", (DIGITAL_OFFICE,), OFFICE, "not_agreed",
            guards=("other_person", "reason_given"), article="21", stops=(DECISION,),
            starts=(PUBLICATION,), notices=_TO_UNIT, delivers=(UNIT,)),
        Row("claimed", f"{DECISION}_lapsed", (SYSTEM,), "", "claimed",
            notices=(*_TO_OFFICE, *_TO_UNIT)),
        # The basis may fall away, or the unit may publish all the same.
        Row("agreed", "end", WRITERS, UNIT, "ended", guards=("reason_given",),
            notices=_TO_OFFICE, delivers=(OFFICE,)),
        Row("not_agreed", "publish", WRITERS, UNIT, "published", article="21",
            stops=(PUBLICATION,), notices=_TO_OFFICE, delivers=(OFFICE,)),
        Row("not_agreed", f"{PUBLICATION}_lapsed", (SYSTEM,), "", "not_agreed",
            notices=(*_TO_OFFICE, *_TO_UNIT)),
    ),
    turns={
        "draft": Turn(UNIT, WRITERS),
        "claimed": Turn(OFFICE, (DIGITAL_OFFICE,), not_submitter=True),
        "not_agreed": Turn(UNIT, WRITERS),
    },
)  # fmt: skip
