"""schema.org descriptions for search engines: `Dataset` of a public entry, `DataCatalog` of a node.

Must be given the entry as an anonymous reader has it: a description in a page is read, kept and
shown by machines of others. ckanext-dcat's own profile (`structured_data`) hangs on CKAN's page of
a dataset, which this site does not have, and writes generic CKAN fields; here the terms are the
catalog's, the addresses stable and never real ones.

Source: schema.org Dataset and DataCatalog; standards brief 8.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ckanext.fjgov.core.export.distribution import gateway_url
from ckanext.fjgov.core.export.facts import (
    CodeLabels,
    Entry,
    SiteFacts,
    catalog_uri,
    dataset_uri,
    landing_page,
    rows,
    text,
    texts,
)
from ckanext.fjgov.core.export.gbmetadata import keywords_of, written_day
from ckanext.fjgov.core.export.units import unit_code, unit_uri, unit_value

CONTEXT: Final = "https://schema.org/"
# What a parser of HTML would take for the end of the script, or for one of its own characters.
_UNSAFE: Final = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def dataset(entry: Entry, facts: SiteFacts, labels: CodeLabels, catalog: str) -> dict[str, Any]:
    """Describe a public entry.

    Args:
        entry: masked for an anonymous reader, as for `entry_triples`.
        facts: of the site.
        labels: names of codes.
        catalog: name of the node's catalog.
    """
    share = labels.label("share", text(entry, "share_type"))
    is_open = text(entry, "share_type") == "1" and text(entry, "open_to_public") == "1"
    return _stated(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": str(dataset_uri(entry, facts)),
            "url": str(landing_page(entry, facts)),
            "name": text(entry, "title"),
            "description": text(entry, "notes"),
            "identifier": [text(entry, name) for name in ("identifier", "guide_code")],
            "keywords": list(keywords_of(entry)),
            "about": _terms(entry, labels, "theme", "topic"),
            "inLanguage": text(entry, "language"),
            "datePublished": written_day(text(entry, "issued")),
            "dateModified": written_day(text(entry, "data_updated_at"))
            or written_day(text(entry, "md_date_updated")),
            "sdDatePublished": written_day(text(entry, "md_date_updated")),
            "publisher": _unit(entry, facts),
            "spatialCoverage": [
                {"@type": "Place", "name": named[0], "identifier": code}
                for code in texts(entry, "division")
                if (named := labels.label("division", code))
            ],
            "variableMeasured": [text(row, "name") for row in rows(entry, "items")],
            "conditionsOfAccess": share[0] if share else "",
            "isAccessibleForFree": True if is_open else None,
            "distribution": _downloads(entry, facts) if is_open else None,
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "@id": str(catalog_uri(facts)),
                "name": catalog,
            },
        }
    )


def data_catalog(facts: SiteFacts, name: str, description: str) -> dict[str, Any]:
    """Describe the catalog of a node."""
    site = str(catalog_uri(facts))
    return _stated(
        {
            "@context": CONTEXT,
            "@type": "DataCatalog",
            "@id": site,
            "url": f"{site}/",
            "name": name,
            "description": description,
            "inLanguage": "zh",
            "publisher": {
                "@type": "GovernmentOrganization",
                "name": text(facts.publisher, "name"),
            },
            "potentialAction": {
                "@type": "SearchAction",
                "target": f"{site}/dataset/?q={{query}}",
                "query-input": "required name=query",
            },
        }
    )


def script_text(description: Mapping[str, Any]) -> str:
    """Give a description as it may stand in a `script` element of a page, whatever it holds."""
    return json.dumps(description, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def _unit(entry: Entry, facts: SiteFacts) -> dict[str, Any]:
    address = unit_uri(entry, facts)
    return _stated(
        {
            "@type": "GovernmentOrganization",
            "@id": str(address) if address is not None else "",
            "name": unit_value(entry, facts, "title"),
            "identifier": unit_code(entry, facts),
        }
    )


def _terms(entry: Entry, labels: CodeLabels, name: str, scheme: str) -> list[dict[str, Any]]:
    return [
        _stated({"@type": "DefinedTerm", "termCode": code, "name": named[0] if named else ""})
        for code in texts(entry, name)
        for named in (labels.label(scheme, code),)
    ]


def _downloads(entry: Entry, facts: SiteFacts) -> list[dict[str, Any]]:
    """Name what anybody may fetch, by its gateway; of what needs a grant nothing is promised."""
    return [
        _stated(
            {
                "@type": "DataDownload",
                "name": text(row, "name"),
                "encodingFormat": text(row, "mimetype") or text(row, "format"),
                "contentUrl": str(gateway_url(text(row, "id"), facts)),
            }
        )
        for row in rows(entry, "resources")
        if text(row, "id") and text(row, "mode") == "direct"
    ]


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not stated."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        plain = [one for one in value if one] if isinstance(value, list) else value
        if plain not in (None, "", [], {}):
            kept[name] = plain
    return kept
