"""The stored answer of an entry: kept as bytes, given as the text it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.stack.solr import SOURCES
from tests.integration.stack_env import StackInfo

OURS, PLAIN = "fjgov.Utf8PayloadField", "solr.StrField"
TEXTS = (
    '{"title":"示例"}',
    "x",
    "ASCII only, and quite long. " * 400,
    "低保对象信息，含补贴标准。" * 900,
    "𠮷野家 emoji 🌊 " * 700,
    "a\tb\r\nc\u2028d\u0000e\u007f",
    " ",
)


def configuration(folder: Path, payload: str) -> Path:
    """Give the catalog's configset with a class for the stored answer."""
    shutil.copytree(SOURCES / "configset", folder)
    schema = folder / "schema.xml"
    text = schema.read_text("utf-8")
    assert OURS in text
    schema.write_text(text.replace(OURS, payload), "utf-8")
    return folder


def add(stack: StackInfo, core: str, texts: dict[str, str]) -> None:
    docs = [
        {"index_id": name, "id": name, "site_id": "示例", "validated_data_dict": text}
        for name, text in texts.items()
    ]
    answer = requests.post(
        f"{core}/update?commit=true", json=docs, auth=stack.solr_auth, timeout=30
    )
    answer.raise_for_status()


def stored(stack: StackInfo, core: str, fields: str = "id,validated_data_dict") -> dict[str, Any]:
    answer = requests.get(
        f"{core}/select",
        params={"q": "*:*", "fl": fields, "rows": "100", "wt": "json"},
        auth=stack.solr_auth,
        timeout=30,
    )
    answer.raise_for_status()
    return {row["id"]: row["validated_data_dict"] for row in answer.json()["response"]["docs"]}


@pytest.mark.parametrize("fields", ["id,validated_data_dict", "*", "validated_data_dict,id,score"])
def test_a_text_comes_back_as_it_was(stack: StackInfo, fields: str) -> None:
    core = stack.stack.solr.add_core("payload")
    texts = {f"text-{number}": text for number, text in enumerate(TEXTS)}
    add(stack, core, texts)
    assert stored(stack, core, fields) == texts


def test_an_index_from_before_is_read_on(stack: StackInfo, tmp_path: Path) -> None:
    """What a plain field wrote is read by the present one, beside what that writes."""
    core = stack.stack.solr.add_core("payload_old", configuration(tmp_path / "old", PLAIN))
    old = {f"old-{number}": text for number, text in enumerate(TEXTS)}
    add(stack, core, old)
    assert stored(stack, core) == old
    conf = stack.stack.solr.home / "configsets" / "payload_old" / "conf"
    shutil.copy(configuration(tmp_path / "new", OURS) / "schema.xml", conf / "schema.xml")
    node, name = core.rsplit("/", 1)
    requests.get(
        f"{node}/admin/cores",
        params={"action": "RELOAD", "core": name},
        auth=stack.solr_auth,
        timeout=60,
    ).raise_for_status()
    new = {f"new-{number}": text for number, text in enumerate(TEXTS)}
    add(stack, core, new)
    assert stored(stack, core) == old | new
