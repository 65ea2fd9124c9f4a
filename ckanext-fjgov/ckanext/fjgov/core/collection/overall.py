"""The overall collection catalog (省级政务信息采集总体目录, Art. 6): records with their decisions.

A decision lies beside the record it is about, which stays as it was harvested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState
from ckanext.fjgov.core.collection.revision import revision_hash
from ckanext.fjgov.core.collection.territory import Territory
from ckanext.fjgov.core.errors import InvalidValue

ItemKey = tuple[str, str]


class InvalidDecision(InvalidValue):
    """A decision breaks its form, or two contradict each other under one number."""


class DuplicateItem(InvalidValue):
    """Two records have the same home key."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What 省数字办 changes (调整); None leaves a field as reported.

    Attributes:
        unit: USCC of the unit the item is assigned to (明确采集权责).
        territory: where it may be collected.
        line: line of business.
        is_obtainable: whether others can have it by sharing.
        is_ended: it is not to be collected.
    """

    unit: str | None = None
    territory: Territory | None = None
    line: str | None = None
    is_obtainable: bool | None = None
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What 省数字办 decided about one revision of one item.

    Attributes:
        number: counts up at the province; of two about the same revision the higher one holds.
        node, item_id: home key of the item.
        revision: `revision_hash` of the record decided about, 64 hex digits.
        adjustment: None for a confirmation (已确认), else what is adjusted (已调整).
        reason: why it is adjusted; must be given then.
        is_carried: it came by filing (修订已报备), from the decision about the revision before.

    Raises:
        InvalidDecision: an adjustment gives no reason or changes nothing.
    """

    number: int
    node: str
    item_id: str
    revision: str
    adjustment: Adjustment | None = None
    reason: str = ""
    is_carried: bool = False

    def __post_init__(self) -> None:
        if self.adjustment is None:
            return
        if self.adjustment == Adjustment():
            raise InvalidDecision(
                f"采集项 {self.item_id} 的调整没有内容，请写明调整项或改为确认",
                f"the adjustment of {self.item_id} changes nothing: state it, or confirm",
            )
        if not self.reason.strip():
            raise InvalidDecision(
                f"调整采集项 {self.item_id} 须写明理由（第六条），请填写",
                f"an adjustment needs its reason (Art. 6): give one for {self.item_id}",
            )

    @property
    def key(self) -> ItemKey:
        """Give the home key of the item."""
        return self.node, self.item_id


@dataclass(frozen=True, slots=True)
class Overall:
    """The outcome of the fold; every decision is in exactly one of the three tuples.

    Attributes:
        items: key -> item with its decision applied, state confirmed or adjusted; sorted by key.
        waiting: records without a decision about their present revision, sorted by key.
        applied: decisions in force, also those that end an item.
        superseded: decisions about items that have one in force.
        stale: decisions about another revision, or about a record that is gone, while nothing is
            in force for the item; a person looks at them. All three are sorted by number.
    """

    items: Mapping[ItemKey, CollectionItem]
    waiting: tuple[CollectionItem, ...]
    applied: tuple[Decision, ...]
    superseded: tuple[Decision, ...]
    stale: tuple[Decision, ...]


def overall_catalog(records: Iterable[CollectionItem], decisions: Iterable[Decision]) -> Overall:
    """Apply the decisions of 省数字办 to the records of all nodes.

    Args:
        records: as harvested or registered, each key at most once, in any order. Their state is
            not believed: only a decision confirms. An ended record is in no list.
        decisions: in any order; the same one may come twice.

    Returns:
        The same for every order of the arguments.

    Raises:
        DuplicateItem: two records have one key.
        InvalidDecision: two different decisions have one number.

    Cost: O(records + decisions · log decisions); one hash a record.
    Source: Art. 6; duty M6.
    """
    live = _live(records)
    hashes = {key: revision_hash(item) for key, item in live.items()}
    ordered = _ordered(decisions)
    in_force: dict[ItemKey, Decision] = {
        decision.key: decision
        for decision in ordered
        if hashes.get(decision.key) == decision.revision
    }
    decided = {key: apply_decision(live[key], in_force[key]) for key in sorted(in_force)}
    others = [decision for decision in ordered if in_force.get(decision.key) != decision]
    return Overall(
        items={key: item for key, item in decided.items() if item.state.is_decided},
        waiting=tuple(live[key] for key in sorted(live.keys() - in_force.keys())),
        applied=tuple(decision for decision in ordered if in_force.get(decision.key) == decision),
        superseded=tuple(decision for decision in others if decision.key in in_force),
        stale=tuple(decision for decision in others if decision.key not in in_force),
    )


def apply_decision(item: CollectionItem, decision: Decision) -> CollectionItem:
    """Give the item as decided; the record itself is not changed.

    Raises:
        InvalidDecision: the decision is about another item or another revision.
    """
    if (decision.key, decision.revision) != (item.key, revision_hash(item)):
        raise InvalidDecision(
            f"决定 {decision.number} 针对的不是采集项 {item.item_id} 的现行版本，请重新审定",
            f"decision {decision.number} is about another revision than {item.item_id} has now",
        )
    changes = decision.adjustment
    if changes is None:
        return replace(item, state=CollectionState.CONFIRMED)
    state = CollectionState.ENDED if changes.is_ended else CollectionState.ADJUSTED
    return replace(
        item,
        state=state,
        unit=item.unit if changes.unit is None else changes.unit,
        territory=item.territory if changes.territory is None else changes.territory,
        line=item.line if changes.line is None else changes.line,
        is_obtainable=(
            item.is_obtainable if changes.is_obtainable is None else changes.is_obtainable
        ),
    )


def carry_decision(decision: Decision, item: CollectionItem, number: int) -> Decision:
    """Carry a decision over to a revision that is in force on filing (Art. 7).

    Args:
        decision: what holds about the revision before.
        item: the record as filed.
        number: the next number of the province.

    Raises:
        InvalidDecision: the item is another one, or the number does not count up.
    """
    if decision.key != item.key or number <= decision.number:
        raise InvalidDecision(
            f"不能把决定 {decision.number} 沿用到采集项 {item.item_id}，请核对编号",
            f"decision {decision.number} cannot be carried to {item.item_id}: check the number",
        )
    return replace(decision, number=number, revision=revision_hash(item), is_carried=True)


def _live(records: Iterable[CollectionItem]) -> dict[ItemKey, CollectionItem]:
    found: dict[ItemKey, CollectionItem] = {}
    for item in records:
        if item.key in found:
            raise DuplicateItem(
                f"采集项 {item.item_id}（节点 {item.node}）重复",
                f"item {item.item_id} of node {item.node} stands twice",
            )
        found[item.key] = item
    return {key: item for key, item in found.items() if item.state is not CollectionState.ENDED}


def _ordered(decisions: Iterable[Decision]) -> list[Decision]:
    by_number: dict[int, Decision] = {}
    for decision in decisions:
        if by_number.setdefault(decision.number, decision) != decision:
            raise InvalidDecision(
                f"决定编号 {decision.number} 重复且内容不同",
                f"two different decisions have the number {decision.number}",
            )
    return [by_number[number] for number in sorted(by_number)]
