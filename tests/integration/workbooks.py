"""Workbooks as a registrar fills them in: by hand, with the drop-downs of the node's template."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from typing import Any

import openpyxl

from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, FieldModel
from ckanext.fjgov.core.importing.template import MAIN_SHEET, plain_header
from tests.integration.api import client, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
NOTES = "本市低保对象的救助证号、保障人数和月保障金额等基本情况。"
ENTRY = {
    "信息资源摘要": NOTES,
    "关键字": "社会救助,低保",
    "涉密属性": "0 非涉密",
    "主题分类": "ZRB00 民政",
    "信息资源分类": "307",
    "信息资源格式": "3/mysql MySQL",
    "行政区划": "350100 福州市",
    "共享类型": "2 受限共享（有条件共享）",
    "使用要求": "作为行政依据",
    "共享条件": "办理社会救助业务时查询",
    "共享范围": "本省各级民政部门",
    "受限方式": "both 两者",
    "共享方式": "1/database 数据库",
    "是否向社会开放": "0 否",
    "更新周期": "4 每月",
}


def filled(stack: StackInfo, title: str, **changes: Any) -> bytes:
    """Give a workbook with one entry, its item, legal basis and resource."""
    return filled_with(stack, [{"信息资源名称": title, **changes}])


def filled_with(stack: StackInfo, entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Give a workbook with one row for each entry; `entries` say what differs from `ENTRY`."""
    book = template(stack)
    unit = client(stack, NODE, "staff").action.organization_show(id=unit_of(stack, NODE))
    for number, changes in enumerate(entries, 1):
        joined = {"序号": str(number)}
        own = {"信息资源提供方": unit["title"], **ENTRY, **changes}
        append(book[MAIN_SHEET], **{**own, **joined})
        append(book["信息项"], **joined, 信息项名称="救助证号", 数据类型="C 字符型", 数据长度="20")
        append(
            book["法律法规依据"],
            **joined,
            依据名称="示例规定",
            文号="示例〔2020〕1号",
            条款="第一条",
            说明="涉及个人信息。",
        )
        append(
            book["在线资源"],
            **joined,
            资源名称="数据文件",
            格式="CSV",
            在线资源链接地址="https://data.example/one",
        )
    return saved(book)


def filled_directory(
    stack: StackInfo, directory: str, records: Iterable[Mapping[str, Any]]
) -> bytes:
    """Give a workbook of a directory beside the entries, with one row for each record.

    Args:
        records: as a caller hands them to `package_create`; the unit is the registrar's.
    """
    schema = directories()[directory]
    book = template(stack, directory)
    unit = client(stack, NODE, "staff").action.organization_show(id=unit_of(stack, NODE))
    named = {schema.field("owner_org").label_zh: unit["title"]}
    for number, record in enumerate(records, 1):
        has_details = any(field.kind == "rows" for field in schema.fields)
        joined = {"序号": str(number)} if has_details else {}
        append(book[schema.label_zh], **joined, **named, **_cells(schema.fields, record))
        for field in schema.fields:
            for row in record.get(field.name, ()) if field.kind == "rows" else ():
                append(book[field.label_zh], **joined, **_cells(field.subfields, row))
    return saved(book)


def _cells(fields: Iterable[FieldModel], values: Mapping[str, Any]) -> dict[str, str]:
    """Give the cells of what a person may state; codes as a person types them."""
    stated = [field for field in fields if field.obligation != "S" and field.kind != "rows"]
    return {
        field.label_zh: "|".join(value) if isinstance(value, list) else value
        for field in stated
        if field.name != "owner_org" and (value := values.get(field.name))
    }


def template(stack: StackInfo, directory: str = ENTRY_TYPE) -> Any:
    """Give the empty template of the node."""
    found = client(stack, NODE).action.fjgov_template_show(directory=directory)
    return openpyxl.load_workbook(io.BytesIO(base64.b64decode(found["content"])))


def append(sheet: Any, **values: Any) -> None:
    """Fill the next row of a sheet, by headers."""
    header = [plain_header(cell.value) for cell in sheet[1]]
    assert values.keys() <= set(header)
    sheet.append([values.get(name) for name in header])


def saved(book: Any) -> bytes:
    """Give the file of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
