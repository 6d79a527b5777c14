"""Rewards: the catalogue, and redemptions that are held on the phone and approved on the tablet."""
