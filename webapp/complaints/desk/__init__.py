"""The counter's doors to cases, a file for each screen: the list, one case, goodwill, the ladder's numbers, causes and starters, reports."""

from flask import Blueprint

bp = Blueprint("complaints_desk", __name__, url_prefix="/desk")

from webapp.complaints.desk import (  # noqa: E402, F401  # fmt: skip
    board,
    card,
    deciding,
    goodwill,
    improving,
    library,
    moving,
    promises,
    report,
    telling,
)
