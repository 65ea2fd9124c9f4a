"""Walk through all that a reader finds, by the order of ids, each record once.

An id never changes: a record that is edited meanwhile keeps its place, so that none is skipped or
met twice. What is listed behind the place reached is met, what is listed before it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search import SearchError, SearchQueryError

from ckanext.fjgov.logic import searching

PAGE = 500
SORT = "id asc"
_ID = re.compile(r"[0-9A-Za-z_-]{1,100}")
# An anonymous reader, whoever asks: for documents that are the same for everybody.
NOBODY: Mapping[str, Any] = {"user": "", "auth_user_obj": None}


class Walk:
    """The records of one search, masked for its reader, a page at a time.

    The first page is read at once, so that a search that is refused is refused before anything is
    sent. Labels and masks are decided anew for every page.

    Attributes:
        count: number of records from the start on, when it was read.
    """

    def __init__(
        self,
        reader: Mapping[str, Any],
        query: str,
        filters: Sequence[str],
        *,
        after: str = "",
        until: str = "",
        most: int | None = None,
        fields: Sequence[str] = (),
    ) -> None:
        """Read the first page.

        Args:
            reader: `user` and `auth_user_obj` of who asks; never `ignore_auth`.
            query: as typed into the search box, or a fielded one.
            filters: further conditions, each a query.
            after: id behind which to start.
            until: id with which to end.
            most: so many records at most.
            fields: only these index fields of each, not whole records.

        Raises:
            ckan.logic.ValidationError: the search may not be asked or cannot be read.
        """
        self._reader = {name: reader.get(name) for name in NOBODY}
        self._query, self._filters = query, list(filters)
        self._most, self._fields = most, list(fields)
        for name, mark in (("after", after), ("until", until)):
            if mark and not _ID.fullmatch(mark):
                message = f"{name} 应为给出的标记 / {name} must be a mark that was given out"
                searching.refuse({name: [message]})
        self._filters += [f'id:[* TO "{until}"]'] if until else []
        self._first = self._read(after, most)
        self.count = int(self._first["count"])

    @property
    def following(self) -> str:
        """The id behind which the next page starts, "" when a walk of one page was the whole."""
        found = self._first["results"]
        return str(found[-1]["id"]) if found and self.count > self._rows(self._most) else ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give the records. Cost: a search for every 500, memory of one page."""
        answer, left = self._first, self._most
        while answer["results"]:
            yield from answer["results"]
            rows = self._rows(left)
            left = None if left is None else left - rows
            if answer["count"] <= rows or left == 0:
                return
            # Nothing is held in the database while the reader takes its time.
            model.Session.rollback()
            answer = self._read(str(answer["results"][-1]["id"]), left)

    def _rows(self, left: int | None) -> int:
        return PAGE if left is None else min(PAGE, left)

    def _read(self, after: str, left: int | None) -> dict[str, Any]:
        filters = [*self._filters, *([f'id:{{"{after}" TO *]'] if after else [])]
        wanted: dict[str, Any] = {
            "q": self._query or "*:*",
            "fq_list": filters,
            "rows": self._rows(left),
            "sort": SORT,
        }
        if self._fields:
            wanted["fl"] = ",".join(self._fields)
        try:
            found: dict[str, Any] = tk.get_action("package_search")(dict(self._reader), wanted)
        except (SearchQueryError, SearchError):
            searching.refuse({"q": ["检索式无法识别 / the query cannot be read"]})
        return found


def marks(reader: Mapping[str, Any], filters: Sequence[str], size: int) -> Iterator[str]:
    """Give the id of every record that is the last of so many, in the order of a walk.

    Cost: a search of one id for each mark.
    """
    after = ""
    while True:
        behind = [f'id:{{"{after}" TO *]'] if after else []
        found = tk.get_action("package_search")(
            {name: reader.get(name) for name in NOBODY},
            {
                "q": "*:*",
                "fq_list": [*filters, *behind],
                "rows": 1,
                "start": size - 1,
                "sort": SORT,
                "fl": "id",
            },
        )["results"]
        if not found:
            return
        after = str(found[0]["id"])
        yield after
