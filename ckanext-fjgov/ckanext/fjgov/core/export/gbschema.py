"""Judge documents of GB/T 21063.3 by the XML schema that this product ships.

Catalogs write the elements in any order, in any case and under their longer names; the binding
orders them by number. So each record is brought to the form of the binding first, with the lines
of its elements kept, and then judged by `schemas/gbt21063_3.xsd`. Extension elements, which the
standard allows, are no part of that.

Source: GB/T 21063.3-2007; standards brief 1.1 and 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from xml.parsers import expat

from lxml import etree

from ckanext.fjgov.core.export.gbelements import label_of
from ckanext.fjgov.core.export.gbxml import NAMESPACE, InvalidGbXml, as_utf8, short_name
from ckanext.fjgov.core.xml_parser import parser_for

SCHEMA_FILE: Final = "gbt21063_3.xsd"
_RECORD: Final = "metadata"
_PIECE: Final = 256 * 1024
_MOST_LINES: Final = 0xFFFF
# The binding's order, for the children of a record and of its compound elements alike.
_ORDER: Final = {
    name: place
    for place, name in enumerate(
        ("mdId", "resTitle", "pubDate", "abstract", "idPoC", "descKeys", "tpCat", "onLineSrc",
         "resID", "servInfo", "mdContact", "mdDateUpd", "rpOrgName", "cntAdd", "keyword",
         "thesaName", "cateStd", "cateName", "cateCode", "servURL", "servType")
    )
}  # fmt: skip
# The elements that a record must have, each with its own first one where it is compound: so that
# all that are missing are told at once, where a validator stops at the first.
MANDATORY: Final[Mapping[str, str]] = {"resTitle": "", "abstract": "", "idPoC": "rpOrgName",
                                       "tpCat": "cateStd", "resID": ""}  # fmt: skip
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( ([^)]*) \)")
_ELEMENT_CONTENT: Final = "SCHEMAV_ELEMENT_CONTENT"
_CONTENT: Final = "element-content"
_OURS: Final = "{" + NAMESPACE + "}"
# So that the paths of errors need no prefix.
_NO_PREFIX: Final = {None: NAMESPACE}


@dataclass(frozen=True, slots=True)
class Violation:
    """One place of a document that breaks the schema.

    Attributes:
        record: number of the record in the document, from 1.
        element: path of short names within the record, e.g. `idPoC/rpOrgName`.
        line: of the document.
        rule: of XML Schema, e.g. `cvc-minLength-valid`.
        zh, en: what is wrong.
    """

    record: int
    element: str
    line: int
    rule: str
    zh: str
    en: str


@cache
def schema_bytes() -> bytes:
    """Return the schema as shipped."""
    return files("ckanext.fjgov.schemas").joinpath(SCHEMA_FILE).read_bytes()


def new_schema() -> Any:
    """Return a validator; it keeps a log of its own, so that threads must not share one."""
    return etree.XMLSchema(etree.fromstring(schema_bytes()))


def violations(data: bytes, completed: Collection[str] = ()) -> Iterator[Violation]:
    """Give what breaks the schema, record by record; a valid document gives nothing.

    Args:
        data: XML with one record or a set, UTF-8 or in a declared Chinese encoding.
        completed: short names of elements that are known from elsewhere where a record lacks them.

    Raises:
        InvalidGbXml: no well-formed XML, or a DOCTYPE. Nothing is judged of such a document.

    Cost: one pass and some 0.1 ms a record; memory of one record.
    """
    reader = _Reader(frozenset(completed))
    recoded = as_utf8(data)
    for start in range(0, len(recoded), _PIECE):
        yield from reader.feed(recoded[start : start + _PIECE])
    yield from reader.feed(b"", final=True)


class _Reader:
    """Builds each record in the form of the binding, and has it judged."""

    def __init__(self, completed: frozenset[str]) -> None:
        self._completed = completed
        self._schema = new_schema()
        self._open: list[Any] = []
        self._outside = 0
        self._number = 0
        self._before = 0
        self._found: list[Violation] = []
        self._parser = parser_for(self._doctype, self._start, self._end, self._text)

    def feed(self, piece: bytes, *, final: bool = False) -> list[Violation]:
        try:
            self._parser.Parse(piece, final)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise _unreadable(error) from error
        found, self._found = self._found, []
        return found

    def _doctype(self, *_: object) -> None:
        raise InvalidGbXml(
            "GB/T 21063.3 文件含有 DOCTYPE，不予读取",
            "GB/T 21063.3 document holds a DOCTYPE, which is refused",
        )

    def _start(self, tag: str, _: dict[str, str]) -> None:
        namespace, _sep, local = tag.rpartition(" ")
        name = short_name(local) if namespace in {"", NAMESPACE} else ""
        if self._outside or not (name if self._open else name == _RECORD):
            # Beside records, or an extension element with all that is in it.
            self._outside += 1 if self._open else 0
            return
        element = etree.Element(_OURS + name, nsmap=_NO_PREFIX)
        line = self._parser.CurrentLineNumber
        if not self._open:
            self._before = line - 1
        # lxml counts lines in two bytes: within the record they do.
        element.sourceline = min(line - self._before, _MOST_LINES)
        if self._open:
            self._open[-1].append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        if self._outside:
            self._outside -= 1
        elif self._open:
            element = self._open.pop()
            element.text = (element.text or "").strip() or None
            element[:] = sorted(element, key=lambda one: _ORDER.get(_local(one), 0))
            if not self._open:
                self._judge(element)

    def _text(self, data: str) -> None:
        if self._open and not self._outside:
            element = self._open[-1]
            element.text = (element.text or "") + data

    def _judge(self, record: Any) -> None:
        self._number += 1
        self._found += self._complete(record)
        if self._schema.validate(record):
            return
        seen = set()
        for error in self._schema.error_log:
            found = self._violation(record, error)
            # The facet of a type, then the type: one fault is told once.
            if (found.element, found.line) not in seen:
                seen.add((found.element, found.line))
                self._found.append(found)

    def _complete(self, record: Any) -> Iterator[Violation]:
        """Tell what is missing, and put something in its place for the rest to be judged."""
        there = {_local(one) for one in record}
        for name, inner in MANDATORY.items():
            if name in there:
                continue
            if name not in self._completed:
                zh, en = _missing([name])
                yield Violation(self._number, name, self._line(record), _CONTENT, zh, en)
            stand_in = etree.SubElement(record, _OURS + name)
            (etree.SubElement(stand_in, _OURS + inner) if inner else stand_in).text = "-"
        record[:] = sorted(record, key=lambda one: _ORDER.get(_local(one), 0))

    def _violation(self, record: Any, error: Any) -> Violation:
        found = record.getroottree().xpath(error.path) if error.path else []
        element = found[0] if found else record
        names = [_local(one) for one in (*reversed(list(element.iterancestors())), element)]
        zh, en = _told(error, element)
        rule = str(error.type_name).removeprefix("SCHEMAV_").lower().replace("_", "-")
        path = "/".join(names[1:]) or _RECORD
        return Violation(self._number, path, self._line(element), rule, zh, en)

    def _line(self, element: Any) -> int:
        return self._before + (element.sourceline or 1)


def _unreadable(error: Exception) -> InvalidGbXml:
    return InvalidGbXml(
        "GB/T 21063.3 文件不是规范的 XML，请由来源目录更正",
        f"GB/T 21063.3 document is not well-formed XML: {error}",
    )


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)


def _told(error: Any, element: Any) -> tuple[str, str]:
    name, rule = _local(element), str(error.type_name)
    message = str(error.message).replace(_OURS, "")
    before = element.getprevious()
    if rule == _ELEMENT_CONTENT and before is not None and before.tag == element.tag:
        return f"元素 {name} 只能出现一次", f"element {name} may occur once only"
    if rule == _ELEMENT_CONTENT and (expected := _EXPECTED.search(message)):
        return _missing([one.strip() for one in expected[1].split(",")])
    if rule.startswith("SCHEMAV_CVC_DATATYPE"):
        return (
            "值不符合类型，日期应为 CCYY-MM-DD",
            "the value is not of its type; a day is CCYY-MM-DD",
        )
    if rule == "SCHEMAV_CVC_MINLENGTH_VALID":
        return "值为空，请填写或去掉该元素", "the value is empty; state it or leave the element out"
    return f"不符合 XML 模式：{message}", f"breaks the schema: {message}"


def _missing(names: list[str]) -> tuple[str, str]:
    told = "、".join(f"{name}（{label_of(name)}）" for name in names)
    return f"缺少元素 {told}", f"element {' or '.join(names)} is missing"
