"""Members' doors to cases, a file for each noun: telling something, one case, the board of what was changed."""

from flask import Blueprint

bp = Blueprint("complaints", __name__)

from webapp.complaints.views import board, mine, telling  # noqa: E402, F401 - they add their doors
