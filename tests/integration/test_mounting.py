"""Mounting tables in the exchange: the whole way from a file to rows that are published."""

from __future__ import annotations

from tests.integration.api import client
from tests.integration.mounting_cases import mounted_entry, sample_rows, table_rows
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


def test_a_csv_becomes_a_table_and_the_entry_says_so(stack: StackInfo) -> None:
    entry = mounted_entry(stack, sample_rows(5))
    resource = entry["resources"][0]["id"]
    rows = table_rows(stack, resource)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0][1:3] == ("SL0000000000000001", "示例1")
    assert {row[-1] for row in rows} == {1}
    [published] = entry["exchange"]
    assert (published["mode"], published["status"]) == ("query", "done")
    table = client(stack, NODE, "registrar").action.fjgov_mount_show(id=resource)["table"]
    assert (table["rows"], table["version"]) == (5, 1)
    assert [one["title"] for one in table["columns"]] == ["证件号码", "姓名", "面积", "登记日期"]
