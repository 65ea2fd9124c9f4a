"""The file that declares one foreign source (YAML): where it is, who consented, what maps to what.

Strict like the import mapping whose grammar it shares: an unknown key is refused, codes are quoted
text, every constant and every ignored field carries its reason.

    version: 1
    source: {code: '350300', name: …, kind: ckan, level: city, parent: '350000'}
    address: https://…
    allow: []                       # intranet targets, `host-or-network:port`
    scope: {include: ['3503'], exclude: []}
    prefix: '35300'                 # identifiers are allocated from it
    profile: inventory
    consent: {document: …, office: …, from: '2026-01-01', until: '2026-12-31'}
    read: {…}                       # per kind, see `docs/sources.md`
    unit: {column: …, unlisted: refuse, known: {名称: {uscc: …, unit_type: …, …}}}
    fields: {title: {column: title}, …}
    resources: {id: id, address: [url], fields: {name: {column: name}}}
    ignore: {…: reason}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from ckanext.fjgov.core.importing.mapping import FieldMap, ImportMapping

Kind = Literal["ckan", "dcat", "gbxml", "listing"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OWN_KIND = "fjgov"
State = Literal["active", "not_yet", "expired", "ended"]


@dataclass(frozen=True, slots=True)
class Consent:
    """同意接入的文件 (M41d): the 数字办's document, and the days between which it holds."""

    document: str
    office: str
    valid_from: date
    valid_until: date

    def state(self, today: date) -> State:
        """Tell whether the source may be read on a day; the last day still counts."""
        if today < self.valid_from:
            return "not_yet"
        return "expired" if today > self.valid_until else "active"


@dataclass(frozen=True, slots=True)
class ResourceMap:
    """How files and services of a record are told.

    Attributes:
        id: cell with the id of a resource, "" when they are told apart by their order.
        address: cells that may hold its real address, the first filled one counts.
        fields: how our fields of a resource are filled.
    """

    id: str = ""
    address: tuple[str, ...] = ()
    fields: tuple[FieldMap, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How the catalog is fetched.

    Attributes:
        page_size: records asked for at once.
        query: CKAN: a filter query (`fq`) that narrows what is taken.
        languages: RDF: which language of a text is taken, best first.
        format: listing: `csv` or `json`.
        encoding: listing: of a CSV file, "" for UTF-8.
        id: listing: columns that name a record together.
        records: JSON listing: path of the list, such as `data.rows`.
        total: JSON listing: path of the number of records, "" when there is none.
        page: JSON listing: names of the parameters for the page number and its size.
    """

    page_size: int = 100
    query: str = ""
    languages: tuple[str, ...] = ("zh", "")
    format: str = "csv"
    encoding: str = ""
    id: tuple[str, ...] = ()
    records: str = ""
    total: str = ""
    page: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class SourceDefinition:
    """One foreign source, checked.

    Attributes:
        code: division code of the node that the source stands for.
        mapping: fields and units; its `ignore` names what is left out.
        known_units: unit names of the source -> our fields of the unit.
        text: the file as it was written.
    """

    code: str
    name: str
    kind: Kind
    level: str
    parent: str
    address: str
    prefix: str
    consent: Consent
    mapping: ImportMapping
    scope_include: tuple[str, ...]
    scope_exclude: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)
    resources: ResourceMap = field(default_factory=ResourceMap)
    known_units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    text: str = ""

    @property
    def profile(self) -> str:
        """Give the severity profile of the source's records."""
        return self.mapping.profile

    def node(self) -> dict[str, Any]:
        """Give the registration of the node, as `fjgov_node_register` takes it."""
        return {
            "code": self.code,
            "name": self.name,
            "level": self.level,
            "parent": self.parent,
            "address": self.address,
            "include": list(self.scope_include),
            "exclude": list(self.scope_exclude),
            "prefixes": [self.prefix],
            "profile": self.profile,
            "allow": list(self.allow),
        }
