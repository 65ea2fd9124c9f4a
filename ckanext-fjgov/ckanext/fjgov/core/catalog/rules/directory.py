"""Rules of the directories beside the 政务信息目录: what they share with entries, and B, E and X.

Which records a reference may name is told by the caller, who looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.indicators import is_published
from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.codes import check_codes
from ckanext.fjgov.core.catalog.rules.content import check_item_names
from ckanext.fjgov.core.catalog.rules.finding import Facts, Finding, Profile
from ckanext.fjgov.core.catalog.rules.identity import check_identity
from ckanext.fjgov.core.catalog.rules.presence import (
    check_mandatory,
    check_provider,
    check_title,
)
from ckanext.fjgov.core.catalog.rules.table import severity_of
from ckanext.fjgov.core.catalog.rules.texts import check_texts
from ckanext.fjgov.core.catalog.rules.upkeep import PLAIN_NUMBER, check_dates
from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel
from ckanext.fjgov.core.catalog.uscc import uscc_problems

BASE = "base"
RUNNING = "running"
FIXED_TERM = "fixed_term"
_SHOWN = 20


class Standing(Enum):
    """How a record that is referred to stands in this catalog."""

    LISTED = "listed"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    ELSEWHERE = "elsewhere"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of a record that is referred to.

    Attributes:
        standing: ELSEWHERE when it is not here and its prefix is another node's.
        record_type: "" when the record is not here.
    """

    standing: Standing
    record_type: str = ""


MISSING = Target(Standing.MISSING)


def check_directory(
    record: Mapping[str, Any],
    schema: SchemaModel,
    facts: Facts,
    targets: Mapping[str, Target] | None,
    profile: Profile = "strict",
    folder: Path | None = None,
) -> tuple[Finding, ...]:
    """Check one record of a directory (Art. 45).

    Args:
        record: fields as given by `normalise_record`.
        schema: of its directory.
        facts: as for entries.
        targets: identifier -> what is known of it, for each that the record refers to; None for
            a copy, whose references were judged at its home node.
        profile: `strict` refuses, `inventory` turns R3, R9 and B1 into warnings.
        folder: the node's own data folder with code lists, if any.

    Returns:
        Findings, empty for a record without faults. Rule R2 is decided by the database, X4 by
        `still_named`.

    Cost: O(size of the record).
    Source: Measures, Art. 6, 11, 33, 35, 41, 45.
    """
    check = Check(record, facts, profile, schema, folder)
    check_texts(check)
    check_title(check)
    check_provider(check)
    check_mandatory(check)
    _check_columns(check)
    check_codes(check)
    check_identity(check)
    check_item_names(check, check.rows("items"))
    check_dates(check)
    _check_numbers(check)
    _check_database(check)
    _check_system(check)
    _check_permit(check)
    for field in schema.fields:
        if targets is not None and field.reference is not None:
            _check_reference(check, field, targets)
    return tuple(check.findings)


def still_named(
    holders: Sequence[tuple[str, str, str]], profile: Profile = "strict"
) -> Finding | None:
    """Give the finding of rule X4 on a record that is to be withdrawn; None when nothing names it.

    Args:
        holders: (identifier, title, unit) of each listed record that refers to it.
        profile: severity profile of the node.
    """
    if not holders:
        return None
    named = [f"{identifier} {title}（{unit}）" for identifier, title, unit in holders[:_SHOWN]]
    codes = [identifier for identifier, _title, _unit in holders[:_SHOWN]]
    more_zh, more_en = ("等", " and others") if len(holders) > _SHOWN else ("", "")
    return Finding(
        rule="X4",
        field="state",
        severity=severity_of("X4", "state", profile),
        zh=f"目录状态：仍被{len(holders)}条目录引用，请先修改：{'；'.join(named)}{more_zh}",
        en=f"State: {len(holders)} records still refer to it, change them first:"
        f" {', '.join(codes)}{more_en}",
    )


