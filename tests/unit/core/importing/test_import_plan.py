"""Units, matching, planning and the report."""

import json

import pytest

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.catalog.title import normalise_title
from ckanext.fjgov.core.importing.apply import MappedRow
from ckanext.fjgov.core.importing.mapping_file import mapping_from
from ckanext.fjgov.core.importing.plan import ExistingRecord, plan_rows
from ckanext.fjgov.core.importing.report import (
    ImportReport,
    report_row,
    to_csv,
    to_json,
    to_text,
)
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister, local_unit_code

USCC = "11350000003591037R"
UNIT = UnitRef(key="u-1", title="示例市财政局", uscc=USCC, aliases=("示例财政",))
OTHER = UnitRef(key="u-2", title="示例市民政局")
MAPPING = mapping_from(
    {
        "version": 1,
        "unit": {"column": "单位"},
        "fields": {
            "identifier": {"column": "标识符"},
            "title": {"column": "名称"},
            "notes": {"column": "摘要"},
            "issued": {"column": "日期"},
        },
        "rows": {"items": {"json": "信息项", "columns": {"name": "name"}}},
    }
)
RECORD = {
    "identifier": "35100/000001",
    "title": "预算（2020）",
    "notes": "旧摘要",
    "issued": "2020-01-01",
    "share_type": "1",
    "items": [{"id": "i-1", "name": "科目"}],
}


class Records:
    def __init__(self, *records):
        self.records = records

    def by_identifier(self, identifier):
        return next((r for r in self.records if r.identifier == identifier), None)

    def by_title(self, unit_key, key):
        found = (
            r
            for r in self.records
            if (r.unit_key, normalise_title(r.entry["title"])) == (unit_key, key)
        )
        return next(found, None)


EXISTING = ExistingRecord("35100/000001", "u-1", RECORD)


def mapped(number=2, unit="示例市财政局", code="", remove=False, findings=(), **entry):
    return MappedRow(number, unit, code, entry, remove, tuple(findings))


def plan(*rows, records=(EXISTING,), mapping=MAPPING, check=lambda entry, unit: ()):
    units = UnitRegister([UNIT, OTHER], "35100")
    return list(plan_rows(rows, mapping, units, Records(*records), check))


def summary(planned):
    return [(p.action, p.changed, [f.rule for f in p.findings]) for p in planned]


class TestPlan:
    def test_new_row(self):
        (one,) = plan(mapped(title="决算", notes="x"))
        assert (one.action, one.unit, one.entry) == (
            "create",
            UNIT,
            {"title": "决算", "notes": "x", "owner_org": "u-1"},
        )

    def test_same_content_is_unchanged_whatever_fields_the_mapping_lacks(self):
        row = mapped(title="预算（2020）", notes="旧摘要", items=[{"name": "科目"}])
        assert summary(plan(row)) == [("unchanged", (), [])]

    def test_changed_row_keeps_unmapped_fields_and_item_ids(self):
        row = mapped(
            identifier="35100/000001",
            title="预算",
            items=[{"name": "金额"}, {"name": "科目"}],
        )
        (one,) = plan(row)
        assert (one.action, one.changed) == ("update", ("title", "notes", "items"))
        assert one.entry == {
            "identifier": "35100/000001",
            "title": "预算",
            "issued": "2020-01-01",
            "share_type": "1",
            "items": [{"name": "金额"}, {"id": "i-1", "name": "科目"}],
            "owner_org": "u-1",
        }

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            (
                [mapped(title="决算 a"), mapped(3, title="决算，Ａ。")],
                [("create", ("title",), []), ("refuse", (), ["R2"])],
            ),
            (
                [mapped(title="决算"), mapped(3, unit="示例市民政局", title="决算")],
                [("create", ("title",), []), ("create", ("title",), [])],
            ),
            ([mapped(unit="无名局", title="a")], [("refuse", (), ["IM12"])]),
            (
                [mapped(unit="示例财政", title="预算2020")],
                [("update", ("title", "notes", "items"), [])],
            ),
            ([mapped(code=USCC, title="b")], [("create", ("title",), [])]),
            ([mapped(unit="示例市民政局", code=USCC, title="b")], [("refuse", (), ["IM12"])]),
            ([mapped(code="12350000003591037N", title="b")], [("refuse", (), ["IM12"])]),
            ([mapped(identifier="35100/9", title="b")], [("refuse", (), ["IM20"])]),
            (
                [mapped(unit="示例市民政局", identifier="35100/000001", title="b")],
                [("refuse", (), ["IM11"])],
            ),
            ([mapped(title="没有", remove=True)], [("refuse", (), ["IM20"])]),
            ([mapped(title="预算2020", remove=True)], [("remove", (), [])]),
        ],
        ids=[
            "title twice",
            "title in two units",
            "unknown unit",
            "alias matches",
            "code and name",
            "code of another",
            "unknown code, known name",
            "unknown identifier",
            "identifier of another unit",
            "withdraw nothing",
            "withdraw",
        ],
    )
    def test_matching(self, rows, expected):
        assert summary(plan(*rows)) == expected

    def test_identifier_twice_and_title_of_another_record(self):
        second = ExistingRecord("35100/000002", "u-1", {"title": "决算"})
        rows = [
            mapped(identifier="35100/000001", title="决算"),
            mapped(3, identifier="35100/000001", title="x"),
        ]
        assert summary(plan(*rows, records=(EXISTING, second))) == [
            ("refuse", (), ["R2"]),
            ("refuse", (), ["IM10"]),
        ]

    def test_rules_decide_last_and_warnings_pass(self):
        warn = Finding("R5", "share_usage", "warning", "缺使用要求", "no usage")
        stop = Finding("R1", "notes", "error", "缺摘要", "no abstract")
        (passed,) = plan(mapped(title="决算"), check=lambda e, u: (warn,))
        (refused,) = plan(mapped(title="决算"), check=lambda e, u: (stop,))
        assert (passed.action, passed.findings) == ("create", (warn,))
        assert (refused.action, refused.findings) == ("refuse", (stop,))

    def test_drag_filled_titles_are_reported_not_fixed(self):
        rows = [mapped(n, title=f"台账{n}") for n in range(2, 6)] + [mapped(6, title="台账9")]
        assert summary(plan(*rows)) == [
            ("create", ("title",), rules) for rules in ([], [], ["IM14"], ["IM14"], [])
        ]


class TestUnits:
    RULES = mapping_from(
        {
            "version": 1,
            "unit": {
                "column": "u",
                "unlisted": "create",
                "constants": {"division": "450000"},
                "reason": "来源如此",
            },
            "fields": {},
        }
    ).unit

    def test_a_unit_from_a_name_has_a_stable_local_code_and_no_credit_code(self):
        register = UnitRegister([], "45000")
        one = register.resolve("钦州市 水利局", "", self.RULES, 2)
        again = register.resolve("钦州市水利局", "", self.RULES, 3)
        code = local_unit_code("45000", "钦州市水利局")
        assert one is again
        assert register.created == [one]
        assert one == UnitRef(
            key=f"u-{code.lower()}",
            title="钦州市 水利局",
            is_new=True,
            fields={"division": "450000"},
        )
        assert code == "45000-" + code[6:]
        assert len(code) == 18

    def test_one_name_of_two_units_needs_a_code(self):
        register = UnitRegister(
            [UnitRef("a", "档案局", "11350000003591037R"), UnitRef("b", "档案局", "X")], "35"
        )
        assert isinstance(register.resolve("档案局", "", self.RULES, 2), Finding)
        found = register.resolve("档案局", "X", self.RULES, 2)
        assert isinstance(found, UnitRef)
        assert found.key == "b"


class TestReport:
    def report(self):
        warn = Finding("R5", "share_usage", "warning", "缺使用要求", "no usage")
        stop = Finding("R10", "data_format", "error", "格式不符", "format differs")
        planned = plan(
            mapped(title="=决算"),
            mapped(3, title="预算2020", notes="旧摘要", items=[{"name": "科目"}]),
            mapped(4, title="预算2020"),
            mapped(5, unit="无名局", title="x"),
            check=lambda e, u: (warn, warn),
        )
        lines = [report_row(p) for p in planned]
        lines[0] = report_row(planned[0], identifier="35100/000002")
        lines.append(report_row(planned[0], extra=[stop]))
        return ImportReport(tuple(lines), is_dry_run=False)

    def test_totals_and_rule_counts(self):
        report = self.report()
        assert [row.outcome for row in report.rows] == [
            "listed",
            "changed",
            "refused",
            "refused",
            "refused",
        ]
        assert report.totals == {
            "listed": 1,
            "changed": 1,
            "unchanged": 0,
            "removed": 0,
            "refused": 3,
        }
        assert report.rules == {
            "IM12": {"error": 1},
            "R2": {"error": 1},
            "R5": {"warning": 4},
            "R10": {"error": 1},
        }

    def test_outputs(self):
        report = self.report()
        assert json.loads(to_json(report))["rows"][0]["identifier"] == "35100/000002"
        assert '"\'=决算"' in to_csv(report)
        assert "无名局" in to_text(report)
        assert "R5: warning 4" in to_text(report)
