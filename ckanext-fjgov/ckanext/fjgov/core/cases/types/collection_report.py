"""Report of a unit's collection catalog, item by item (采集目录报送与确认, Art. 6 and 7).

省数字办 confirms an item or adjusts it, giving the reason; it may name another responsible unit.
A revision is in force when it is filed (报备), but for items that are new to the overall catalog
or change the responsible unit: these wait for a new 确认 [own].

Unit and 省数字办 may be at two nodes, each with a case of its own. What the other side did arrives
there with the records and with the confirmed items, and is written by the system.
"""

from __future__ import annotations

from ckanext.fjgov.core.cases.records import SYSTEM
from ckanext.fjgov.core.cases.table import CaseType, Row, To, Turn

UNIT, PROVINCE = "unit", "province_office"
REGISTRAR, DIGITAL_OFFICE = "registrar", "digital_office"
_TO_PROVINCE = (To(PROVINCE, (DIGITAL_OFFICE,)),)
_TO_UNIT = (To(UNIT), To(UNIT, (REGISTRAR,)))
# Items in these states make up the overall catalog (省级政务信息采集总体目录).
IN_FORCE = frozenset({"confirmed", "adjusted", "revision_filed", "revision_reported"})
SETTLED = ("confirmed", "adjusted", "revision_filed")
WAITING = ("reported", "revision_reported")
# Steps that the system writes down, as others took them at another node or in the record itself.
RECORD_ARRIVED, FILING_ARRIVED = "record_arrived", "filing_arrived"
CONFIRMATION_ARRIVED, ADJUSTMENT_ARRIVED = "confirmation_arrived", "adjustment_arrived"
WITHDRAWN = "withdrawn"


def _report(state: str, to: str) -> Row:
    return Row(
        state, "report", (REGISTRAR,), UNIT, to,
        guards=("kept_here", "complete"), article="6",
        notices=_TO_PROVINCE, delivers=(PROVINCE,),
    )  # fmt: skip


def _file(state: str) -> Row:
    return Row(
        state, "file_revision", (REGISTRAR,), UNIT, "revision_filed",
        guards=("kept_here", "complete", "basis_given", "needs_no_confirmation"), article="7",
        notices=_TO_PROVINCE, delivers=(PROVINCE,),
    )  # fmt: skip


def _decide(state: str, event: str, to: str) -> Row:
    reason = ("reason_given",) if event == "adjust" else ()
    return Row(
        state, event, (DIGITAL_OFFICE,), PROVINCE, to,
        guards=("other_person", *reason, "no_duplicate"), article="6",
        notices=_TO_UNIT, delivers=(UNIT,),
    )  # fmt: skip


def _written(state: str, event: str, to: str, notices: tuple[To, ...], article: str) -> Row:
    return Row(state, event, (SYSTEM,), "", to, article=article, notices=notices)


def _end(state: str) -> Row:
    return Row(
        state, "end", (REGISTRAR,), UNIT, "ended",
        guards=("kept_here", "reason_given"), article="7",
        notices=_TO_PROVINCE, delivers=(PROVINCE,),
    )  # fmt: skip


COLLECTION_REPORT = CaseType(
    name="collection_report",
    prefix="CJ",
    words=("采集目录报送", "Report of a collection item"),
    states={
        "draft": ("草稿", "Draft"),
        "reported": ("已报送", "Reported"),
        "confirmed": ("已确认", "Confirmed"),
        "adjusted": ("已调整", "Adjusted"),
        "revision_filed": ("修订已报备", "Revision filed"),
        "revision_reported": ("修订已报送（原目录有效）", "Revision reported"),
        "ended": ("已终止", "Ended"),
    },
    events={
        "report": ("报送采集目录", "Report"),
        "recall": ("撤回", "Recall"),
        "confirm": ("确认", "Confirm"),
        "adjust": ("调整", "Adjust"),
        "file_revision": ("报备修订", "File a revision"),
        "end": ("终止采集", "End"),
        RECORD_ARRIVED: ("采集目录已到达或更新", "Record arrived or changed"),
        FILING_ARRIVED: ("修订报备已到达", "Filing arrived"),
        CONFIRMATION_ARRIVED: ("省数字办确认已下达", "Confirmation arrived"),
        ADJUSTMENT_ARRIVED: ("省数字办调整已下达", "Adjustment arrived"),
        WITHDRAWN: ("采集目录已撤销", "Record withdrawn"),
    },
    openings=frozenset({"draft", "reported"}),
    final=frozenset({"ended"}),
    submitting=frozenset({"opened", "report", "file_revision"}),
    parties=(UNIT, PROVINCE),
    rows=(
        _report("draft", "reported"),
        _end("draft"),
        Row("reported", "recall", (REGISTRAR,), UNIT, "draft",
            guards=("own_submission",), notices=_TO_PROVINCE),
        _decide("reported", "confirm", "confirmed"),
        _decide("reported", "adjust", "adjusted"),
        _decide("revision_reported", "confirm", "confirmed"),
        _decide("revision_reported", "adjust", "adjusted"),
        *(_report(state, "revision_reported") for state in SETTLED),
        *(_file(state) for state in SETTLED),
        *(_decide(state, "adjust", "adjusted") for state in SETTLED),
        *(_end(state) for state in SETTLED),
        *(_written(state, RECORD_ARRIVED, state, _TO_PROVINCE, "6") for state in WAITING),
        *(_written(state, RECORD_ARRIVED, "revision_reported", _TO_PROVINCE, "7")
          for state in SETTLED),
        *(_written(state, FILING_ARRIVED, "revision_filed", _TO_PROVINCE, "7")
          for state in SETTLED),
        *(_written(state, CONFIRMATION_ARRIVED, "confirmed", _TO_UNIT, "6")
          for state in (*WAITING, *SETTLED)),
        *(_written(state, ADJUSTMENT_ARRIVED, "adjusted", _TO_UNIT, "6")
          for state in (*WAITING, *SETTLED)),
        *(_written(state, WITHDRAWN, "ended", (*_TO_UNIT, *_TO_PROVINCE), "")
          for state in ("draft", *WAITING, *SETTLED)),
    ),
    turns={
        "draft": Turn(UNIT, (REGISTRAR,)),
        "reported": Turn(PROVINCE, (DIGITAL_OFFICE,), not_submitter=True),
        "revision_reported": Turn(PROVINCE, (DIGITAL_OFFICE,), not_submitter=True),
    },
)  # fmt: skip
