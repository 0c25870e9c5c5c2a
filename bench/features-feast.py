"""Feast's point-in-time join on DuckDB. Prints JSON as bench/jobs.ts does; answers go to feast.parquet.

Feast aggregates nothing over windows here: it looks up the newest row of a table that has been computed already (running-table.parquet,
made by bench/features-jobs.ts and not counted).
"""
import json
import os
import sys
import time
import warnings
from datetime import timedelta

os.environ["FEAST_USAGE"] = "False"
warnings.simplefilter("ignore")
import duckdb
import ibis
import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.types import Float64, Int64
from peak_memory import peak_memory

folder = sys.argv[1]
connection = ibis.duckdb.connect(memory_limit="4GB", temp_directory=f"{folder}/feast-spill")
ibis.set_backend(connection)
store = FeatureStore(
    config=RepoConfig(
        project="bench",
        provider="local",
        registry=f"{folder}/feast-registry.db",
        offline_store=DuckDBOfflineStoreConfig(),
        online_store=None,
        entity_key_serialization_version=3,
    )
)
card = Entity(name="card", join_keys=["card_id"], value_type=ValueType.STRING)
view = FeatureView(
    name="running",
    entities=[card],
    ttl=timedelta(0),
    schema=[
        Field(name="count_100d", dtype=Int64),
        Field(name="sum_100d", dtype=Float64),
        Field(name="mean_100d", dtype=Float64),
        Field(name="max_100d", dtype=Float64),
    ],
    source=FileSource(path=f"{folder}/running-table.parquet", timestamp_field="event_timestamp"),
)
store.apply([card, view])

began, cpu = time.perf_counter(), time.process_time()
asks = pd.read_parquet(f"{folder}/asks.parquet").rename(columns={"_entity": "card_id"})
asks["event_timestamp"] = pd.to_datetime(asks.pop("_at"), unit="us", utc=True)
job = store.get_historical_features(
    entity_df=asks,
    features=[f"running:{name}" for name in ("count_100d", "sum_100d", "mean_100d", "max_100d")],
)
answers = job.to_arrow()
use = {
    "seconds": time.perf_counter() - began,
    "cpuSeconds": time.process_time() - cpu,
    "peakBytes": peak_memory(),
    "gave": answers.num_rows,
}
# A card without any payment has no row: nothing counted, and a sum of nothing is 0 in ours.
duckdb.sql(
    f"""copy (select _ask, coalesce(count_100d, 0) as count_100d, coalesce(sum_100d, 0) as sum_100d, mean_100d, max_100d from answers)
    to '{folder}/feast.parquet' (format parquet)"""
)
print(json.dumps(use))
