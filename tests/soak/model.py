"""What a city's catalog should be, in plain Python: nothing here knows how the product works.

A record is the JSON text that other nodes must see, and its hash is the SHA-256 of that text; both
are written down here anew from the documented form (`docs/feed.md`) and not taken from the code.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.factories import make_entry, make_unit

Name = tuple[str, str]
SUBJECTS = ("低保对象", "不动产登记", "公交线路", "企业年报", "林权证", "养老机构", "水质监测")
ASPECTS = ("基本信息", "变更记录", "统计汇总", "处罚结果", "年度检查", "地址信息")
COLUMNS = ("title", "notes")
LISTED = "active"
# Fields that an entry has only while its class or its opening asks for them.
BY_CLASS = (
    "share_condition", "share_scope", "restriction_kind", "legal_basis", "open_condition",
)  # fmt: skip
# Names that the form has and the record has not.
NOT_IN_RECORD = ("owner_org", "tag_string", "title", "notes", "provider_code")


def text_of(record: dict[str, Any]) -> str:
    """Give the one text of a record: sorted members, no blanks, nothing empty."""
    return json.dumps(_full(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(record: dict[str, Any]) -> str:
    """Give the hash under which a record stands in feeds and digests."""
    return hashlib.sha256(text_of(record).encode()).hexdigest()


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        members = {name: _full(item) for name, item in value.items()}
        return {name: item for name, item in members.items() if item not in (None, "", [], {})}
    return [_full(item) for item in value] if isinstance(value, list) else value


def lasting_id(name: str) -> str:
    """Give the id of a unit or an entry: the same in every campaign on one stack."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"soak:{name}"))


def drawn_id(draw: random.Random) -> str:
    """Draw an id of a row."""
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


@dataclass
class Unit:
    """A unit of a city (机关单位)."""

    id: str
    code: str
    fields: dict[str, Any]
    state: str = LISTED

    @property
    def name(self) -> str:
        """Web name."""
        return f"u-{self.code.lower()}"

    def record(self) -> dict[str, Any]:
        """Give what others must see of it."""
        return {"type": "unit", "id": self.id, "name": self.name, "fields": self.fields}


@dataclass
class Entry:
    """An entry of a city (政务信息目录).

    Attributes:
        state: `active` (listed), `draft` or `deleted`; one that was purged is not in the city.
        bare: it was registered through the API, which fills in fields of its own: its text is
            taken from the city's log, and only what this model set is compared.
    """

    id: str
    identifier: str
    unit: Unit
    fields: dict[str, Any]
    tags: list[str]
    resources: list[dict[str, Any]] = field(default_factory=list)
    state: str = LISTED
    bare: bool = False

    @property
    def name(self) -> str:
        """Web name."""
        return self.identifier.replace("/", "-").lower()

    @property
    def listed(self) -> bool:
        """Whether others may see it."""
        return self.state == LISTED

    @property
    def share(self) -> str:
        """Share class (共享类型): 1, 2 or 3."""
        return str(self.fields["share_type"])

    @property
    def public(self) -> bool:
        """Whether the demonstration sites show it to everybody (`fjgov.anonymous.scope`)."""
        return self.listed and (self.share in ("1", "2") or self.fields["open_to_public"] == "1")

    def record(self) -> dict[str, Any]:
        """Give what others must see of it."""
        return {
            "type": "entry",
            "id": self.id,
            "name": self.name,
            "unit": self.unit.code,
            "fields": {
                **self.fields,
                "identifier": self.identifier,
                "provider_code": self.unit.code,
            },
            "tags": sorted(self.tags),
            "resources": self.resources,
        }

    def take_class(self, share: str, *, opened: bool) -> None:
        """Give it another class with everything that the rules want with it."""
        for name in BY_CLASS:
            self.fields.pop(name, None)
        chosen = {"share_type": share, "open_to_public": "1" if opened else "0"}
        if opened:
            chosen["open_condition"] = "注明来源"
        if share != "1":
            model = make_entry()
            chosen["legal_basis"] = model["legal_basis"]
            if share == "2":
                chosen |= {
                    name: model[name]
                    for name in ("share_condition", "share_scope", "restriction_kind")
                }
        self.fields.update(copy.deepcopy(chosen))


@dataclass
class City:
    """One city: its units and entries of one history, and their past."""

    key: str
    code: str
    prefix: str
    units: dict[str, Unit] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)

    def catalog(self) -> dict[Name, str]:
        """Give what must be listed: (kind, key) -> hash; "" where only the city knows it."""
        units = {
            ("unit", u.code): hash_of(u.record()) for u in self.units.values() if u.state == LISTED
        }
        entries = {
            ("entry", e.identifier): "" if e.bare else hash_of(e.record())
            for e in self.entries.values()
            if e.listed
        }
        return units | entries

    def kept(self) -> City:
        """Give a copy that later changes do not touch."""
        return copy.deepcopy(self)


def new_unit(city: City, code: str) -> Unit:
    """Make a unit of a city; the caller puts it there."""
    model = make_unit(uscc=code, division=city.code, title=f"示例试验单位{code[-8:]}")
    return Unit(lasting_id(code), code, model)


def new_entry(city: City, draw: random.Random, identifier: str) -> Entry:
    """Draw a listed entry of one of the city's units; the caller puts it there."""
    values = make_entry()
    fields = {name: value for name, value in values.items() if name not in NOT_IN_RECORD}
    title = f"{draw.choice(SUBJECTS)}{draw.choice(ASPECTS)}（{identifier[-8:]}）"
    fields["title"] = title
    fields["notes"] = f"{title}，用于可靠性试验的示例目录。" + "按月更新。" * draw.randrange(30)
    fields["md_id"] = f"{identifier[:6]}md-{identifier[6:]}"
    fields["division"] = [city.code]
    for item in fields["items"]:
        item["id"] = drawn_id(draw)
        item.pop("territory", None)
    unit = draw.choice(list(city.units.values()))
    entry = Entry(lasting_id(identifier), identifier, unit, fields, ["示例", draw.choice(SUBJECTS)])
    entry.take_class(draw.choice("123"), opened=False)
    for _ in range(draw.randrange(3)):
        entry.resources.append(new_resource(draw))
    return entry


def new_resource(draw: random.Random) -> dict[str, Any]:
    """Draw a resource as others see it."""
    return {"id": drawn_id(draw), "name": f"数据{draw.randrange(1000)}", "format": "CSV",
            "mode": "direct"}  # fmt: skip
