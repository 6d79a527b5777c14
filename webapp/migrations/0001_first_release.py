"""The first release: everything from the SQL beside this file (frozen; later changes come as migrations of their own)."""

from pathlib import Path

from peewee import PostgresqlDatabase


def up(migrator, db):
    kind = "postgres" if isinstance(db, PostgresqlDatabase) else "sqlite"
    script = Path(__file__).with_name(f"0001_first_release.{kind}.sql").read_text()
    for statement in filter(str.strip, script.split(";\n")):
        db.execute_sql(statement)
