"""LightGBM on a matrix that bench/training-matrix.ts wrote row by row: same rows, same parameters. Prints a JobUse as JSON."""
import json
import sys
import time

import lightgbm as lgb
import numpy as np
from peak_memory import peak_memory

told = json.loads(sys.argv[1])
split, options, kinds = told["split"], told["options"], told["columns"]
whole = np.fromfile(told["file"], dtype=np.float64).reshape(-1, len(kinds) + 1)
target, inputs = whole[:, 0], whole[:, 1:]
part = lambda name: slice(split[name]["from"], split[name]["to"])
categories = [i for i, kind in enumerate(kinds) if kind == "category"]
parameters = {
    "objective": "binary",
    "num_leaves": options.get("leaves", 31),
    "max_depth": options.get("depth", 6),
    "learning_rate": options.get("rate", 0.1),
    "min_data_in_leaf": options.get("minLeafRows", 20),
    "lambda_l2": options.get("l2", 1),
    "max_bin": 255,
    "num_threads": told["threads"],
    "seed": told["seed"],
    "deterministic": True,
    "verbosity": -1,
}
patience = options.get("earlyStopping", 30)
began, before = time.perf_counter(), time.process_time()
train = lgb.Dataset(inputs[part("train")], target[part("train")], categorical_feature=categories, params=parameters)
validation = lgb.Dataset(inputs[part("validation")], target[part("validation")], reference=train)
model = lgb.train(
    parameters,
    train,
    options.get("trees", 300),
    valid_sets=[validation],
    callbacks=[lgb.early_stopping(patience, verbose=False)] if patience > 0 else [],
)
seconds, cpu = time.perf_counter() - began, time.process_time() - before
# As ours: what follows is judging.
peak = peak_memory()

rounds = model.best_iteration if patience > 0 else model.current_iteration()
score = model.predict(inputs[part("test")], num_iteration=rounds)
truth = target[part("test")] == 1
_, group, size = np.unique(score, return_inverse=True, return_counts=True)
rank = (np.cumsum(size) - (size - 1) / 2)[group]
positives = truth.sum()
auc = (rank[truth].sum() - positives * (positives + 1) / 2) / (positives * (~truth).sum())
gave = {"rounds": rounds, "auc": float(auc)}
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "peakBytes": peak, "gave": gave}))
