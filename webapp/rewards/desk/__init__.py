"""The counter's doors to rewards: one redemption with its words; the catalogue; gifts that are kept for somebody."""

from flask import Blueprint

bp = Blueprint("rewards_desk", __name__, url_prefix="/desk")

from webapp.rewards.desk import catalogue, gifts, settling  # noqa: E402, F401 - they add their doors
