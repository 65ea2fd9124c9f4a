"""Tell a request that broke on its own characters from a fault of the site: one place for all.

PostgreSQL takes no U+0000 and nothing writes half of a surrogate pair, wherever they stand; CKAN's
actions look a name up before anybody judges it. What is judged by rules, or row by row, stays so.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import StatementError

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.api.texts import all_texts, is_text, json_holds_texts
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.web.refusals import refusal, refused_search, wants_page

API: Final = "/api/"
FAULT: Final = 500
_ZH: Final = "请求中有不能存储的字符（空字符或不成对的代理项）"
_EN: Final = "the request holds characters that cannot be stored (NUL or half of a surrogate pair)"

blueprint = Blueprint("fjgov_malformed", __name__)


@blueprint.app_errorhandler(ValueError)
@blueprint.app_errorhandler(StatementError)
def call_what_is_no_text_a_bad_request(error: Exception) -> Response:
    """Answer 400 where a request broke that holds what can stand in no record.

    Raises:
        Exception: the error itself, when the request is not at fault.
    """
    if _is_of_texts():
        raise error
    return refusal(Refused(400, "", _ZH, _EN), as_json=not wants_page())


@blueprint.app_errorhandler(tk.ValidationError)
def call_what_an_action_refuses_a_bad_request(error: tk.ValidationError) -> Response:
    """Answer 400 with the messages of an action, where a page foresaw no refusal."""
    return refused_search(error)


@blueprint.after_app_request
def call_it_so_at_the_interface(response: Response) -> Response:
    """Answer 400 where CKAN's API answers 500 by itself to every error it does not know."""
    is_of_api = request.path.startswith(API)
    if response.status_code != FAULT or not is_of_api or _is_of_texts():
        return response
    told = {"__type": "Bad Request", "message": f"{_ZH} / {_EN}"}
    answer = jsonify(success=False, error=told)
    answer.status_code = 400
    return answer


def _is_of_texts() -> bool:
    pairs = (*request.args.items(multi=True), *request.form.items(multi=True))
    # JSON that is sent as a form, as some programs do, is the name of a field.
    bodies = (request.get_data(cache=True), *(name.encode() for name in request.form))
    is_plain = is_text(request.path) and all(all_texts(pair) for pair in pairs)
    return is_plain and all(json_holds_texts(body) for body in bodies)
