"""Rules and system values of entries in a batch, as `logic.entry_rules` gives them one by one."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.catalog.identifier import (
    Identifier,
    numbered_identifier,
    parse_identifier,
    slug_of,
)
from ckanext.fjgov.core.catalog.plain_record import plain_bytes
from ckanext.fjgov.core.catalog.rules import (
    Facts,
    Finding,
    Profile,
    check_canonical,
    draft_findings,
)
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.batch.form import Form
from ckanext.fjgov.logic.entry_rules import CLASS_DIGITS, LISTED, NUMBER_WIDTH
from ckanext.fjgov.model import identifiers


def complete(form: Form, unit_code: str, stored: Mapping[str, str]) -> None:
    """Fill what follows from other facts: the provider's code and the ids of 信息项."""
    if unit_code and not form.texts.get("provider_code"):
        form.put("provider_code", unit_code)
    items = form.values.get("items")
    if items and not all("id" in item for item in items):
        before = {
            item.get("name"): item.get("id") for item in json.loads(stored.get("items") or "[]")
        }
        filled = [
            {**item, "id": item.get("id") or before.get(item.get("name")) or str(uuid.uuid4())}
            for item in items
        ]
        form.put_rows("items", filled)


def findings(
    form: Form, unit_code: str, stored: Mapping[str, str], known: frozenset[str], today: date
) -> list[Finding]:
    """Run the rules on an entry.

    Args:
        unit_code: USCC of its unit, "" for none.
        stored: extras of the entry that it replaces.
        known: those of its related codes that exist.
    """
    node = settings.node()
    own = frozenset(filter(None, (stored.get("identifier"), stored.get("guide_code"))))
    facts = Facts(
        today=today,
        unit_code=unit_code or None,
        known_codes=known,
        own_codes=own,
        tolerance_days=settings.tolerance_days(),
    )
    record: dict[str, Any] = {
        "type": ENTRY,
        "unit": form.owner_org,
        "fields": {name: v for name, v in {**form.columns, **form.values}.items() if v},
        "tags": form.tags,
        "resources": [
            {
                **{name: v for name, v in row.items() if v not in (None, "") and name != "extras"},
                **row["extras"],
            }
            for row in form.resources or ()
        ],
    }
    profile: Profile = "inventory" if node.profile == "inventory" else "strict"
    found = check_canonical(record, plain_bytes(record), facts, profile, settings.data_folder())
    return list(found if form.state == LISTED else draft_findings(found))


class Codes:
    """System values of some entries; numbers of one kind are taken in one go.

    Args:
        wanted: for each new entry its first class, "" for none.
    """

    def __init__(self, wanted: Sequence[str]) -> None:
        node = settings.node()
        mark = settings.high_water_mark()
        self._node, self._mu = node, node.province_mu
        self._identifiers: list[Identifier] = []
        self._guide: dict[str, list[int]] = defaultdict(list)
        if not wanted:
            return
        block = identifiers.next_block(identifiers.RESOURCE, node.prefix, len(wanted), mark)
        self._identifiers = [numbered_identifier(node.prefix, number) for number in block][::-1]
        fronts = [front for code in wanted if (front := self._front(code))]
        for front in dict.fromkeys(fronts):
            block = identifiers.next_block(identifiers.GUIDE, front, fronts.count(front), mark)
            self._guide[front] = list(block)[::-1]

    def fill(
        self,
        form: Form,
        stored: Mapping[str, str],
        today: date,
        *,
        dated: bool,
    ) -> str:
        """Give an entry its system values, in the order of `wanted`; gives its web name.

        Args:
            dated: an entry without a date of publication gets today's, if it becomes listed.
        """
        known = stored.get("identifier")
        identifier = parse_identifier(known) if known else self._identifiers.pop()
        values = {
            "identifier": str(identifier),
            "md_id": stored.get("md_id") or f"{identifier.prefix}/md-{identifier.suffix}",
            "guide_code": stored.get("guide_code") or self._guide_code(form),
            "home_node": stored.get("home_node") or self._node.code,
            "md_date_updated": today.isoformat(),
        }
        if form.state == LISTED and "issued" not in form.texts:
            values["issued"] = stored.get("issued") or (today.isoformat() if dated else "")
        form.texts |= {name: value for name, value in values.items() if value}
        return slug_of(identifier)

    def _guide_code(self, form: Form) -> str:
        front = self._front(first_class(form))
        if not front:
            return ""
        if not self._guide[front]:
            # An old entry that gets its first code.
            mark = settings.high_water_mark()
            self._guide[front].append(identifiers.next_number(identifiers.GUIDE, front, mark))
        return f"{front}/{self._guide[front].pop():0{NUMBER_WIDTH}d}"

    def _front(self, code: str) -> str:
        """Give what stands before the number of a 信息资源代码 (guide 5.3)."""
        if not code or (len(code) == CLASS_DIGITS and not self._mu):
            return ""
        whole = code if len(code) > CLASS_DIGITS else code + self._mu
        return whole + self._node.prefix[2:]


def first_class(form: Form) -> str:
    """Give the class that a new guide code begins with, "" for none."""
    classes = form.values.get("guide_class")
    return str(classes[0]) if classes else ""


def related_codes(forms: Iterable[Form]) -> list[str]:
    """Give the codes that entries name as related."""
    return sorted({code for form in forms for code in form.values.get("related") or ()})
