"""Staff's doors to grades and segments."""

from flask import Blueprint

bp = Blueprint("insights_desk", __name__, url_prefix="/desk")
