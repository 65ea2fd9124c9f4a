"""Descriptions for search engines in the pages: what anybody may see, whoever looks at the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.visibility import Aspect
from ckanext.fjgov.core.export import schemaorg
from ckanext.fjgov.logic.masking import masked_entry
from ckanext.fjgov.logic.readers import Person, aspects_for
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.rdf.context import code_labels, readable, site_facts

_NOBODY = Person(None, "", is_sysadmin=False, roles={})


def entry_script(entry: dict[str, Any]) -> Markup | None:
    """Give a public entry as schema.org, None for what an anonymous reader does not see.

    Args:
        entry: as masked for the reader of the page; what nobody else may see is taken out here.
    """
    if Aspect.METADATA not in aspects_for(_NOBODY, entry):
        return None
    public = readable(masked_entry(entry, _NOBODY))
    return _script(schemaorg.dataset(public, site_facts(), code_labels(), helpers.node_title()))


def catalog_script() -> Markup:
    """Give the catalog of this node as schema.org."""
    told = str(tk.config.get("ckan.site_description") or "").strip()
    return _script(schemaorg.data_catalog(site_facts(), helpers.node_title(), told))


def _script(description: Mapping[str, Any]) -> Markup:
    # Markup characters are escaped as JSON has them; HTML escapes mean nothing in a script.
    return Markup(schemaorg.script_text(description))  # noqa: S704
