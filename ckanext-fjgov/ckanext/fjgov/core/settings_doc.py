"""Write `docs/settings.md` from `config_declaration.yaml`.

Run as `python -m ckanext.fjgov.core.settings_doc`.
"""

from __future__ import annotations

import sys
from importlib.resources import files

import yaml

HEADER = """# Settings

Generated from `config_declaration.yaml`; do not edit. `ckan.ini.template` holds them all with
comments, besides CKAN's own.

| setting | type | default | meaning |
|---|---|---|---|
"""


def settings_page() -> str:
    """Give the page: one row for each declared setting, in the order of the declaration."""
    text = files("ckanext.fjgov").joinpath("config_declaration.yaml").read_text("utf-8")
    rows = [
        f"| `{option['key']}` | {option.get('type', 'text')} | {_default(option)} |"
        f" {option['description']} |\n"
        for group in yaml.safe_load(text)["groups"]
        for option in group["options"]
    ]
    return HEADER + "".join(rows)


def _default(option: dict[str, object]) -> str:
    value = option.get("default", "")
    return f"`{value}`" if value != "" else "–"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
