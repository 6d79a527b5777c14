"""Members' doors, a file for each noun: joining, signing in, home and code, me, devices, privacy. All hang on one blueprint."""

from flask import Blueprint

bp = Blueprint("members", __name__)

from webapp.members.views import devices, home, invite, joining, kin, me, memory, privacy, signing_in  # noqa: E402, F401 - they add their doors
