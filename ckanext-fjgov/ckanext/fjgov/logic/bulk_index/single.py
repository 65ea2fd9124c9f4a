"""Build index documents one by one with CKAN's own code: for what the bulk way does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import ckan.logic as ckan_logic
from ckan import model
from ckan.lib.search import index as ckan_index
from ckan.lib.search.index import PackageSearchIndex


def documents(ids: Sequence[str]) -> list[dict[str, Any]]:
    """Build documents as CKAN does for a single write. Cost: some 20 ms each, all of it CPU."""
    sink = _Sink()
    for id_ in ids:
        default, custom = ckan_logic.package_show_default_and_custom_schemas(
            {"model": model, "session": model.Session, "user": ""}, id_
        )
        _build_document(sink, {**default, "with_custom_schema": custom})
    return sink.docs


@dataclass
class _Sink:
    """Takes documents in the place of a connection to Solr."""

    docs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, docs: Sequence[dict[str, Any]], **_options: Any) -> None:
        self.docs += docs


def _build_document(sink: _Sink, package: dict[str, Any]) -> None:
    """Let CKAN build one document and hand it to the sink.

    CKAN builds and posts in one method, a request for each document. The same code runs here with
    another `make_connection`; nothing that other threads use is replaced.
    """
    code = PackageSearchIndex.index_package.__code__
    names = {**vars(ckan_index), "make_connection": lambda *_args, **_options: sink}
    FunctionType(code, names)(PackageSearchIndex(), package, True)  # noqa: FBT003 - CKAN's order
