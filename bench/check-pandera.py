"""The twenty rules of bench/payments.ts in pandera, on polars. Prints JSON as bench/jobs.ts does."""
import json
import sys
import time
from collections import Counter

import pandera.polars as pa
import polars as pl
from peak_memory import peak_memory

began, cpu = time.perf_counter(), time.process_time()
check = pa.Check
rows = lambda name, good: check(lambda data: data.lazyframe.select(good), name=name)
schema = pa.DataFrameSchema(
    {
        "payment_id": pa.Column(pl.String, check.str_matches("^p[0-9]{9}$")),
        "card_id": pa.Column(pl.String, check.str_length(5, 9)),
        "merchant_id": pa.Column(pl.String, check.str_length(2, 5)),
        "amount": pa.Column(pl.Float64, check.between(0, 50_000)),
        "country": pa.Column(pl.String, check.isin(["US", "DE", "IN", "FR", "BR", "JP"])),
        "currency": pa.Column(pl.String, check.isin(["EUR", "USD", "INR"])),
        "paid_at": pa.Column(
            pl.Datetime("us"),
            check(lambda data: data.lazyframe.select(pl.col(data.key).dt.year().is_between(1700, 2253)), name="years"),
        ),
        "items": pa.Column(pl.Int64, check.between(0, 96)),
        "chip": pa.Column(pl.Boolean),
        "risk": pa.Column(pl.Float64, check.between(0, 1), nullable=True),
    },
    checks=[
        rows("cheap without chip", pl.col("chip") | (pl.col("amount") <= 49_000)),
        rows("few when dear", (pl.col("amount") < 40_000) | (pl.col("items") < 95)),
    ],
)
broken = Counter()
try:
    schema.validate(pl.read_parquet(sys.argv[1]), lazy=True)
except pa.errors.SchemaErrors as errors:
    for found in errors.schema_errors:
        cases = found.failure_cases
        broken[f"{found.schema.name}: {found.check}"] += len(cases) if hasattr(cases, "__len__") else 1
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - began,
            "cpuSeconds": time.process_time() - cpu,
            "peakBytes": peak_memory(),
            "gave": sorted(broken.items()),
        }
    )
)
