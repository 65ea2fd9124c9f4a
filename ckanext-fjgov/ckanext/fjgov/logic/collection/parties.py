"""Who is party to the report of a collection record: its unit, and 省数字办 at the province."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.records import Party
from ckanext.fjgov.core.cases.types.collection_report import PROVINCE, UNIT
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.collection.known import is_decided_here
from ckanext.fjgov.model.collection_records import CollectionRecord


def parties_of(record: CollectionRecord) -> tuple[Party, ...]:
    """Give the parties of a record's case.

    Raises:
        ValidationError: as `province_party`.
    """
    return (Party(UNIT, record.node, record.unit_code), province_party())


def province_party() -> Party:
    """Give 省数字办 as a party, at this node or at its parent.

    Raises:
        ValidationError: it is not set which unit is 省数字办, or this node has no province.
    """
    here, office = settings.node(), settings.province_office()
    province = here.code if is_decided_here() else here.parent
    if not office or not province:
        raise tk.ValidationError(
            {
                "province_office": [
                    (
                        "本节点未设置省数字办（fjgov.province_office）或上级节点，"
                        "请联系系统维护人员 / "
                        "fjgov.province_office or the parent node is not set: ask the technician"
                    )
                ]
            }
        )
    return Party(PROVINCE, province, office)
