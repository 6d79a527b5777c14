"""Insights: what the shop knows of how people come, worked out at night, and rules that say who belongs."""
