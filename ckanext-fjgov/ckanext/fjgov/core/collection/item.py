"""One item of a collection catalog (采集项, Art. 6), as it travels between nodes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ckanext.fjgov.core.collection.territory import Territory


class CollectionState(str, Enum):
    """Where an item stands; the values are stored.

    Attributes:
        REPORTED: 已报送, the unit reported it (Art. 6).
        CONFIRMED: 已确认 by 省数字办.
        ADJUSTED: 已调整 by 省数字办, in the form the adjustment gives it.
        ENDED: no longer collected.
    """

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    ADJUSTED = "adjusted"
    ENDED = "ended"

    @property
    def is_decided(self) -> bool:
        """Tell whether 省数字办 stands behind the item, so that others need not collect it."""
        return self in (CollectionState.CONFIRMED, CollectionState.ADJUSTED)


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """The law that orders a collection (Art. 8: 除法律法规有规定外)."""

    title: str = ""
    clause: str = ""

    @property
    def is_cited(self) -> bool:
        """Tell whether law and clause are both named."""
        return bool(self.title.strip() and self.clause.strip())


NO_BASIS = LegalBasis()


@dataclass(frozen=True, slots=True)
class CollectionItem:
    """What one unit collects about one kind of object (采集项).

    Attributes:
        node: code of the home node.
        item_id: stable id, unique within the home node.
        unit: USCC of the 采集责任单位.
        name: name of the item as the unit writes it.
        territory: where it is collected.
        business_object: code of vocabularies/business_objects.yaml, "" when not stated.
        line: line of business (业务条线), "" when not stated.
        element: code of a data element standard, "" when there is none.
        is_object_key: it identifies the object (Art. 14).
        authoritative_item: id of the item it is taken from, "" for one that is collected.
        is_base: it belongs to a base database (基础数据库, Art. 11).
        state: see `CollectionState`.
        is_obtainable: other units can have it by sharing (能够通过共享获得, Art. 8).
        basis: the law that orders the collection.
    """

    node: str
    item_id: str
    unit: str
    name: str
    territory: Territory
    business_object: str = ""
    line: str = ""
    element: str = ""
    is_object_key: bool = False
    authoritative_item: str = ""
    is_base: bool = False
    state: CollectionState = CollectionState.REPORTED
    is_obtainable: bool = True
    basis: LegalBasis = NO_BASIS

    @property
    def key(self) -> tuple[str, str]:
        """Give the home key: node and item id."""
        return self.node, self.item_id

    @property
    def is_taken_over(self) -> bool:
        """Tell whether it is taken from another item (一数一源) and so not collected."""
        return self.authoritative_item not in ("", self.item_id)

    @property
    def blocks_others(self) -> bool:
        """Tell whether others may not collect it again: decided, obtainable and collected."""
        return self.state.is_decided and self.is_obtainable and not self.is_taken_over
