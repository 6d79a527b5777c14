"""`python -m webapp.migrations NNNN_what`: freeze the tables that are new as SQL. Never again once it was released."""

import sys

from webapp.migrations import FOLDER, schema_sql

for kind in ("sqlite", "postgres"):
    frozen = FOLDER / f"{sys.argv[1]}.{kind}.sql"
    frozen.unlink(missing_ok=True)
    frozen.write_text(schema_sql(kind))
