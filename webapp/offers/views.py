"""Members' doors to coupons: the wallet."""

from flask import Blueprint

bp = Blueprint("offers", __name__)
