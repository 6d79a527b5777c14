"""Members' doors to cases, a file for each noun: telling something, one case, the board of what was changed."""

from flask import Blueprint

bp = Blueprint("complaints", __name__)
