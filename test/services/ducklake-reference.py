"""Opens a catalog of ours with DuckDB's own DuckLake extension. Arguments: catalog file, then one SQL statement each; prints
one JSON line for each statement's rows. Small inserts become files too: we do not read rows kept in the catalog yet."""

import json
import sys

import duckdb

catalog, *statements = sys.argv[1:]
connection = duckdb.connect()
connection.execute("load ducklake; load sqlite_scanner; set timezone = 'UTC'")
connection.execute("attach 'ducklake:sqlite:" + catalog.replace("'", "''") + "' as lake (data_inlining_row_limit 0)")
connection.execute("use lake")
for statement in statements:
    rows = connection.execute(statement).fetchall()
    print(json.dumps(rows, default=str))
