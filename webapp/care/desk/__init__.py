"""Staff's doors to care: a file a noun, on one blueprint."""

from webapp.care.desk import follow_ups, rules, thanks, tips
from webapp.care.desk.bp import bp

__all__ = ["bp", "follow_ups", "rules", "thanks", "tips"]
