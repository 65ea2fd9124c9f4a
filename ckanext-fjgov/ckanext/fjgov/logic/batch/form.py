"""What CKAN's validation makes of a plain entry, without CKAN's validation.

The plan is read from the schema that is really loaded. An entry with anything in it that the plan
does not know is not refused here: it goes through CKAN's own action, which has the last word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.canonical import stored_text
from ckanext.fjgov.logic.bulk_index.plan import ENTRY_TYPE
from ckanext.fjgov.logic.validators import fjgov_text, fjgov_text_list

TEXT = "ignore_missing fjgov_text ignore_empty"
LISTS = frozenset(
    {
        "ignore_missing fjgov_code_list ignore_empty",
        "ignore_missing fjgov_text_list ignore_empty",
    }
)
SYSTEM = "fjgov_system_value "
COLUMN = "ignore_missing fjgov_text"
KEYWORDS = "ignore_missing tag_string_convert"
OWNER = "owner_org_validator unicode_safe"
SIZE = "ignore_missing int_validator"
FORMAT = "ignore_missing clean_format fjgov_text"
ADDRESS = "ignore_missing unicode_safe remove_whitespace fjgov_resource_address"
COLUMNS = frozenset({"title", "notes"})
# Keys that an answer of CKAN's carries and a write does not read, with what they may hold.
SHOWN = frozenset(
    {
        "num_resources", "num_tags", "organization", "isopen", "license_title", "license_url",
        "metadata_created", "metadata_modified", "creator_user_id", "id",
    }
)  # fmt: skip
EMPTY = frozenset(
    {
        "url", "version", "author", "author_email", "maintainer", "maintainer_email", "groups",
        "extras", "relationships_as_subject", "relationships_as_object", "license_id",
    }
)  # fmt: skip
STATES = frozenset({"draft", "active"})
TAG = ("tag_length_validator", "tag_name_validator")
Plain = str | int | float


class NotPlainError(Exception):
    """An entry, or a schema, that CKAN's own way must read."""


@dataclass(slots=True)
class Form:
    """An entry as CKAN's validation gives it.

    Attributes:
        owner_org: unit by id or name, as sent.
        columns: `title` and `notes`, absent when not sent.
        texts: extras as they are stored: texts, and JSON texts of lists and rows.
        values: the same extras as values: texts, lists of texts, lists of rows.
        tags: keywords in order, without repeats.
        resources: as rows for the merge, None when none were sent.
    """

    owner_org: str
    state: str
    columns: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    resources: list[dict[str, Any]] | None = None

    def put(self, name: str, value: str) -> None:
        """Set one extra that holds a text."""
        self.texts[name] = self.values[name] = value

    def put_rows(self, name: str, rows: list[dict[str, str]]) -> None:
        """Set one extra that holds rows, their columns in the order that CKAN stores them in."""
        rows = [dict(sorted(row.items())) for row in rows]
        self.values[name] = rows
        self.texts[name] = stored_text(rows)