def _check_columns(check: Check) -> None:
    """Apply C0 to the columns of rows; R9 answers for the names of 信息项."""
    for field in check.schema.fields:
        if field.name == "items":
            continue
        due = [column.name for column in field.subfields if column.obligation == "M"]
        for number, row in enumerate(check.rows(field.name) if due else (), 1):
            for column in due:
                if not row.get(column):
                    check.report(
                        "C0",
                        field.name,
                        f"第{number}行必填，请填写",
                        f"row {number} needs it: give a value",
                        column,
                    )


def _check_numbers(check: Check) -> None:
    for field in check.schema.fields:
        text = check.text(field.name)
        if field.kind == "number" and text and not PLAIN_NUMBER.fullmatch(text):
            check.report(
                "F1",
                field.name,
                f"“{text[:40]}”应为不带单位的非负数字",
                f"{text[:40]!r} must be a plain number, not negative and without a unit",
            )


def _check_database(check: Check) -> None:
    if check.text("database_kind") == BASE:
        for name in ("base_database", "lead_unit_code"):
            if not check.text(name):
                check.report(
                    "B1",
                    name,
                    "基础数据库必填（第十一条），请填写",
                    "is needed for a base database (Art. 11): give a value",
                )
    code = check.text("lead_unit_code")
    fatal = [problem for problem in uscc_problems(code) if problem.is_fatal] if code else []
    if fatal:
        check.report(
            "B1",
            "lead_unit_code",
            f"“{code[:40]}”无效：{fatal[0].zh}",
            f"{code[:40]!r} is invalid: {fatal[0].en}",
        )
    for number, row in enumerate(check.rows("indicators"), 1):
        if not is_published(row):
            check.report(
                "B2",
                "indicators",
                f"第{number}项须由牵头单位和同级数字办共同签署后发布（第十一条）",
                f"row {number} is published once lead unit and digital office signed (Art. 11)",
            )


def _check_system(check: Check) -> None:
    if check.text("cross_department") == "1":
        check.report(
            "E1",
            "cross_department",
            "单位不得自建跨部门目录和交换系统，请改用省、市平台（第四十一条）",
            "units run no catalog or exchange across departments: use the platform (Art. 41)",
        )
    if check.text("system_status") == RUNNING and not check.text("registration_number"):
        check.report(
            "C3",
            "registration_number",
            "运行中的系统应在数字福建服务资源目录登记，请补填编号（第三十五条）",
            "a running system is registered there: give its number (Art. 35)",
        )


def _check_permit(check: Check) -> None:
    if check.text("validity_kind") == FIXED_TERM and not check.text("validity_months"):
        check.report(
            "C3",
            "validity_months",
            "固定期限的证照应写明有效期，请填写",
            "a licence for a fixed term has one: give its months",
        )


def _check_reference(check: Check, field: FieldModel, targets: Mapping[str, Target]) -> None:
    """Apply X1, X2 and X3 to the records that one field names, each rule with its list."""
    wanted = field.reference.target if field.reference else ""
    missing: list[str] = []
    other: list[str] = []
    unlisted: list[str] = []
    elsewhere: list[str] = []
    for identifier in check.texts(field.name):
        target = targets.get(identifier, MISSING)
        if target.standing is Standing.ELSEWHERE:
            elsewhere.append(identifier)
        elif target.standing in (Standing.MISSING, Standing.WITHDRAWN):
            missing.append(identifier)
        elif target.record_type != wanted:
            other.append(identifier)
        elif target.standing is Standing.DRAFT:
            unlisted.append(identifier)
    schema = record_schemas()[wanted]
    for rule, found, zh, en in (
        ("X1", missing, "不存在或已撤销，请更正或删去", "do not exist or are withdrawn"),
        ("X1", other, f"不是{schema.label_zh}，请更正", f"are not of {schema.label_en!r}"),
        ("X2", unlisted, "尚未发布，请先发布", "are not listed yet: list them first"),
        (
            "X3",
            elsewhere,
            "属于其他节点，尚未同步到本节点，请核对",
            "are of another node, not here yet",
        ),
    ):
        if found:
            named = [f"“{identifier[:80]}”" for identifier in found[:_SHOWN]]
            codes = ", ".join(repr(identifier[:80]) for identifier in found[:_SHOWN])
            check.report(rule, field.name, f"{'、'.join(named)}{zh}", f"{codes} {en}")
