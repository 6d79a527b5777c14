"""Staff's doors to what the night has found out, a file for each screen: grades and their mirror, who is due or may stay away, segments."""

from flask import Blueprint

bp = Blueprint("insights_desk", __name__, url_prefix="/desk/insight")

from webapp.insights.desk import grades, people, segments  # noqa: E402, F401 - they add their doors
