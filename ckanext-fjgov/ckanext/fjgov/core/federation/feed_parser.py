"""Strict reading of a change feed: a page that breaks a rule is refused as a whole.

The other side runs the same software, so a broken page means damage or an attack, never a habit
to be tolerated. What a record says is judged later and record by record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from unicodedata import normalize

import orjson

from ckanext.fjgov.core.catalog.plain_record import DEPTH, is_canonical_plain

from . import strict_json
from .digest import Digest
from .errors import FeedRefused, JsonRefused
from .feed import DEL, FORMAT, PUT, FeedHeader, FeedPage, FeedRow, envelope_bytes, split_record
from .feed_limits import DEFAULT_LIMITS, FeedLimits
from .jws import MAX_TOKEN_CHARS
from .signature import AnswerFacts

_HEADER = {"feed": str, "node": str, "epoch": str, "since": int, "limit": int}
_END = {"count": int, "next": int, "head": int, "more": bool, "digest": str, "epoch": str}
_ROW = ("seq", "op", "type", "key", "hash", "at", "reason", "replaced_by")
_PUT_ROW = (*_ROW, "record")
_HASH = re.compile(r"[0-9a-f]{64}")
_EPOCH = re.compile(r"[0-9A-Za-z-]{1,64}")
_NODE = re.compile(r"[0-9]{6}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


__all__ = ["DEFAULT_LIMITS", "FeedLimits", "parse_feed"]


def parse_feed(body: bytes, limits: FeedLimits = DEFAULT_LIMITS) -> FeedPage:
    """Parse one page.

    Args:
        body: the whole page; its size is capped by the fetch module.
        limits: see `FeedLimits`.

    Returns:
        The page, complete and consistent in itself; its signature is not checked here.

    Raises:
        FeedRefused: names the line and the rule: `header`, `trailer`, `line_length`, `rows`,
            `member`, `type`, `key`, `hash`, `time`, `order`, `duplicate`, `cursor`, `count`,
            `digest`, `epoch`, or a rule of `strict_json` such as `duplicate_key`.

    Cost: one JSON parse and one SHA-256 a row.
    """
    if not body.endswith(b"\n"):
        raise FeedRefused(0, "trailer", "内容不完整，缺少结尾换行", "cut off: no final line feed")
    lines = body[:-1].split(b"\n")
    if len(lines) < 2:
        raise FeedRefused(len(lines), "trailer", "缺少首行或结尾行", "header or trailer is missing")
    if len(lines) - 2 > limits.max_rows:
        raise FeedRefused(0, "rows", f"超过 {limits.max_rows} 行", f"over {limits.max_rows} rows")
    header = _header(lines[0], limits)
    rows = tuple(_row(number, line, limits) for number, line in enumerate(lines[1:-1], start=2))
    end, signature = _trailer(len(lines), lines[-1], limits)
    _check_order(header, rows, end, len(lines))
    before = len(body) - len(lines[-1]) - 1
    return FeedPage(header, rows, end, signature, sha256(body[:before]).hexdigest())


def _load(number: int, line: bytes, limits: FeedLimits) -> dict[str, Any]:
    if len(line) > limits.max_line_bytes:
        raise FeedRefused(
            number,
            "line_length",
            f"超过 {limits.max_line_bytes} 字节",
            f"longer than {limits.max_line_bytes} bytes",
        )
    try:
        # The row itself is one level around the record.
        value = strict_json.loads(line, max_depth=limits.max_depth + 1)
    except JsonRefused as error:
        raise FeedRefused(number, error.rule, error.zh, error.en) from error
    if not isinstance(value, dict):
        raise FeedRefused(number, "member", "不是 JSON 对象", "not a JSON object")
    return value


def _check_members(
    number: int, value: Mapping[str, Any], expected: Mapping[str, type], rule: str
) -> None:
    if tuple(value) != tuple(expected):
        raise FeedRefused(
            number,
            rule,
            f"字段应依次为 {'、'.join(expected)}",
            f"the members must be {', '.join(expected)} in this order",
        )
    for name, kind in expected.items():
        # An exact type, because True is an int in Python.
        if type(value[name]) is not kind or (kind is int and value[name] < 0):
            raise FeedRefused(
                number, rule, f"字段 {name} 的值不正确", f"member {name} has a wrong value"
            )


def _header(line: bytes, limits: FeedLimits) -> FeedHeader:
    value = _load(1, line, limits)
    _check_members(1, value, _HEADER, "header")
    if value["feed"] != FORMAT or _NODE.fullmatch(value["node"]) is None:
        raise FeedRefused(1, "header", f"不是 {FORMAT} 格式", f"not in format {FORMAT}")
    _check_epoch(1, value["epoch"])
    return FeedHeader(value["node"], value["epoch"], value["since"], value["limit"])


def _check_epoch(number: int, epoch: str) -> None:
    if _EPOCH.fullmatch(epoch) is None:
        raise FeedRefused(number, "epoch", "换代标识格式不正确", "the epoch has a wrong form")


def _row(number: int, line: bytes, limits: FeedLimits) -> FeedRow:
    return _plain_row(number, line, limits) or _strict_row(number, line, limits)


def _plain_row(number: int, line: bytes, limits: FeedLimits) -> FeedRow | None:
    """Read a row as nearly all rows are; None when the strict way must look at it.

    A fast parser takes more than `strict_json` does. What it took wrongly cannot give the same
    bytes again: of a repeated member one is lost, and other spellings of a value become one.
    """
    if len(line) > limits.max_line_bytes or limits.max_depth < DEPTH or b"\\" in line:
        return None
    try:
        value = orjson.loads(line)
    except ValueError:
        return None
    if type(value) is not dict or tuple(value) != _PUT_ROW or not _is_plain_envelope(value):
        return None
    fields = value["record"]
    members = {name: value[name] for name in _ROW}
    record = split_record(line, orjson.dumps(members)[:-1])
    sound = record is not None and is_canonical_plain(fields, record)
    if record is None or not sound or sha256(record).hexdigest() != value["hash"]:
        return None
    _check_row_values(number, value, limits)
    return FeedRow(**members, record=record, fields=fields, plain=True)


def _is_plain_envelope(members: Mapping[str, Any]) -> bool:
    return (
        members["op"] == PUT
        and type(members["record"]) is dict
        and type(members["seq"]) is int
        and members["seq"] <= strict_json.SAFE_INTEGER
        and all(type(members[name]) is str for name in ("type", "key", "hash", "at"))
        and members["reason"] is None
        and members["replaced_by"] is None
    )


def _strict_row(number: int, line: bytes, limits: FeedLimits) -> FeedRow:
    value = _load(number, line, limits)
    names = tuple(value)
    op = value.get("op")
    if op not in (PUT, DEL) or names != _PUT_ROW[: 9 if op == PUT else 8]:
        raise FeedRefused(
            number,
            "member",
            f"字段应依次为 {'、'.join(_ROW)}，put 另有 record",
            f"the members must be {', '.join(_ROW)} in this order, and record for a put",
        )
    _check_row_values(number, value, limits)
    record, fields = _record(number, line, value) if op == PUT else (None, None)
    return FeedRow(
        **{name: value[name] for name in _ROW},
        record=record,
        fields=fields,
    )


def _check_row_values(number: int, value: Mapping[str, Any], limits: FeedLimits) -> None:
    for name in ("type", "key", "hash", "at"):
        if not isinstance(value[name], str):
            raise FeedRefused(number, "member", f"{name} 不是文本", f"{name} is not text")
    for name in ("reason", "replaced_by"):
        text = value[name]
        if text is not None and not isinstance(text, str):
            raise FeedRefused(number, "member", f"{name} 不是文本", f"{name} is not text")
        if text is not None and len(text) > limits.max_reason_chars:
            raise FeedRefused(number, "member", f"{name} 过长", f"{name} is too long")
    if type(value["seq"]) is not int or value["seq"] < 1:
        raise FeedRefused(number, "member", "seq 不是正整数", "seq is not a positive integer")
    if value["type"] not in limits.types:
        raise FeedRefused(number, "type", "未知的记录类型", "unknown type of record")
    if not _is_key(value["key"], limits.max_key_chars):
        raise FeedRefused(number, "key", "记录编码格式不正确", "the key has a wrong form")
    if _TIME.fullmatch(value["at"]) is None:
        raise FeedRefused(
            number, "time", "时间应为 UTC 并以 Z 结尾", "the time must be UTC and end in Z"
        )
    if _HASH.fullmatch(value["hash"]) is None and (value["op"] == PUT or value["hash"]):
        raise FeedRefused(number, "hash", "摘要应为 64 位十六进制", "the hash is not 64 hex digits")


def _is_key(key: str, longest: int) -> bool:
    """Refuse blanks, controls, invisible and full-width characters: two keys must look as two.

    Foreign identifiers may hold more than letters and digits, so nothing else is asked of them.
    """
    return (
        0 < len(key) <= longest
        and key.isprintable()
        and " " not in key
        and normalize("NFKC", key) == key
    )


def _record(number: int, line: bytes, value: Mapping[str, Any]) -> tuple[bytes, Mapping[str, Any]]:
    fields = value["record"]
    if not isinstance(fields, dict):
        raise FeedRefused(number, "member", "record 不是对象", "record is not an object")
    record = split_record(line, envelope_bytes(**{name: value[name] for name in _ROW}))
    if record is None:
        raise FeedRefused(
            number, "member", "行的写法不规范", "the row is not written in the canonical form"
        )
    if sha256(record).hexdigest() != value["hash"]:
        raise FeedRefused(
            number, "hash", "记录内容与摘要不符", "the record does not match its hash"
        )
    return record, fields


def _trailer(number: int, line: bytes, limits: FeedLimits) -> tuple[AnswerFacts, str | None]:
    value = _load(number, line, limits)
    if tuple(value) != ("end", "signature") or not isinstance(value["end"], dict):
        raise FeedRefused(
            number, "trailer", "内容不完整，缺少结尾行", "cut off: the closing line is missing"
        )
    signature = value["signature"]
    if signature is not None and (
        not isinstance(signature, str) or len(signature) > MAX_TOKEN_CHARS
    ):
        raise FeedRefused(number, "trailer", "签名不是文本", "the signature is not text")
    end = value["end"]
    _check_members(number, end, _END, "trailer")
    _check_epoch(number, end["epoch"])
    try:
        Digest.parse(end["digest"])
    except ValueError as error:
        raise FeedRefused(
            number, "digest", "目录摘要格式不正确", "the digest has a wrong form"
        ) from error
    return AnswerFacts(**end), signature


def _check_order(header: FeedHeader, rows: Sequence[FeedRow], end: AnswerFacts, last: int) -> None:
    previous = header.since
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=2):
        if row.seq <= previous:
            raise FeedRefused(number, "order", "序号没有递增", "seq does not rise")
        if (row.type, row.key) in seen:
            raise FeedRefused(
                number, "duplicate", f"同一页内重复：{row.key}", f"twice in one page: {row.key}"
            )
        previous = row.seq
        seen.add((row.type, row.key))
    if end.epoch != header.epoch:
        raise FeedRefused(last, "epoch", "首尾换代标识不同", "header and trailer name two epochs")
    if end.count != len(rows) or end.count > header.limit:
        raise FeedRefused(
            last,
            "count",
            f"结尾行称 {end.count} 行，实有 {len(rows)} 行，限 {header.limit} 行",
            f"the trailer says {end.count} rows, there are {len(rows)}, limit {header.limit}",
        )
    # A page that promises more must move the cursor, or the reader would ask for ever.
    progress = end.next < end.head and bool(rows) if end.more else end.next == end.head
    if not (previous <= end.next <= end.head and progress):
        raise FeedRefused(
            last, "cursor", "结尾行的游标前后矛盾", "the cursors of the trailer contradict the rows"
        )
