"""Ratings: one question for each real visit, faces by kind of shop; never deleted, only answered, and never held against anybody."""
