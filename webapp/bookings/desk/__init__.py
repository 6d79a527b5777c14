"""The counter's doors to bookings, a file for each screen: the day, one booking, closing, who arrives, the van's route, figures, supply, who is due
again, what members ask."""

from flask import Blueprint

bp = Blueprint("bookings_desk", __name__, url_prefix="/desk/bookings")

from webapp.bookings.desk import again, arriving, card, closing, day, figures, offering, questions, route, supplying  # noqa: E402, F401  # fmt: skip
