"""Pages of processing to order (定制加工)."""

from flask import Blueprint

blueprint = Blueprint("fjgov_processing", __name__)
