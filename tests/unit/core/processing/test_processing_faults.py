"""What is wrong in an order, by field."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.exchange.tables import Column
from ckanext.fjgov.core.processing.faults import faults, shape_faults
from ckanext.fjgov.core.processing.spec import Table

TABLES = [
    Table("甲", (Column("a", "id", "身份号码", "text"), Column("b", "sum", "金额", "decimal"))),
    Table("乙", (Column("a", "no", "号码", "text"), Column("c", "day", "日期", "date"))),
]
FIRST = {"resource": "r1", "grant": "GX-1", "items": ["id", "sum"]}
SECOND = {"resource": "r2", "grant": "GX-2", "items": ["no", "day"]}
COMPARE = {"do": "compare", "keys": [["id", "no"]], "items": []}


def order(*steps: Any, inputs: Any = (FIRST,)) -> dict[str, Any]:
    return {"inputs": list(inputs), "steps": list(steps)}


def found(data: dict[str, Any]) -> list[str]:
    assert shape_faults(data) == []
    return [fault.field for fault in faults(data, TABLES[: len(data["inputs"])])]


@pytest.mark.parametrize(
    "data",
    [
        order(),
        order({"do": "clean", "items": ["id"], "rules": ["trim", "id_number"]}),
        order({"do": "filter", "filter": [{"item": "sum", "op": "ge", "value": 3}]}),
        order({"do": "select", "items": ["id"]}, {"do": "dedupe", "items": ["id"]}),
        order(COMPARE, inputs=(FIRST, SECOND)),
        order({"do": "select", "input": 2, "items": ["no"]}, COMPARE, inputs=(FIRST, SECOND)),
        # A date and a text are compared as text.
        order(COMPARE | {"items": [["id", "day"]]} | {"keys": [["id", "no"]]},
              inputs=(FIRST, SECOND)),
    ],
)  # fmt: skip
def test_a_whole_order_has_no_faults(data: dict[str, Any]) -> None:
    assert found(data) == []


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"inputs": []},
        {"inputs": [FIRST] * 3},
        {"inputs": [{"resource": 1, "items": ["id"]}]},
        {"inputs": [{"resource": "r", "items": []}]},
        {"inputs": [{"resource": "r", "items": ["id", "id"]}]},
        {"inputs": [{"resource": "r", "items": ["id"], "grant": 3}]},
    ],
)
def test_what_names_no_tables_is_refused(data: Any) -> None:
    assert shape_faults(data)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (order(inputs=[FIRST | {"items": ["id", "secret"]}]), "inputs.1.items"),
        (order(inputs=[FIRST | {"filter": [{"item": "secret", "op": "is_null"}]}]),
         "inputs.1.filter"),
        (order(inputs=[FIRST | {"filter": [{"item": "sum", "op": "eq", "value": "x"}]}]),
         "inputs.1.filter"),
        (order(inputs=[FIRST]) | {"steps": {"do": "select"}}, "steps"),
        (order(*[{"do": "dedupe", "items": ["id"]}] * 21), "steps"),
        (order({"do": "drop"}), "steps.1"),
        (order("select"), "steps.1"),
        (order({"do": "select", "items": ["id"], "input": 2}), "steps.1.input"),
        (order({"do": "select", "items": ["id"], "input": True}), "steps.1.input"),
        (order({"do": "select", "items": ["id"], "input": [1]}), "steps.1.input"),
        (order({"do": "select", "items": "id"}), "steps.1.items"),
        (order({"do": "select", "items": []}), "steps.1.items"),
        (order({"do": "select", "items": ["secret"]}), "steps.1.items"),
        (order({"do": "select", "items": ["id"]}, {"do": "dedupe", "items": ["sum"]}),
         "steps.2.items"),
        (order({"do": "clean", "items": ["sum"], "rules": ["trim"]}), "steps.1.items"),
        (order({"do": "clean", "items": ["id"], "rules": ["rot13"]}), "steps.1.rules"),
        (order({"do": "clean", "items": ["id"], "rules": []}), "steps.1.rules"),
        (order({"do": "clean", "items": ["id"]}), "steps.1.rules"),
        (order({"do": "filter", "filter": [{"item": "id", "op": "like", "value": "x"}]}),
         "steps.1.filter"),
        (order({"do": "filter"}), "steps.1.filter"),
        (order(COMPARE), "steps.1"),
        (order(inputs=(FIRST, SECOND)), "steps"),
        (order(COMPARE, COMPARE, inputs=(FIRST, SECOND)), "steps"),
        (order(COMPARE, {"do": "select", "items": ["id"]}, inputs=(FIRST, SECOND)), "steps"),
        (order(COMPARE | {"keys": []}, inputs=(FIRST, SECOND)), "steps.1.keys"),
        (order(COMPARE | {"keys": [["id"]]}, inputs=(FIRST, SECOND)), "steps.1.keys"),
        (order(COMPARE | {"keys": [["id", "no"], ["id", "day"]]}, inputs=(FIRST, SECOND)),
         "steps.1.keys"),
        (order(COMPARE | {"keys": [["no", "id"]]}, inputs=(FIRST, SECOND)), "steps.1.keys"),
        (order(COMPARE | {"items": [["sum", "no"]]}, inputs=(FIRST, SECOND)), "steps.1.items"),
        (order(COMPARE | {"give": ["all"]}, inputs=(FIRST, SECOND)), "steps.1.give"),
    ],
)  # fmt: skip
def test_each_fault_names_its_field(data: dict[str, Any], field: str) -> None:
    fields = found(data)
    assert fields
    assert set(fields) == {field}
