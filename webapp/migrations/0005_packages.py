"""Services get packages: a party of so many at one price, always, at weekends or on public holidays (E5)."""

from peewee import TextField


def up(migrator, db):
    migrator.migrate(migrator.add_column("service", "packages", TextField(default="[]")))
