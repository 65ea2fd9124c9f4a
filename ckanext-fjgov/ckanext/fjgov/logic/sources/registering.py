"""Add, list and end foreign sources; a source is enabled only after a clean dry run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.foreign.definition import OWN_KIND, SourceDefinition
from ckanext.fjgov.core.foreign.definition_file import parse_definition
from ckanext.fjgov.core.foreign.outcome import outcome_of
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.sources import checking
from ckanext.fjgov.logic.sources.reading import state_of
from ckanext.fjgov.model import audit, feed, nodes, sources
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.nodes import Node
from ckanext.fjgov.model.sources import StoredSource

_SHOWN = 20


def check_consent(source: SourceDefinition) -> None:
    """Refuse a source whose consent does not hold today.

    Raises:
        ValidationError: names the dates and the article.
    """
    state = source.consent.state(local_today())
    if state == "active":
        return
    day = source.consent.valid_until if state == "expired" else source.consent.valid_from
    zh, en = ("已于 {} 到期", "ended on {}") if state == "expired" else ("自 {} 起生效", "from {}")
    raise _refused(
        "consent",
        f"同意{zh.format(day)}，现在不能接入；请取得有效的同意（第四十一条）",
        f"the consent {en.format(day)}; a source needs one that holds today (Art. 41)",
    )


def check_place(source: SourceDefinition) -> None:
    """Refuse a source whose code, prefix or scope belongs to another node.

    Raises:
        ValidationError: names what is taken and by whom.
    """
    with own_transaction() as connection:
        known = nodes.all_nodes(connection)
    own = settings.node()
    holder = next((node for node in known if node.code == source.code), None)
    if source.code == own.code or (holder and holder.kind == OWN_KIND and holder.address):
        raise _refused(
            "code",
            f"节点 {source.code} 已由本软件运行，不能再登记为外部来源",
            f"node {source.code} runs this software and cannot be a foreign source",
        )
    if source.parent != own.code:
        raise _refused(
            "parent", f"上级节点应为本节点 {own.code}", f"the parent must be this node {own.code}"
        )
    users = [node.code for node in known if node.code != source.code and _uses(node, source)]
    if users or source.prefix == own.prefix:
        raise _refused(
            "prefix",
            f"前段码 {source.prefix} 已由节点 {'、'.join(users) or own.code} 使用",
            f"prefix {source.prefix} is used by node {', '.join(users) or own.code}",
        )
    if source.prefix not in load_vocabulary("node_prefixes", settings.data_folder()):
        raise _refused(
            "prefix",
            f"前段码 {source.prefix} 未登记，请先在 node_prefixes 代码表中登记",
            f"prefix {source.prefix} is not registered in the code list node_prefixes",
        )
    try:
        checking.scopes_with(source)
    except (FederationError, ValueError) as error:
        raise tk.ValidationError({"scope": [str(error)]}) from error


def add(text: str, user: str) -> dict[str, Any]:
    """Enable a source: consent, place and a complete dry run without unnamed fields.

    Args:
        text: the file of the source.
        user: name of the account that adds it.

    Returns:
        The result of the dry run.

    Raises:
        ValidationError: something of it is missing; says what to do.
        FetchError, SourceRefused, ImportRefused: the source cannot be read to its end.
    """
    source = parse_definition(text)
    check_consent(source)
    check_place(source)
    result = checking.dry_run(source)
    unmapped = result["fields"]["unmapped"]
    if unmapped:
        names = "、".join(list(unmapped)[:_SHOWN])
        raise _refused(
            "fields",
            f"来源的字段既未映射也未声明忽略：{names}；请在 fields 中映射，或在 ignore 中写明理由",
            f"fields of the source are neither mapped nor ignored: {names}; map them in `fields` "
            "or give a reason in `ignore`",
        )
    if not result["records"]:
        raise _refused("records", "来源中没有记录，请核对地址", "the source holds no record")
    registration = tk.get_action("fjgov_node_register")
    registration({"user": user, "ignore_auth": True}, source.node() | {"state": "active"})
    with own_transaction() as connection:
        sources.register(
            connection,
            source.kind,
            {
                "node": source.code,
                "definition": text,
                "consent_from": source.consent.valid_from,
                "consent_until": source.consent.valid_until,
                "added_by": user,
            },
        )
    facts = {"node": source.code, "document": source.consent.document, "address": source.address}
    audit.append("source_added", user, facts, utc_now())
    return result


def end(code: str, user: str, reason: str) -> dict[str, Any]:
    """End a source; what is listed stays as it was last read, marked by the state of the node.

    Raises:
        ObjectNotFound: there is no such source.
    """
    with own_transaction() as connection:
        if sources.find(connection, code) is None:
            raise tk.ObjectNotFound(f"没有来源 {code} / there is no source {code}")
        sources.end(connection, code, user=user, reason=reason, now=utc_now())
    audit.append("source_ended", user, {"node": code, "reason": reason}, utc_now())
    return {"code": code, "state": "ended"}


def listing() -> list[dict[str, Any]]:
    """List all sources with their state, counts and last reading."""
    with own_transaction() as connection:
        known = {node.code: node for node in nodes.all_nodes(connection)}
        counts = feed.counts_by_node(connection)
        return [
            {
                **_plain(stored, known[stored.node]),
                "listed": counts.get(stored.node, {}).get("entry", 0),
                **_held(sources.held_rules(connection, stored.node)),
            }
            for stored in sources.all_sources(connection)
        ]


def _held(rules: list[list[str]]) -> dict[str, int]:
    found = Counter(outcome_of(broken, foreign=True) for broken in rules)
    return {"incomplete": found["incomplete"], "refused": found["refused"]}


def _plain(stored: StoredSource, node: Node) -> dict[str, Any]:
    source = parse_definition(stored.definition)
    return {
        "code": node.code,
        "name": node.name,
        "kind": node.kind,
        "address": node.address,
        "profile": node.profile,
        "prefix": source.prefix,
        "state": state_of(stored, local_today()),
        "consent": {
            "document": source.consent.document,
            "office": source.consent.office,
            "from": stored.consent_from.isoformat(),
            "until": stored.consent_until.isoformat(),
        },
        "added_by": stored.added_by,
        "added_at": stored.added_at.isoformat(),
        "ended_at": stored.ended_at.isoformat() if stored.ended_at else None,
        "ended_by": stored.ended_by,
        "end_reason": stored.end_reason,
        "read_at": stored.read_at.isoformat() if stored.read_at else None,
        "reading": stored.reading,
        "definition": stored.definition,
    }


def _uses(node: Node, source: SourceDefinition) -> bool:
    return source.prefix in node.prefixes


def _refused(field: str, zh: str, en: str) -> tk.ValidationError:
    return tk.ValidationError({field: [f"{zh} / {en}"]})
