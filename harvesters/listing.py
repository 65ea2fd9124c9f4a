"""A portal's own listing, CSV or JSON, as a foreign source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from ckanext.fjgov.core.federation.errors import JsonRefused
from ckanext.fjgov.core.federation.ports import Fetch
from ckanext.fjgov.core.foreign.definition import SourceDefinition
from ckanext.fjgov.core.foreign.listing import csv_records, json_page
from ckanext.fjgov.core.foreign.record import RemoteRecord, SourceRefused

CSV_TYPES = (
    "text/csv",
    "application/csv",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
    "text/plain",
)
JSON_TYPES = ("application/json", "text/json", "application/octet-stream")
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class PortalListing:
    """Reads one listing (`foreign.ports.SourceAdapter`)."""

    source: SourceDefinition
    fetch: Fetch

    def records(self) -> Iterator[RemoteRecord]:
        """Give every record in the order of the listing.

        Raises:
            FetchError: the listing cannot be read.
            ImportRefused, SourceRefused: it cannot be used, or not to its end.
        """
        reading = self.source.reading
        if reading.format == "csv":
            answer = self.fetch.get(self.source.address, accept=CSV_TYPES)
            yield from csv_records(answer.body, reading)
            return
        number, page = 0, 1
        while True:
            records, total = self._page(page, number)
            yield from records
            number += len(records)
            if total is None or number == total:
                return
            if not reading.page[0] or not records or number > total or page >= MOST_PAGES:
                raise SourceRefused(
                    "truncated",
                    f"来源称共有 {total} 条，实际读到 {number} 条；未使用本次内容",
                    f"the listing speaks of {total} records and gave {number}; nothing of this "
                    "reading is used",
                )
            page += 1

    def _page(self, page: int, number: int) -> tuple[list[RemoteRecord], int | None]:
        reading = self.source.reading
        address, (number_name, size_name) = self.source.address, reading.page
        if number_name:
            question = {number_name: str(page)}
            if size_name:
                question[size_name] = str(reading.page_size)
            address += ("&" if "?" in address else "?") + urlencode(question)
        answer = self.fetch.get(address, accept=JSON_TYPES)
        try:
            return json_page(answer.body, reading, number)
        except JsonRefused as error:
            raise SourceRefused("json", error.zh, error.en) from error
