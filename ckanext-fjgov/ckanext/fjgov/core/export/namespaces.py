"""Namespaces and authority IRIs of the exported documents; holds names only, builds no triples.

`FJGOV` is a URN on purpose: a province and its cities must name one code alike, so the name of a
concept may not contain the address of the node that happens to publish it.

Source: DCAT 3, DCAT-AP 3, ADMS, ODRL 2.2, CSVW, LDES, TREE, Activity Streams 2.0, SHACL;
GB/T 21063.3-2007 for `GB_CORE_PROFILE`.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import quote

from rdflib import Graph, URIRef
from rdflib import Namespace as _Namespace


class Namespace(_Namespace):
    """A namespace that makes each of its names once; documents use the same few thousands of times.

    Only names written in code are kept (`DCT.issued`), not those of a record (`FJGOV[...]`).
    """

    def __getattr__(self, name: str) -> URIRef:
        """Give the name `<namespace><name>`."""
        found = super().__getattr__(name)
        self.__dict__[name] = found
        return found

    @cached_property
    def title(self) -> URIRef:  # type: ignore[override]
        """Give `<namespace>title`; a text has a method of this name."""
        return self.term("title")


ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
ADMS_STATUS: Final = Namespace("http://purl.org/adms/status/")
AS: Final = Namespace("https://www.w3.org/ns/activitystreams#")
CNT: Final = Namespace("http://www.w3.org/2011/content#")
CSVW: Final = Namespace("http://www.w3.org/ns/csvw#")
DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
DCT: Final = Namespace("http://purl.org/dc/terms/")
DQV: Final = Namespace("http://www.w3.org/ns/dqv#")
ELI: Final = Namespace("http://data.europa.eu/eli/ontology#")
FJGOV: Final = Namespace("urn:cn:fjgov:ns:")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
LDES: Final = Namespace("https://w3id.org/ldes#")
LOCN: Final = Namespace("http://www.w3.org/ns/locn#")
ODRL: Final = Namespace("http://www.w3.org/ns/odrl/2/")
ORG: Final = Namespace("http://www.w3.org/ns/org#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA: Final = Namespace("https://schema.org/")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
TREE: Final = Namespace("https://w3id.org/tree#")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")

EU_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
EU_ACCESS_RIGHT: Final = Namespace(EU_AUTHORITY + "access-right/")
EU_FREQUENCY: Final = Namespace(EU_AUTHORITY + "frequency/")
EU_LANGUAGE: Final = Namespace(EU_AUTHORITY + "language/")
IANA_MEDIA_TYPE: Final = "https://www.iana.org/assignments/media-types/"

GB_CORE_PROFILE: Final = URIRef("urn:cn:gbt:21063.3:2007")
DCAT_AP_PROFILE: Final = URIRef("http://data.europa.eu/r5r/")

PREFIXES: Final[dict[str, Namespace]] = {
    "adms": ADMS,
    "as": AS,
    "cnt": CNT,
    "csvw": CSVW,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dct": DCT,
    "dqv": DQV,
    "eli": ELI,
    "fjgov": FJGOV,
    "foaf": FOAF,
    "ldes": LDES,
    "locn": LOCN,
    "odrl": ODRL,
    "org": ORG,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "spdx": SPDX,
    "tree": TREE,
    "vcard": VCARD,
    # Without it rdflib's RDF/XML writers invent an undeclared prefix for xml:lang.
    "xml": Namespace("http://www.w3.org/XML/1998/namespace"),
    "xsd": XSD,
}


def bind_prefixes(graph: Graph) -> None:
    """Bind every prefix of the exported documents to `graph`, replacing rdflib's guesses."""
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, override=True, replace=True)


@lru_cache(maxsize=4096)
def term(scheme: str, code: str) -> URIRef:
    """Name one code of one list, e.g. `term("topic", "ZCC00")` -> `fjgov:topic-ZCC00`.

    Args:
        scheme: short ASCII name of the code list.
        code: the code as stored; characters that an IRI may not hold are percent-encoded.
    """
    return FJGOV[f"{scheme}-{quote(code, safe='.-_~')}"]
