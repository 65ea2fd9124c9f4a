"""An application for information of another unit (政务信息共享实施申请书, Art. 23 to 27).

The own 信息管理员 fixes the five elements; then the form is filed (备案) with 省数字办, provider
and operator. None of them approves it: the provider may object within its period, the operator
configures what stands without an objection, and the provider publishes meanwhile what is not yet
published. Either side may say that no agreement was reached; then the provider's 同级数字办
coordinates [own: the provider's], and its 协调意见 ends the difference.
"""

from __future__ import annotations

from ckanext.fjgov.core.cases.records import SYSTEM
from ckanext.fjgov.core.cases.table import CaseType, ClockRule, Row, To, Turn

APPLICANT, PROVIDER, OPERATOR = "applicant", "provider", "operator"
PROVINCE = "province_office"
# The applicant's office gets a copy [own]; the provider's coordinates.
APPLICANT_OFFICE, PROVIDER_OFFICE = "applicant_office", "provider_office"
# Any member of a unit may ask, and may withdraw what the unit asked for.
ASKING = ("staff", "registrar", "reviewer", "info_manager", "unit_lead")
ANSWERING = ("info_manager", "unit_lead")
PUBLISHING = ("registrar", "reviewer", "info_manager")
MANAGER, DIGITAL_OFFICE, RUNNING = "info_manager", "digital_office", "platform_operator"
OBJECTION, NEGOTIATION, COORDINATION = "objection", "negotiation", "coordination"
CONFIGURATION, PUBLICATION = "configuration", "publication"
FILED, NEGOTIATING, COORDINATING = "filed", "negotiating", "coordinating"
CONFIGURING, GRANTED = "configuring", "granted"
PUBLISH, CONFIGURE, APPROVE = "publish", "configure", "approve"
# States in which the form is out and the matter is open.
OPEN = (FILED, NEGOTIATING, COORDINATING, CONFIGURING)
# Events that say on which terms the matter goes on from there.
SETTLING = frozenset({"submit", APPROVE, "agree", "coordinate_adjusted"})
_OFFICE = (To(PROVIDER_OFFICE, (DIGITAL_OFFICE,)),)
_OPERATOR = (To(OPERATOR, (RUNNING,)),)
_PROVIDER = (To(PROVIDER, ("info_manager", "unit_lead", "registrar", "reviewer")),)
_APPLICANT = (To(APPLICANT), To(APPLICANT, (MANAGER,)))
_ALL = (*_APPLICANT, *_PROVIDER, *_OPERATOR)
_CLOCKS = (
    ClockRule(OBJECTION, "26", PROVIDER, ("异议期", "Time to object"), tacit=True),
    ClockRule(
        NEGOTIATION, "", PROVIDER, ("协商提醒", "Reminder to reach an agreement"), legal=False
    ),
    ClockRule(COORDINATION, "26", PROVIDER_OFFICE, ("数字办协调", "Coordination")),
    ClockRule(CONFIGURATION, "27", OPERATOR, ("授权配置", "Configuration")),
    ClockRule(PUBLICATION, "27", PROVIDER, ("信息发布", "Publication of the information")),
)
_ALL_CLOCKS = tuple(rule.name for rule in _CLOCKS)


def _withdraw(state: str, *delivers: str) -> Row:
    return Row(
        state, "withdraw", ASKING, APPLICANT, "withdrawn",
        guards=("reason_given",) if delivers else (), stops=_ALL_CLOCKS if delivers else (),
        notices=_ALL if delivers else (), delivers=delivers,
    )  # fmt: skip


def _no_agreement(side: str, roles: tuple[str, ...]) -> Row:
    return Row(
        NEGOTIATING, f"no_agreement_{side}", roles, side, COORDINATING,
        guards=("reason_given",), article="26", stops=(NEGOTIATION,), starts=(COORDINATION,),
        notices=(*_ALL, *_OFFICE), delivers=(APPLICANT, PROVIDER, PROVIDER_OFFICE),
    )  # fmt: skip


