"""时限监管: the periods that run, for those who watch them."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page

ROWS = 50

blueprint = Blueprint("fjgov_clocks", __name__)


@blueprint.route("/fjgov/clocks")
def clocks() -> Any:
    """Clocks of the units in the reader's sight: all of them, the overdue ones, or one unit's."""
    unit, overdue = request.args.get("unit", ""), request.args.get("overdue") == "1"
    number = page_number(request.args.get("page", "1"))
    wanted = {"unit": unit, "overdue": overdue, "limit": ROWS, "offset": (number - 1) * ROWS}
    try:
        found = tk.get_action("fjgov_clock_list")(reader_context(), wanted)
    except tk.NotAuthorized:
        return closed_page(helpers.say("时限监管", "Supervision of periods"))
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/clocks.html",
        found=found,
        unit=unit,
        overdue=overdue,
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )
