"""Members' doors to the outbox: waking their browser."""

from flask import Blueprint

bp = Blueprint("outbox", __name__)
