"""Which index fields an outside caller may name in a search, as data.

Whatever is indexed can be asked for through Solr parameters, so the lists below say what may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FACETS = frozenset(
    {
        "organization", "groups", "tags", "res_format", "license_id", "theme", "theme_top",
        "industry", "service_class", "form_class", "guide_class", "guide_class_top", "share_type",
        "open_to_public", "frequency", "data_format", "data_format_top", "division", "home_node",
        "issued_year", "exchange_status", "exchange_mode", "base_database", "restriction_kind",
        "type", "dataset_type", "is_sample",
    }
)  # fmt: skip
SHOWN = FACETS | {
    "id", "name", "title", "notes", "identifier", "guide_code", "metadata_modified",
    "metadata_created", "issued", "data_updated_at", "provider_code", "state", "score", "index_id",
}  # fmt: skip
SEARCHED = (SHOWN - {"index_id", "score"}) | {
    "text", "entity_type", "capacity", "site_id", "owner_org", "title_string", "name_ngram",
    "title_ngram", "res_name", "res_description", "item_names", "provider_name", "provider",
    "md_id", "related",
}  # fmt: skip
SORTED = frozenset(
    {"score", "rank", "metadata_modified", "metadata_created", "name", "title_string", "id",
     "issued", "views_recent"}
)  # fmt: skip
STAFF_ONLY = frozenset({"creator_user_id"})
REFUSED_PARAMETERS = ("qf", "bf", "boost", "pf", "bq", "defType", "tie", "mm", "q.op")

MAX_QUERY_LENGTH = 2000
MAX_CLAUSES = 60
MAX_START = 100_000

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_FIELD = re.compile(r"(?<![\w\\.])([A-Za-z_*][\w.*-]*)\s*:")
_LOCAL = re.compile(r"\{!|_query_|_val_", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?|ftp)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused part of a search: which parameter, what in it, and what to do."""

    parameter: str
    zh: str
    en: str

    @property
    def message(self) -> str:
        """Both languages on one line."""
        return f"{self.zh} / {self.en}"


def check_search(parameters: Mapping[str, Any], *, is_staff: bool = False) -> list[Refusal]:
    """Say what an outside caller may not ask for; an empty list allows the search.

    Args:
        parameters: arguments of `package_search` as given by the caller.
        is_staff: an identified official may also filter by the creator of an entry.
    """
    searched = SEARCHED | STAFF_ONLY if is_staff else SEARCHED
    refusals: list[Refusal] = []
    for parameter in ("q", "fq", "fq_list"):
        for text in _texts(parameters.get(parameter)):
            refusals += _check_query(parameter, text, searched)
    for parameter, names, allowed in (
        ("fl", _names(parameters.get("fl")), SHOWN),
        ("facet.field", _names(parameters.get("facet.field")), FACETS),
        ("sort", _sort_names(parameters.get("sort")), SORTED),
    ):
        refusals += [_unknown(parameter, name) for name in names if name not in allowed]
    refusals += [
        Refusal(
            name,
            f"不接受检索参数 {name}，请去掉",
            f"parameter {name} is not accepted; leave it out",
        )
        for name in REFUSED_PARAMETERS
        if parameters.get(name)
    ]
    return refusals + _check_start(parameters.get("start"))


def _check_query(parameter: str, text: str, allowed: frozenset[str]) -> list[Refusal]:
    if len(text) > MAX_QUERY_LENGTH:
        return [
            Refusal(
                parameter,
                f"检索式超过 {MAX_QUERY_LENGTH} 个字符，请缩短",
                f"the query is longer than {MAX_QUERY_LENGTH} characters; shorten it",
            )
        ]
    bare = _QUOTED.sub('""', text)
    refusals = []
    if _LOCAL.search(text):
        refusals.append(
            Refusal(
                parameter,
                "检索式含有不允许的语法 {!…} 或 _query_，请去掉",
                "local parameters such as {!…} or _query_ are not allowed; remove them",
            )
        )
    if len(bare.split()) > MAX_CLAUSES or bare.count("(") > MAX_CLAUSES:
        refusals.append(
            Refusal(
                parameter,
                f"检索条件超过 {MAX_CLAUSES} 个，请减少",
                f"more than {MAX_CLAUSES} clauses; use fewer",
            )
        )
    names = {name for name in _FIELD.findall(_ADDRESS.sub("", bare)) if name != "*"}
    return refusals + [_unknown(parameter, name) for name in sorted(names - allowed)]


def _check_start(value: Any) -> list[Refusal]:
    try:
        start = int(value or 0)
    except (TypeError, ValueError):
        start = -1
    if 0 <= start <= MAX_START:
        return []
    return [
        Refusal(
            "start",
            f"start 须为 0 至 {MAX_START} 的整数；大量读取请用变更接口",
            f"start must be a whole number from 0 to {MAX_START}; use the feed for bulk reading",
        )
    ]


def _unknown(parameter: str, name: str) -> Refusal:
    return Refusal(
        parameter,
        f"{parameter} 中的字段 {name} 不可用于检索",
        f"field {name} in {parameter} is not open to searching",
    )


def _texts(value: Any) -> Iterable[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)


def _names(value: Any) -> list[str]:
    """Read a list of field names given as a list, JSON text or words."""
    words: list[str] = []
    for text in _texts(value):
        words += [word for word in re.split(r"[\s,\[\]\"']+", text) if word]
    return words


def _sort_names(value: Any) -> list[str]:
    return [part.split()[0] for text in _texts(value) for part in text.split(",") if part.split()]
