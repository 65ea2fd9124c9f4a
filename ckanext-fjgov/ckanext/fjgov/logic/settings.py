"""Typed reading of this extension's settings; the only place that names their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.visibility import AnonymousScope
from ckanext.fjgov.core.cases.types import CASE_TYPES
from ckanext.fjgov.core.catalog.canonical import ENTRY, RecordShape
from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.schema_model import SchemaModel, load_schema
from ckanext.fjgov.core.federation.keys import SigningKey, read_key_file
from ckanext.fjgov.core.federation.ports import Identity
from ckanext.fjgov.model.change_rows import Shapes
from ckanext.fjgov.model.high_water import HighWaterMark

ENTRY_SCHEMA = "catalog_entry.yaml"
UNIT_SCHEMA = "unit.yaml"


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What configuration says about this node."""

    code: str
    name: str
    level: str
    parent: str
    prefix: str
    profile: str
    province_mu: str
    site_url: str


def node() -> NodeSettings:
    """Read the node's own settings; they may differ between tests, so nothing is kept."""
    get = tk.config.get
    return NodeSettings(
        code=get("fjgov.node.code"),
        name=get("fjgov.node.name"),
        level=get("fjgov.node.level"),
        parent=get("fjgov.node.parent"),
        prefix=get("fjgov.node.prefix"),
        profile=get("fjgov.node.profile"),
        province_mu=get("fjgov.guide.province_mu"),
        site_url=get("ckan.site_url").rstrip("/"),
    )


def anonymous_scope() -> AnonymousScope:
    """Read how much anonymous readers see; an unknown value falls back to the narrow scope."""
    try:
        return AnonymousScope(tk.config.get("fjgov.anonymous.scope"))
    except ValueError:
        return AnonymousScope.OPEN


def high_water_mark() -> HighWaterMark:
    """Give the mark outside the database; by default beside the site's files."""
    path = tk.config.get("fjgov.identifier.high_water_file")
    return HighWaterMark(Path(path) if path else storage_folder() / "fjgov" / "high-water.json")


def usage_head_file() -> Path:
    """Give the file with the newest seal of the log of uses; by default beside the site's files."""
    path = tk.config.get("fjgov.usage.head_file")
    return Path(path) if path else storage_folder() / "fjgov" / "usage-head.json"


def storage_folder() -> Path:
    """Give CKAN's storage folder.

    Raises:
        KeyError: `ckan.storage_path` is not set.
    """
    return Path(tk.config["ckan.storage_path"])


def data_folder() -> Path | None:
    """Give the folder with code lists that add to or replace the shipped ones, if set."""
    path = tk.config.get("fjgov.data_dir")
    return _folder(path) if path else None


