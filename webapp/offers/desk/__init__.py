"""Staff's doors to coupons, days and partners: a file a noun, on one blueprint."""

from webapp.offers.desk import coupons, giving, partners, promotions, templates
from webapp.offers.desk.bp import bp

__all__ = ["bp", "coupons", "giving", "partners", "promotions", "templates"]
