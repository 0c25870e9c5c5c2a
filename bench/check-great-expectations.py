"""The twenty rules of bench/payments.ts in Great Expectations, on pandas. Prints JSON as bench/jobs.ts does."""
import json
import logging
import os
import sys
import time

os.environ["GX_ANALYTICS_ENABLED"] = "False"
logging.disable(logging.WARNING)
import great_expectations as gx
import pandas as pd
from great_expectations import expectations as expect
from peak_memory import peak_memory

began, cpu = time.perf_counter(), time.process_time()
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
suite = context.suites.add(gx.ExpectationSuite(name="payments"))
never_null = ["payment_id", "card_id", "merchant_id", "amount", "country", "currency", "paid_at", "items", "chip"]
for one in [
    *[expect.ExpectColumnValuesToNotBeNull(column=name) for name in never_null],
    expect.ExpectColumnValuesToMatchRegex(column="payment_id", regex="^p[0-9]{9}$"),
    expect.ExpectColumnValueLengthsToBeBetween(column="card_id", min_value=5, max_value=9),
    expect.ExpectColumnValueLengthsToBeBetween(column="merchant_id", min_value=2, max_value=5),
    expect.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=50_000),
    expect.ExpectColumnValuesToBeInSet(column="country", value_set=["US", "DE", "IN", "FR", "BR", "JP"]),
    expect.ExpectColumnValuesToBeInSet(column="currency", value_set=["EUR", "USD", "INR"]),
    expect.ExpectColumnValuesToBeBetween(
        column="paid_at", min_value=pd.Timestamp("1700-01-01"), max_value=pd.Timestamp("2253-12-31")
    ),
    expect.ExpectColumnValuesToBeBetween(column="items", min_value=0, max_value=96),
    expect.ExpectColumnValuesToBeBetween(column="risk", min_value=0, max_value=1),
    expect.ExpectColumnValuesToBeBetween(
        column="amount", max_value=49_000, row_condition="chip == False", condition_parser="pandas"
    ),
    expect.ExpectColumnValuesToBeBetween(
        column="items", max_value=94, row_condition="amount >= 40000", condition_parser="pandas"
    ),
]:
    suite.add_expectation(one)
asset = context.data_sources.add_pandas("payments").add_dataframe_asset(name="payments")
batches = asset.add_batch_definition_whole_dataframe("all")
definition = context.validation_definitions.add(gx.ValidationDefinition(name="all", data=batches, suite=suite))
found = definition.run(batch_parameters={"dataframe": pd.read_parquet(sys.argv[1])}, result_format="SUMMARY")
broken = [
    (f"{one.expectation_config.kwargs['column']}: {one.expectation_config.type}", one.result["unexpected_count"])
    for one in found.results
    if not one.success
]
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - began,
            "cpuSeconds": time.process_time() - cpu,
            "peakBytes": peak_memory(),
            "gave": sorted(broken),
        }
    )
)
