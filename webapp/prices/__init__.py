"""Prices: what a bill comes to for somebody today, and the coupons that make it less."""
