"""Words of processing that pages and answers show, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from ckanext.fjgov.core.cases.table import Words

STATE_WORDS: Mapping[str, Words] = {
    "queued": ("等待处理", "waiting"),
    "running": ("处理中", "at work"),
    "done": ("已完成", "done"),
    "failed": ("未完成", "failed"),
    "cancelled": ("已取消", "cancelled"),
    "expired": ("结果已删除", "result removed"),
}
# Numbers of a report by what they count.
LINE_WORDS: Mapping[str, Words] = {
    "read": ("读取行数", "rows read"),
    "filtered": ("筛选去除的行", "rows left out by the filter"),
    "cleaned": ("清洗改动的值", "values changed by cleaning"),
    "unfit": ("不符合规则的值", "values that do not fit the rule"),
    "repeated": ("重复而去除的行", "repeated rows left out"),
    "keyless": ("关键字为空、无法匹配的行", "rows with an empty key, matched with none"),
    "same": ("匹配且一致", "matched and the same"),
    "different": ("匹配但不一致", "matched and different"),
    "first": ("仅在表一", "only in table 1"),
    "second": ("仅在表二", "only in table 2"),
    "differing": ("不一致的值", "differing values"),
    "given": ("结果行数", "rows of the result"),
}
