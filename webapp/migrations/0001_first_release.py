"""The first release: everything from the SQL beside this file (frozen; later changes come as migrations of their own)."""

from webapp.migrations import apply


def up(migrator, db):
    apply(db, __file__)
