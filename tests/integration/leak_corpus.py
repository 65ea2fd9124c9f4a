"""Entries of every kind with a marker in everything that somebody may not see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.integration.api import client, create_entry, list_entry, open_entry, sync_up
from tests.integration.stack_env import StackInfo

CLOSED = {
    "1": {"share_type": "1", "restriction_kind": None},
    "2": {},
    "3": {"share_type": "3", "restriction_kind": None},
}


def marker(about: str) -> str:
    """Give a word that occurs nowhere else: letters only, which no analyser takes apart."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return (about + uuid.uuid4().hex[:12]).translate(letters)


@dataclass
class Corpus:
    """Entries of every kind with a marker in everything that somebody may not see.

    Attributes:
        address: marker in every address.
        inner: marker in contacts, legal bases and whatever else the public never sees.
        titles: kind of entry -> marker in its title.
        entries: kind of entry -> the entry as its registrar has it.
    """

    address: str = field(default_factory=lambda: marker("leakaddr"))
    inner: str = field(default_factory=lambda: marker("leakinner"))
    titles: dict[str, str] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)


def register_corpus(stack: StackInfo, source: str = "") -> Corpus:
    """Register one entry of every kind at 福州, change each, and bring them up.

    Args:
        source: `http://host:port` of a system that the gateway may fetch files from; with one,
            bringing them up is left to the caller.
    """
    made = Corpus()
    registrar = client(stack, "fuzhou", "registrar")
    kinds: dict[str, tuple[dict[str, Any], str]] = {
        "open": (open_entry(), "active"),
        "class1": (CLOSED["1"], "active"),
        "class2": (CLOSED["2"], "active"),
        "class3": (CLOSED["3"], "active"),
        "draft": (open_entry(), "draft"),
        "withdrawn": (open_entry(), "deleted"),
    }
    for kind, (change, state) in kinds.items():
        made.titles[kind] = marker(f"leaktitle{kind}")
        title = made.titles[kind]
        values = {**hidden(made, title), **change}
        if source:
            values["resources"][0]["url"] = f"{source}/{made.address}/{kind}"
        entry = create_entry(stack, **values, title=title, tag_string=f"低保,{title}")
        if state != "draft":
            entry = list_entry(registrar, entry["id"])
        entry = registrar.action.package_patch(id=entry["id"], frequency="5")
        if state == "deleted":
            registrar.action.package_delete(id=entry["id"])
        made.entries[kind] = entry
    if not source:
        sync_up(stack)
    return made


def hidden(corpus: Corpus, title: str = "") -> dict[str, Any]:
    """Give what an entry holds that not everybody may see; its title is in names of resources."""
    address = f"https://10.99.0.1/{corpus.address}"
    inner = corpus.inner
    return {
        "url": f"{address}/dataset",
        "landing_page": f"{address}/landing",
        "service_info": [{"service_type": "02", "service_url": f"{address}/service"}],
        "resources": [
            {
                "name": f"库表{title}",
                "format": "MySQL",
                "mode": "query",
                "url": f"{address}/url",
                "access_url": f"{address}/access",
                "download_url": f"{address}/download",
                "endpoint_url": f"{address}/endpoint",
                "cache_url": f"{address}/cache",
                "onLineSrc": f"{address}/online",
                "servURL": f"{address}/serv",
            },
            {
                "name": f"接口{title}",
                "format": "REST",
                "mode": "direct",
                "url": f"jdbc:{corpus.address}",
            },
        ],
        "contact": [
            {
                "name": f"{inner}科",
                "telephone": inner,
                "email": f"{inner}@mail.example",
                "address": inner,
            }
        ],
        "legal_basis": [
            {
                "title": "示例条例",
                "number": "示例令第1号",
                "clause": "第一条",
                "statement": f"依据说明{inner}。",
            }
        ],
        "items": [
            {
                "name": "救助证号",
                "data_type": "C",
                "length": "20",
                "share_type": "3",
                "basis_title": f"示例条例{inner}",
                "basis_number": inner,
                "basis_clause": inner,
                "basis_statement": f"依据说明{inner}。",
            }
        ],
        "exchange": [
            {"mode": "query", "status": "done", "front_node": f"front-{inner}"},
            {"mode": "direct", "status": "done", "published_at": "2026-01-05"},
        ],
        "source_system": f"system{inner}",
        "acquisition_licence": f"licence{inner}",
    }
