"""Which index fields an outside caller may name in a search, as data.

Whatever is indexed can be asked for through Solr parameters, so the lists below say what may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.catalog.directories import coded_facets

FACETS = frozenset(
    {
        "organization", "groups", "tags", "res_format", "license_id", "theme", "theme_top",
        "industry", "service_class", "form_class", "guide_class", "guide_class_top", "share_type",
        "open_to_public", "frequency", "data_format", "data_format_top", "division", "home_node",
        "issued_year", "exchange_status", "exchange_mode", "base_database", "restriction_kind",
        "type", "dataset_type", "is_sample",
    }
) | coded_facets()  # fmt: skip
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
# Fields by which a search says which directory it means.
TYPE_FIELDS = frozenset({"type", "dataset_type"})
STAFF_ONLY = frozenset({"creator_user_id"})
REFUSED_PARAMETERS = (
    "qf", "bf", "boost", "pf", "bq", "defType", "tie", "mm", "q.op", "df", "wt", "all_fields",
)  # fmt: skip

MAX_QUERY_LENGTH = 2000
MAX_CLAUSES = 60
MAX_START = 100_000

# The pattern eats escapes and phrases in one pass from the left, as Solr's parser does: a quote
# after a backslash opens no phrase. What was escaped becomes a character no field name has.
_ESCAPED_OR_QUOTED = re.compile(r'\\.|"(?:\\.|[^"\\])*"', re.DOTALL)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_ESCAPED = "\x00"
# A number after ^ or ~ ends its term, so that a field name may follow without a space.
_BOOST = re.compile(r"[\^~][\d.]*")
_FIELD = re.compile(r"(?<![\w.\x00])([A-Za-z_*\x00][\w.*\x00-]*)\s*:")
_LOCAL = re.compile(r"\{!|_query_|_val_", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?|ftp)://", re.IGNORECASE)
# Regular expressions may hold quotes and comments may part a name from its colon: neither is plain
# enough to be checked.
_PATTERN = re.compile(r"/\*|(?<!\w)/")


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


def check_search(
    parameters: Mapping[str, Any], *, is_staff: bool = False, user_id: str | None = None
) -> list[Refusal]:
    """Say what an outside caller may not ask for; an empty list allows the search.

    Args:
        parameters: arguments of `package_search` as given by the caller.
        is_staff: an identified official may also filter by the creator of an entry.
        user_id: the caller's own id, by which CKAN's pages list what the caller created.
    """
    searched = SEARCHED | STAFF_ONLY if is_staff else SEARCHED
    refusals: list[Refusal] = []
    for parameter in ("q", "fq", "fq_list"):
        for text in _texts(parameters.get(parameter)):
            own = f"creator_user_id:{user_id}" if user_id else ""
            refusals += _check_query(parameter, text.replace(own, " ") if own else text, searched)
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


def asks_for_type(parameters: Mapping[str, Any]) -> bool:
    """Tell whether a search says of which type its hits shall be.

    One that does not is answered with entries only, as it was before there were other directories.
    """
    return any(
        name in TYPE_FIELDS
        for parameter in ("q", "fq", "fq_list")
        for text in _texts(parameters.get(parameter))
        for name in _FIELD.findall(_ADDRESS.sub(" ", _bare(text)))
    )


def _check_query(parameter: str, text: str, allowed: frozenset[str]) -> list[Refusal]:
    if len(text) > MAX_QUERY_LENGTH:
        return [
            Refusal(
                parameter,
                f"检索式超过 {MAX_QUERY_LENGTH} 个字符，请缩短",
                f"the query is longer than {MAX_QUERY_LENGTH} characters; shorten it",
            )
        ]
    bare = _bare(text)
    refusals = []
    if _LOCAL.search(text):
        refusals.append(
            Refusal(
                parameter,
                "检索式含有不允许的语法 {!…} 或 _query_，请去掉",
                "local parameters such as {!…} or _query_ are not allowed; remove them",
            )
        )
    is_plain_text = parameter == "q" and ":" not in text
    unescaped = _ESCAPE.sub("x", _ADDRESS.sub(" ", text))
    if not is_plain_text and _PATTERN.search(_BOOST.sub(" ", unescaped)):
        refusals.append(
            Refusal(
                parameter,
                "检索式不接受正则表达式 /…/ 和注释 /*…*/，请去掉",
                "regular expressions /…/ and comments /*…*/ are not accepted; remove them",
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
    names = {name for name in _FIELD.findall(_ADDRESS.sub(" ", bare)) if name != "*"}
    shown = {name.replace(_ESCAPED, "\\") for name in names - allowed}
    return refusals + [_unknown(parameter, name) for name in sorted(shown)]


def _bare(text: str) -> str:
    """Give a query without phrases and boosts; escaped characters stay as one odd character."""
    plain = text.replace(_ESCAPED, " ")
    plain = _ESCAPED_OR_QUOTED.sub(
        lambda found: '""' if found.group().startswith('"') else _ESCAPED, plain
    )
    return _BOOST.sub(" ", plain)


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
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return (str(value),)


def _names(value: Any) -> list[str]:
    """Read a list of field names given as a list, JSON text or words."""
    words: list[str] = []
    for text in _texts(value):
        words += [word for word in re.split(r"[\s,\[\]\"']+", text) if word]
    return words


def _sort_names(value: Any) -> list[str]:
    return [part.split()[0] for text in _texts(value) for part in text.split(",") if part.split()]
