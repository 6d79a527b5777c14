"""`python -m webapp.migrations NNNN_what`: freeze today's models as the SQL of a first migration. Never for one that was released."""

import sys

from webapp.migrations import FOLDER, schema_sql

for kind in ("sqlite", "postgres"):
    (FOLDER / f"{sys.argv[1]}.{kind}.sql").write_text(schema_sql(kind))
