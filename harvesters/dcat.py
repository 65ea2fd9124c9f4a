"""A DCAT document, or a paged Hydra collection of them, as a foreign source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from ckanext.fjgov.core.federation.address import check_url
from ckanext.fjgov.core.federation.ports import Fetch
from ckanext.fjgov.core.foreign.definition import SourceDefinition
from ckanext.fjgov.core.foreign.rdf import FORMATS, parse_rdf
from ckanext.fjgov.core.foreign.record import RemoteRecord, SourceRefused

# Some servers know no RDF and say `text/plain`; the syntax is then told by the first character.
ACCEPT = (*FORMATS, "text/plain", "application/octet-stream")
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class DcatDocument:
    """Reads one document with all pages that follow it (`foreign.ports.SourceAdapter`)."""

    source: SourceDefinition
    fetch: Fetch

    def records(self) -> Iterator[RemoteRecord]:
        """Give every dataset, page by page.

        Raises:
            FetchError: a page cannot be read.
            SourceRefused: a page is no RDF, pages run in a circle or lead to another site, or the
                collection says that it has another number of datasets.
        """
        address, seen = self.source.address, set[str]()
        number, total = 0, None
        while address:
            if address in seen or len(seen) >= MOST_PAGES:
                raise SourceRefused(
                    "pages", "分页循环或页数过多", "the pages run in a circle or are too many"
                )
            seen.add(address)
            answer = self.fetch.get(address, accept=ACCEPT)
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            page = parse_rdf(answer.body, media_type, address)
            total = page.total if page.total is not None else total
            for record in page.records(self.source.reading.languages):
                number += 1
                yield record
            address = self._next(address, page.next_page)
        if total is not None and number != total:
            raise SourceRefused(
                "truncated",
                f"来源称共有 {total} 个数据集，实际读到 {number} 个；未使用本次内容",
                f"the collection speaks of {total} datasets and gave {number}; nothing of this "
                "reading is used",
            )

    def _next(self, address: str, link: str) -> str:
        if not link:
            return ""
        following = urljoin(address, link)
        if check_url(following).origin() != check_url(self.source.address).origin():
            raise SourceRefused(
                "pages", "下一页指向另一站点，不予读取", "the next page leads to another site"
            )
        return following
