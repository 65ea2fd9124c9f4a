"""Which elements must be there: rules R1, C0, C3, K1 and T1."""

from __future__ import annotations

import re

from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.normalise import keywords
from ckanext.fjgov.core.catalog.title import normalise_title

MAX_TITLE = 200
MIN_ABSTRACT = 10
MAX_ABSTRACT = 2_000

# These three have a rule of their own.
_OWN_RULE = frozenset({"title", "notes", "owner_org"})
_ENDS_BADLY = re.compile(r"[\s,.;:!?、，。；：！？…·\-_/\\|]$")
_DOUBLE_SPACE = re.compile(r"\s{2,}")


def check_presence(check: Check) -> None:
    """Apply R1, C0, C3, K1 and T1."""
    check_title(check)
    _check_abstract(check)
    check_provider(check)
    check_mandatory(check)
    if not keywords(check.record):
        check.report(
            "K1", "tag_string", "未填关键字，建议至少填一个以便查找", "add at least one keyword"
        )
    _check_asked_for(check)


def check_mandatory(check: Check) -> None:
    """Apply C0 to every field but those with a rule of their own."""
    for field in check.schema.fields:
        is_due = field.obligation == "M" and field.name not in _OWN_RULE
        if is_due and not check.record.get(field.name):
            check.report("C0", field.name, "必填，请填写", "is mandatory: give a value")


def check_title(check: Check) -> None:
    """Apply R1 and T1 to the title."""
    title = check.text("title")
    if not title:
        check.report("R1", "title", "不能为空，请填写", "must not be empty: give a title")
        return
    if len(title) > MAX_TITLE:
        check.report(
            "R1",
            "title",
            f"{len(title)}字，超过{MAX_TITLE}字，请精简",
            f"{len(title)} characters, more than {MAX_TITLE}: shorten it",
        )
    # A title of letters and digits alone cannot be empty when folded.
    if not (title.isalnum() or normalise_title(title)):
        check.report(
            "R1", "title", "只有空格和标点，请写明内容", "holds only spaces and punctuation"
        )
    elif _ENDS_BADLY.search(title) or _DOUBLE_SPACE.search(title):
        check.report(
            "T1",
            "title",
            "末尾有标点或有连续空格，请整理",
            "ends in punctuation or has double spaces",
        )
    elif title == check.text("source_system"):
        check.report(
            "T1",
            "title",
            "与所属系统同名，请写信息内容",
            "is the name of the system: name the content",
        )


def _check_abstract(check: Check) -> None:
    notes = check.text("notes")
    if not notes:
        check.report("R1", "notes", "不能为空，请填写", "must not be empty: give an abstract")
    elif not MIN_ABSTRACT <= len(notes) <= MAX_ABSTRACT:
        check.report(
            "R1",
            "notes",
            f"{len(notes)}字，应为{MIN_ABSTRACT}至{MAX_ABSTRACT}字",
            f"{len(notes)} characters; {MIN_ABSTRACT} to {MAX_ABSTRACT} are needed",
        )


def check_provider(check: Check) -> None:
    """Apply R1 to the unit."""
    if not check.text("owner_org") and check.facts.unit_code is None:
        check.report("R1", "owner_org", "不能为空，请选择单位", "must not be empty: choose a unit")


def _check_asked_for(check: Check) -> None:
    outside = [way for way in check.texts("share_way") if not way.startswith("1/")]
    if outside and not check.text("share_way_reason"):
        check.report(
            "C3",
            "share_way_reason",
            "采用邮件或介质方式的，请写明不用共享平台的理由",
            "sharing by mail or media: say why the platform is not used",
        )
    queried = any(
        row.get("mode") == "query" and row.get("status") == "done" for row in check.rows("exchange")
    )
    if queried and not check.rows("service_info"):
        check.report(
            "C3",
            "service_info",
            "已发布数据查询服务的，请登记服务信息",
            "a query service is published: register its service information",
        )
    if check.text("acquisition") == "purchased" and not check.text("acquisition_licence"):
        check.report(
            "C3",
            "acquisition_licence",
            "采购信息应有允许政务网络共享的许可，请补签并登记",
            "purchased information needs a licence that allows sharing on the network",
        )
