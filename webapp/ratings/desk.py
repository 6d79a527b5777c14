"""The counter's doors to ratings: what came in, answering it, what was said aloud, the figures, the staff's own pulse."""

from flask import Blueprint

bp = Blueprint("ratings_desk", __name__, url_prefix="/desk")
