"""The counter's doors to laundry, a file for each screen: the board, one order, one garment, scanning, tags, prices, the care library, lists."""

from flask import Blueprint

bp = Blueprint("laundry_desk", __name__, url_prefix="/desk")

from webapp.laundry.desk import board, card, giving, library, piece, pricing, scanning, tags, wardrobes  # noqa: E402, F401 - they add their doors
