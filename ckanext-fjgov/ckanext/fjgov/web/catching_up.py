"""Bring the whole-catalog documents up to the log before anything of them is served."""

from __future__ import annotations

from flask import Response, jsonify

from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.logic import dumping, settings

_RETRY_SECONDS = 60


def brought_up(audience: Audience) -> Response | None:
    """Follow the log, or say that the worker has to; nothing is served behind the log."""
    try:
        dumping.refresh(audience, most=settings.changes_in_request())
    except dumping.BehindError:
        dumping.start(audience)
        told = {
            "zh": "整库文件正在生成，请稍后再取",
            "en": "the document of the whole catalog is being made; ask again later",
        }
        answer = jsonify(told)
        answer.status_code = 503
        answer.headers["Retry-After"] = str(_RETRY_SECONDS)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    return None
