"""Say in CKAN's terms what is wrong with a value of a call."""

from __future__ import annotations

from typing import NoReturn

import ckan.plugins.toolkit as tk


def refuse(field: str, zh: str, en: str) -> NoReturn:
    """Refuse a field of a call.

    Raises:
        ValidationError: always.
    """
    raise tk.ValidationError({field: [f"{zh} / {en}"]})
