"""Code lists as frozen values, read from package data and from a node's own data folder.

Must not decide whether a record may use a code: that is the work of `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from ckanext.fjgov.core.errors import InvalidVocabulary, UnknownVocabulary

Status = Literal["active", "retired"]

_PACKAGE = "ckanext.fjgov.vocabularies"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ADDRESS = re.compile(r'https?://[^\s<>"{}|\\^`]+')
_CONCEPT_KEYS = frozenset({"code", "zh", "en", "parent", "status", "replaced_by", "selectable"})
# The C loader reads the long lists about eight times faster; not every build of PyYAML has it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Concept:
    """One entry of a code list.

    Attributes:
        code: the code stored in records.
        zh, en: labels; `en` repeats `zh` where the list gives none.
        parent: code of the broader concept, None at the top.
        status: `retired` codes are still read in old records.
        replaced_by: the code that took over from a retired one.
        selectable: False for headings that no record may carry.
        extra: further keys of the data file, all texts (`days`, `ways`, `rank` …); `exact_match`
            is another code of the list or the address of a concept elsewhere.
    """

    code: str
    zh: str
    en: str
    parent: str | None = None
    status: Status = "active"
    replaced_by: str | None = None
    selectable: bool = True
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One code list with where it comes from; `concepts` keeps the order of the file.

    `title_en` and `source_en` repeat the Chinese text where the list gives no other.
    """

    name: str
    title_zh: str
    title_en: str
    source_zh: str
    source_en: str
    version: str
    concepts: Mapping[str, Concept]

    def __contains__(self, code: object) -> bool:
        return code in self.concepts

    def get(self, code: str) -> Concept | None:
        """Give the concept of a code, retired ones included."""
        return self.concepts.get(code)

    def label(self, code: str, language: Literal["zh", "en"] = "zh") -> str:
        """Give the label of a code; an unknown code is its own label."""
        concept = self.concepts.get(code)
        if concept is None:
            return code
        return concept.zh if language == "zh" else concept.en

    def choices(self) -> tuple[Concept, ...]:
        """Give what a form offers: active and selectable concepts, in the order of the list."""
        return tuple(c for c in self.concepts.values() if c.selectable and c.status == "active")

    def children(self, code: str | None) -> tuple[Concept, ...]:
        """Give the direct children of a concept, or the top concepts for None."""
        return tuple(c for c in self.concepts.values() if c.parent == code)

    def path(self, code: str) -> tuple[str, ...]:
        """Give the codes from the top concept down to `code`; empty for an unknown code."""
        codes: list[str] = []
        concept = self.concepts.get(code)
        while concept is not None:
            codes.append(concept.code)
            concept = self.concepts.get(concept.parent) if concept.parent else None
        return tuple(reversed(codes))


def load_vocabulary(name: str, folder: Path | None = None) -> Vocabulary:
    """Read one code list.

    Args:
        name: stem of the file, for example `topics`.
        folder: a node's own data folder. A file of the same name in it replaces the shipped list,
            or adds to and overrides it when the file says `mode: extend`.

    Returns:
        The list; equal arguments give the same object.

    Raises:
        UnknownVocabulary: neither place has such a file.
        InvalidVocabulary: a file breaks its form.

    Cost: one read and parse per name and folder, then a look-up; a changed file is seen by a new
    process.
    """
    return _load(name, folder)


def vocabulary_names(folder: Path | None = None) -> tuple[str, ...]:
    """Give the names of all code lists, shipped and of the folder, sorted."""
    names = {entry.name[:-5] for entry in files(_PACKAGE).iterdir() if entry.name.endswith(".yaml")}
    if folder is not None:
        names |= {path.stem for path in folder.glob("*.yaml")}
    return tuple(sorted(names))


def parse_vocabulary(text: str, name: str, origin: str, base: Vocabulary | None) -> Vocabulary:
    """Turn the text of one data file into a code list.

    Args:
        text: YAML with `name`, `title`, `source`, `version`, `concepts` and optionally `mode`;
            title and source are a text, or a mapping of `zh_Hans_CN` and `en`.
        name: the name the file must state.
        origin: what messages call the file.
        base: the shipped list that `mode: extend` adds to; concepts of the file win.

    Raises:
        InvalidVocabulary: naming the file, the code and the reason.
    """
    try:
        # SafeLoader or its C twin: plain values only, no objects.
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - both loaders are safe ones
    except yaml.YAMLError as error:
        raise _broken(origin, f"不是有效的 YAML（{error}）", f"not valid YAML ({error})") from error
    if not isinstance(document, dict) or not isinstance(document.get("concepts"), list):
        raise _broken(origin, "缺少 concepts 列表", "the list `concepts` is missing")
    if document.get("name") != name:
        raise _broken(origin, f"name 应为 {name}", f"`name` must be {name}")
    extends = document.get("mode", "replace") == "extend"
    own = _concepts(document["concepts"], origin)
    concepts = {**base.concepts, **own} if extends and base is not None else own
    _check_references(concepts, origin)
    title_zh, title_en = _in_two_languages(document, "title", origin)
    source_zh, source_en = _in_two_languages(document, "source", origin)
    return Vocabulary(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        source_zh=source_zh,
        source_en=source_en,
        version=_text(document, "version", origin, name),
        concepts=MappingProxyType(concepts),
    )


