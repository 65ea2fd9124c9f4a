"""GB/T 21063.3 XML as records: one `metadata` element, or a set of them under one root.

Mirrors the writer in `core.export.gbxml`. Unlike its strict reader of a single record it keeps
every element it does not know under its own name, so that nothing is left out unseen. DOCTYPE, and
with it every entity, is refused.

Source: GB/T 21063.3-2007; standards brief 1.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from ckanext.fjgov.core.export.gbxml import NAMESPACE, as_utf8, short_name
from ckanext.fjgov.core.xml_parser import parser_for

from .record import RemoteRecord, SourceRefused

MAX_DEPTH = 10
LONGEST_TEXT = 200_000
_PIECE = 256 * 1024
_RECORD = "metadata"
_CATEGORY = "tpCat"
_ID_CELLS = ("resID", "mdId")


@dataclass(slots=True)
class _Open:
    """One element that is being read."""

    name: str
    chunks: list[str] = field(default_factory=list)
    children: dict[str, list[str]] = field(default_factory=dict)


def gb_records(data: bytes, place: str) -> Iterator[RemoteRecord]:
    """Read a document with one record or a set.

    Args:
        data: XML in UTF-8 or a declared Chinese encoding.
        place: name of the document, for messages.

    Returns:
        Records whose id is resID, else mdId. Cells are short names, nested ones joined by a dot;
        a classification is `tpCat.<分类方式>` with its code and `tpCat.<分类方式>.cateName`.

    Raises:
        InvalidGbXml: the declared encoding does not hold.
        SourceRefused: DOCTYPE, not well formed, cut off, nested too deeply, or no record in it.

    Cost: one pass; memory of one record beside the document.
    """
    reader = _Reader(place)
    recoded = as_utf8(data)
    for start in range(0, len(recoded), _PIECE):
        yield from reader.feed(recoded[start : start + _PIECE])
    yield from reader.close()


class _Reader:
    def __init__(self, place: str) -> None:
        self._place = place
        self._open: list[_Open] = []
        self._done: list[RemoteRecord] = []
        self._cells: dict[str, list[str]] = {}
        self._inside = False
        self._number = 0
        self._size = 0
        self._parser = parser_for(self._doctype, self._start, self._end, self._text)

    def feed(self, piece: bytes) -> list[RemoteRecord]:
        return self._parse(piece, final=False)

    def close(self) -> list[RemoteRecord]:
        done = self._parse(b"", final=True)
        if not self._number:
            raise self._refused(
                "empty", "没有 GB/T 21063.3 元数据记录", "holds no record of GB/T 21063.3"
            )
        return done

    def _parse(self, piece: bytes, *, final: bool) -> list[RemoteRecord]:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            raise self._refused(
                "xml",
                f"第 {error.lineno} 行不是规范的 XML，或文件不完整",
                f"is not well-formed XML or is cut off: {error}",
            ) from error
        except (ValueError, LookupError) as error:
            # The parser knows only encodings of one byte a character besides Unicode's own.
            raise self._refused(
                "encoding", "的编码不支持，请用 UTF-8 或 GB18030", "is in an encoding not supported"
            ) from error
        done, self._done = self._done, []
        return done

    def _doctype(self, *_: object) -> None:
        raise self._refused(
            "doctype", "含有 DOCTYPE，不予读取", "holds a DOCTYPE, which is refused"
        )

    def _start(self, tag: str, _: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._refused("depth", "嵌套过深", "is nested too deeply")
        namespace, _sep, local = tag.rpartition(" ")
        known = short_name(local) if namespace in {"", NAMESPACE} else ""
        if known == _RECORD:
            if self._inside:
                raise self._refused("nested", "元数据记录相互嵌套", "nests records in one another")
            self._inside, self._cells, self._size = True, {}, 0
        elif not self._inside and self._open:
            raise self._refused(
                "element", f"含有记录以外的元素 {local[:60]}", f"holds {local[:60]} beside records"
            )
        self._open.append(_Open(known or (f"{{{namespace}}}{local}" if namespace else local)))

    def _end(self, _: str) -> None:
        closed = self._open.pop()
        if not self._inside:
            return
        if closed.name == _RECORD:
            self._finish()
            return
        text = "".join(closed.chunks).strip()
        parent = self._open[-1]
        if closed.name == _CATEGORY:
            self._category(closed, parent)
            return
        if text:
            self._keep(parent, closed.name, text)
        for name, texts in closed.children.items():
            for inner in texts:
                self._keep(parent, f"{closed.name}.{name}", inner)

    def _category(self, closed: _Open, parent: _Open) -> None:
        standard = next(iter(closed.children.pop("cateStd", ())), "")
        name = f"{_CATEGORY}.{standard}" if standard else _CATEGORY
        for code in closed.children.pop("cateCode", ()):
            self._keep(parent, name, code)
        for inner, texts in closed.children.items():
            for text in texts:
                self._keep(parent, f"{name}.{inner}", text)

    def _keep(self, parent: _Open, name: str, text: str) -> None:
        target = self._cells if parent.name == _RECORD else parent.children
        target.setdefault(name, []).append(text)

    def _finish(self) -> None:
        self._inside = False
        self._number += 1
        cells = {name: tuple(texts) for name, texts in self._cells.items()}
        ids = [cells[name][0] for name in _ID_CELLS if name in cells]
        place = f"{self._place} 第 {self._number} 条"
        self._done.append(RemoteRecord(ids[0] if ids else "", cells, (), place))

    def _text(self, data: str) -> None:
        if not self._inside:
            return
        self._size += len(data)
        if self._size > LONGEST_TEXT:
            raise self._refused(
                "size", f"单条记录超过 {LONGEST_TEXT} 字", "has a record that is too long"
            )
        self._open[-1].chunks.append(data)

    def _refused(self, rule: str, zh: str, en: str) -> SourceRefused:
        return SourceRefused(rule, f"{self._place} {zh}", f"{self._place} {en}")
