"""Builders of records that break no rule; a test changes the one thing it is about.

Plain Python: unit tests and integration tests share them.
"""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from ckanext.fjgov.core.catalog.rules import Facts
from ckanext.fjgov.core.catalog.uscc import make_uscc
from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState
from ckanext.fjgov.core.collection.territory import territory_of

TODAY = date(2026, 11, 20)
UNIT_CODE = make_uscc("11", "350100", "MB900001")
OFFICE_CODE = make_uscc("11", "350100", "MB900009")

_ENTRY: dict[str, Any] = {
    "title": "最低生活保障对象信息",
    "notes": "本市最低生活保障对象的救助证号、保障人数、保障类别和月保障金额等基本情况。",
    "owner_org": "u-" + UNIT_CODE.lower(),
    "provider_code": UNIT_CODE,
    "provider_dept": "社会救助处",
    "provider_address": "福建省福州市示例路1号",
    "tag_string": "低保,社会救助",
    "thesaurus": "综合电子政务主题词表",
    "secrecy": "0",
    "language": "zh",
    "charset": "UTF-8",
    "theme": ["ZRB00"],
    "guide_class": ["307021"],
    "data_format": ["3/mysql"],
    "division": ["350100"],
    "industry": ["94"],
    "service_class": ["F03"],
    "form_class": ["X01"],
    "base_database": ["population"],
    "share_type": "2",
    "share_usage": "作为行政依据",
    "share_condition": "办理社会救助业务时按申请事由查询",
    "share_scope": "本省各级民政部门和住房保障部门",
    "restriction_kind": "both",
    "legal_basis": [
        {
            "title": "中华人民共和国个人信息保护法",
            "number": "主席令第九十一号",
            "clause": "第二十八条",
            "statement": "身份号码和救助情况属于敏感个人信息，限于特定目的使用。",
        }
    ],
    "share_way": ["1/database", "1/service"],
    "open_to_public": "0",
    "frequency": "4",
    "issued": "2026-03-01",
    "data_updated_at": "2026-11-01",
    "items": [
        {
            "id": "6f1d2c3b-0000-4000-8000-000000000001",
            "name": "救助证号",
            "name_en": "cert_no",
            "data_type": "C",
            "length": "20",
            "required": "1",
            "business_object": "natural_person",
            "is_object_key": "1",
            "territory": "350100",
            "line_of_business": "最低生活保障",
        },
        {
            "id": "6f1d2c3b-0000-4000-8000-000000000002",
            "name": "月保障金额",
            "name_en": "amount",
            "data_type": "Y",
            "length": "12,2",
        },
    ],
    "exchange": [{"mode": "direct", "status": "none"}],
    "contact": [{"name": "社会救助处", "telephone": "0591-00000000"}],
    "census_total_gb": "2.5",
    "census_shared_gb": "1",
    "digitisation": "digital",
    "acquisition": "own",
    "is_sample": "1",
}

_UNIT: dict[str, Any] = {
    "title": "福州市示例民政局",
    "uscc": UNIT_CODE,
    "unit_type": "organ",
    "description": "负责本市社会救助、养老服务和社会组织登记。",
    "address": "福建省福州市示例路1号",
    "telephone": "0591-00000000",
    "division": "350100",
    "level": "city",
    "competent_office": [
        {"uscc": OFFICE_CODE, "name": "福州市示例数字办", "valid_from": "2010-11-12"}
    ],
    "valid_from": "2010-11-12",
    "former_names": [{"name": "福州市示例民政处", "until": "2010-11-11"}],
    "directory_opened_on": "2026-01-05",
    "is_sample": "1",
}

DIRECTORY_RECORDS: dict[str, dict[str, Any]] = {
    "collection_item": {
        "title": "最低生活保障对象信息采集",
        "notes": "受理最低生活保障申请时采集家庭成员和收入信息。",
        "owner_org": "sample-unit",
        "provider_code": UNIT_CODE,
        "business_object": "natural_person",
        "line_of_business": "社会救助",
        "territory": ["350100"],
        "items": [
            {"id": "item-1", "name": "公民身份号码", "is_object_key": "1"},
            {"id": "item-2", "name": "家庭月收入"},
        ],
        "collection_channel": ["business"],
        "legal_basis": [
            {"title": "社会救助暂行办法", "number": "国务院令第649号", "clause": "第十一条"}
        ],
        "obtainable": "1",
        "opened_on": "2026-01-05",
    },
    "gov_database": {
        "title": "社会救助业务数据库",
        "owner_org": "sample-unit",
        "provider_code": UNIT_CODE,
        "database_kind": "business",
        "product": "PostgreSQL",
        "stored_gb": "12.5",
    },
    "app_system": {
        "title": "社会救助管理系统",
        "owner_org": "sample-unit",
        "provider_code": UNIT_CODE,
        "registration_number": "示例-0001",
        "system_status": "running",
        "environment": "gov_cloud",
        "system_users": ["民政部门工作人员"],
        "cross_department": "0",
    },
    "permit_type": {
        "title": "社会团体法人登记证书",
        "owner_org": "sample-unit",
        "provider_code": UNIT_CODE,
        "permit_code": "示例-11",
        "holder_object": "legal_entity",
        "validity_kind": "fixed_term",
        "validity_months": "48",
        "open_to_public": "0",
    },
}


def make_entry(**overrides: Any) -> dict[str, Any]:
    """Give an entry without findings, as a caller hands it to `package_create`.

    Args:
        overrides: fields to replace; None removes the field.
    """
    return _changed(_ENTRY, overrides)


def make_unit(**overrides: Any) -> dict[str, Any]:
    """Give a unit without findings, as a caller hands it to `organization_create`.

    Args:
        overrides: fields to replace; None removes the field.
    """
    return _changed(_UNIT, overrides)


def make_directory_record(record_type: str, **overrides: Any) -> dict[str, Any]:
    """Give a record of a directory without findings, as a caller hands it to `package_create`.

    Args:
        record_type: a key of `DIRECTORY_RECORDS`.
        overrides: fields to replace; None removes the field.
    """
    return _changed({**DIRECTORY_RECORDS[record_type], "type": record_type}, overrides)


def make_facts(**overrides: Any) -> Facts:
    """Give the facts under which `make_entry` has no findings."""
    return Facts(**{"today": TODAY, "unit_code": UNIT_CODE, **overrides})


def _changed(base: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    record = {**copy.deepcopy(base), **overrides}
    return {name: value for name, value in record.items() if value is not None}


def make_collection_item(**changes: Any) -> CollectionItem:
    """Give a confirmed item of a province's base database: 户籍地址 in the whole of 福建."""
    values: dict[str, Any] = {
        "node": "350000",
        "item_id": "hukou-address",
        "unit": OFFICE_CODE,
        "name": "户籍地址",
        "territory": territory_of(["350000"]),
        "business_object": "natural_person",
        "line": "户籍管理",
        "is_base": True,
        "state": CollectionState.CONFIRMED,
    }
    return CollectionItem(**values | changes)
