"""What is wrong in an order of processing, by field, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.tables import DATE, INTEGER, TEXT
from ckanext.fjgov.core.processing.cleaning import RULES
from ckanext.fjgov.core.processing.spec import (
    CLEAN,
    COMPARE,
    FILTER,
    MOST_INPUTS,
    MOST_STEPS,
    OUTCOMES,
    SELECT,
    STEPS,
    Table,
)

# Kinds that may be compared with one another as text; others only with their own.
AS_TEXT = frozenset({TEXT, INTEGER, DATE})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong.

    Attributes:
        field: `inputs`, or `steps.2.keys`.
    """

    field: str
    zh: str
    en: str


def shape_faults(data: Any) -> list[Fault]:
    """Say what is wrong before any table is known: whether inputs can be looked up at all."""
    if not isinstance(data, Mapping):
        return [Fault("spec", "加工要求须为键值", "the order must be an object")]
    inputs = data.get("inputs")
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= MOST_INPUTS:
        return [
            Fault("inputs", f"须选择 1 至 {MOST_INPUTS} 张表", f"name 1 to {MOST_INPUTS} tables")
        ]
    return [
        Fault(f"inputs.{place}", "须写明资源、授权编号和信息项", "name resource, grant and items")
        for place, one in enumerate(inputs, 1)
        if not _is_input(one)
    ]


def faults(data: Mapping[str, Any], tables: Sequence[Table]) -> list[Fault]:
    """Say what is wrong in an order.

    Args:
        data: without faults of shape.
        tables: what may be read for each input.
    """
    found = [
        fault
        for place, (one, table) in enumerate(zip(data["inputs"], tables, strict=True), 1)
        for fault in _input_faults(f"inputs.{place}", one, table)
    ]
    steps = data.get("steps") or []
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        found.append(Fault("steps", f"步骤至多 {MOST_STEPS} 个", f"at most {MOST_STEPS} steps"))
    if found:
        return found
    # A later step knows the columns that the earlier ones leave.
    left = [table.narrowed(one["items"]) for one, table in zip(data["inputs"], tables, strict=True)]
    for place, step in enumerate(steps, 1):
        wrong = list(_step_faults(f"steps.{place}", step, left))
        found += wrong
        if not wrong and step["do"] == SELECT:
            number = step.get("input", 1) - 1
            left[number] = left[number].narrowed(step["items"])
    return found or list(_order_faults(steps, len(left)))


def _is_input(one: Any) -> bool:
    return (
        isinstance(one, Mapping)
        and isinstance(one.get("resource"), str)
        and isinstance(one.get("grant") or "", str)
        and _are_texts(one.get("items"))
    )


def _are_texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, str) for one in value)
        and len(set(value)) == len(value)
    )


def _input_faults(field: str, one: Mapping[str, Any], table: Table) -> Iterator[Fault]:
    known = {column.item: column.kind for column in table.columns}
    yield from _unknown(f"{field}.items", one["items"], known)
    yield from _filter_faults(f"{field}.filter", one.get("filter") or [], known)


def _unknown(field: str, items: Sequence[str], known: Mapping[str, str]) -> Iterator[Fault]:
    unknown = [item for item in items if item not in known]
    if unknown:
        yield Fault(
            field,
            f"信息项 {'、'.join(unknown)} 不在授权范围内，未挂接，或已被前面的步骤去除",
            f"items {', '.join(unknown)} are not granted, not mounted, or were left out before",
        )


def _filter_faults(field: str, data: Any, known: Mapping[str, str]) -> Iterator[Fault]:
    for zh, en in filters.faults(data, known, known):
        yield Fault(field, zh, en)


def _step_faults(field: str, step: Any, tables: Sequence[Table]) -> Iterator[Fault]:
    if not isinstance(step, Mapping) or step.get("do") not in STEPS:
        yield Fault(field, f"步骤须为 {'、'.join(STEPS)} 之一", f"do is one of {', '.join(STEPS)}")
        return
    if step["do"] == COMPARE:
        yield from _compare_faults(field, step, tables)
        return
    number = step.get("input", 1)
    if isinstance(number, bool) or number not in range(1, len(tables) + 1):
        yield Fault(f"{field}.input", "没有这张表", "there is no such input")
        return
    known = {column.item: column.kind for column in tables[number - 1].columns}
    if step["do"] == FILTER:
        yield from _filter_faults(f"{field}.filter", step.get("filter"), known)
        return
    if not _are_texts(step.get("items")):
        yield Fault(f"{field}.items", "请选择信息项，不得重复", "name some items, each once")
        return
    unknown = list(_unknown(f"{field}.items", step["items"], known))
    yield from unknown
    if step["do"] == CLEAN and not unknown:
        yield from _clean_faults(field, step, known)


def _clean_faults(field: str, step: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[Fault]:
    rules = step.get("rules")
    if not _are_texts(rules) or set(rules or ()) - set(RULES):
        names = ", ".join(RULES)
        yield Fault(f"{field}.rules", f"清洗规则须取自 {names}", f"rules are some of {names}")
    for item in step["items"]:
        if known[item] != TEXT:
            yield Fault(
                f"{field}.items",
                f"信息项 {item} 不是文字，无需清洗",
                f"item {item} is no text and needs no cleaning",
            )


def _compare_faults(
    field: str, step: Mapping[str, Any], tables: Sequence[Table]
) -> Iterator[Fault]:
    if len(tables) != MOST_INPUTS:
        yield Fault(field, "比对需要两张表", "a comparison needs two tables")
        return
    for name, least in (("keys", 1), ("items", 0)):
        pairs = step.get(name) or []
        if not _are_pairs(pairs) or len(pairs) < least:
            yield Fault(
                f"{field}.{name}",
                "须写明成对的信息项：表一的和表二的，不得重复",
                "name pairs of items, of the first table and of the second, each once",
            )
            return
        yield from _pair_faults(f"{field}.{name}", pairs, tables)
    give = step.get("give") or list(OUTCOMES)
    if not _are_texts(give) or set(give) - set(OUTCOMES):
        names = ", ".join(OUTCOMES)
        yield Fault(f"{field}.give", f"比对结果须取自 {names}", f"give some of {names}")


def _are_pairs(value: Any) -> bool:
    if not isinstance(value, list) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(x, str) for x in pair)
        for pair in value
    ):
        return False
    return all(len({pair[side] for pair in value}) == len(value) for side in (0, 1))


def _pair_faults(
    field: str, pairs: Sequence[Sequence[str]], tables: Sequence[Table]
) -> Iterator[Fault]:
    kinds = [{column.item: column.kind for column in table.columns} for table in tables]
    unknown = [
        fault
        for side in (0, 1)
        for fault in _unknown(field, [pair[side] for pair in pairs], kinds[side])
    ]
    yield from unknown
    for first, second in pairs if not unknown else ():
        both = {kinds[0][first], kinds[1][second]}
        if len(both) > 1 and not both <= AS_TEXT:
            yield Fault(
                field,
                f"信息项 {first} 与 {second} 的数据类型不同，无法比对",
                f"items {first} and {second} hold values that cannot be compared",
            )


def _order_faults(steps: Sequence[Mapping[str, Any]], tables: int) -> Iterator[Fault]:
    places = [place for place, step in enumerate(steps, 1) if step["do"] == COMPARE]
    if tables == MOST_INPUTS and places != [len(steps)]:
        yield Fault(
            "steps",
            "两张表须以一次比对作为最后一步",
            "two tables end in one comparison, which is the last step",
        )
