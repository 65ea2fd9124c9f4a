"""Which legal bases are filed: those of classes 2 and 3, per entry and 信息项."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.catalog.legal_bases import Basis, bases_of

ROW = {"title": "示例法", "number": "示例1号", "clause": "第一条", "statement": "示例说明"}
ITEM = {
    "name": "身份号码", "share_type": "3", "basis_title": "示例法", "basis_number": "示例1号",
    "basis_clause": "第二条", "basis_statement": "仅限核对",
}  # fmt: skip
OF_ITEM = Basis("身份号码", "3", "示例法", "示例1号", "第二条", "仅限核对")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"share_type": "1", "legal_basis": [ROW]}, []),
        ({"share_type": "2", "legal_basis": [ROW]},
         [Basis("", "2", "示例法", "示例1号", "第一条", "示例说明")]),
        ({"share_type": "3", "legal_basis": [{"title": "示例法"}]},
         [Basis("", "3", "示例法", "", "", "")]),
        ({"share_type": "3"}, []),
        ({"share_type": "1", "items": [ITEM, {"name": "地址"}]}, [OF_ITEM]),
        ({"share_type": "2", "legal_basis": [ROW], "items": [ITEM]},
         [Basis("", "2", "示例法", "示例1号", "第一条", "示例说明"), OF_ITEM]),
        ({"share_type": "1", "items": [{**ITEM, "share_type": "1"}]}, []),
        ({"share_type": "2", "items": [{**ITEM, "basis_title": ""}]}, []),
        ({"share_type": "2", "legal_basis": "甲", "items": {"name": 1}}, []),
        ({"share_type": "2", "legal_basis": ["甲", {"title": ["甲"]}]},
         [Basis("", "2", "", "", "", "")]),
        ({}, []),
    ],
)  # fmt: skip
def test_bases_of_an_entry(entry: dict[str, Any], expected: list[Basis]) -> None:
    assert bases_of(entry) == expected
