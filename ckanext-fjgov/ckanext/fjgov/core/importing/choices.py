"""Codes as people see them in a workbook: `1 非受限共享（无条件共享）` is shown, `1` is stored.

It must not decide whether a record may use a code: a text that is none of the choices goes on as
it stands, and the rules answer for it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ckanext.fjgov.core.catalog.vocabulary import Concept, Vocabulary

Lists = Callable[[str], Vocabulary]


@dataclass(frozen=True, slots=True)
class Choices:
    """The code list of one column.

    Attributes:
        name: name of the vocabulary.
        shown: code -> text of the cell, retired codes included.
        codes: text of a cell -> code: the shown text, the code itself, and a label that only one
            code has.
        folded: the same keys without case, width and spaces -> shown text, for suggestions.
        offered: the shown texts of the codes that may be chosen now, in the order of the list.
    """

    name: str
    shown: Mapping[str, str]
    codes: Mapping[str, str]
    folded: Mapping[str, str]
    offered: tuple[str, ...]

    def padded(self, digits: str) -> str:
        """Return the shown text of the code that lost its leading zeros as `digits`, else ""."""
        found = [code for code in self.shown if code != digits and code.lstrip("0") == digits]
        return self.shown[found[0]] if len(found) == 1 else ""

    def suggestion(self, text: str) -> str:
        """Return the choice that was probably meant by a text, "" when none is near."""
        return self.folded.get(fold(text), "")


def choices_of(vocabulary: Vocabulary) -> Choices:
    """Return the choices of a code list. Cost: O(codes)."""
    concepts = tuple(vocabulary.concepts.values())
    shown = {concept.code: shown_text(concept) for concept in concepts}
    labels = Counter(concept.zh for concept in concepts)
    codes = {concept.zh: concept.code for concept in concepts if labels[concept.zh] == 1}
    codes |= {text: code for code, text in shown.items()}
    # A code that is also the label of another one is the code.
    codes |= {code: code for code in shown}
    return Choices(
        name=vocabulary.name,
        shown=shown,
        codes=codes,
        folded={fold(text): shown[code] for text, code in codes.items()},
        offered=tuple(shown[concept.code] for concept in vocabulary.choices()),
    )


def shown_text(concept: Concept) -> str:
    """Return a code with its label, as cells and drop-downs show it."""
    return concept.code if concept.zh == concept.code else f"{concept.code} {concept.zh}"


def fold(text: str) -> str:
    """Return a text without the differences that typing on different keyboards makes."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
