"""GB/T 21063.3 core metadata as XML: writer and strict reader.

The standard's own tags were never published with a namespace; ours are its short names in the
namespace below. The reader refuses DOCTYPE (and with it every entity), foreign roots, deep
nesting and oversized documents, because what it reads comes from other catalogs.

Source: GB/T 21063.3-2007; standards brief 1.2; decision on the binding there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape

from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.core.export.facts import xml_text
from ckanext.fjgov.core.export.gbmetadata import Category, Contact, GbMetadata, Keywords, Service
from ckanext.fjgov.core.xml_parser import parser_for

NAMESPACE: Final = "urn:cn:gbt:21063.3:2007"
MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 8
MAX_ELEMENTS: Final = 20_000

# Names a reader accepts in lower case -> short name of the standard.
_ALIASES: Final[dict[str, str]] = {
    "metadata": "metadata",
    "restitle": "resTitle",
    "resourcetitle": "resTitle",
    "pubdate": "pubDate",
    "dateofpublication": "pubDate",
    "abstract": "abstract",
    "idpoc": "idPoC",
    "pointofcontact": "idPoC",
    "rporgname": "rpOrgName",
    "rporgnam": "rpOrgName",
    "organisationname": "rpOrgName",
    "cntadd": "cntAdd",
    "address": "cntAdd",
    "desckeys": "descKeys",
    "descriptivekeywords": "descKeys",
    "keyword": "keyword",
    "thesaname": "thesaName",
    "thesaurusname": "thesaName",
    "tpcat": "tpCat",
    "resourcecategory": "tpCat",
    "catestd": "cateStd",
    "categorystandard": "cateStd",
    "catename": "cateName",
    "categoryname": "cateName",
    "catecode": "cateCode",
    "categorycode": "cateCode",
    "onlinesrc": "onLineSrc",
    "online": "onLineSrc",
    "resid": "resID",
    "resourceid": "resID",
    "servinfo": "servInfo",
    "serviceinformation": "servInfo",
    "servurl": "servURL",
    "serviceurl": "servURL",
    "servtype": "servType",
    "servicetype": "servType",
    "mdid": "mdId",
    "metadataidentifier": "mdId",
    "mdcontact": "mdContact",
    "metadatacontact": "mdContact",
    "mddateupd": "mdDateUpd",
    "metadatadateupdate": "mdDateUpd",
}

# Elements the standard allows once.
_SINGLE: Final = frozenset(
    {"mdId", "resTitle", "pubDate", "abstract", "resID", "servInfo", "mdDateUpd"}
)

_DECLARED_ENCODING: Final = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]{0,80}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_CHINESE_ENCODINGS: Final = frozenset({"gb18030", "gbk", "gb2312", "cp936"})


class InvalidGbXml(InvalidValue):
    """The document is no acceptable GB/T 21063.3 record; the message says why and where."""


@dataclass(slots=True)
class _Element:
    """One element while reading: its short name, own text and children."""

    name: str
    chunks: list[str] = field(default_factory=list)
    children: list[_Element] = field(default_factory=list)

    def text(self) -> str:
        return "".join(self.chunks).strip()

    def all(self, name: str) -> list[_Element]:
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> str:
        found = self.all(name)
        return found[0].text() if found else ""


def write_gbxml(metadata: GbMetadata) -> bytes:
    """Write one record as UTF-8 XML, elements in the order of the binding.

    Characters that XML 1.0 cannot hold are left out. Empty elements are not written.
    """
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="{NAMESPACE}">\n'
        f"{record_body(metadata)}</metadata>\n"
    )
    return document.encode()


def record_body(metadata: GbMetadata) -> str:
    """Return what stands inside the `metadata` element of a record, a line for each element."""
    parts = [
        _leaf("mdId", metadata.md_id),
        _leaf("resTitle", metadata.title),
        _leaf("pubDate", metadata.published),
        _leaf("abstract", metadata.abstract),
        *(_contact("idPoC", one) for one in metadata.providers),
        *(_keywords(one) for one in metadata.keywords),
        *(_category(one) for one in metadata.categories),
        *(_leaf("onLineSrc", one) for one in metadata.online),
        _leaf("resID", metadata.identifier),
        _service(metadata.service),
        *(_contact("mdContact", one) for one in metadata.maintainers),
        _leaf("mdDateUpd", metadata.md_updated),
    ]
    return "".join(f"  {part}\n" for part in parts if part)


def _leaf(name: str, value: str) -> str:
    cleaned = xml_text(value)
    return f"<{name}>{escape(cleaned)}</{name}>" if cleaned else ""


def _group(name: str, *parts: str) -> str:
    inner = "".join(parts)
    return f"<{name}>{inner}</{name}>" if inner else ""


def _contact(name: str, contact: Contact) -> str:
    return _group(name, _leaf("rpOrgName", contact.name), _leaf("cntAdd", contact.address))


def _keywords(group: Keywords) -> str:
    words = [_leaf("keyword", word) for word in group.words]
    return _group("descKeys", *words, _leaf("thesaName", group.thesaurus))


def _category(category: Category) -> str:
    return _group(
        "tpCat",
        _leaf("cateStd", category.standard),
        _leaf("cateName", category.name),
        _leaf("cateCode", category.code),
    )


def _service(service: Service | None) -> str:
    if service is None:
        return ""
    return _group("servInfo", _leaf("servURL", service.url), _leaf("servType", service.type))


def parse_gbxml(data: bytes) -> GbMetadata:
    """Read one record.

    Args:
        data: an XML document, UTF-8 or as declared (GB18030 and its subsets included).

    Raises:
        InvalidGbXml: DOCTYPE, malformed XML, foreign root, an element twice that may occur
            once, or a limit exceeded.
    """
    if len(data) > MAX_BYTES:
        _reject(f"超过 {MAX_BYTES} 字节", f"is larger than {MAX_BYTES} bytes")
    root = _Reader().read(as_utf8(data))
    for name in sorted(_SINGLE):
        if len(root.all(name)) > 1:
            _reject(f"元素 {name} 只能出现一次", f"has element {name} more than once")
    services = root.all("servInfo")
    return GbMetadata(
        md_id=root.one("mdId"),
        title=root.one("resTitle"),
        published=root.one("pubDate"),
        abstract=root.one("abstract"),
        providers=_contacts(root, "idPoC"),
        keywords=tuple(
            Keywords(
                tuple(word.text() for word in group.all("keyword") if word.text()),
                group.one("thesaName"),
            )
            for group in root.all("descKeys")
        ),
        categories=tuple(
            Category(one.one("cateStd"), one.one("cateName"), one.one("cateCode"))
            for one in root.all("tpCat")
        ),
        online=tuple(one.text() for one in root.all("onLineSrc") if one.text()),
        identifier=root.one("resID"),
        service=Service(services[0].one("servURL"), services[0].one("servType"))
        if services
        else None,
        maintainers=_contacts(root, "mdContact"),
        md_updated=root.one("mdDateUpd"),
    )


def _contacts(root: _Element, name: str) -> tuple[Contact, ...]:
    return tuple(Contact(one.one("rpOrgName"), one.one("cntAdd")) for one in root.all(name))


def short_name(local: str) -> str:
    """Give the standard's short name of an element's local name, "" when it is not one of its."""
    return _ALIASES.get(local.lower(), "")


def as_utf8(data: bytes) -> bytes:
    """Recode a document declared in a Chinese encoding, which expat does not know."""
    declared = _DECLARED_ENCODING.match(data)
    if declared is None or declared[1].decode("ascii").lower() not in _CHINESE_ENCODINGS:
        return data
    try:
        recoded = data.decode("gb18030").encode()
    except UnicodeError as error:
        zh, en = "GB/T 21063.3 文件与所声明的编码不符", "GB/T 21063.3: not in its declared encoding"
        raise InvalidGbXml(f"{zh}：{error}", f"{en}: {error}") from error
    start, end = declared.span(1)
    return recoded[:start] + b"UTF-8" + recoded[end:]


def _reject(zh: str, en: str) -> NoReturn:
    """Refuse the document with a bilingual reason."""
    raise InvalidGbXml(f"GB/T 21063.3 文件{zh}", f"GB/T 21063.3 document {en}")


class _Reader:
    """Builds the tree of one document; every limit is enforced while reading."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._root: _Element | None = None
        self._foreign = 0
        self._count = 0
        self._parser = parser_for(self._doctype, self._start, self._end, self._text)

    def read(self, data: bytes) -> _Element:
        try:
            self._parser.Parse(data, True)  # noqa: FBT003 - by position only
        except expat.ExpatError as error:
            raise InvalidGbXml(
                f"GB/T 21063.3 文件第 {error.lineno} 行不是规范的 XML，请由来源目录更正",
                f"GB/T 21063.3 document is not well-formed XML, to be corrected there: {error}",
            ) from error
        if self._root is None:
            _reject("没有根元素", "has no root element")
        return self._root

    def _doctype(self, *_: object) -> None:
        _reject("含有 DOCTYPE，不予读取", "holds a DOCTYPE, which is refused")

    def _start(self, tag: str, _: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            _reject(f"元素超过 {MAX_ELEMENTS} 个", f"has more than {MAX_ELEMENTS} elements")
        if len(self._open) + self._foreign >= MAX_DEPTH:
            _reject(f"嵌套超过 {MAX_DEPTH} 层", f"nests deeper than {MAX_DEPTH}")
        namespace, _sep, local = tag.rpartition(" ")
        name = short_name(local) if namespace in {"", NAMESPACE} else ""
        if self._root is None:
            if name != "metadata":
                _reject(f"根元素不是 metadata：{local}", f"has root {local}, not metadata")
            self._root = _Element(name)
            self._open.append(self._root)
        elif self._foreign or not name:
            # An extension element is skipped with everything inside it.
            self._foreign += 1
        else:
            element = _Element(name)
            self._open[-1].children.append(element)
            self._open.append(element)

    def _end(self, _: str) -> None:
        if self._foreign:
            self._foreign -= 1
        else:
            self._open.pop()

    def _text(self, data: str) -> None:
        if not self._foreign:
            self._open[-1].chunks.append(data)
