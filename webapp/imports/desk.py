"""Staff's doors to imports."""

from flask import Blueprint

bp = Blueprint("imports_desk", __name__, url_prefix="/desk/imports")
