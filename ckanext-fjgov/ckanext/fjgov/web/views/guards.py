"""What holds for every answer of the site, whichever view gives it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, jsonify, request

from ckan.config.middleware.flask_app import csrf

from ckanext.fjgov.logic.searching import REFUSED_SEARCH
from ckanext.fjgov.web.tagging import BY_READER

CONFLICT, BAD_REQUEST = 409, 400

blueprint = Blueprint("fjgov_guards", __name__)


@blueprint.before_app_request
def keep_answers_private() -> None:
    """Let no shared cache keep an answer: all of them depend on who asks.

    CKAN marks every answer `public` unless this is set, even ours that say `no-store`.
    """
    request.environ["__no_cache__"] = True


@blueprint.before_app_request
def ask_for_the_secret_of_a_form() -> None:
    """Ask whoever is signed in by a session for the secret of the form, on every page.

    CKAN exempts a page for good, and for everybody, once somebody asked for it without a session.
    """
    by_session = g.get("user") and not g.get("login_via_auth_header")
    if by_session and current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


@blueprint.after_app_request
def say_that_answers_go_by_the_reader(response: Response) -> Response:
    """Tell caches that an answer depends on the token or the session of who asks."""
    response.vary.update(BY_READER)
    return response


@blueprint.after_app_request
def call_a_refused_search_a_bad_request(response: Response) -> Response:
    """Answer 400 where CKAN's API has only the status of a conflict for what is not valid."""
    if response.status_code == CONFLICT and g.get(REFUSED_SEARCH):
        response.status_code = BAD_REQUEST
    return response


@blueprint.app_errorhandler(RecursionError)
def call_deep_nesting_a_bad_request(_error: RecursionError) -> tuple[Response, int]:
    """Answer 400 to JSON nested deeper than Python's parser goes; the process is unharmed."""
    message = "提交的 JSON 嵌套过深 / the JSON is nested too deeply"
    return jsonify({"success": False, "error": {"message": message}}), BAD_REQUEST
