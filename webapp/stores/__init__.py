"""Stores: the shop behind the printed code, its hours and posters, the rotating code at the counter, the first set-up, its numbers."""
