"""Services, resources, seats, bookings, the waiting list, pick-up addresses and calendar feeds."""

from webapp.migrations import apply


def up(migrator, db):
    apply(db, __file__)
