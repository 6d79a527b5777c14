"""Members' doors to care: how often, why, and the tips."""

from flask import Blueprint

bp = Blueprint("care", __name__)
