"""Offers: the wallet, the counter, and the pages on which coupons, days and partners are made."""
