"""The sheet 填写说明: what each column asks for, derived from the schema and the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any, Literal

from ckanext.fjgov.core.catalog.rules import RULES, Facts, check_entry, normalise_entry
from ckanext.fjgov.core.catalog.schema_model import (
    ENTRY_SCHEMA,
    FieldModel,
    Obligation,
    load_schema,
)

from .choices import Lists, shown_text
from .mapping import FieldMap, ImportMapping
from .stamp import Stamp
from .template import ACTION, MAIN_SHEET, RESOURCES, SEPARATOR, SEQUENCE, WITHDRAW

Models = Callable[..., FieldModel]
RowKind = Obligation | Literal["head", "text"]
OBLIGATIONS: dict[Obligation, tuple[str, str]] = {
    "M": ("必填", "mandatory"),
    "C": ("按规则填", "asked for by a rule"),
    "O": ("选填", "optional"),
    "S": ("系统填写", "filled by the system"),
}
HEADER = ("工作表", "列", "填写要求", "填写内容", "代码表", "示例", "核对规则", "说明", "English")
_KINDS = {
    "text": "文字",
    "code": "代码，从下拉列表中选取",
    "code_list": f"一个或多个代码，以 {SEPARATOR} 分隔",
    "text_list": f"一项或多项，以 {SEPARATOR} 分隔",
    "date": "日期，如 2026-01-31",
    "number": "数字，不写单位",
    "rows": "见同名工作表",
}
_EXAMPLES = {"date": "2026-01-31", "number": "100"}
_LEAD = """\
政务信息目录登记簿：每条目录在「{main}」中占一行；信息项、依据等在各自的工作表中逐条填写，以「{key}」与目录对应。
登记簿由元数据方案生成（方案 {digest}，{made_on}，节点 {node}）。
请勿改动表头、工作表名称和隐藏工作表。
可以增加自己的工作表；它们不会被导入。
颜色和文字同时标示填写要求：必填、按规则填、选填、系统填写。「系统填写」的列可以留空。
修改已登记的目录：保留信息资源标识符，改动后重新导入；未改动的行不产生变化。
撤销目录：在「{action}」列填写「{withdraw}」；删去一行不会撤销目录。
Made from the schema of the catalog: one row an entry; rows of other sheets belong to it by {key}.
Leave headers, names of sheets and hidden sheets as they are; sheets of your own are not read.
"""


def note_rows(
    template: ImportMapping, field: Models, lists: Lists, stamp: Stamp
) -> Iterator[tuple[RowKind, tuple[str, ...]]]:
    """Yield the rows of the sheet with what they are.

    Args:
        template: of the workbook.
        field: gives the model of a target and, for rows, of a column.
        lists: code lists of the node.
        stamp: of the workbook.
    """
    facts = {"main": MAIN_SHEET, "key": SEQUENCE, "action": ACTION, "withdraw": WITHDRAW}
    facts |= {"digest": stamp.digest, "made_on": stamp.made_on, "node": stamp.node}
    for text in _LEAD.format(**facts).splitlines():
        yield "text", (text,)
    yield "head", HEADER
    yield (
        "O",
        _note(MAIN_SHEET, SEQUENCE, "O", "自行编号，本文件内唯一，与其他工作表对应", example="1"),
    )
    unit, code = template.unit.column, template.unit.code_column
    yield (
        "M",
        _note(MAIN_SHEET, unit, "M", "文字", example="示例市民政局", rules=_rules("owner_org")),
    )
    yield "S", _note(MAIN_SHEET, code, "S", "文字，18位统一社会信用代码，与登记一致", rules="R3")
    for spec in template.fields:
        model = field(spec.target)
        yield model.obligation, _field(MAIN_SHEET, spec, model, lists, _rules(spec.target))
    yield (
        "O",
        _note(MAIN_SHEET, ACTION, "O", f"撤销目录时填「{WITHDRAW}」，其余留空", example=WITHDRAW),
    )
    for rows in template.rows:
        rules = "" if rows.target == RESOURCES else _rules(rows.target)
        yield (
            "M",
            _note(
                rows.sheet, SEQUENCE, "M", f"所属目录在「{MAIN_SHEET}」中的{SEQUENCE}", example="1"
            ),
        )
        for spec in rows.columns:
            model = field(rows.target, spec.target)
            yield model.obligation, _field(rows.sheet, spec, model, lists, rules)
    yield "head", ("核对规则", "要求", "", "依据", "", "", "", "", "English")
    for rule in RULES.values():
        yield "text", (rule.id, rule.zh, "", rule.source, "", "", "", "", rule.en)


def _field(
    sheet: str, spec: FieldMap, model: FieldModel, lists: Lists, rules: str
) -> tuple[str, ...]:
    example, title = _EXAMPLES.get(model.kind, ""), ""
    if model.codelist:
        vocabulary = lists(model.codelist)
        title = vocabulary.title_zh
        example = next((shown_text(concept) for concept in vocabulary.choices()), "")
    names = [f"GB/T 21063.3 {model.gb}"] if model.gb else []
    names += [f"编制指南 {model.guide}"] if model.guide else []
    said = "；".join([*([model.help_zh] if model.help_zh else []), *names])
    return (
        sheet, spec.column, OBLIGATIONS[model.obligation][0], _KINDS[model.kind], title, example,
        rules, said, f"{model.label_en} ({OBLIGATIONS[model.obligation][1]})",
    )  # fmt: skip


def _note(
    sheet: str,
    column: str,
    obligation: Obligation,
    what: str,
    *,
    example: str = "",
    rules: str = "",
) -> tuple[str, ...]:
    zh, en = OBLIGATIONS[obligation]
    return sheet, column, zh, what, "", example, rules, "", en


def _rules(field: str) -> str:
    return "、".join(rules_by_field().get(field, ()))


@cache
def rules_by_field() -> dict[str, tuple[str, ...]]:
    """Return field -> ids of the rules that may blame it, in the order of the table of rules.

    Found by asking the rules about entries that are wrong in many ways, so that a rule that changes
    its mind changes the notes.
    """
    found: dict[str, set[str]] = {}
    facts = Facts(today=date(2026, 1, 1), unit_code="110000000000000000")
    for probe in _probes():
        for finding in check_entry(normalise_entry(probe), facts):
            found.setdefault(finding.field, set()).add(finding.rule)
    order = list(RULES)
    return {name: tuple(sorted(rules, key=order.index)) for name, rules in found.items()}


def _probes() -> Iterable[dict[str, Any]]:
    """Give entries that break rules: empty, of each share class, with bad values in all fields."""
    yield {}
    for share_type in ("1", "2", "3"):
        yield {"share_type": share_type, "open_to_public": "1", "items": [{"share_type": "1"}]}
    fields = load_schema(ENTRY_SCHEMA).fields
    for bad in ("?", "a\x07", "2999-01-01", "x" * 100_000):
        yield {f.name: [bad] if f.is_list and not f.stored_as else bad for f in fields
               if f.kind != "rows"}  # fmt: skip
    yield {"data_format": ["3/mysql", "3"], "share_way": ["1/file", "2/mail"]}
    yield {"acquisition": "purchased", "exchange": [{"mode": "query", "status": "done"}]}
