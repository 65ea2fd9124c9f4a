"""What the docstring of an action says: summary, parameters and answer, in Sphinx' notation."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIELD = re.compile(r"^:(param|type|returns|rtype)\s*([^:]*):\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Told:
    """One docstring.

    Attributes:
        summary: the first paragraph.
        detail: what follows before and between the fields.
        parameters: name -> description, in the order of the docstring.
        answer: what is returned, "" when it is not said.
    """

    summary: str
    detail: str
    parameters: dict[str, str]
    answer: str


def read(text: str | None) -> Told:
    """Read a docstring that `inspect.cleandoc` has cleaned; several names may share a field."""
    plain: list[str] = []
    parameters: dict[str, list[str]] = {}
    answer: list[str] = []
    into: list[list[str]] = [plain]
    for line in (text or "").splitlines():
        match = _FIELD.match(line)
        if match:
            into = _begun(match, parameters, answer)
        elif line and not line.startswith(" ") and into != [plain]:
            into = [plain]
            plain.append(line)
        else:
            for lines in into:
                lines.append(line.strip() if into != [plain] else line)
    paragraphs = "\n".join(plain).strip().split("\n\n", 1)
    return Told(
        summary=" ".join(paragraphs[0].split()),
        detail=paragraphs[1].strip() if len(paragraphs) > 1 else "",
        parameters={name: " ".join(" ".join(lines).split()) for name, lines in parameters.items()},
        answer=" ".join(" ".join(answer).split()),
    )


def _begun(
    match: re.Match[str], parameters: dict[str, list[str]], answer: list[str]
) -> list[list[str]]:
    kind, names, text = match.groups()
    if kind == "param":
        found = [parameters.setdefault(name.strip(), []) for name in names.split(",")]
        for lines in found:
            lines.append(text)
        return found
    if kind == "returns":
        answer.append(text)
        return [answer]
    # Types are in the table: a docstring that names one says it for people.
    return [[]]
