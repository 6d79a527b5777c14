"""Offers: coupons that are given to a member and used once at a counter."""