def tolerance_days() -> int | None:
    """Read how many days beyond its cycle data may be late; None for those of the code list."""
    text = str(tk.config.get("fjgov.upkeep.tolerance_days") or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


@cache
def _folder(path: str) -> Path:
    """Make one object of a path: code lists are kept by it, and equal paths compare slowly."""
    return Path(path)


def identity() -> Identity:
    """Read this node's signing key.

    Raises:
        KeyRefused: the key file is missing, damaged or readable by others.
    """
    key: SigningKey = read_key_file(Path(tk.config["fjgov.node.key_file"]))
    return Identity(code=node().code, key=key)


def case_periods() -> dict[str, int]:
    """Give the working days of each clock of a case; a reminder with 0 is never started.

    What the rules set a limit for always has one.
    """
    return {
        rule.name: max(int(rule.legal), int(tk.config.get(f"fjgov.case.{rule.name}_days")))
        for kind in CASE_TYPES.values()
        for rule in kind.clocks
    }


def api_per_minute(*, known: bool) -> int:
    """Give the requests to the interface in a minute, of an account or of an address without one.

    Returns:
        0 for any number.
    """
    name = "fjgov.api.per_minute" if known else "fjgov.api.anonymous_per_minute"
    return max(0, int(tk.config.get(name)))


def changes_in_request() -> int:
    """Give the most changes that a request for the whole catalog follows itself."""
    return max(0, int(tk.config.get("fjgov.dump.most_in_request")))


def idempotency_time() -> timedelta:
    """Give the time for which an idempotency key of a registration is kept."""
    return timedelta(hours=max(1, int(tk.config.get("fjgov.api.idempotency_hours"))))


def grant_notice_days() -> int:
    """Give the days before its end on which the holder of a grant is told; 0 for never."""
    return max(0, int(tk.config.get("fjgov.grant.notice_days")))


def system_token_days() -> int:
    """Give the most days until a token of an application system expires."""
    return max(1, int(tk.config.get("fjgov.system_token.max_days")))


def mount_max_bytes() -> int:
    """Give the length of the largest file that may be mounted."""
    return int(tk.config.get("fjgov.mount.max_bytes"))


def mount_max_rows() -> int:
    """Give the number of rows that a mounted table may have."""
    return int(tk.config.get("fjgov.mount.max_rows"))


def query_max_rows() -> int:
    """Give the most rows in one answer of the query service."""
    return max(1, int(tk.config.get("fjgov.query.max_rows")))


def query_timeout_s() -> int:
    """Give the seconds that a query may take."""
    return max(1, int(tk.config.get("fjgov.query.timeout_s")))


def query_per_minute() -> int:
    """Give the requests of one user under one grant in a minute; 0 for any number."""
    return max(0, int(tk.config.get("fjgov.query.per_minute")))


def direct_timeout_s() -> int:
    """Give the seconds in which a table must be written out as a file."""
    return max(1, int(tk.config.get("fjgov.direct.timeout_s")))


def direct_keep_s() -> int:
    """Give the seconds that a file of rows is kept after somebody asked for it last."""
    return 3600 * max(1, int(tk.config.get("fjgov.direct.keep_hours")))


def direct_folder() -> Path:
    """Give the folder of files of rows on the way; by default beside the site's files."""
    path = tk.config.get("fjgov.direct.folder")
    return Path(path) if path else storage_folder() / "fjgov" / "direct"


def mail_enabled() -> bool:
    """Tell whether notices are mailed, too."""
    return bool(tk.asbool(tk.config.get("fjgov.mail.enabled")))


def mail_sender() -> str:
    """Give the address from which notices are mailed; "" when none is set."""
    return str(tk.config.get("smtp.mail_from") or "").strip()


def review_required() -> bool:
    """Tell whether entries are listed, changed and withdrawn by way of a review only (Art. 16)."""
    return bool(tk.asbool(tk.config.get("fjgov.review.required")))


def other_person_reviews() -> bool:
    """Tell whether whoever submitted may not decide [own]."""
    return bool(tk.asbool(tk.config.get("fjgov.review.other_person")))


def province_office() -> str:
    """Give the credit code of 省数字办, which decides on collection items; "" when not set."""
    return str(tk.config.get("fjgov.province_office") or "").strip()


def collection_max_age() -> timedelta:
    """Give the age from which the local copy of the decided collection items is too old."""
    return timedelta(hours=max(1, int(tk.config.get("fjgov.collection.copy_hours"))))


def collection_pull_every() -> timedelta:
    """Give the time between two pulls of the decided collection items; zero for never."""
    return timedelta(minutes=max(0, int(tk.config.get("fjgov.collection.pull_minutes"))))


def words(name: str) -> tuple[str, ...]:
    """Read a setting that holds several values separated by spaces."""
    return tuple((tk.config.get(name) or "").split())


def own_ports() -> tuple[int, ...]:
    """Give the ports of this stack's own services, which no registered address may reach."""
    urls = (
        tk.config.get("ckan.site_url"),
        tk.config.get("sqlalchemy.url"),
        tk.config.get("ckan.redis.url"),
        tk.config.get("solr_url"),
    )
    found = (urlsplit(url).port for url in urls if url)
    return tuple(port for port in found if port)


@cache
def schemas() -> tuple[SchemaModel, SchemaModel]:
    """Load the schema of entries and of units, once for a process."""
    return load_schema(ENTRY_SCHEMA), load_schema(UNIT_SCHEMA)


@cache
def record_shapes() -> tuple[RecordShape, RecordShape]:
    """Derive from the schemas how stored text becomes canonical records."""
    entry, unit = map(_shape, schemas())
    return entry, unit


@cache
def directory_shapes() -> Mapping[str, RecordShape]:
    """Derive the same for the other directories, by kind of record."""
    return MappingProxyType({kind: _shape(schema) for kind, schema in directories().items()})


def shape_of(kind: str) -> RecordShape:
    """Give the shape of a kind of record that is no unit."""
    return record_shapes()[0] if kind == ENTRY else directory_shapes()[kind]


def shapes() -> Shapes:
    """Give all shapes with the code of this node."""
    entry, unit = record_shapes()
    return Shapes(entry=entry, unit=unit, node=node().code, directories=directory_shapes())


def _shape(schema: SchemaModel) -> RecordShape:
    return RecordShape(
        json_fields=frozenset(field.name for field in schema.fields if field.is_structured),
        local_fields=frozenset(field.name for field in schema.fields if not field.catalogued),
    )


def stream_page_size() -> int:
    """Give the members of a full page of the stream of changes."""
    return min(1000, max(1, int(tk.config.get("fjgov.stream.page_size"))))


def robots_allowed() -> bool:
    """Tell whether robots may read the public pages; anything but `allow` denies."""
    return str(tk.config.get("fjgov.robots") or "").strip() == "allow"
