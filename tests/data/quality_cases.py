"""Entries by quality check: what is changed of an entry without findings, and what is found then.

Naming cases have a title, the name of the unit and the codes expected.
"""

from __future__ import annotations

from typing import Any, NamedTuple

UNIT_TITLE = "福州市示例民政局"
ITEM = {"name": "救助证号", "data_type": "C", "length": "20"}


_LEFT_OUT = (
    *("notes", "provider_dept", "provider_address", "tag_string", "thesaurus", "charset"),
    *("language", "industry", "service_class", "form_class", "items", "share_usage"),
    *("share_condition", "share_scope", "share_way", "contact", "data_format", "guide_class"),
    *("census_total_gb", "census_shared_gb"),
)


class TitleCase(NamedTuple):
    """A title and the codes of the checks that find something in it."""

    title: str
    rules: tuple[str, ...]


class EntryCase(NamedTuple):
    """A change of the sound entry, the codes found, and words of the message."""

    id: str
    change: dict[str, Any]
    rules: tuple[str, ...]
    words: str = ""
    division: str = "350100"


TITLE_CASES = (
    # Titles of real catalogs that name their content.
    *(
        TitleCase(title, ())
        for title in (
            "最低生活保障对象信息",
            "小额贷款公司信息",
            "娱乐场所登记信息",
            "企业基本信息",
            "河流信息数据",
            "汽车站",
            "旅游星级饭店信息",
            "监管企业财务快报",
            "水环境月报",
            "公共竣工备案登记表",
            "A级旅游厕所一览表",
            "出版物印刷企业及其变更信息",
            "田东县2020年度小型水库防汛“三个责任人”名单",
            "公交与BRT实时到站信息",
            "近岸海域赤潮与水质监测信息",
            "建设项目（固体废物）环境保护设施竣工验收审批信息",
            "福州市示例民政局公示公告信息",
            "PM2.5监测信息",
            "统计公报2019",
            "2020",
            "A股上市公司名单（2021）",
            "企业公示_许可信息",
            "法人库核心指标",
        )
    ),
    # Names of systems.
    TitleCase("社会救助管理系统", ("Q30",)),
    TitleCase("婚姻登记信息系统", ("Q30",)),
    TitleCase("福州市示例民政局业务平台", ("Q30",)),
    TitleCase("网上办事APP", ("Q30",)),
    TitleCase("社会救助系统2", ("Q32", "Q30")),
    # Names of tables.
    TitleCase("T_ZGXX表", ("Q31",)),
    TitleCase("ods_person_info", ("Q31",)),
    TitleCase("DB_USER人员信息", ("Q31",)),
    TitleCase("数据表", ("Q31",)),
    TitleCase("信息表", ("Q31",)),
    TitleCase("基本情况表", ("Q31",)),
    # Running numbers from a spreadsheet's fill handle.
    TitleCase("应届毕业生初次就业总体信息数据1", ("Q32",)),
    TitleCase("企业登记信息12", ("Q32",)),
    TitleCase("企业登记信息（3）", ("Q32",)),
    TitleCase("企业登记信息 ４", ("Q32", "Q35")),
    TitleCase("企业登记信息20191", ("Q32",)),
    TitleCase("信息5", ("Q32", "Q34")),
    # The unit and nothing else.
    TitleCase("福州市示例民政局", ("Q33",)),
    TitleCase("福州市示例民政局1", ("Q32", "Q33")),
    TitleCase("福州市示例民政局信息", ("Q33",)),
    TitleCase("示例民政局相关数据", ("Q33",)),
    # Too general.
    TitleCase("其他信息", ("Q34",)),
    TitleCase("基础数据", ("Q34",)),
    TitleCase("相关数据", ("Q34",)),
    TitleCase("有关情况统计", ("Q34",)),
    TitleCase("综合业务信息", ("Q34",)),
    TitleCase("其他", ("Q34",)),
    # Spaces, widths, brackets.
    TitleCase("企业 登记信息", ("Q35",)),
    TitleCase("Ａ级旅游厕所一览", ("Q35",)),
    TitleCase("企业（个体登记信息", ("Q35",)),
    TitleCase("企业个体）登记信息", ("Q35",)),
    TitleCase("企业（个体《登记）信息》", ("Q35",)),
    TitleCase("企业  登记（信息", ("Q35",)),
    # Nothing to judge.
    TitleCase("", ()),
    TitleCase("（）", ()),
)

