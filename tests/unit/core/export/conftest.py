"""A masked entry with every field set, and the facts of a province that got it from a city."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels

Record = dict[str, Any]

FULL: Record = {
    "id": "0b7f7b1e-6c1b-4f8e-9a55-000000000001",
    "name": "35100-000001",
    "state": "active",
    "title": "示例法人单位基础信息",
    "identifier": "35100/000001",
    "guide_code": "307021/000001",
    "md_id": "35100/md-000001",
    "notes": "法人单位的登记信息，含名称、统一社会信用代码和登记状态。",
    "owner_org": "u1",
    "organization": {"id": "u1", "name": "u-11350100003591037y", "title": "示例市市场监督管理局"},
    "provider_code": "11350100003591037Y",
    "provider_dept": "示例登记处",
    "provider_address": "示例市示例路1号",
    "tags": [{"name": "法人"}, {"name": "登记"}],
    "thesaurus": "综合电子政务主题词表",
    "theme": ["ZBH00"],
    "industry": ["S"],
    "service_class": ["F03"],
    "form_class": ["X01"],
    "guide_class": ["102", "307"],
    "data_format": ["3/mysql"],
    "share_type": "2",
    "share_usage": "业务协同",
    "share_condition": "经提供方同意",
    "share_scope": "市直机关单位",
    "restriction_kind": "both",
    "legal_basis": [
        {
            "title": "示例条例",
            "number": "示例〔2010〕1号",
            "clause": "第三条",
            "statement": "示例说明",
        }
    ],
    "share_way": ["1/database", "1/service"],
    "share_way_reason": "示例理由",
    "open_to_public": "0",
    "open_condition": "不向社会开放",
    "use_limitation": "仅限履行职责使用",
    "frequency": "4",
    "issued": "2010-11-12",
    "data_updated_at": "2010-12-01",
    "md_date_updated": "2010-12-02",
    "metadata_created": "2010-11-12T08:00:00.000001",
    "metadata_modified": "2010-12-03T08:00:00.000001",
    "related": ["307021/000009"],
    "secrecy": "0",
    "census_total_gb": "12.5",
    "census_total_records": "340",
    "census_shared_gb": "10",
    "census_shared_records": "300",
    "census_open_gb": "0",
    "census_open_records": "0",
    "source_system": "示例登记系统",
    "generation_way": "business",
    "management_way": "own",
    "ownership": "own",
    "language": "zh",
    "charset": "UTF-8",
    "division": ["350100"],
    "digitisation": "digital",
    "acquisition": "own",
    "acquisition_licence": "示例许可",
    "base_database": ["legal_entity"],
    "contact": [
        {
            "name": "示例登记处",
            "telephone": "0591-00000000",
            "email": "example@example.org",
            "address": "示例市示例路2号",
        }
    ],
    "service_info": [{"service_type": "02"}],
    "exchange": [
        {
            "mode": "query",
            "status": "done",
            "front_node": "示例前置机",
            "published_at": "2010-11-20",
            "last_sync_at": "2010-12-01",
        }
    ],
    "items": [
        {
            "id": "5f0c3c64-0000-4000-8000-000000000001",
            "name": "统一社会信用代码",
            "name_en": "uscc",
            "data_type": "C",
            "length": "18",
            "description": "主体的统一标识",
            "required": "1",
            "share_type": "3",
            "basis_title": "示例条例",
            "basis_number": "示例〔2010〕1号",
            "basis_clause": "第四条",
            "basis_statement": "示例说明",
            "business_object": "legal_entity",
            "is_object_key": "1",
            "authoritative_item": "5f0c3c64-0000-4000-8000-000000000009",
            "territory": "350100",
            "line_of_business": "登记注册",
        },
        {"id": "5f0c3c64-0000-4000-8000-000000000002", "name": "登记日期", "data_type": "D"},
    ],
    "is_sample": "1",
    "home_node": "350100",
    "home_modified": "2010-12-02T08:00:00",
    "resources": [
        {
            "id": "0b7f7b1e-6c1b-4f8e-9a55-00000000000a",
            "name": "法人查询接口",
            "description": "按代码查询",
            "format": "mysql",
            "mode": "query",
            "url": "http://10.1.2.3:8080/real/address",
        },
        {
            "id": "0b7f7b1e-6c1b-4f8e-9a55-00000000000b",
            "name": "法人名录",
            "description": "全量表",
            "format": "CSV",
            "mode": "direct",
            "mimetype": "text/csv",
            "size": "2048",
            "hash": "sha256:00ff",
            "url": "ftp://10.1.2.4/real.csv",
        },
    ],
}


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """Return a builder: `make_record(share_type="1", legal_basis=None)`; None removes a field."""

    def build(**changes: Any) -> Record:
        record = copy.deepcopy(FULL)
        for name, value in changes.items():
            if value is None:
                record.pop(name, None)
            else:
                record[name] = value
        return record

    return build


@pytest.fixture
def facts() -> SiteFacts:
    """Return the province's view of a city's entry."""
    return SiteFacts(
        site_url="https://province.example",
        node_code="350000",
        publisher={"name": "示例省数字办", "url": "https://province.example/about"},
        unit={"parent_uscc": "11350000003591037R", "address": "示例市示例路3号"},
        node_sites={"350100": "https://fuzhou.example"},
        nodes_below={"350100": "示例市"},
    )


@pytest.fixture(scope="session")
def labels() -> VocabularyLabels:
    """Return labels of the shipped code lists."""
    return VocabularyLabels()
