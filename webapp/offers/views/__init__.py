"""Members' doors to coupons, and a partner's own page: a file a noun, on one blueprint."""

from flask import Blueprint

bp = Blueprint("offers", __name__)

from webapp.offers.views import neighbours, wallet  # noqa: E402, F401 - they add their doors
