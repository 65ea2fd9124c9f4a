"""One failing record for every rule, as a change of `factories.make_entry`, and its severity.

Unit tests, API, form and import walk the same table, so that all four say the same. The passing
record of every case is the unchanged entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class RuleCase:
    """One broken record.

    Attributes:
        id: what the case shows.
        rule: id of the rule that answers.
        field: the field it blames.
        change: fields to replace in `make_entry`, None to remove one.
        strict, inventory: severity in each profile; None when the profile lets it pass.
        facts: changes of `make_facts` the case needs.
        by_caller: a caller of API, form or import can produce it; False where the system sets the
            field or the transport cannot carry the value.
    """

    id: str
    rule: str
    field: str
    change: dict[str, Any]
    strict: str | None = ERROR
    inventory: str | None = ERROR
    facts: dict[str, Any] = field(default_factory=dict)
    by_caller: bool = True


def _item(**values: Any) -> list[dict[str, Any]]:
    return [{"name": "救助证号", "data_type": "C", "length": "20", **values}]


_BASIS = {"title": "示例法", "number": "示例令第1号", "clause": "第一条", "statement": "示例说明。"}
_OPEN = {"share_type": "1", "open_to_public": "1", "open_condition": "注明来源"}

RULE_CASES: tuple[RuleCase, ...] = (
    RuleCase("title missing", "R1", "title", {"title": None}),
    RuleCase("title blank", "R1", "title", {"title": " 　 "}),
    RuleCase("title punctuation only", "R1", "title", {"title": "——，。"}),
    RuleCase("title of 201 characters", "R1", "title", {"title": "信" * 201}),
    RuleCase("abstract missing", "R1", "notes", {"notes": None}, inventory=WARNING),
    RuleCase(
        "abstract of 9 characters",
        "R1",
        "notes",
        {"notes": "一二三四五六七八九"},
        inventory=WARNING,
    ),
    RuleCase(
        "abstract of 2001 characters", "R1", "notes", {"notes": "概" * 2001}, inventory=WARNING
    ),
    RuleCase(
        "provider missing",
        "R1",
        "owner_org",
        {"owner_org": None, "provider_code": None},
        facts={"unit_code": None},
        by_caller=False,
    ),
    RuleCase(
        "provider code invalid",
        "R3",
        "provider_code",
        {"provider_code": "11350000003591037X"},
        inventory=WARNING,
    ),
    RuleCase(
        "provider code of another unit",
        "R3",
        "provider_code",
        {"provider_code": "11350000003591037R"},
        inventory=WARNING,
    ),
    RuleCase(
        "unit without code",
        "R3",
        "provider_code",
        {"provider_code": None},
        facts={"unit_code": None},
        inventory=WARNING,
        by_caller=False,
    ),
    RuleCase(
        "guide code of no grammar", "R4", "guide_code", {"guide_code": "福建/1"}, by_caller=False
    ),
    RuleCase(
        "guide code of another grammar",
        "R4",
        "guide_code",
        {"guide_code": "00247017X/000709"},
        inventory=None,
        by_caller=False,
    ),
    RuleCase(
        "guide code of another class",
        "R4",
        "guide_code",
        {"guide_code": "303084/000001"},
        by_caller=False,
    ),
    RuleCase(
        "unrestricted without use",
        "R5",
        "share_usage",
        {"share_type": "1", "share_usage": None},
        WARNING,
        WARNING,
    ),
    RuleCase("restricted without use", "R6", "share_usage", {"share_usage": None}),
    RuleCase("restricted without condition", "R6", "share_condition", {"share_condition": None}),
    RuleCase("restricted without scope", "R6", "share_scope", {"share_scope": None}),
    RuleCase("restricted without kind", "R6", "restriction_kind", {"restriction_kind": None}),
    RuleCase("restricted without basis", "R6", "legal_basis", {"legal_basis": None}),
    RuleCase(
        "restricted, basis without clause",
        "R6",
        "legal_basis",
        {"legal_basis": [{**_BASIS, "clause": ""}]},
    ),
    RuleCase(
        "restricted item without basis",
        "R6",
        "items",
        {"share_type": "1", "items": _item(share_type="2")},
    ),
    RuleCase(
        "not shared without basis", "R7", "legal_basis", {"share_type": "3", "legal_basis": None}
    ),
    RuleCase(
        "not shared, basis without statement",
        "R7",
        "legal_basis",
        {"share_type": "3", "legal_basis": [{**_BASIS, "statement": ""}]},
    ),
    RuleCase("item not shared without basis", "R7", "items", {"items": _item(share_type="3")}),
    RuleCase("open without condition", "R8", "open_condition", {**_OPEN, "open_condition": None}),
    RuleCase("not shared but open", "R8", "open_to_public", {**_OPEN, "share_type": "3"}),
    RuleCase("database without items", "R9", "items", {"items": None}, inventory=WARNING),
    RuleCase(
        "spreadsheet without items",
        "R9",
        "items",
        {"items": None, "data_format": ["2/xlsx"], "share_way": ["1/file"]},
        inventory=WARNING,
    ),
    RuleCase("item without name", "R9", "items", {"items": _item(name="")}, inventory=WARNING),
    RuleCase(
        "items of one name",
        "R9",
        "items",
        {"items": _item() + _item(name="救助 证号。")},
        inventory=WARNING,
    ),
    RuleCase(
        "item of unknown type", "R9", "items", {"items": _item(data_type="字符")}, inventory=WARNING
    ),
    RuleCase("item without length", "R9", "items", {"items": _item(length="")}, inventory=WARNING),
    RuleCase("item of length 0", "R9", "items", {"items": _item(length="0")}, inventory=WARNING),
    RuleCase(
        "item length with unit", "R9", "items", {"items": _item(length="20字节")}, inventory=WARNING
    ),
    RuleCase(
        "format category alone", "R10", "data_format", {"data_format": ["3"]}, inventory=WARNING
    ),
    RuleCase(
        "format type of another category",
        "R10",
        "data_format",
        {"data_format": ["3/pdf"]},
        inventory=WARNING,
    ),
    RuleCase(
        "file shared as database",
        "R10",
        "share_way",
        {"data_format": ["1/pdf"], "share_way": ["1/database"]},
        inventory=WARNING,
    ),
    RuleCase(
        "database shared as file", "R10", "share_way", {"share_way": ["1/file"]}, inventory=WARNING
    ),
    RuleCase("census number with unit", "R11", "census_total_gb", {"census_total_gb": "2.5GB"}),
    RuleCase("census number negative", "R11", "census_shared_gb", {"census_shared_gb": "-1"}),
    RuleCase("census in exponents", "R11", "census_total_records", {"census_total_records": "1e5"}),
    RuleCase("shared above total", "R11", "census_shared_gb", {"census_shared_gb": "3"}),
    RuleCase("opened above total", "R11", "census_open_gb", {"census_open_gb": "2.51"}),
    RuleCase(
        "related code unknown", "R12", "related", {"related": ["350000/999999"]}, WARNING, WARNING
    ),
    RuleCase(
        "related to itself",
        "R12",
        "related",
        {"related": ["35100/000001"]},
        WARNING,
        WARNING,
        facts={
            "own_codes": frozenset({"35100/000001"}),
            "known_codes": frozenset({"35100/000001"}),
        },
        by_caller=False,
    ),
    RuleCase("item shared more freely", "R13", "items", {"items": _item(share_type="1")}),
    RuleCase("issued in the future", "R14", "issued", {"issued": "2999-01-01"}, WARNING, WARNING),
    RuleCase(
        "data overdue",
        "R14",
        "data_updated_at",
        {"data_updated_at": "2020-01-01"},
        WARNING,
        WARNING,
    ),
    RuleCase("classified", "R15", "secrecy", {"secrecy": "1"}),
    RuleCase("mark in title", "R15", "title", {"title": "机密★10年 应急预案信息"}),
    RuleCase(
        "mark in abstract",
        "R15",
        "notes",
        {"notes": "本资源含有以下内容：【秘密】会议纪要及附件。"},
    ),
    RuleCase("mark in item", "R15", "items", {"items": _item(description="绝密★")}),
    RuleCase(
        "mark in file name",
        "R15",
        "resources",
        {"resources": [{"name": "名单-机密.docx", "mode": "direct"}]},
    ),
    RuleCase("theme missing", "C0", "theme", {"theme": None}),
    RuleCase("guide class missing", "C0", "guide_class", {"guide_class": None}),
    RuleCase("format missing", "C0", "data_format", {"data_format": None, "items": None}),
    RuleCase("division missing", "C0", "division", {"division": None}),
    RuleCase("share class missing", "C0", "share_type", {"share_type": None}),
    RuleCase("opening missing", "C0", "open_to_public", {"open_to_public": None}),
    RuleCase("cycle missing", "C0", "frequency", {"frequency": None}),
    RuleCase("secrecy missing", "C0", "secrecy", {"secrecy": None}),
    RuleCase("theme not listed", "C1", "theme", {"theme": ["ZZZ00"]}),
    RuleCase("theme is a heading", "C1", "theme", {"theme": ["ZR"]}),
    RuleCase("guide class not listed", "C1", "guide_class", {"guide_class": ["313"]}),
    RuleCase("guide class of 4 digits", "C1", "guide_class", {"guide_class": ["3070"]}),
    RuleCase("format category not listed", "C1", "data_format", {"data_format": ["9/mysql"]}),
    RuleCase("division not listed", "C1", "division", {"division": ["350101"]}),
    RuleCase("industry not listed", "C1", "industry", {"industry": ["98"]}),
    RuleCase("service class not listed", "C1", "service_class", {"service_class": ["F99"]}),
    RuleCase("form not listed", "C1", "form_class", {"form_class": ["X99"]}),
    RuleCase("base database not listed", "C1", "base_database", {"base_database": ["other"]}),
    RuleCase("share class not listed", "C1", "share_type", {"share_type": "4"}),
    RuleCase("share way not listed", "C1", "share_way", {"share_way": ["1/database", "9/fax"]}),
    RuleCase("cycle not listed", "C1", "frequency", {"frequency": "每月"}),
    RuleCase("opening not listed", "C1", "open_to_public", {"open_to_public": "是"}),
    RuleCase("restriction kind not listed", "C1", "restriction_kind", {"restriction_kind": "all"}),
    RuleCase("secrecy not listed", "C1", "secrecy", {"secrecy": "2"}),
    RuleCase("language not listed", "C1", "language", {"language": "xx"}),
    RuleCase(
        "business object not listed", "C1", "items", {"items": _item(business_object="animal")}
    ),
    RuleCase(
        "exchange mode not listed",
        "C1",
        "exchange",
        {"exchange": [{"mode": "fax", "status": "none"}]},
    ),
    RuleCase(
        "resource mode not listed",
        "C1",
        "resources",
        {"resources": [{"name": "数据", "mode": "fax"}]},
    ),
    RuleCase("division retired", "C2", "division", {"division": ["350182"]}, WARNING, WARNING),
    RuleCase(
        "mail without reason",
        "C3",
        "share_way_reason",
        {"share_way": ["1/database", "2/mail"]},
        WARNING,
        WARNING,
    ),
    RuleCase(
        "query without service",
        "C3",
        "service_info",
        {"exchange": [{"mode": "query", "status": "done"}]},
        WARNING,
        WARNING,
    ),
    RuleCase(
        "purchased without licence",
        "C3",
        "acquisition_licence",
        {"acquisition": "purchased"},
        WARNING,
        WARNING,
    ),
    RuleCase("30 February", "D1", "issued", {"issued": "2023-02-30"}),
    RuleCase(
        "date in Chinese numerals", "D1", "data_updated_at", {"data_updated_at": "二〇二三年"}
    ),
    RuleCase("date of year 0", "D1", "issued", {"issued": "0000-01-01"}),
    RuleCase("date of year 9999", "D1", "issued", {"issued": "9999-01-01"}),
    RuleCase("date without zeros", "D1", "issued", {"issued": "2023-2-1"}),
    RuleCase("date in full-width digits", "D1", "issued", {"issued": "２０２３-01-01"}),
    RuleCase(
        "exchange date invalid",
        "D1",
        "exchange",
        {"exchange": [{"mode": "direct", "status": "done", "published_at": "2023-13-01"}]},
    ),
    RuleCase("items are no rows", "F1", "items", {"items": "救助证号"}, by_caller=False),
    RuleCase(
        "identifier of no grammar", "I1", "identifier", {"identifier": "35100-1"}, by_caller=False
    ),
    RuleCase("no keyword", "K1", "tag_string", {"tag_string": None}, WARNING, WARNING),
    RuleCase(
        "501 items",
        "L1",
        "items",
        {"items": [_item(name=f"信息项{number}")[0] for number in range(501)]},
    ),
    RuleCase(
        "201 resources",
        "L1",
        "resources",
        {"resources": [{"name": f"资源{number}"} for number in range(201)]},
    ),
    RuleCase("usage of 4001 characters", "L1", "share_usage", {"share_usage": "用" * 4001}),
    RuleCase("abstract of 20001 characters", "L1", "notes", {"notes": "概" * 20_001}),
    RuleCase("control character in text", "L2", "notes", {"notes": "概要说明文字\x07概要说明文字"}),
    RuleCase("NUL in title", "L2", "title", {"title": "低保\x00信息"}, by_caller=False),
    RuleCase("lone surrogate", "L2", "share_scope", {"share_scope": "范围\ud800"}, by_caller=False),
    RuleCase("bidi control in code", "L2", "related", {"related": ["35000/00\u202e0001"]}),
    RuleCase("zero-width character in code", "L2", "theme", {"theme": ["ZRB\u200b00"]}),
    RuleCase(
        "title ends in punctuation",
        "T1",
        "title",
        {"title": "最低生活保障对象信息。"},
        WARNING,
        WARNING,
    ),
    RuleCase(
        "title is the system",
        "T1",
        "title",
        {"title": "民政业务系统", "source_system": "民政业务系统"},
        WARNING,
        WARNING,
    ),
)