def _coordinate(opinion: str, *more: str) -> Row:
    return Row(
        COORDINATING, f"coordinate_{opinion}", (DIGITAL_OFFICE,), PROVIDER_OFFICE, CONFIGURING,
        guards=("reason_given", *more), article="26", stops=(COORDINATION,),
        starts=(CONFIGURATION,), resumes=(PUBLICATION,), notices=_ALL,
        delivers=(APPLICANT, PROVIDER, OPERATOR, PROVINCE),
    )  # fmt: skip


def _lapse(state: str, clock: str, article: str = "27") -> Row:
    return Row(
        state, f"{clock}_lapsed", (SYSTEM,), "", state, article=article,
        notices=(*_ALL, To(PROVINCE, (DIGITAL_OFFICE,))),
    )  # fmt: skip


APPLICATION = CaseType(
    name="application",
    prefix="SQ",
    words=("政务信息共享申请", "Application for information"),
    states={
        "draft": ("草稿", "Draft"),
        "reviewing": ("待本单位信息管理员审核", "With the own information administrator"),
        FILED: ("已发出备案（异议期内）", "Filed, open to objections"),
        NEGOTIATING: ("已提出异议（双方协商中）", "Objected, being negotiated"),
        COORDINATING: ("未达成一致（数字办协调中）", "No agreement, being coordinated"),
        CONFIGURING: ("待配置访问权限", "To be configured"),
        GRANTED: ("已配置授权", "Granted"),
        "not_shared": ("协调意见：不予共享", "Opinion: not to be shared"),
        "withdrawn": ("已撤回", "Withdrawn"),
    },
    events={
        "submit": ("提交本单位审核", "Submit to the own administrator"),
        "recall": ("撤回修改", "Recall"),
        "return": ("退回修改", "Return"),
        APPROVE: ("审核通过并发出备案", "Approve and file"),
        "no_objection": ("无异议", "No objection"),
        f"{OBJECTION}_lapsed": ("期满无异议", "No objection in time"),
        "object": ("提出异议", "Object"),
        "object_late": ("逾期提出异议（仅记录）", "Object late (recorded only)"),
        "agree": ("协商一致", "Agreed"),
        "no_agreement_applicant": ("使用单位声明未达成一致", "No agreement, says the applicant"),
        "no_agreement_provider": ("发布单位声明未达成一致", "No agreement, says the provider"),
        f"{NEGOTIATION}_lapsed": ("协商提醒到期", "Reminder of the negotiation"),
        "coordinate_as_applied": ("协调意见：按原申请共享", "Opinion: share as applied for"),
        "coordinate_adjusted": ("协调意见：调整后共享", "Opinion: share with adjustments"),
        "coordinate_not_shared": ("协调意见：不予共享", "Opinion: do not share"),
        f"{COORDINATION}_lapsed": ("协调超期", "Coordination is overdue"),
        PUBLISH: ("信息已发布", "The information is published"),
        f"{PUBLICATION}_lapsed": ("信息发布超期", "Publication is overdue"),
        CONFIGURE: ("完成授权配置", "Configured"),
        f"{CONFIGURATION}_lapsed": ("授权配置超期", "Configuration is overdue"),
        "withdraw": ("撤回申请", "Withdraw"),
    },
    openings=frozenset({"draft"}),
    final=frozenset({GRANTED, "not_shared", "withdrawn"}),
    submitting=frozenset({"submit"}),
    parties=(APPLICANT, PROVIDER, OPERATOR, PROVINCE, APPLICANT_OFFICE, PROVIDER_OFFICE),
    opener=APPLICANT,
    clocks=_CLOCKS,
    rows=(
        Row("draft", "submit", ASKING, APPLICANT, "reviewing",
            guards=("kept_here", "terms_whole"), article="23",
            notices=(To(APPLICANT, (MANAGER,)),)),
        _withdraw("draft"),
        Row("reviewing", "recall", ASKING, APPLICANT, "draft",
            guards=("own_submission",), notices=(To(APPLICANT, (MANAGER,)),)),
        Row("reviewing", "return", (MANAGER,), APPLICANT, "draft",
            guards=("other_person", "reason_given"), article="24", notices=(To(APPLICANT),)),
        Row("reviewing", APPROVE, (MANAGER,), APPLICANT, FILED,
            guards=("kept_here", "other_person", "reason_given", "terms_whole", "terms_within"),
            article="24", starts=(OBJECTION, PUBLICATION),
            notices=(To(APPLICANT), *_PROVIDER, *_OPERATOR, To(PROVINCE, (DIGITAL_OFFICE,))),
            delivers=(PROVINCE, PROVIDER, OPERATOR, APPLICANT_OFFICE)),
        Row(FILED, "no_objection", ANSWERING, PROVIDER, CONFIGURING,
            article="26", stops=(OBJECTION,), starts=(CONFIGURATION,),
            notices=(*_APPLICANT, *_OPERATOR), delivers=(APPLICANT, OPERATOR)),
        Row(FILED, f"{OBJECTION}_lapsed", (SYSTEM,), "", CONFIGURING,
            starts=(CONFIGURATION,), notices=_ALL, delivers=(APPLICANT, PROVIDER, OPERATOR)),
        Row(FILED, "object", ANSWERING, PROVIDER, NEGOTIATING,
            guards=("reason_given",), article="26", stops=(OBJECTION,), starts=(NEGOTIATION,),
            pauses=(PUBLICATION,), notices=(*_APPLICANT, *_OFFICE, *_OPERATOR),
            delivers=(APPLICANT, PROVIDER_OFFICE, OPERATOR)),
        Row(NEGOTIATING, "agree", ANSWERING, PROVIDER, CONFIGURING,
            guards=("reason_given", "terms_whole", "terms_within"), article="26",
            stops=(NEGOTIATION,), starts=(CONFIGURATION,), resumes=(PUBLICATION,),
            notices=(*_APPLICANT, *_OFFICE, *_OPERATOR),
            delivers=(APPLICANT, PROVIDER_OFFICE, OPERATOR)),
        _no_agreement(APPLICANT, ASKING),
        _no_agreement(PROVIDER, ANSWERING),
        _lapse(NEGOTIATING, NEGOTIATION, ""),
        _coordinate("as_applied"),
        _coordinate("adjusted", "terms_whole", "terms_within"),
        Row(COORDINATING, "coordinate_not_shared", (DIGITAL_OFFICE,), PROVIDER_OFFICE,
            "not_shared", guards=("reason_given",), article="26", stops=_ALL_CLOCKS,
            notices=_ALL, delivers=(APPLICANT, PROVIDER, OPERATOR, PROVINCE)),
        _lapse(COORDINATING, COORDINATION, "26"),
        # A late objection is recorded and stops nothing [own].
        Row(CONFIGURING, "object_late", ANSWERING, PROVIDER, CONFIGURING,
            guards=("reason_given",), article="26", notices=(*_APPLICANT, *_OFFICE, *_OPERATOR),
            delivers=(APPLICANT, PROVIDER_OFFICE, OPERATOR)),
        Row(CONFIGURING, CONFIGURE, (RUNNING,), OPERATOR, GRANTED,
            guards=("kept_here", "published", "time_left"), article="27",
            stops=(CONFIGURATION, PUBLICATION), notices=_ALL, delivers=(APPLICANT, PROVIDER)),
        _lapse(CONFIGURING, CONFIGURATION),
        *(Row(state, PUBLISH, PUBLISHING, PROVIDER, state,
              guards=("kept_here", "published"), article="27",
              stops=(PUBLICATION,), resumes=(CONFIGURATION,),
              notices=(*_APPLICANT, *_OPERATOR), delivers=(APPLICANT, OPERATOR))
          for state in OPEN),
        *(_lapse(state, PUBLICATION) for state in OPEN),
        _withdraw("reviewing"),
        *(_withdraw(state, PROVIDER, OPERATOR, PROVINCE) for state in OPEN),
    ),
    turns={
        "draft": Turn(APPLICANT, ASKING),
        "reviewing": Turn(APPLICANT, (MANAGER,), not_submitter=True),
        FILED: Turn(PROVIDER, ANSWERING),
        NEGOTIATING: Turn(PROVIDER, ANSWERING),
        COORDINATING: Turn(PROVIDER_OFFICE, (DIGITAL_OFFICE,)),
        CONFIGURING: Turn(OPERATOR, (RUNNING,)),
    },
)  # fmt: skip