class Reader:
    """Reads entries by the schema of this site.

    Raises:
        NotPlainError: on making; the schema has validators that are not repeated here.
    """

    def __init__(self) -> None:
        plugin = lib_plugins.lookup_package_plugin(ENTRY_TYPE)
        schemas: Mapping[str, Any] = getattr(plugin, "_expanded_schemas", None) or {}
        schema = schemas.get(ENTRY_TYPE)
        if schema is None:
            raise NotPlainError("no scheming schema")
        self._lists: set[str] = set()
        self._texts: set[str] = set()
        self._system: set[str] = set()
        self._rows: dict[str, frozenset[str]] = {}
        for item in schema["dataset_fields"]:
            self._sort(item)
        self._parts = {item["field_name"]: item["validators"] for item in schema["resource_fields"]}
        if not set(self._parts.values()) <= {TEXT, COLUMN, SIZE, FORMAT, ADDRESS}:
            raise NotPlainError("resources")
        self._tag = tuple(tk.get_validator(name) for name in TAG)
        self._format = tk.get_validator("clean_format")
        self._size = tk.get_validator("int_validator")

    def _sort(self, item: Mapping[str, Any]) -> None:
        name, validators = item["field_name"], item.get("validators", "")
        if "repeating_subfields" in item:
            columns = item["repeating_subfields"]
            if any(column.get("validators") != TEXT for column in columns):
                raise NotPlainError(name)
            self._rows[name] = frozenset(column["field_name"] for column in columns)
        elif validators == TEXT:
            self._texts.add(name)
        elif validators in LISTS:
            self._lists.add(name)
        elif validators.startswith(SYSTEM):
            self._system.add(name)
        elif {name: validators} not in (
            {"title": COLUMN}, {"notes": COLUMN}, {"tag_string": KEYWORDS}, {"owner_org": OWNER}
        ):  # fmt: skip
            raise NotPlainError(name)

    def read(self, data: Mapping[str, Any]) -> Form:
        """Read one entry that `entry_input.clean` has cleaned.

        Raises:
            NotPlainError: CKAN's own way must read it.
        """
        form = Form(_owner(data), _state(data))
        for name, value in data.items():
            self._take(form, name, value)
        if not form.columns.get("title"):
            raise NotPlainError("title")
        return form

    def _take(self, form: Form, name: str, value: Any) -> None:
        if name in self._texts:
            text = "" if value is None else _text(value)
            if text:
                form.put(name, text)
        elif name in self._lists:
            self._take_list(form, name, value)
        elif name in self._rows:
            self._take_rows(form, name, value)
        elif name in COLUMNS:
            if value is not None:
                form.columns[name] = _text(value)
        elif name in ("tags", "tag_string"):
            self._take_tags(form, name, value)
        elif name == "resources":
            form.resources = list(map(self._resource, value))
        elif name in EMPTY:
            if value not in (None, []):
                raise NotPlainError(name)
        elif name not in self._system and name not in SHOWN and name not in _READ:
            raise NotPlainError(name)

    def _take_list(self, form: Form, name: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, list) and not all(isinstance(item, (str, int)) for item in value):
            raise NotPlainError(name)
        try:
            text = fjgov_text_list(value)
        except tk.Invalid as problem:
            raise NotPlainError(name) from problem
        if text:
            form.texts[name] = text
            form.values[name] = json.loads(text)

    def _take_rows(self, form: Form, name: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, list) or not value:
            raise NotPlainError(name)
        rows = []
        for row in value:
            cells = {
                column: text
                for column, cell in row.items()
                if cell is not None and (text := _text(cell))
            }
            if not cells or not cells.keys() <= self._rows[name]:
                raise NotPlainError(name)
            rows.append(cells)
        form.put_rows(name, rows)

    def _take_tags(self, form: Form, field_name: str, value: Any) -> None:
        if value in (None, "", []):
            return
        if isinstance(value, str) and field_name == "tag_string":
            names = [part.strip() for part in value.split(",") if part.strip()]
        elif isinstance(value, list) and field_name == "tags":
            names = [_tag_name(tag) for tag in value]
        else:
            raise NotPlainError(field_name)
        for name in names:
            try:
                for validator in self._tag:
                    validator(name, {})
            except tk.Invalid as problem:
                raise NotPlainError("tags") from problem
            if name not in form.tags:
                form.tags.append(name)

    def _resource(self, value: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {"extras": {}}
        for name, cell in value.items():
            kind = self._parts.get(name)
            if name == "id" or kind == ADDRESS:
                row[name] = cell
            elif kind is None:
                raise NotPlainError(f"resources.{name}")
            elif cell is not None:
                self._part(row, name, kind, cell)
        return row

    def _part(self, row: dict[str, Any], name: str, kind: str, cell: Any) -> None:
        if kind == SIZE:
            try:
                row[name] = self._size(cell, {})
            except tk.Invalid as problem:
                raise NotPlainError(name) from problem
            return
        text = _text(self._format(_text(cell)) if kind == FORMAT else cell)
        if kind != TEXT:
            row[name] = text
        elif text:
            # Only what CKAN's table has no column for ends among the extras of a resource.
            (row if name in _RESOURCE_COLUMNS else row["extras"])[name] = text


_READ = frozenset({"owner_org", "state", "type", "private", "name"})
_RESOURCE_COLUMNS = frozenset(
    {"name", "description", "format", "mimetype", "size", "hash", "resource_type"}
)


def _owner(data: Mapping[str, Any]) -> str:
    owner = data.get("owner_org")
    if not isinstance(owner, str) or not owner:
        raise NotPlainError("owner_org")
    return owner


def _state(data: Mapping[str, Any]) -> str:
    state = data.get("state")
    is_plain = data.get("type", ENTRY_TYPE) == ENTRY_TYPE and data.get("private") in (None, False)
    if state not in STATES or not is_plain:
        raise NotPlainError("state")
    return str(state)


def _tag_name(tag: Any) -> str:
    name = tag.get("name") if isinstance(tag, Mapping) else None
    if not isinstance(name, str) or tag.get("vocabulary_id") is not None:
        raise NotPlainError("tags")
    return name


def _text(value: Any) -> str:
    try:
        return fjgov_text(value)
    except tk.Invalid as problem:
        raise NotPlainError from problem
