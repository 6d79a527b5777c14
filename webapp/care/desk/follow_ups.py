"""Whom to ring, and what came of it."""
