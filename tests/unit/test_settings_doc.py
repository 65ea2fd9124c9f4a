"""Every setting is declared, documented and in the template."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ckanext.fjgov.core.settings_doc import settings_page

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ckanext-fjgov" / "ckanext" / "fjgov"


def declared() -> set[str]:
    text = (PACKAGE / "config_declaration.yaml").read_text("utf-8")
    return {
        option["key"] for group in yaml.safe_load(text)["groups"] for option in group["options"]
    }


def test_page_is_current() -> None:
    page = (ROOT / "ckanext-fjgov" / "docs" / "settings.md").read_text("utf-8")
    assert page == settings_page()


def test_template_holds_every_declared_setting_and_no_other() -> None:
    text = (ROOT / "ckan.ini.template").read_text("utf-8")
    set_there = set(re.findall(r"^(fjgov\.[\w.]+)\s*=", text, re.MULTILINE))
    assert set_there == declared()


def test_code_reads_declared_settings_only() -> None:
    read = set()
    for path in PACKAGE.rglob("*.py"):
        read |= set(
            re.findall(r"""["'](fjgov\.[a-z_]+(?:\.[a-z_]+)+)["']""", path.read_text("utf-8"))
        )
    assert {key for key in read if not key.startswith("fjgov.ns")} <= declared()
