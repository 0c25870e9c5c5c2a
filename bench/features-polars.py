"""The sixteen features of bench/features-project.ts in polars. Prints JSON as bench/jobs.ts does; answers go to polars.parquet.

Count, sum and mean are running totals, read at t and at each window's start by join_asof. Max is put together from the payments of
the ask's own tile before t and a rolling maximum over whole tiles, because each hop divides its window.
"""
import json
import sys
import time

import polars as pl
from peak_memory import peak_memory

folder = sys.argv[1]
MINUTE = 60_000_000
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
WINDOWS = [("1h", HOUR, 5 * MINUTE), ("24h", DAY, HOUR), ("7d", 7 * DAY, HOUR), ("30d", 30 * DAY, DAY)]

began, cpu = time.perf_counter(), time.process_time()
events = pl.scan_parquet(f"{folder}/payments.parquet").select(
    pl.col("card_id"), pl.col("paid_at").dt.epoch("us").alias("event"), pl.col("amount")
)
asks = pl.scan_parquet(f"{folder}/asks.parquet").rename({"_entity": "card_id"})

# One row for each instant of a card, so that rows of the same instant are all read or none. The order is by instant: what join_asof wants.
running = (
    events.group_by("card_id", "event")
    .agg(pl.len().alias("rows"), pl.col("amount").sum().alias("total"))
    .sort("event")
    .with_columns(
        pl.col("rows").cum_sum().over("card_id").cast(pl.Int64),
        pl.col("total").cum_sum().over("card_id"),
    )
    .set_sorted("event")
    .collect(engine="streaming")
    .lazy()
)


def floored(instant: pl.Expr, hop: int) -> pl.Expr:
    return instant // hop * hop


def read(at: pl.Expr, suffix: str) -> pl.LazyFrame:
    """What had come of the ask's card strictly before an instant."""
    return (
        asks.select("_ask", "card_id", at.alias("at"))
        .sort("at")
        .join_asof(running, left_on="at", right_on="event", by="card_id", allow_exact_matches=False, check_sortedness=False)
        .select(
            "_ask",
            pl.col("rows").fill_null(0).alias(f"rows{suffix}"),
            pl.col("total").fill_null(0.0).alias(f"total{suffix}"),
        )
    )


def extremes(label: str, window: int, hop: int) -> pl.LazyFrame:
    tile = floored(pl.col("event"), hop).alias("tile")
    # Of the ask's own tile, what comes before t.
    inside = (
        events.with_columns(tile)
        .group_by("card_id", "tile", "event")
        .agg(pl.col("amount").max())
        .sort("event")
        .with_columns(pl.col("amount").cum_max().over("card_id", "tile").alias("inside"))
    )
    head = (
        asks.with_columns(floored(pl.col("_at"), hop).alias("tile"))
        .sort("_at")
        .join_asof(
            inside.select("card_id", "tile", "event", "inside"),
            left_on="_at", right_on="event", by=["card_id", "tile"], allow_exact_matches=False, check_sortedness=False,
        )
        .select("_ask", "card_id", "tile", "inside")
    )
    # The whole tiles of [floor(t) - window, floor(t)). Asked tiles come in as rows without an amount.
    tiles = events.group_by("card_id", tile).agg(pl.col("amount").max())
    asked = head.select("card_id", "tile").unique().with_columns(pl.lit(None, dtype=pl.Float64).alias("amount"))
    before = (
        pl.concat([tiles, asked])
        .group_by("card_id", "tile")
        .agg(pl.col("amount").max())
        .sort("card_id", "tile")
        .with_columns(
            pl.col("amount")
            .rolling_max_by("tile", f"{window}i", min_samples=1, closed="left")
            .over("card_id")
            .alias("whole")
        )
        .select("card_id", "tile", "whole")
    )
    return head.join(before, on=["card_id", "tile"], how="left").select(
        "_ask", pl.max_horizontal("inside", "whole").alias(f"max_{label}")
    )


at = pl.col("_at")
# Window after window: all at once takes the memory of all.
answers = read(at, "").collect(engine="streaming")
for label, window, hop in WINDOWS:
    rows = pl.col("rows") - pl.col("rows_then")
    total = pl.col("total") - pl.col("total_then")
    answers = (
        answers.lazy()
        .join(read(floored(at - window, hop), "_then"), on="_ask")
        .join(extremes(label, window, hop), on="_ask")
        .with_columns(
            rows.alias(f"count_{label}"),
            pl.when(rows > 0).then(total).otherwise(0.0).alias(f"sum_{label}"),
            pl.when(rows > 0).then(total / rows).alias(f"mean_{label}"),
        )
        .drop("rows_then", "total_then")
        .collect(engine="streaming")
    )
answers = answers.drop("rows", "total")
use = {
    "seconds": time.perf_counter() - began,
    "cpuSeconds": time.process_time() - cpu,
    "peakBytes": peak_memory(),
    "gave": answers.height,
}
answers.write_parquet(f"{folder}/polars.parquet")
print(json.dumps(use))
