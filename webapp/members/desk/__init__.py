"""The desk's doors to members, a file for each noun: the card and who is at the counter, what the shop remembers, its chips, the quality of the records."""

from flask import Blueprint

bp = Blueprint("members_desk", __name__, url_prefix="/desk")

from webapp.members.desk import birthday, card, chips, friends, memory, quality  # noqa: E402, F401 - they add their doors
