"""The blueprint of this room's staff doors."""

from flask import Blueprint

bp = Blueprint("offers_desk", __name__, url_prefix="/desk")
