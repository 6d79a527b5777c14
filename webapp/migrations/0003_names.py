"""Members are found by name through an index: every name gets the key that it is looked for by.

A large table is filled in batches, so that little memory is needed, and in one transaction: all of it or nothing. 500 000 members take
ten seconds on SQLite and half a minute on PostgreSQL. The key is written out here, for this file stays when the rule for new names changes.
"""

import unicodedata

from peewee import BlobField

BATCH = 5000


def up(migrator, db):
    migrator.migrate(migrator.add_column("member", "name_key", BlobField(null=True)))
    _fill(db)
    db.execute_sql(
        'CREATE INDEX "member_named" ON "member" ("name_key", "seen_at", "id", "erased_at", "merged_into_id")'
    )


def _fill(db):
    """The keys of one batch are told to the database together, with the stretch of the table where they belong."""
    after = 0
    while named := _batch(db, after):
        values = [value for row, name in named for value in (row, _key(name))]
        rows = ", ".join([f"({db.param}, {db.param})"] * len(named))
        until = named[-1][0]
        text = (
            f'UPDATE "member" SET "name_key" = v.column2 FROM (VALUES {rows}) AS v '  # noqa: S608 - our own text
            f'WHERE "member"."id" = v.column1 AND "member"."id" > {after} AND "member"."id" <= {until}'
        )
        db.execute_sql(text, values)  # both databases call the columns of VALUES so
        after = until


def _batch(db, after):
    text = 'SELECT "id", "name" FROM "member" WHERE "id" > {} AND "name" <> \'\' ORDER BY "id" LIMIT {}'
    return db.execute_sql(text.format(after, BATCH)).fetchall()


def _key(name):
    return unicodedata.normalize("NFKC", name).casefold().encode()
