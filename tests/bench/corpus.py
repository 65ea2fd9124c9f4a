"""Varied, valid records of one city for the benches, as canonical records (core.catalog.canonical).

Everything follows from a number, so that two runs measure the same catalog.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT
from ckanext.fjgov.core.catalog.uscc import make_uscc
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary

SPACE = uuid.UUID("7d5c6e4a-0000-4000-8000-000000000000")
DISTRICTS = ("350100", "350102", "350103", "350104", "350111", "350121", "350124", "350181")
OFFICES = (
    "民政局", "教育局", "住房和城乡建设局", "交通运输局", "生态环境局", "市场监督管理局",
    "卫生健康委员会", "水利局", "农业农村局", "人力资源和社会保障局", "自然资源和规划局", "统计局",
)  # fmt: skip
PLACES = (
    "鼓山",
    "闽江",
    "马尾",
    "三坊七巷",
    "平潭",
    "永泰",
    "连江",
    "罗源",
    "长乐",
    "福清",
    "闽侯",
)
THINGS = (
    "车辆", "住房", "企业", "学校", "医院", "船舶", "河流", "道路", "档案", "合同", "证照",
    "养老机构", "建筑工地", "农贸市场", "排污口", "水库", "公园绿地", "驾驶培训", "特种设备",
    "食品经营", "社会组织", "公共厕所", "充电设施", "文物保护单位", "气象站点",
    "停车场", "幼儿园", "職業資格", "渔港", "林地",
)  # fmt: skip
DEEDS = (
    "登记", "备案", "许可", "检验", "核准", "监测", "处罚", "统计", "审批", "年报", "巡查", "评估",
    "抽检", "注销", "变更", "信用评价",
)  # fmt: skip
ITEMS = (
    ("编号", "code", "C"), ("名称", "title", "C"), ("统一社会信用代码", "uscc", "C"),
    ("地址", "address", "C"), ("发证日期", "issued_on", "D"), ("有效期至", "valid_until", "D"),
    ("面积", "area", "N"), ("金额", "amount", "Y"), ("状态", "status", "C"), ("经度", "lon", "B"),
    ("纬度", "lat", "B"), ("更新时间", "updated_at", "T"), ("是否在用", "in_use", "L"),
    ("备注", "remark", "M"), ("检测结果", "result", "C"), ("数量", "number", "I"),
)  # fmt: skip
WORDS = (
    "涵盖全市范围内的业务办理情况", "按月汇总各区县上报结果", "包括主体、时间、地点和处理结果",
    "用于跨部门业务协同和行政审批核验", "数据由业务系统自动归集", "历史数据自 2015 年起完整保存",
    "与省级平台按日比对", "经主管部门审核后发布", "字段含义见数据字典", "异常记录由原单位核实更正",
    "支持按编号、名称和区划检索", "已完成脱敏处理", "每季度开展一次质量检查", "对应事项编码已对齐",
)  # fmt: skip
FORMATS = (("3/mysql", "1/database"), ("2/xlsx", "1/file"), ("3/postgresql", "1/database"))
FORMS = ("信息", "清单", "台账", "记录")
UNITS = len(DISTRICTS) * len(OFFICES)


def units(today: date) -> list[dict[str, Any]]:
    """Give the units of the city, one office for each subject and district."""
    return [
        _unit(number, district, office, today)
        for number, (district, office) in enumerate(
            (district, office) for district in DISTRICTS for office in OFFICES
        )
    ]


def entries(
    count: int, today: date, *, first: int = 0, version: int = 0, step: int = 1
) -> Iterator[dict[str, Any]]:
    """Give entries with 3 resources, 8 信息项 and 4 keywords each.

    Args:
        count: how many.
        today: the youngest day that dates lie before.
        first: number of the first one.
        step: from one number to the next, to change entries all over the catalog.
        version: of the same entries; another one changes title, abstract, cycle and one item.
    """
    topics = [concept.code for concept in load_vocabulary("topics").choices()]
    industries = [concept.code for concept in load_vocabulary("industries").choices()]
    for number in range(first, first + count * step, step):
        yield _entry(number, version, today, topics, industries)


def distinct(records: Iterable[dict[str, Any]]) -> str:
    """Say how much the entries vary."""
    seen: dict[str, set[Any]] = {
        name: set()
        for name in ("titles", "abstracts", "units", "topics", "classes", "share classes", "cycles",
                     "keywords", "item names", "lengths of abstracts")
    }  # fmt: skip
    counts: Counter[str] = Counter()
    for record in records:
        fields = record["fields"]
        counts["entries"] += 1
        seen["titles"].add(fields["title"])
        seen["abstracts"].add(hash(fields["notes"]))
        seen["units"].add(record["unit"])
        seen["topics"].update(fields["theme"])
        seen["classes"].update(fields["guide_class"])
        seen["share classes"].add(fields["share_type"])
        seen["cycles"].add(fields["frequency"])
        seen["keywords"].update(record["tags"])
        seen["item names"].update(item["name"] for item in fields["items"])
        seen["lengths of abstracts"].add(len(fields["notes"]))
    shown = ", ".join(f"{len(values)} {name}" for name, values in seen.items())
    return f"{counts['entries']} entries with {shown}"


def _unit(number: int, district: str, office: str, today: date) -> dict[str, Any]:
    divisions = load_vocabulary("divisions")
    code = make_uscc("11", district, f"MB{800000 + number:06d}")
    place = divisions.label(district)
    return {
        "type": UNIT,
        "id": _id("unit", number),
        "name": f"u-{code.lower()}",
        "fields": {
            "title": f"{place}示例{office}（压测）",
            "description": f"负责{place}{office}职责范围内的信息管理。",
            "uscc": code,
            "unit_type": "organ",
            "division": district,
            "level": "city" if district.endswith("00") else "county",
            "valid_from": "2010-11-12",
            "address": f"{place}示例路{number + 1}号",
            "directory_opened_on": today.replace(month=1, day=5).isoformat(),
            "is_sample": "1",
        },
    }


def _entry(
    number: int, version: int, today: date, topics: list[str], industries: list[str]
) -> dict[str, Any]:
    chance = Random(number * 1_000_003 + version)
    unit_number = Random(number).randrange(UNITS)
    district = DISTRICTS[unit_number // len(OFFICES)]
    code = make_uscc("11", district, f"MB{800000 + unit_number:06d}")
    thing, deed, place = chance.choice(THINGS), chance.choice(DEEDS), chance.choice(PLACES)
    suffix = f"B{number:07d}"
    changed = f"（第{version}版）" if version else ""
    formats, way = chance.choice(FORMATS)
    share = chance.choice("1122223")
    fields: dict[str, Any] = {
        "title": f"{place}{thing}{deed}{chance.choice(FORMS)}{number}{changed}",
        "notes": f"{place}{thing}{deed}情况。"
        + "；".join(chance.sample(WORDS, chance.randint(2, 10))) + "。",
        "identifier": f"35100/{suffix}",
        "md_id": f"35100/md-{suffix}",
        "guide_code": f"307021100/{number:08d}",
        "md_date_updated": (today - timedelta(chance.randint(0, 60))).isoformat(),
        "issued": (today - timedelta(chance.randint(60, 900))).isoformat(),
        "data_updated_at": (today - timedelta(chance.randint(0, 20))).isoformat(),
        "provider_code": code,
        "provider_dept": f"{thing}管理处",
        "secrecy": "0",
        "language": "zh",
        "charset": "UTF-8",
        "theme": chance.sample(topics, chance.randint(1, 2)),
        "industry": [chance.choice(industries)],
        "guide_class": ["307021"],
        "data_format": [formats],
        "division": [district],
        "form_class": [f"X0{chance.randint(1, 9)}"],
        "frequency": chance.choice("456789"),
        "share_type": share,
        "share_way": [way],
        "open_to_public": "1" if share == "1" else chance.choice("00001") if share == "2" else "0",
        "items": [_item(number, position, chance) for position in range(8)],
        "exchange": [{"mode": "direct", "status": chance.choice(("none", "done"))}],
        "source_system": f"{thing}{deed}管理系统",
        "generation_way": "business",
        "digitisation": "digital",
        "acquisition": "own",
        "is_sample": "1",
    }  # fmt: skip
    if fields["open_to_public"] == "1":
        fields["open_condition"] = "注明来源后可自由使用"
    if share == "1":
        fields["share_usage"] = chance.choice(("作为行政依据", "工作参考", "用于数据校核"))
    if share == "2":
        fields |= {
            "share_usage": "作为行政依据",
            "share_condition": f"办理{deed}业务时按申请事由查询",
            "share_scope": "本省各级行政机关",
            "restriction_kind": chance.choice(("way", "target", "both")),
        }
    if share != "1":
        fields["legal_basis"] = [
            {
                "title": "中华人民共和国个人信息保护法",
                "number": "主席令第九十一号",
                "clause": f"第{chance.randint(10, 40)}条",
                "statement": f"{thing}{deed}涉及个人信息，限于特定目的使用。",
            }
        ]
    return {
        "type": ENTRY,
        "id": _id("entry", number),
        "name": f"35100-{suffix.lower()}",
        "unit": code,
        "fields": fields,
        "tags": sorted({thing, deed, place, f"{thing}{deed}"}),
        "resources": [_resource(number, position, thing, deed, chance) for position in range(3)],
    }


def _item(number: int, position: int, chance: Random) -> dict[str, str]:
    name, name_en, kind = ITEMS[(number + position * 3) % len(ITEMS)]
    item = {
        "id": _id("item", number * 8 + position),
        "name": f"{name}{position}",
        "name_en": f"{name_en}_{position}",
        "data_type": kind,
        "required": chance.choice("01"),
        "description": f"{name}，{chance.choice(WORDS)}",
    }
    if kind == "C":
        item["length"] = str(chance.choice((20, 50, 100, 255)))
    return item


def _resource(number: int, position: int, thing: str, deed: str, chance: Random) -> dict[str, Any]:
    shape, mode = (("CSV", "direct"), ("API", "query"), ("XLSX", "direct"))[position]
    return {
        "id": _id("resource", number * 3 + position),
        "name": f"{thing}{deed}{shape}",
        "description": chance.choice(WORDS),
        "format": shape,
        "mode": mode,
        "size": chance.randint(10_000, 90_000_000),
    }


def _id(kind: str, number: int) -> str:
    # Cheaper than uuid5, and as different as ids of different records must be.
    chance = Random(f"{kind}:{number}")
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
