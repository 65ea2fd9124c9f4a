"""Refusals of an action that are no fault of what was sent: asked too often, or not available now.

CKAN's API answers every refusal as a conflict; what is noted here gives it its own status.
"""

from __future__ import annotations

from typing import Final, NoReturn

from flask import g, has_request_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.gateway import Refused

# Name under which a request keeps status and seconds to wait.
ANSWER: Final = "fjgov_answer_status"


def refuse_for_now(field: str, refused: Refused) -> NoReturn:
    """Refuse a call with the status of a refusal, 429 or 503 over HTTP.

    Raises:
        ValidationError: always; programs of the site see it as such.
    """
    if has_request_context():
        setattr(g, ANSWER, (refused.status, refused.retry_after))
    article = f"（{refused.article}）" if refused.article else ""
    raise tk.ValidationError({field: [f"{refused.zh}{article} / {refused.en}"]})
