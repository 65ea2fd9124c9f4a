"""Rules of a unit (机关单位, Art. 2): codes, division, level and dates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.days import parse_day
from ckanext.fjgov.core.catalog.divisions import division_concept, division_level
from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.codes import check_codes
from ckanext.fjgov.core.catalog.rules.finding import Facts, Finding, Profile
from ckanext.fjgov.core.catalog.rules.texts import check_texts
from ckanext.fjgov.core.catalog.rules.upkeep import check_dates
from ckanext.fjgov.core.catalog.schema_model import UNIT_SCHEMA, load_schema
from ckanext.fjgov.core.catalog.uscc import is_uscc, uscc_problems

# The central government: units of its own stand in the province with this region in their code.
_CENTRAL_REGION = "100000"
# A unit without a registered code is kept in a legacy catalog, so U1 answers for the empty code.
_OWN_RULE = frozenset({"uscc"})


def check_unit(
    unit: Mapping[str, Any], facts: Facts, profile: Profile = "strict", folder: Path | None = None
) -> tuple[Finding, ...]:
    """Check one unit.

    Args:
        unit: fields as given by `normalise_unit`.
        facts: only `today` is used.
        profile: severity profile of the node.
        folder: the node's own data folder with code lists, if any.

    Returns:
        Findings in the order of the rules; empty for a unit without faults.

    Cost: O(size of the unit), no reads beyond code lists already loaded.
    Source: Measures, Art. 2, 41; GB 32100-2015; GB/T 2260.
    """
    check = Check(unit, facts, profile, load_schema(UNIT_SCHEMA), folder)
    check_texts(check)
    for field in check.schema.fields:
        if field.obligation == "M" and field.name not in _OWN_RULE and not unit.get(field.name):
            check.report("C0", field.name, "必填，请填写", "is mandatory: give a value")
    check_codes(check)
    check_dates(check)
    _check_uscc(check)
    _check_level(check)
    _check_dates_in_order(check)
    for name in ("parent_uscc", "successor_uscc"):
        _check_reference(check, name)
    return tuple(check.findings)


def _check_uscc(check: Check) -> None:
    code = check.text("uscc")
    if not code:
        check.report("U1", "uscc", "必填，请填写18位代码", "is mandatory: give the 18 characters")
        return
    problems = uscc_problems(code)
    for problem in problems:
        rule = "U1" if problem.is_fatal else "U2"
        check.report(rule, "uscc", f"“{code[:40]}”{problem.zh}", f"{code[:40]!r}: {problem.en}")
    if any(problem.is_fatal for problem in problems):
        return
    region = code[2:8]
    if region != _CENTRAL_REGION and region not in check.vocabulary("divisions"):
        check.report(
            "U2",
            "uscc",
            f"行政区划部分 {region} 不在代码表中，请核对",
            f"the division part {region} is not in the code list: look it up",
        )
    unit_type = check.vocabulary("unit_types").get(check.text("unit_type"))
    expected = unit_type.extra.get("uscc", "").split() if unit_type else []
    if unit_type and expected and code[:2] not in expected:
        check.report(
            "U2",
            "uscc",
            f"前两位 {code[:2]} 与单位类型“{unit_type.zh}”不常见，请核对",
            f"the first characters {code[:2]} are unusual for {unit_type.en!r}: look it up",
        )


def _check_level(check: Check) -> None:
    division, level = check.text("division"), check.text("level")
    levels = check.vocabulary("unit_levels")
    if level not in levels or division_concept(division, check.vocabulary("divisions")) is None:
        return
    stands_for = division_level(division)
    if stands_for != level:
        check.report(
            "U3",
            "division",
            f"“{division}”是{levels.label(stands_for)}区划，与层级“{levels.label(level)}”不一致",
            f"{division} is a division of level {stands_for}, not {level}",
        )


def _check_dates_in_order(check: Check) -> None:
    start, end = parse_day(check.text("valid_from")), parse_day(check.text("valid_until"))
    if start is not None and end is not None and end < start:
        check.report("U4", "valid_until", f"早于设立日期 {start}", f"is before {start}")
    for number, row in enumerate(check.rows("competent_office"), 1):
        start = parse_day(row.get("valid_from", ""))
        end = parse_day(row.get("valid_until", ""))
        if start is not None and end is not None and end < start:
            check.report(
                "U4",
                "competent_office",
                f"第{number}行终止早于起始",
                f"row {number} ends before it starts",
            )


def _check_reference(check: Check, name: str) -> None:
    code = check.text(name)
    if code and code == check.text("uscc"):
        check.report("U5", name, "不能是本单位", "cannot be the unit itself")
    elif code and not is_uscc(code):
        check.report("U5", name, f"“{code[:40]}”不是有效代码", f"{code[:40]!r} is not a valid code")
