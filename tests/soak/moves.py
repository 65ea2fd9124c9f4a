"""What happens to a city in a history: each move changes the model and then the city alike."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.soak.model import City, Entry, new_entry, new_resource
from tests.soak.writing import Hand

MOST_ENTRIES = 10


@dataclass
class Moves:
    """The cities of one history and everything that can be done to them.

    Attributes:
        number: of the history; its identifiers and units carry it.
        restored: cities restored since they were last synced.
    """

    number: int
    draw: random.Random
    cities: dict[str, City] = field(default_factory=dict)
    hands: dict[str, Hand] = field(default_factory=dict)
    backups: dict[str, City] = field(default_factory=dict)
    made: int = 0
    restores: int = 0
    restored: set[str] = field(default_factory=set)

    def write(self, kind: str, key: str) -> None:
        """Do one thing to a city and its model; nothing when there is nothing to do it to."""
        getattr(self, kind)(self.cities[key], self.hands[key])

    def _pick(self, city: City, *states: str) -> Entry | None:
        found = [e for e in city.entries.values() if e.state in states]
        return self.draw.choice(found) if found else None

    def _identifier(self, city: City) -> str:
        self.made += 1
        return f"{city.prefix}/SH{self.number:05d}X{self.made:03d}"

    def create(self, city: City, hand: Hand, number: int = 1) -> None:
        """Register entries of which one may stay a draft."""
        if len(city.entries) + number > MOST_ENTRIES:
            return
        fresh = [new_entry(city, self.draw, self._identifier(city)) for _ in range(number)]
        if self.draw.random() < 0.2:
            fresh[0].state = "draft"
        city.entries.update((entry.identifier, entry) for entry in fresh)
        hand.put(*fresh)

    def create_many(self, city: City, hand: Hand) -> None:
        """Register four entries in one commit."""
        self.create(city, hand, 4)

    def edit(self, city: City, hand: Hand) -> None:
        """Change abstract and cycle of some entries."""
        for entry in [e for e in city.entries.values() if self.draw.random() < 0.4]:
            entry.fields["notes"] = (
                f"{entry.fields['title']}，第{self.draw.randrange(10**6)}次修改。"
            )
            entry.fields["frequency"] = self.draw.choice("34567")
            hand.put(entry)

    def tags(self, city: City, hand: Hand) -> None:
        """Give an entry other keywords."""
        if entry := self._pick(city, "active", "draft"):
            entry.tags = ["示例", *self.draw.sample(["救助", "登记", "公交", "林权", "水质"], 2)]
            hand.put(entry)

    def resources(self, city: City, hand: Hand) -> None:
        """Add or take away a resource."""
        entry = self._pick(city, "active", "draft")
        if entry is None:
            return
        if entry.resources and self.draw.random() < 0.5:
            entry.resources.pop(self.draw.randrange(len(entry.resources)))
        else:
            entry.resources.insert(0, new_resource(self.draw))
        hand.put(entry)

    def restrict(self, city: City, hand: Hand) -> None:
        """Give an entry class 2 or 3 and close it."""
        if entry := self._pick(city, "active"):
            entry.take_class(self.draw.choice("23"), opened=False)
            hand.put(entry)

    def open(self, city: City, hand: Hand) -> None:
        """Give an entry class 1 and open it to society."""
        if entry := self._pick(city, "active"):
            entry.take_class("1", opened=True)
            hand.put(entry)

    def withdraw(self, city: City, hand: Hand) -> None:
        """Withdraw an entry, or take it back to a draft."""
        if entry := self._pick(city, "active"):
            entry.state = self.draw.choice(["deleted", "draft"])
            hand.put(entry)

    def relist(self, city: City, hand: Hand) -> None:
        """List an entry again."""
        if entry := self._pick(city, "draft", "deleted"):
            entry.state = "active"
            hand.put(entry)

    def purge(self, city: City, hand: Hand) -> None:
        """Delete every row of an entry."""
        if entry := self._pick(city, "active", "draft", "deleted"):
            del city.entries[entry.identifier]
            hand.purge(entry)

    def rename(self, city: City, hand: Hand) -> None:
        """Rename a unit."""
        unit = self.draw.choice(list(city.units.values()))
        unit.fields["title"] = f"示例试验单位{unit.code[-8:]}（更名{self.draw.randrange(1000)}）"
        hand.put_unit(unit)

    def move(self, city: City, hand: Hand) -> None:
        """Give an entry to another unit."""
        if entry := self._pick(city, "active"):
            entry.unit = self.draw.choice(list(city.units.values()))
            hand.put(entry)

    def api_create(self, city: City, hand: Hand) -> None:
        """Register an entry through the API."""
        unit = self.draw.choice(list(city.units.values()))
        self.made += 1
        entry = hand.create_by_api(unit, f"接口登记目录（{self.number:05d}X{self.made:03d}）")
        city.entries[entry.identifier] = entry

    def api_edit(self, city: City, hand: Hand) -> None:
        """Change an entry through the API."""
        if entry := self._pick(city, "active"):
            entry.fields["notes"] = (
                f"{entry.fields['title']}，经接口修改{self.draw.randrange(10**6)}。"
            )
            hand.patch_by_api(entry)

    def api_withdraw(self, city: City, hand: Hand) -> None:
        """Withdraw an entry through the API."""
        if entry := self._pick(city, "active"):
            entry.state = "deleted"
            hand.withdraw_by_api(entry)

    def api_purge(self, city: City, hand: Hand) -> None:
        """Remove an entry for good through the API."""
        if entry := self._pick(city, "active"):
            del city.entries[entry.identifier]
            hand.purge_by_api(entry)

    def back_up(self, city: City, hand: Hand) -> None:
        """Keep a backup of the city."""
        hand.back_up()
        self.backups[city.key] = city.kept()

    def restore(self, city: City, hand: Hand) -> None:
        """Put the backup in the place of what was written since."""
        if city.key not in self.backups:
            self.back_up(city, hand)
            return
        hand.restore()
        kept = self.backups[city.key].kept()
        city.units, city.entries = kept.units, kept.entries
        self.restores += 1
        self.restored.add(city.key)