ENTRY_CASES = (
    EntryCase("sound entry", {}, ()),
    EntryCase("not shared and open", {"share_type": "3", "open_to_public": "1"}, ("Q10",)),
    EntryCase(
        "not shared and published",
        {"share_type": "3", "exchange": [{"mode": "query", "status": "done"}]},
        ("Q11",),
        "数据查询",
    ),
    EntryCase(
        "not shared and stopped",
        {"share_type": "3", "exchange": [{"mode": "query", "status": "stopped"}]},
        (),
    ),
    EntryCase("unrestricted with a basis", {"share_type": "1"}, ("Q12",), "法律法规依据"),
    EntryCase(
        "unrestricted without limits",
        {"share_type": "1", "restriction_kind": None, "legal_basis": None},
        (),
    ),
    EntryCase("cycle without any update", {"data_updated_at": None}, ("Q13",), "每月"),
    EntryCase("irregular without any update", {"data_updated_at": None, "frequency": "8"}, ()),
    EntryCase(
        "cycle with a sync",
        {
            "data_updated_at": None,
            "exchange": [{"mode": "direct", "status": "done", "last_sync_at": "2026-11-01"}],
        },
        (),
    ),
    EntryCase("daily spreadsheet", {"frequency": "2", "data_format": ["2/csv"]}, ("Q14",), "每日"),
    EntryCase("monthly spreadsheet", {"data_format": ["2/csv"]}, ()),
    EntryCase("daily database", {"frequency": "2"}, ()),
    EntryCase("daily file and service", {"frequency": "1", "data_format": ["1/pdf", "7/rest"]}, ()),
    EntryCase(
        "listed after the last save",
        {"issued": "2026-11-02", "md_date_updated": "2026-11-01"},
        ("Q15",),
        "发布日期 2026-11-02 晚于元数据更新日期 2026-11-01",
    ),
    EntryCase("update in the future", {"md_date_updated": "2026-10-01"}, ("Q15",), "信息更新时间"),
    EntryCase(
        "synchronised before published",
        {
            "exchange": [
                {
                    "mode": "direct",
                    "status": "done",
                    "published_at": "2026-05-02",
                    "last_sync_at": "2026-05-01T08:00:00Z",
                }
            ]
        },
        ("Q15",),
        "最近同步时间",
    ),
    EntryCase("dates in order", {"md_date_updated": "2026-11-01"}, ()),
    EntryCase("day that does not exist", {"md_date_updated": "2026-02-30"}, ()),
    EntryCase(
        "number for a day",
        {"items": [ITEM, {"name": "出生日期", "data_type": "N", "length": "8"}]},
        ("Q16",),
        "第2项“出生日期”",
    ),
    EntryCase(
        "day with a length",
        {"items": [{"name": "出生日期", "data_type": "D", "length": "8"}]},
        ("Q16",),
    ),
    EntryCase(
        "identity number of 15",
        {"items": [{"name": "户主身份号码", "data_type": "C", "length": "15"}]},
        ("Q16",),
        "放不下18位",
    ),
    EntryCase(
        "identity number of 18",
        {"items": [{"name": "公民身份号码", "data_type": "C", "length": "18"}]},
        (),
    ),
    EntryCase(
        "credit code as a number",
        {"items": [{"name": "统一社会信用代码", "data_type": "N", "length": "18"}]},
        ("Q16",),
    ),
    EntryCase(
        "number of 99 digits",
        {"items": [{"name": "金额", "data_type": "N", "length": "99,2"}]},
        ("Q16",),
    ),
    EntryCase(
        "six faults of items",
        {"items": [{"name": f"{n}日期", "data_type": "D", "length": "8"} for n in "甲乙丙丁戊己"]},
        ("Q16",),
        "等6项",
    ),
    EntryCase("another city", {"division": ["350100", "350200"]}, ("Q17",), "350200"),
    EntryCase("a county of the city", {"division": ["350102", "350121"]}, ()),
    EntryCase("city entry of a county", {}, ("Q17",), "350100", division="350102"),
    EntryCase("town and its county", {"division": ["350121"]}, (), division="350121107"),
    EntryCase("city entry of the province", {"division": ["350200"]}, (), division="350000"),
    EntryCase("division of the unit unknown", {"division": ["110000"]}, (), division=""),
    EntryCase(
        "every item stricter",
        {"items": [{**ITEM, "share_type": "3"}, {"name": "金额", "data_type": "Y",
                                                "share_type": "3"}]},
        ("Q19",),
        "2个信息项都更严",
    ),
    EntryCase(
        "one item stricter", {"items": [{**ITEM, "share_type": "3"}, {"name": "金额",
                                                                     "data_type": "Y"}]}, ()),
    EntryCase(
        "little filled in",
        dict.fromkeys(_LEFT_OUT),
        ("Q01",),
        "信息资源摘要",
    ),
)  # fmt: skip
