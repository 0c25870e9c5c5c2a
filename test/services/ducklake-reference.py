"""Opens a catalog of ours with DuckDB's own DuckLake extension. Arguments: catalog file, the number of rows up to which an insert
or delete is kept in the catalog, then one SQL statement each; prints one JSON line for each statement's rows."""

import json
import sys

import duckdb

catalog, inlined, *statements = sys.argv[1:]
connection = duckdb.connect()
connection.execute("load ducklake; load sqlite_scanner; set timezone = 'UTC'")
connection.execute(
    "attach 'ducklake:sqlite:" + catalog.replace("'", "''") + f"' as lake (data_inlining_row_limit {int(inlined)})"
)
connection.execute("use lake")
for statement in statements:
    rows = connection.execute(statement).fetchall()
    print(json.dumps(rows, default=str))
