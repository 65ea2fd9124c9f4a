"""Shape, limits, control characters and secrecy marks: what holds for every text of a record.

Rules F1, L1, L2 and R15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.schema_model import FieldModel, load_schema
from ckanext.fjgov.core.catalog.secrecy import find_mark, may_hold_mark

MAX_ROWS = {"items": 500}
MAX_OTHER_ROWS = 50
MAX_VALUES = 200
MAX_TAGS = 200
MAX_RESOURCES = 200
MAX_OTHER_KEYS = 100
MAX_CHARACTERS = {"code": 200, "code_list": 200, "text_list": 200, "date": 40, "number": 40}
SHORTEST_LIMIT = min(MAX_CHARACTERS.values())
MAX_TEXT = 4_000
MAX_ABSTRACT = 20_000

# Fields of kind text that hold codes: nothing invisible may hide in them.
_CODE_FIELDS = frozenset(
    {
        "identifier",
        "guide_code",
        "md_id",
        "provider_code",
        "guide_class",
        "data_format",
        "related",
        "uscc",
        "parent_uscc",
        "successor_uscc",
        "lead_unit_code",
        "registration_number",
        "permit_code",
    }
)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Line breaks, soft hyphen, zero-width and bidirectional controls, byte order mark.
_HIDDEN_IN_CODES = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff0-\uffff]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One text of a record: where it stands and what it says."""

    name: str
    column: str
    row: int
    kind: str
    text: str

    @property
    def is_code(self) -> bool:
        """Tell whether nothing invisible may stand in it."""
        return (
            self.kind not in ("text", "rows")
            or self.name in _CODE_FIELDS
            or self.column in _CODE_FIELDS
        )


def check_texts(check: Check) -> None:
    """Apply F1, L1, L2 and R15 to every value of the record, unknown keys included."""
    for name in check.record:
        model = check.model(name)
        if model is not None and model.stored_as is None:
            _check_shape(check, model)
    _check_counts(check)
    if not _is_surely_clean(check):
        for piece in pieces(check):
            _check_piece(check, piece)


def pieces(check: Check) -> Iterator[Piece]:
    """Yield every text of the record, keywords, resources and unknown keys included."""
    for name, value in check.record.items():
        model = check.model(name)
        if model is None:
            yield from _unknown(name, value)
        elif isinstance(value, str):
            yield Piece(name, "", 0, model.kind, value)
        elif isinstance(value, list):
            yield from _listed(model, value)


def _listed(model: FieldModel, value: list[Any]) -> Iterator[Piece]:
    kinds = {column.name: column.kind for column in model.subfields}
    for number, item in enumerate(value, 1):
        if isinstance(item, str):
            yield Piece(model.name, "", number, model.kind, item)
        elif isinstance(item, Mapping):
            for key, text in item.items():
                if isinstance(text, str):
                    column = key if key in kinds else ""
                    yield Piece(model.name, column, number, kinds.get(key, "text"), text)


