"""Registers for officials: appointed people (Art. 45) and filed legal bases (Art. 4)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.legal_bases import CLASSES_WITH_BASIS, bases_of
from ckanext.fjgov.logic.action.operations import MAX_LIMIT, whole
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.upkeep.scope import found_unit
from ckanext.fjgov.model import appointment_register, legal_bases
from ckanext.fjgov.model.database import own_transaction


@tk.side_effect_free
def fjgov_appointment_search(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Look through the register of appointed people (政务用户目录); for officials only.

    :param q: parts of the person's, the account's or the unit's name
    :param unit: only of this unit (id or name)
    :param role: only this role
    :param all: ended and future appointments too (default false)
    :param limit: most rows wanted (default 50, at most 200)
    :param offset: rows to skip

    :returns: `count` and `appointments`
    """
    tk.check_access("fjgov_appointment_search", context, data_dict)
    unit = found_unit(data_dict["unit"]) if data_dict.get("unit") else None
    with own_transaction() as connection:
        count, rows = appointment_register.page(
            connection,
            words=str(data_dict.get("q") or ""),
            unit_id=unit.id if unit else "",
            role=str(data_dict.get("role") or ""),
            current_on=None if tk.asbool(data_dict.get("all") or False) else local_today(),
            limit=min(whole(data_dict, "limit", 50), MAX_LIMIT),
            offset=whole(data_dict, "offset", 0),
        )
    return {
        "count": count,
        "appointments": [
            {
                **row,
                "valid_from": row["valid_from"].isoformat(),
                "valid_until": row["valid_until"].isoformat() if row["valid_until"] else None,
            }
            for row in rows
        ],
    }


@tk.side_effect_free
def fjgov_basis_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the legal bases of restricted and non-shared information (依据备案); officials only.

    At the province they are those of all nodes, filed with 省数字办 by travelling up. Filing is not
    approval.

    :param node: only of this node (code)
    :param unit: only of this unit (id or name)
    :param share_type: only entries of class `2` or `3`
    :param missing: only entries of these classes that state no basis (default false)
    :param limit: most entries wanted (default 50, at most 200)
    :param offset: entries to skip

    :returns: `count` of entries, and `entries`, each with its `bases`: item (empty for the entry
        itself), share_type, title, number, clause, statement
    """
    tk.check_access("fjgov_basis_list", context, data_dict)
    share_type = str(data_dict.get("share_type") or "")
    if share_type not in ("", *CLASSES_WITH_BASIS):
        raise tk.ValidationError(
            {"share_type": ["共享类型须为 2 或 3 / the share class is 2 or 3"]}
        )
    unit = found_unit(data_dict["unit"]) if data_dict.get("unit") else None
    with own_transaction() as connection:
        count, rows = legal_bases.page(
            connection,
            node=str(data_dict.get("node") or ""),
            unit_id=unit.id if unit else "",
            share_type=share_type,
            missing=tk.asbool(data_dict.get("missing") or False),
            limit=min(whole(data_dict, "limit", 50), MAX_LIMIT),
            offset=whole(data_dict, "offset", 0),
        )
    return {"count": count, "entries": [_filed(row) for row in rows]}


def _filed(row: legal_bases.Filed) -> dict[str, Any]:
    told = asdict(row)
    parts = {name: json.loads(told.pop(name) or "[]") for name in ("legal_basis", "items")}
    return {
        **told,
        "filed_at": row.filed_at.isoformat() if row.filed_at else None,
        "bases": [asdict(basis) for basis in bases_of({"share_type": row.share_type, **parts})],
    }


REGISTER_ACTIONS = {
    "fjgov_appointment_search": fjgov_appointment_search,
    "fjgov_basis_list": fjgov_basis_list,
}
