"""Members' doors to ratings: one question, signed in or by the code on a slip."""

from flask import Blueprint

bp = Blueprint("ratings", __name__)
