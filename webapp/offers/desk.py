"""The counter's doors to coupons: used, and taken back."""

from flask import Blueprint

bp = Blueprint("offers_desk", __name__, url_prefix="/desk/coupons")
