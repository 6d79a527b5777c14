"""Members' doors to laundry, a file for each noun: one's orders, one garment, the wardrobe."""

from flask import Blueprint

bp = Blueprint("laundry", __name__)

from webapp.laundry.views import garments, orders, wardrobe  # noqa: E402, F401 - they add their doors
