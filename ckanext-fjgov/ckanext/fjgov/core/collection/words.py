"""Read the name of a collection item: what is said, by which word, for whom.

Compares nothing: see `likeness`. The words are data: vocabularies/item_synonyms.yaml and
item_name_parts.yaml, which a node may extend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from ckanext.fjgov.core.catalog.title import normalise_title
from ckanext.fjgov.core.catalog.vocabulary import Concept, load_vocabulary
from ckanext.fjgov.core.errors import InvalidVocabulary

Use = Literal["plain", "by_line", "common"]

SYNONYMS, PARTS, OBJECTS = "item_synonyms", "item_name_parts", "business_objects"
_USES = ("plain", "by_line", "common")
_KINDS = ("head", "role", "aside", "line")
_BRACKETS = re.compile(r"[(（\[【〔]([^()（）\[\]【】〔〕]*)[)）\]】〕]")
# `1.`, `(2)` or `3、` before a name is the numbering of a form; `1.5米` is not.
_NUMBERING = re.compile(r"^\s*[(（]?[0-9０-９]{1,3}(?:[)）]|[.．、](?![0-9０-９]))\s*")
# Digits behind a Chinese character mark a copied column (姓名2); those of PM10 are part of a word.
_TAIL = re.compile(r"(?<=[\u4e00-\u9fff])[0-9]{1,3}$")
_SHORTEST = 2
# Bounds what hostile names can keep in memory; a province has a few ten thousand names.
_MOST_READ = 100_000


@dataclass(frozen=True, slots=True)
class ItemWord:
    """What the name of an item says.

    Attributes:
        name: folded as titles are, without numbering, asides and digits at the end.
        word: `:code` of a concept of item_synonyms, or the folded name with a common last word,
            which holds no punctuation and so never is a code.
        digits: digits at the end, "" when there are none; they mark a copied column.
        role: whose it is (户主, 企业), "" when not said.
        is_listed: the word is a concept of item_synonyms.
        near: words a reviewer should look at as well.
        business_object: the object meant when the item states none, "" when the word fits several.
        use: `common` words never are a conflict, `by_line` words within one line of business only.
    """

    name: str
    word: str
    digits: str = ""
    role: str = ""
    is_listed: bool = False
    near: frozenset[str] = frozenset()
    business_object: str = ""
    use: Use = "plain"


@dataclass(frozen=True)
class WordBook:
    """The words of one node: synonyms, parts of names, and objects bound to a line of business.

    Attributes:
        concepts: concepts of item_synonyms by code.
        codes: folded name -> code.
        heads: (last words, form they are folded to), the longest first.
        roles: words that say whose an item is, the longest first.
        asides: what brackets may hold without changing the item.
        by_line_heads: last words of names that take their meaning from the business.
        line_ends: last words of lines of business that may be left out, the longest first.
        by_line_objects: objects that are others in each line, for example 证照.
    """

    concepts: Mapping[str, ItemWord]
    codes: Mapping[str, str]
    heads: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    asides: frozenset[str]
    by_line_heads: frozenset[str]
    line_ends: tuple[str, ...]
    by_line_objects: frozenset[str]
    _read: dict[tuple[str, str], ItemWord] = field(default_factory=dict, repr=False, compare=False)

    def read(self, name: str, business_object: str = "") -> ItemWord:
        """Read a name.

        Args:
            name: as typed.
            business_object: the object the item states, or "". A concept that is bound to another
                object is not meant (登记状态 of a marriage is not that of a company), unless every
                form asks for it.

        Returns:
            `word` is "" when the name holds nothing but spaces and punctuation.

        Cost: O(length × parts) the first time, then a look-up.
        """
        known = self._read.get((name, business_object))
        if known is None:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            known = self._parse(name, business_object)
            self._read[name, business_object] = known
        return known

    def fold_line(self, line: str) -> str:
        """Fold a line of business: as titles are, without 业务, 工作 and the like at the end."""
        folded = normalise_title(line)
        end = next((end for end in self.line_ends if _has_end(folded, end)), "")
        return folded[: len(folded) - len(end)]

    def _parse(self, name: str, stated: str) -> ItemWord:
        plain = _BRACKETS.sub(self._without_aside, _NUMBERING.sub("", name))
        folded = normalise_title(plain) or normalise_title(name)
        tail = _TAIL.search(folded)
        digits = tail.group() if tail else ""
        folded = folded[: len(folded) - len(digits)]
        for role, rest in self._by_role(folded):
            code = self.codes.get(rest) or self.codes.get(self._with_head(rest)[0])
            listed = self.concepts.get(code or "")
            if listed is not None and _is_meant(listed, stated):
                return ItemWord(
                    folded,
                    listed.word,
                    digits,
                    role,
                    is_listed=True,
                    near=listed.near,
                    business_object=listed.business_object,
                    use=listed.use,
                )
        role, rest = list(self._by_role(folded))[-1]
        word, head = self._with_head(rest)
        use: Use = "by_line" if head in self.by_line_heads else "plain"
        return ItemWord(folded, word, digits, role, use=use)

    def _by_role(self, folded: str) -> Iterator[tuple[str, str]]:
        """Give role and rest: first the whole name, then without the role it begins with."""
        yield "", folded
        for role in self.roles:
            if folded.startswith(role) and len(folded) - len(role) >= _SHORTEST:
                yield role, folded.removeprefix(role).removeprefix("的")
                return

    def _with_head(self, folded: str) -> tuple[str, str]:
        """Give the name with its last words in their common form, and that form."""
        for end, head in self.heads:
            if folded.endswith(end):
                return folded[: len(folded) - len(end)] + head, head
        return folded, ""

    def _without_aside(self, match: re.Match[str]) -> str:
        """Drop brackets that hold a unit, a mark, or another word for what stands before them."""
        inside = normalise_title(match.group(1))
        before = self.codes.get(normalise_title(match.string[: match.start()]))
        is_repeated = before is not None and self.codes.get(inside) == before
        return "" if is_repeated or inside in self.asides else match.group()


@lru_cache(maxsize=16)
def load_word_book(folder: Path | None = None) -> WordBook:
    """Read the words shipped, and those of a node's own data folder.

    Raises:
        InvalidVocabulary: a use, kind, object or neighbour does not exist, or a name stands twice.
    """
    objects = load_vocabulary(OBJECTS, folder).concepts
    parts = {
        kind: [c for c in load_vocabulary(PARTS, folder).concepts.values() if _kind(c) == kind]
        for kind in _KINDS
    }
    heads = {name: normalise_title(c.zh) for c in parts["head"] for name in _names(c)}
    bare = WordBook(
        concepts={},
        codes={},
        heads=tuple(sorted(heads.items(), key=lambda pair: -len(pair[0]))),
        roles=_longest_first(parts["role"]),
        asides=frozenset(name for c in parts["aside"] for name in _names(c)),
        by_line_heads=frozenset(
            normalise_title(c.zh) for c in parts["head"] if _use(c, PARTS) == "by_line"
        ),
        line_ends=_longest_first(parts["line"]),
        by_line_objects=frozenset(c.code for c in objects.values() if c.extra.get("by_line")),
    )
    listed = load_vocabulary(SYNONYMS, folder).concepts
    return WordBook(
        concepts={c.code: _listed(c, listed, objects) for c in listed.values()},
        codes=_codes(listed.values(), bare),
        heads=bare.heads,
        roles=bare.roles,
        asides=bare.asides,
        by_line_heads=bare.by_line_heads,
        line_ends=bare.line_ends,
        by_line_objects=bare.by_line_objects,
    )


def _listed(
    concept: Concept, listed: Mapping[str, Concept], objects: Mapping[str, Concept]
) -> ItemWord:
    near = _near(concept)
    for other in listed.values():
        if concept.code in _near(other):
            near |= {other.code}
    business_object = concept.extra.get("object", "")
    for code in sorted(near - listed.keys()):
        raise _broken(SYNONYMS, concept, f"near 指向不存在的 {code}", f"`near` names {code}")
    if business_object and business_object not in objects:
        raise _broken(
            SYNONYMS, concept, f"业务对象 {business_object} 不存在", f"no object {business_object}"
        )
    use = _use(concept, SYNONYMS)
    name = normalise_title(concept.zh)
    return ItemWord(
        name,
        f":{concept.code}",
        is_listed=True,
        near=frozenset(f":{code}" for code in near),
        business_object=business_object,
        use=use,
    )


def _codes(listed: Iterable[Concept], bare: WordBook) -> dict[str, str]:
    """Map folded names to codes, as they stand first, then with a common last word."""
    codes: dict[str, str] = {}
    ends: dict[str, str] = {}
    for concept in listed:
        for name in _names(concept):
            if codes.setdefault(name, concept.code) != concept.code:
                raise _broken(
                    SYNONYMS,
                    concept,
                    f"{name} 已列在 {codes[name]} 下",
                    f"{name} is listed under {codes[name]}",
                )
            ends.setdefault(bare._with_head(name)[0], concept.code)
    return ends | codes


def _near(concept: Concept) -> frozenset[str]:
    return frozenset(concept.extra.get("near", "").split())


def _names(concept: Concept) -> list[str]:
    return [normalise_title(name) for name in (concept.zh, *concept.extra.get("also", "").split())]


def _is_meant(listed: ItemWord, stated: str) -> bool:
    """Tell whether a concept fits the stated object; common words are common to all objects."""
    return listed.use == "common" or not stated or listed.business_object in ("", stated)


def _longest_first(concepts: Iterable[Concept]) -> tuple[str, ...]:
    return tuple(sorted({name for c in concepts for name in _names(c)}, key=lambda n: (-len(n), n)))


def _has_end(text: str, end: str) -> bool:
    return text.endswith(end) and len(text) - len(end) >= _SHORTEST


def _use(concept: Concept, origin: str) -> Use:
    use = concept.extra.get("use", "plain")
    if use not in _USES:
        raise _broken(origin, concept, f"use 无效：{use}", f"bad `use`: {use}")
    return cast("Use", use)


def _kind(concept: Concept) -> str:
    kind = concept.extra.get("kind", "")
    if kind not in _KINDS:
        raise _broken(PARTS, concept, f"kind 无效：{kind}", f"bad `kind`: {kind}")
    return kind


def _broken(origin: str, concept: Concept, zh: str, en: str) -> InvalidVocabulary:
    return InvalidVocabulary(
        f"代码表 {origin}：{concept.code} 的{zh}", f"code list {origin}, {concept.code}: {en}"
    )
