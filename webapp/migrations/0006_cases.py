"""Coupons, cases with their steps and thread, goodwill, improvements, ratings; members who need care are marked."""

from peewee import BigIntegerField

from webapp.migrations import apply


def up(migrator, db):
    apply(db, __file__)
    migrator.migrate(migrator.add_column("member", "care_since", BigIntegerField(null=True)))
