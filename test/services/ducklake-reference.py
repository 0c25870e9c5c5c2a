"""Opens a catalog of ours with DuckDB's own DuckLake extension. Arguments: catalog file, the number of rows up to which an insert
or delete is kept in the catalog, then one SQL statement each; prints one JSON line for each statement's rows."""

import importlib.resources
import json
import sys

import duckdb

catalog, inlined, *statements = sys.argv[1:]
connection = duckdb.connect()
# From where pip has put them: nothing need be installed in the home folder first.
for extension in ("ducklake", "sqlite_scanner"):
    package = importlib.resources.files(f"duckdb_extension_{extension}")
    file = package / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
    connection.execute("load '" + str(file).replace("'", "''") + "'")
connection.execute("set timezone = 'UTC'")
connection.execute(
    "attach 'ducklake:sqlite:" + catalog.replace("'", "''") + f"' as lake (data_inlining_row_limit {int(inlined)})"
)
connection.execute("use lake")
for statement in statements:
    rows = connection.execute(statement).fetchall()
    print(json.dumps(rows, default=str))
