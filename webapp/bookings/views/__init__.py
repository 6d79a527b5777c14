"""Members' doors to bookings, a file for each noun: choosing a time, one's own bookings, moving one, the line, the van, the calendar, questions."""

from flask import Blueprint

bp = Blueprint("bookings", __name__)

from webapp.bookings.views import book, calendar, line, mine, moving, questions, van  # noqa: E402, F401 - they add their doors