def _unknown(name: str, value: Any) -> Iterator[Piece]:
    """Yield texts below a key the schema does not name: `tags`, `resources`, extras."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield Piece(name, "", 0, "text", item)
        elif isinstance(item, Mapping):
            waiting += list(item.values())
        elif isinstance(item, list | tuple):
            waiting += list(item)


def _is_surely_clean(check: Check) -> bool:
    """Tell in a few scans over all texts at once whether no piece can break L1, L2 or R15.

    Most records are clean; looking at each piece apart took half the time of a whole check.
    """
    codes: list[str] = []
    plain: list[str] = []
    coded = code_places(check.schema.name)
    for name, value in check.record.items():
        if isinstance(value, str):
            (codes if (name, "") in coded else plain).append(value)
        elif isinstance(value, list) and check.model(name) is not None:
            for item in value:
                if isinstance(item, str):
                    (codes if (name, "") in coded else plain).append(item)
                elif isinstance(item, Mapping):
                    for key, text in item.items():
                        if isinstance(text, str):
                            (codes if (name, key) in coded else plain).append(text)
        else:
            plain += [piece.text for piece in _unknown(name, value)]
    if max(map(len, codes), default=0) > SHORTEST_LIMIT:
        return False
    if max(map(len, plain), default=0) > MAX_TEXT:
        return False
    all_plain = "\n".join(plain)
    return not (
        may_hold_mark(all_plain)
        or check.record.get("secrecy", "0") != "0"
        or _FORBIDDEN.search(all_plain)
        or any(map(_HIDDEN_IN_CODES.search, codes))
        or may_hold_mark("".join(codes))
    )


@cache
def code_places(schema: str) -> frozenset[tuple[str, str]]:
    """Give (field, column) of every place that holds a code; the column is "" for the field."""
    return frozenset(
        (parent.name, field.name) if parent else (field.name, "")
        for field, parent in load_schema(schema).walk()
        if Piece(
            parent.name if parent else field.name, field.name if parent else "", 0, field.kind, ""
        ).is_code
    )


def _check_shape(check: Check, model: FieldModel) -> None:
    value = check.record[model.name]
    if model.kind == "rows":
        _check_rows_shape(check, model, value)
    elif model.is_list:
        if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
            check.report("F1", model.name, "应为文字列表", "must be a list of texts")
    elif not isinstance(value, str):
        check.report("F1", model.name, "应为文字", "must be a text")


def _check_rows_shape(check: Check, model: FieldModel, value: Any) -> None:
    if not isinstance(value, list):
        check.report("F1", model.name, "应为多行记录的列表", "must be a list of rows")
        return
    columns = {column.name for column in model.subfields}
    for number, row in enumerate(value, 1):
        if not isinstance(row, Mapping):
            check.report("F1", model.name, f"第{number}行不是记录", f"row {number} is no record")
            continue
        unknown = sorted(str(key)[:40] for key in row if key not in columns)
        if unknown:
            check.report(
                "F1",
                model.name,
                f"第{number}行有未定义的列 {'、'.join(unknown)}，请删去",
                f"row {number} has unknown columns {', '.join(unknown)}: remove them",
            )
        for key, text in row.items():
            if key in columns and not isinstance(text, str):
                check.report(
                    "F1", model.name, f"第{number}行应为文字", f"row {number} must be a text", key
                )


def _check_counts(check: Check) -> None:
    unknown = 0
    for name, value in check.record.items():
        model = check.model(name)
        unknown += model is None
        if isinstance(value, list):
            limit = most(name, model)
            if len(value) > limit:
                check.report("L1", name, *too_many(len(value), limit))
    if unknown > MAX_OTHER_KEYS:
        check.report(
            "L1",
            "extras",
            f"附加字段{unknown}个，最多{MAX_OTHER_KEYS}个",
            f"{unknown} extra fields, at most {MAX_OTHER_KEYS}",
        )


def too_many(number: int, limit: int) -> tuple[str, str]:
    """Word what L1 says of a list, in Chinese and English, without the name of its field."""
    return (
        f"共{number}个，最多{limit}个，请删减或拆分目录",
        f"{number} given, at most {limit}: remove some or split the entry",
    )


def most(name: str, model: FieldModel | None) -> int:
    """Give how many values a list may hold."""
    if name == "tags":
        return MAX_TAGS
    if name == "resources":
        return MAX_RESOURCES
    if model is not None and model.kind == "rows":
        return MAX_ROWS.get(name, MAX_OTHER_ROWS)
    return MAX_VALUES


def _check_piece(check: Check, piece: Piece) -> None:
    where_zh = f"第{piece.row}行" if piece.row else ""
    where_en = f"row {piece.row}: " if piece.row else ""
    limit = MAX_CHARACTERS.get(piece.kind, MAX_TEXT)
    if piece.name == "notes":
        limit = MAX_ABSTRACT
    if len(piece.text) > limit:
        check.report(
            "L1",
            piece.name,
            f"{where_zh}共{len(piece.text)}字，最多{limit}字，请精简",
            f"{where_en}{len(piece.text)} characters, at most {limit}: shorten it",
            piece.column,
        )
        # Nothing this long is saved, so it is not worth searching.
        return
    pattern = _HIDDEN_IN_CODES if piece.is_code else _FORBIDDEN
    hidden = pattern.search(piece.text)
    if hidden:
        code = f"U+{ord(hidden.group()):04X}"
        check.report(
            "L2",
            piece.name,
            f"{where_zh}第{hidden.start() + 1}个字符是不可见的控制字符（{code}），请删去后重填",
            f"{where_en}character {hidden.start() + 1} is the invisible {code}: remove it",
            piece.column,
        )
    if may_hold_mark(piece.text) or piece.name == "secrecy":
        _check_secrecy(check, piece, where_zh, where_en)


def _check_secrecy(check: Check, piece: Piece, where_zh: str, where_en: str) -> None:
    if piece.name == "secrecy" and piece.text == "1":
        check.report(
            "R15",
            "secrecy",
            "涉密信息不得在本平台登记，请立即停止操作并按保密规定处理",
            "classified information must not be registered here: stop and follow secrecy rules",
        )
        return
    mark = find_mark(piece.text, frozenset(check.vocabulary("lawful_words").concepts))
    if mark is not None:
        # The text itself is not repeated: messages and logs must not carry it on.
        check.report(
            "R15",
            piece.name,
            f"{where_zh}含密级标志（{mark.zh}），不得登记；如不涉密，请删去标志",
            f"{where_en}holds a classification mark: not accepted; remove it if unclassified",
            piece.column,
        )
