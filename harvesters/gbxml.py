"""GB/T 21063.3 XML as a foreign source: one file, or a directory listing of files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from ckanext.fjgov.core.federation.ports import Fetch
from ckanext.fjgov.core.foreign.definition import SourceDefinition
from ckanext.fjgov.core.foreign.gbset import gb_records
from ckanext.fjgov.core.foreign.record import RemoteRecord, SourceRefused

XML_TYPES = ("application/xml", "text/xml", "application/octet-stream")
LISTING_TYPES = ("text/html", "text/plain", "application/xhtml+xml")
MOST_FILES = 200_000


@dataclass(frozen=True, slots=True)
class GbXmlFiles:
    """Reads one file or one directory (`foreign.ports.SourceAdapter`).

    An address that ends with `/` is a directory: a page with links, or a text with a name a line.
    """

    source: SourceDefinition
    fetch: Fetch

    def records(self) -> Iterator[RemoteRecord]:
        """Give every record, file by file in order of their names.

        Raises:
            FetchError: the listing or a file cannot be read.
            SourceRefused: the listing names no XML file (it may be a login page), or a file is
                not acceptable; one bad file ends the reading, so that nothing is missed unseen.
            InvalidGbXml: a file is not in its declared encoding.
        """
        if not self.source.address.endswith("/"):
            yield from self._file(self.source.address)
            return
        for address in self._listing():
            yield from self._file(address)

    def _file(self, address: str) -> Iterator[RemoteRecord]:
        answer = self.fetch.get(address, accept=XML_TYPES)
        yield from gb_records(answer.body, unquote(urlsplit(address).path.rpartition("/")[2]))

    def _listing(self) -> list[str]:
        address = self.source.address
        answer = self.fetch.get(address, accept=LISTING_TYPES)
        text = answer.body.decode("utf-8", "replace")
        if answer.headers.get("content-type", "").startswith("text/plain"):
            names = [line.strip() for line in text.splitlines()]
        else:
            page = _Links()
            page.feed(text)
            names = page.links
        files = sorted(
            {
                found
                for name in names
                if name and _is_inside(address, found := urljoin(address, name))
            }
        )
        if not files or len(files) > MOST_FILES:
            raise SourceRefused(
                "directory",
                f"目录列表中有 {len(files)} 个 XML 文件（没有文件时可能是登录页），未使用本次内容",
                f"the directory lists {len(files)} XML files (none may mean a login page); nothing "
                "of this reading is used",
            )
        return files


def _is_inside(directory: str, address: str) -> bool:
    """Tell whether an address is an XML file directly inside a directory."""
    if not address.startswith(directory):
        return False
    name = address[len(directory) :]
    return name.lower().endswith(".xml") and "/" not in name and "?" not in name


@dataclass
class _Links(HTMLParser):
    """Collects the targets of links."""

    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]
