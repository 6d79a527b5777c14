"""Staff's doors to what leaves the house: letters that could not, and hooks."""

from flask import Blueprint

bp = Blueprint("outbox_desk", __name__, url_prefix="/desk")