def _in_two_languages(document: Mapping[str, Any], key: str, origin: str) -> tuple[str, str]:
    """Read a text that is the same in both languages, or a mapping of `zh_Hans_CN` and `en`."""
    value = document.get(key)
    if not isinstance(value, dict):
        told = _text(document, key, origin, key)
        return told, told
    if "zh_Hans_CN" not in value:
        raise _broken(origin, f"缺少 {key}.zh_Hans_CN", f"`{key}.zh_Hans_CN` is missing")
    told = _text(value, "zh_Hans_CN", origin, key)
    return told, _text(value, "en", origin, key) if "en" in value else told


@lru_cache(maxsize=256)
def _load(name: str, folder: Path | None) -> Vocabulary:
    if not _NAME.fullmatch(name):
        raise UnknownVocabulary(f"代码表名称无效：{name}", f"not a code list name: {name}")
    base = None
    shipped = files(_PACKAGE).joinpath(f"{name}.yaml")
    if shipped.is_file():
        base = parse_vocabulary(shipped.read_text("utf-8"), name, f"vocabularies/{name}.yaml", None)
    if folder is not None and (own := folder / f"{name}.yaml").is_file():
        return parse_vocabulary(own.read_text("utf-8"), name, own.name, base)
    if base is None:
        raise UnknownVocabulary(
            f"代码表 {name} 不存在，请在 vocabularies/ 或数据目录中提供 {name}.yaml",
            f"there is no code list {name}: add {name}.yaml to vocabularies/ or the data folder",
        )
    return base


def _concepts(rows: list[Any], origin: str) -> dict[str, Concept]:
    concepts: dict[str, Concept] = {}
    for row in rows:
        if not isinstance(row, dict):
            raise _broken(origin, f"条目不是映射：{row!r}", f"a concept is no mapping: {row!r}")
        concept = _concept(row, origin)
        if concept.code in concepts:
            raise _broken(origin, f"代码重复：{concept.code}", f"code twice: {concept.code}")
        concepts[concept.code] = concept
    return concepts


def _concept(row: dict[str, Any], origin: str) -> Concept:
    code = _text(row, "code", origin, "?")
    zh = _text(row, "zh", origin, code)
    status = row.get("status", "active")
    selectable = row.get("selectable", True)
    if status not in ("active", "retired") or not isinstance(selectable, bool):
        raise _broken(
            origin, f"{code} 的 status 或 selectable 无效", f"bad status or selectable of {code}"
        )
    extra = {key: _text(row, key, origin, code) for key in row if key not in _CONCEPT_KEYS}
    return Concept(
        code=code,
        zh=zh,
        en=_text(row, "en", origin, code) if "en" in row else zh,
        parent=_text(row, "parent", origin, code) if "parent" in row else None,
        status=status,
        replaced_by=_text(row, "replaced_by", origin, code) if "replaced_by" in row else None,
        selectable=selectable,
        extra=MappingProxyType(extra),
    )


def _text(row: Mapping[str, Any], key: str, origin: str, code: str) -> str:
    """Read a text; YAML turns unquoted digits, dates and `no` into other types, which we refuse."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise _broken(
            origin,
            f"{code} 的 {key} 应为加引号的文字，现为 {value!r}",
            f"`{key}` of {code} must be a quoted text, not {value!r}",
        )
    return value


def _check_references(concepts: Mapping[str, Concept], origin: str) -> None:
    for concept in concepts.values():
        for key, target in (("parent", concept.parent), ("replaced_by", concept.replaced_by)):
            if target is not None and target not in concepts:
                raise _broken(
                    origin,
                    f"{concept.code} 的 {key} 指向不存在的 {target}",
                    f"`{key}` of {concept.code} names {target}, which does not exist",
                )
        match = concept.extra.get("exact_match")
        if match and match not in concepts and not _ADDRESS.fullmatch(match):
            raise _broken(
                origin,
                f"{concept.code} 的 exact_match 应为本表代码或网址，现为 {match}",
                f"`exact_match` of {concept.code} must be a code of this list or an address,"
                f" not {match}",
            )
        _check_no_cycle(concept, concepts, origin)


def _check_no_cycle(concept: Concept, concepts: Mapping[str, Concept], origin: str) -> None:
    seen = {concept.code}
    parent = concept.parent
    while parent is not None:
        if parent in seen:
            raise _broken(origin, f"{concept.code} 的上级成环", f"parents of {concept.code} loop")
        seen.add(parent)
        parent = concepts[parent].parent if parent in concepts else None


def _broken(origin: str, zh: str, en: str) -> InvalidVocabulary:
    return InvalidVocabulary(f"代码表 {origin}：{zh}", f"code list {origin}: {en}")
