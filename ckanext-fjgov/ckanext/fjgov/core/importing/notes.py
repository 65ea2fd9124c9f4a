"""The sheet 填写说明: what each column asks for, derived from the schema and the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from ckanext.fjgov.core.catalog.rules import RULES, Rule
from ckanext.fjgov.core.catalog.schema_model import (
    ENTRY_TYPE,
    FieldModel,
    Obligation,
    SchemaModel,
)

from .choices import Lists, shown_text
from .mapping import FieldMap, ImportMapping
from .rule_notes import rules_by_field
from .stamp import Stamp
from .template import ACTION, RESOURCES, SEPARATOR, SEQUENCE, WITHDRAW

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
{main}登记簿：每条目录在「{main}」中占一行；{details}
登记簿由元数据方案生成（方案 {digest}，{made_on}，节点 {node}）。
请勿改动表头、工作表名称和隐藏工作表。
可以增加自己的工作表；它们不会被导入。
颜色和文字同时标示填写要求：必填、按规则填、选填、系统填写。「系统填写」的列可以留空。
修改已登记的目录：保留{identifier}，改动后重新导入；未改动的行不产生变化。
撤销目录：在「{action}」列填写「{withdraw}」；删去一行不会撤销目录。
Made from the schema of the directory: one row a record; rows of other sheets belong to it by {key}.
Leave headers, names of sheets and hidden sheets as they are; sheets of your own are not read.
"""


def note_rows(
    template: ImportMapping, schema: SchemaModel, field: Models, lists: Lists, stamp: Stamp
) -> Iterator[tuple[RowKind, tuple[str, ...]]]:
    """Yield the rows of the sheet with what they are.

    Args:
        template: of the workbook.
        schema: of its directory.
        field: gives the model of a target and, for rows, of a column.
        lists: code lists of the node.
        stamp: of the workbook.
    """
    main, blamed = template.sheet, rules_by_field(template.record_type)
    facts = {"main": main, "key": SEQUENCE, "action": ACTION, "withdraw": WITHDRAW}
    facts |= {"details": _details(template), "identifier": schema.field("identifier").label_zh}
    facts |= {"digest": stamp.digest, "made_on": stamp.made_on, "node": stamp.node}
    for text in _LEAD.format(**facts).splitlines():
        yield "text", (text,)
    yield "head", HEADER
    if template.rows:
        what = "自行编号，本文件内唯一，与其他工作表对应"
        yield "O", _note(main, SEQUENCE, "O", what, example="1")
    unit, code = template.unit.column, template.unit.code_column
    yield (
        "M",
        _note(main, unit, "M", "文字", example="示例市民政局", rules=_rules(blamed, "owner_org")),
    )
    yield "S", _note(main, code, "S", "文字，18位统一社会信用代码，与登记一致", rules="R3")
    for spec in template.fields:
        model = field(spec.target)
        yield model.obligation, _field(main, spec, model, lists, _rules(blamed, spec.target))
    yield (
        "O",
        _note(main, ACTION, "O", f"撤销目录时填「{WITHDRAW}」，其余留空", example=WITHDRAW),
    )
    for rows in template.rows:
        rules = "" if rows.target == RESOURCES else _rules(blamed, rows.target)
        yield (
            "M",
            _note(rows.sheet, SEQUENCE, "M", f"所属目录在「{main}」中的{SEQUENCE}", example="1"),
        )
        for spec in rows.columns:
            model = field(rows.target, spec.target)
            yield model.obligation, _field(rows.sheet, spec, model, lists, rules)
    yield "head", ("核对规则", "要求", "", "依据", "", "", "", "", "English")
    for rule in _listed(template.record_type):
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


def _rules(blamed: Mapping[str, tuple[str, ...]], field: str) -> str:
    return "、".join(blamed.get(field, ()))


def _listed(record_type: str) -> list[Rule]:
    """Give the rules that the sheet explains: of a directory those that may blame its columns."""
    if record_type == ENTRY_TYPE:
        return list(RULES.values())
    met = {rule for rules in rules_by_field(record_type).values() for rule in rules}
    # The database decides R2.
    return [rule for rule in RULES.values() if rule.id in met | {"R2"}]


def _details(template: ImportMapping) -> str:
    sheets = "、".join(rows.sheet for rows in template.rows)
    if not sheets:
        return "一行填写全部内容。"
    return f"{sheets}在各自的工作表中逐条填写，以「{SEQUENCE}」与目录对应。"
