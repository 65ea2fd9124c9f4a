"""What the XML schema of GB/T 21063.3 says of a file that comes in, as findings of its records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.export.gbelements import CORE
from ckanext.fjgov.core.export.gbschema import MANDATORY, Violation, violations

from .gbrows import GbDefaults
from .mapping import Profile
from .problems import BREAKS_SCHEMA, error

# What a record of a legacy catalog may lack; the catalog's own rules note it (profile inventory).
_INVENTORY: Final = frozenset({"abstract", "tpCat", "resID"})


def schema_findings(
    data: bytes, defaults: GbDefaults, profile: Profile
) -> Mapping[int, tuple[Finding, ...]]:
    """Judge every record of a document; a record with a finding is refused, the rest goes on.

    What the defaults declare, the document need not state.

    Args:
        data: XML that `read_records` took.

    Returns:
        Findings by the number of the record, from 1; records without any are left out.

    Cost: one pass over the document.
    """
    found: defaultdict[int, list[Finding]] = defaultdict(list)
    for violation in violations(data, _completed(defaults, profile)):
        found[violation.record].append(_finding(violation))
    return {number: tuple(findings) for number, findings in found.items()}


def _completed(defaults: GbDefaults, profile: Profile) -> frozenset[str]:
    declared = {_name(one.element) for one in CORE if one.field in defaults.fields}
    if defaults.unit_name:
        declared.add("idPoC")
    known = declared & MANDATORY.keys()
    return frozenset(known | _INVENTORY) if profile == "inventory" else frozenset(known)


def _finding(violation: Violation) -> Finding:
    where = f"第 {violation.record} 条记录的元素 {violation.element}（文件第 {violation.line} 行）"
    place = f"record {violation.record}, element {violation.element}, line {violation.line}"
    fields = {_name(one.element): one.field for one in CORE}
    return error(
        BREAKS_SCHEMA,
        fields.get(_name(violation.element), ""),
        f"{where}不符合 GB/T 21063.3 XML 模式的规则 {violation.rule}：{violation.zh}",
        f"{place} breaks the XML schema of GB/T 21063.3 ({violation.rule}): {violation.en}",
    )


def _name(element: str) -> str:
    """Return the short name of the outer element of a path."""
    return element.partition("/")[0].partition("[")[0]
