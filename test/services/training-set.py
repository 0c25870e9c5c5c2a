"""Reads an export of a training set as its users do; prints what it finds as JSON."""

import json
import sys

import pandas
import pyarrow.ipc
import pyarrow.parquet

folder = sys.argv[1]


def told(table):
    frame = table.to_pandas()
    rows = json.loads(frame.to_json(orient="records", date_format="iso", date_unit="us", double_precision=15))
    return {
        "types": {field.name: str(field.type) for field in table.schema},
        "rows": len(frame),
        "split": {k: int(v) for k, v in frame["_split"].value_counts().items()},
        "weight": float(frame["_weight"].sum()),
        "first": rows[0],
        "sum": float(frame["amount"].sum()),
        "nulls": {name: int(frame[name].isna().sum()) for name in frame.columns},
    }


parquet = pyarrow.parquet.read_table(f"{folder}/rows.parquet")
with pyarrow.ipc.open_file(f"{folder}/rows.arrow") as file:
    arrow = file.read_all()
arrow.validate(full=True)
print(
    json.dumps(
        {
            "parquet": told(parquet),
            "arrow": told(arrow),
            "same": parquet.to_pandas().equals(arrow.to_pandas()),
            "pandas": len(pandas.read_parquet(f"{folder}/rows.parquet")),
        }
    )
)
