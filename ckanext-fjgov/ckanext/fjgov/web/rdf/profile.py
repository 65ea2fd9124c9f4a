"""RDF profiles of ckanext-dcat for our entries.

The stock profile writes what it knows from generic CKAN fields, much of it in another shape than
the standard asks for (a literal frequency, codes as IRIs, a publisher looked up without
permission). So it only gets the few fields of which we have no term of our own, and no statement
is ever made twice in two ways.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

from rdflib import URIRef

import ckan.plugins.toolkit as tk

from ckanext.dcat.profiles.euro_dcat_ap_3 import EuropeanDCATAP3Profile

from ckanext.fjgov.core.catalog.canonical import PACKAGE_KINDS, kind_of
from ckanext.fjgov.core.export.catalogs import (
    catalog_triples,
    membership,
    units_triples,
)
from ckanext.fjgov.core.export.document import add_all
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.namespaces import DCAT, RDF, bind_prefixes
from ckanext.fjgov.core.export.paging import SORT
from ckanext.fjgov.web.rdf.context import code_labels, readable, site_facts

ENTRY_TYPE: Final = "dataset"

# Fields the schema has no element for and whose stock mapping is right.
LEFT_TO_THE_STOCK_PROFILE: Final = (
    "version",
    "version_notes",
    "temporal_start",
    "temporal_end",
    "spatial",
    "temporal_resolution",
)

# rdflib's pretty RDF/XML writer, which ckanext-dcat uses, warns once for every list it writes; our
# data items are lists, so that a server would log one line an entry and remember each of them.
warnings.filterwarnings(
    "ignore", message="Assertions on ", category=UserWarning, module="rdflib.plugins.serializers"
)


class FujianDCATProfile(EuropeanDCATAP3Profile):  # ckanext-dcat is untyped
    """The public document of a record (profile `fjgov_dcat`).

    What a reader may see is decided before: the dictionary comes from `package_show` or
    `package_search`, masked for that reader. This profile leaves out legal bases, contacts and
    front nodes even if they are in it.
    """

    audience: Audience = "public"

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add one record to the graph; types that are no directory keep the stock mapping."""
        kind = kind_of(dataset_dict.get("type", ENTRY_TYPE))
        if kind not in PACKAGE_KINDS:
            super().graph_from_dataset(dataset_dict, dataset_ref)
            return
        rest = {
            name: dataset_dict[name] for name in LEFT_TO_THE_STOCK_PROFILE if dataset_dict.get(name)
        }
        if rest:
            super().graph_from_dataset(rest, dataset_ref)
        bind_prefixes(self.g)
        triples = record_document(
            readable(dataset_dict),
            kind,
            site_facts(),
            code_labels(),
            audience=self.audience,
            subject=dataset_ref,
        )
        add_all(self.g, triples)
        if (None, RDF.type, DCAT.Catalog) in self.g:
            add_all(self.g, membership(dataset_dict, site_facts(), dataset_ref, kind))

    def graph_from_catalog(self, catalog_dict: dict[str, Any], catalog_ref: URIRef) -> None:
        """Add this node's catalog; its date is the last change the reader may know of.

        Args:
            catalog_dict: may give `title`, `description`, `modified` and `units`.
        """
        bind_prefixes(self.g)
        given = catalog_dict or {}
        triples = catalog_triples(
            site_facts(),
            title=given.get("title") or tk.config.get("ckan.site_title"),
            description=given.get("description") or tk.config.get("ckan.site_description") or "",
            modified=given.get("modified") or last_change(),
            catalog=catalog_ref,
        )
        add_all(self.g, triples)
        add_all(self.g, units_triples(given.get("units") or (), site_facts()))


class FujianOfficialsProfile(FujianDCATProfile):
    """The officials' document (profile `fjgov_dcat_officials`): adds bases and contacts.

    Asking for it is no permission: an anonymous reader's dictionary holds neither.
    """

    audience: Audience = "officials"


def last_change() -> str:
    """Return the ISO time of the latest change among the entries the reader may see, or ""."""
    newest = SORT.replace(" asc", " desc")
    found = tk.get_action("package_search")(
        {}, {"q": "*:*", "fq": f"dataset_type:{ENTRY_TYPE}", "rows": 1, "sort": newest}
    )
    return str(found["results"][0]["metadata_modified"]) if found["results"] else ""
