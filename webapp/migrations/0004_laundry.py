"""Laundry orders with their garments, photos and pins, the care library; advisers, and questions in writing."""

from webapp.migrations import apply


def up(migrator, db):
    apply(db, __file__)
