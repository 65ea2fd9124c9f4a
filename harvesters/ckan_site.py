"""A plain CKAN site without this extension (API of 2.9 to 2.12) as a foreign source.

Every reading goes over all ids in their order, page by page after the last id read, so that
nothing is skipped or met twice while the site changes, and a record that is gone is missed for
sure. Only what the site lists for everybody is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ckanext.fjgov.core.federation.errors import JsonRefused
from ckanext.fjgov.core.federation.ports import Fetch
from ckanext.fjgov.core.federation.strict_json import loads
from ckanext.fjgov.core.foreign.ckan_package import package_record
from ckanext.fjgov.core.foreign.definition import SourceDefinition
from ckanext.fjgov.core.foreign.record import RemoteRecord, SourceRefused

JSON_TYPE = "application/json"
SEARCH = "/api/3/action/package_search"
# An id is a UUID on every stock site; whatever else it is must not break out of the query.
_SPECIAL = str.maketrans({'"': r"\"", "\\": r"\\"})


@dataclass(frozen=True, slots=True)
class CkanSite:
    """Reads one site (`foreign.ports.SourceAdapter`)."""

    source: SourceDefinition
    fetch: Fetch

    def records(self) -> Iterator[RemoteRecord]:
        """Give every listed dataset in order of its id.

        Raises:
            FetchError: the site cannot be read.
            SourceRefused: the answer is not that of CKAN's search, or pages do not fit together.
        """
        last = ""
        while True:
            count, packages = self._page(last)
            for package in packages:
                record = package_record(package, self.source.address)
                if record.remote_id <= last:
                    raise SourceRefused(
                        "order",
                        "站点未按 id 排序返回，无法确认清单完整",
                        "the site does not sort by id, so that completeness cannot be told",
                    )
                last = record.remote_id
                yield record
            if count == len(packages):
                return
            if len(packages) < min(count, self.source.reading.page_size):
                raise SourceRefused(
                    "truncated",
                    f"站点称还有 {count} 条，实际返回 {len(packages)} 条；未使用本次内容",
                    f"the site speaks of {count} more records and gave {len(packages)}; nothing of "
                    "this reading is used",
                )

    def _page(self, last: str) -> tuple[int, list[Any]]:
        """Read the datasets after an id: how many there are, and the first of them."""
        queries = [self.source.reading.query] if self.source.reading.query else []
        if last:
            queries.append(f'id:{{"{last.translate(_SPECIAL)}" TO *]')
        question = {
            "q": "*:*",
            "rows": str(self.source.reading.page_size),
            "sort": "id asc",
            **({"fq": " ".join(f"+{query}" for query in queries)} if queries else {}),
        }
        url = f"{self.source.address.rstrip('/')}{SEARCH}?{urlencode(question)}"
        answer = self.fetch.get(url, accept=(JSON_TYPE,))
        try:
            result = loads(answer.body).get("result")
            count, packages = result["count"], result["results"]
        except (JsonRefused, AttributeError, KeyError, TypeError) as error:
            raise _strange() from error
        if type(count) is not int or not isinstance(packages, list):
            raise _strange()
        return count, packages


def _strange() -> SourceRefused:
    return SourceRefused(
        "answer",
        "应答不是 CKAN 的 package_search 结果，请核对地址",
        "the answer is not that of CKAN's package_search; check the address",
    )
