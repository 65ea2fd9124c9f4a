"""Actions of mounting (信息发布，挂接) of the resources of entries, and who has none (Art. 20)."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.exchange.publishing import KINDS, TABLE
from ckanext.fjgov.logic.action.cases import paging
from ckanext.fjgov.logic.action.importing import content_of
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import checked, plain, reason_of, text_of
from ckanext.fjgov.logic.exchange import mounting, rights, showing, unmounting
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.logic.upkeep.scope import chosen_units
from ckanext.fjgov.model import unmounted
from ckanext.fjgov.model.database import snapshot

MOST_RUNS = 50


def fjgov_mount_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Mount a resource of a listed entry in the exchange, or refresh what is mounted (Art. 20).

    A table is read by a job and held against the 信息项; with any fault nothing is mounted, and the
    table that was mounted before stays. Rows that stay equal keep their `fjgov_version`. The
    registrars and information administrators of the providing unit may do it; the platform operator
    may fetch again, without any option, what the unit had fetched.

    :param id: of the resource
    :param kind: `table` (default); `file`, which is kept here when it is handed in, else given from
        the registered address; `service`, which only notes the registered address
    :param upload: CSV (UTF-8, GB18030), xlsx or Parquet, in a multipart request; without it and
        `content` the file is fetched from the registered address
    :param content: the file as base64 text
    :param filename: what the file is called (optional)
    :param encoding: of a CSV, `utf-8` or `gb18030`; found by its content when left out
    :param mapping: column of the file -> id of its 信息项, or "" for none; columns that are not
        named here go by the names of the items
    :param left_out: ids of items that this table does not have, none of them required
    :param unique: ids of items that together identify a row, so that no two rows have the same
    :param front_node: 前置交换系统 from which the data come (default: this node)
    :param dry_run: only read and check (default false)

    What is left out of `mapping`, `left_out`, `unique` and `front_node` is taken from the mount
    before. Returns what `fjgov_mount_show` gives.
    """
    tk.check_access("fjgov_mount_create", context, data_dict)
    resource, package = mounting.found_resource(_id(data_dict))
    file = _file(data_dict)
    name = text_of(data_dict, "filename") or getattr(data_dict.get("upload"), "filename", "") or ""
    wanted = mounting.Wanted(
        kind=_kind(data_dict),
        file=file,
        filename=plain(name, "filename"),
        options=_options(data_dict),
        is_dry=tk.asbool(data_dict.get("dry_run", False)),
    )
    run = mounting.mount(_user(context), resource, package, wanted)
    return {**showing.of_resource(resource, package, person_in(context), MOST_RUNS), "run": run}


def fjgov_mount_remove(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a resource out of the exchange (取消挂接); its table is dropped with all rows.

    :param id: of the resource
    :param reason: why
    """
    tk.check_access("fjgov_mount_remove", context, data_dict)
    resource, package = mounting.found_resource(_id(data_dict))
    unmounting.unmount(_user(context), resource, package, reason_of(data_dict))
    return showing.of_resource(resource, package, person_in(context), MOST_RUNS)


@tk.side_effect_free
def fjgov_mount_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show how a resource is mounted, and all that was done about it, the newest first.

    Values of faults are for the people of the providing unit only.

    :param id: of the resource
    :param limit: most runs wanted (default and at most 50)

    Returns a dict with `resource`, `entry`, `mode`, `state` (`none`, `done`), `table` (`columns`,
    `rows`, `version`, `at`) or None, `running` or None, and `runs`.
    """
    tk.check_access("fjgov_mount_show", context, data_dict)
    resource, package = mounting.found_resource(_id(data_dict))
    person = person_in(context)
    rights.refuse_readers(person, package)
    limit = min(whole(data_dict, "limit", MOST_RUNS), MOST_RUNS)
    return showing.of_resource(resource, package, person, limit)


@tk.side_effect_free
def fjgov_mount_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the resources of an entry with how each is mounted.

    :param id: of the entry
    """
    tk.check_access("fjgov_mount_list", context, data_dict)
    package = model.Package.get(_id(data_dict))
    if package is None or package.state == "deleted":
        raise tk.ObjectNotFound("没有该目录 / there is no such entry")
    rights.refuse_readers(person_in(context), package)
    return {"results": showing.of_entry(package)}


@tk.side_effect_free
def fjgov_unmounted_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List entries that are listed and to be shared, but published in no mode (未挂接, Art. 20).

    Entries of class 3, and those whose non-publication is claimed or accepted, are not among them.
    Without `unit`: of the units in the caller's sight, which are the own ones, for a 数字办 those
    that name it as their office, for the platform operator all.

    :param unit: only of this unit (id or name)
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_unmounted_list", context, data_dict)
    with snapshot() as connection:
        units = chosen_units(connection, person_in(context), data_dict)
        count, rows = unmounted.page(connection, units, **paging(data_dict))
        parts = unmounted.by_unit(connection, units)
        nodes = unmounted.by_node(connection, units)
    return {"count": count, "entries": rows, "units": parts, "nodes": nodes}


def _file(data: Mapping[str, Any]) -> BinaryIO | None:
    """Give the file of a call, None when it is to be fetched."""
    upload = data.get("upload")
    if upload is not None and hasattr(upload, "stream"):
        return upload.stream
    if data.get("content"):
        return io.BytesIO(content_of({"content": data["content"]}))
    if upload:
        refuse("upload", "请以 multipart 方式上传文件", "hand the file in by a multipart request")
    return None


def _kind(data: Mapping[str, Any]) -> str:
    kind = text_of(data, "kind") or TABLE
    if kind not in KINDS:
        refuse("kind", f"kind 须为 {'、'.join(KINDS)} 之一", f"must be one of {', '.join(KINDS)}")
    return kind


def _options(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a call says about the file; what it leaves out is not in it."""
    found: dict[str, Any] = {}
    for name in ("encoding", "front_node"):
        if text_of(data, name):
            found[name] = text_of(data, name)
    mapping = _json(data, "mapping")
    if mapping is not None:
        if not isinstance(mapping, dict) or not _are_texts(mapping.values()):
            refuse("mapping", "须为 列名→信息项标识 的对照", "must be a dict of column -> item id")
        found["mapping"] = {str(key): value for key, value in mapping.items()}
    for name in ("left_out", "unique"):
        ids = _json(data, name)
        if ids is not None:
            if not isinstance(ids, list) or not _are_texts(ids):
                refuse(name, "须为信息项标识的列表", "must be a list of ids of items")
            found[name] = ids
    return found


def _are_texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


def _json(data: Mapping[str, Any], name: str) -> Any:
    """Give a value that a multipart request sends as the text of its JSON; None for none."""
    value = data.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except ValueError:
            refuse(name, "不是有效的 JSON", "this is no JSON")
    return checked(value, name)


def _user(context: Any) -> Any:
    return context.get("auth_user_obj") or model.User.get(context.get("user") or "")


def _id(data: Mapping[str, Any]) -> str:
    return plain(tk.get_or_bust(dict(data), "id"), "id")


MOUNT_ACTIONS = {
    "fjgov_mount_create": fjgov_mount_create,
    "fjgov_mount_remove": fjgov_mount_remove,
    "fjgov_mount_show": fjgov_mount_show,
    "fjgov_mount_list": fjgov_mount_list,
    "fjgov_unmounted_list": fjgov_unmounted_list,
}
