"""Members' doors to laundry, a file for each noun: one's orders, a tag that was scanned, the wardrobe."""

from flask import Blueprint

bp = Blueprint("laundry", __name__)
