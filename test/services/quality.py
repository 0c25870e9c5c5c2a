"""LightGBM and scikit-learn's HistGradientBoosting on one task of test/services/quality.slow.test.ts: same rows, same parameters, and
our validation rows to stop by, the best round kept. Prints what each answers on the test rows, as JSON."""
import json
import sys
import warnings

import lightgbm as lgb
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

warnings.filterwarnings("ignore")
told = json.load(sys.stdin)
task, kinds, split, options = told["task"], told["columns"], told["split"], told["options"]
whole = np.fromfile(told["file"], dtype=np.float64).reshape(-1, len(kinds) + 1)
target, inputs = whole[:, 0], whole[:, 1:]
part = lambda name: slice(split[name]["from"], split[name]["to"])
train, validation, test = part("train"), part("validation"), part("test")
categories = [i for i, kind in enumerate(kinds) if kind == "category"]

objective = {"binary": "binary", "regression": "regression", "multiclass": "multiclass", "ranking": "lambdarank"}[task]
parameters = {
    "objective": objective,
    "num_leaves": options["leaves"],
    "max_depth": options["depth"],
    "learning_rate": options["rate"],
    "min_data_in_leaf": options["minLeafRows"],
    "lambda_l2": options["l2"],
    "max_bin": 255,
    "num_threads": 2,
    "seed": told["seed"],
    "deterministic": True,
    "verbosity": -1,
    **({"num_class": told["classes"]} if task == "multiclass" else {}),
}


def sizes(rows):
    """How many rows each group has, in order; None where there are no groups."""
    if told["groups"] is None:
        return None
    return np.unique(np.array(told["groups"])[rows], return_counts=True)[1]


learnt = lgb.Dataset(
    inputs[train], target[train], categorical_feature=categories, params=parameters, group=sizes(train)
)
model = lgb.train(
    parameters,
    learnt,
    options["trees"],
    valid_sets=[lgb.Dataset(inputs[validation], target[validation], reference=learnt, group=sizes(validation))],
    callbacks=[lgb.early_stopping(options["earlyStopping"], verbose=False)],
)
lightgbm = model.predict(inputs[test], num_iteration=model.best_iteration).ravel()
if task == "ranking":
    # scikit-learn has nothing that learns an order.
    print(json.dumps({"lightgbm": lightgbm.tolist()}))
    sys.exit()

kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
model = kind(
    max_iter=options["trees"],
    max_leaf_nodes=options["leaves"],
    max_depth=options["depth"],
    learning_rate=options["rate"],
    min_samples_leaf=options["minLeafRows"],
    l2_regularization=options["l2"],
    max_bins=255,
    categorical_features=categories or None,
    early_stopping=True,
    n_iter_no_change=options["earlyStopping"],
    scoring="loss",
    random_state=told["seed"],
)
model.fit(inputs[train], target[train], X_val=inputs[validation], y_val=target[validation])
best = max(1, int(np.argmax(model.validation_score_)))
if task == "multiclass":
    stages = (stage.ravel() for stage in model.staged_predict_proba(inputs[test]))
elif task == "binary":
    stages = (stage[:, 1] for stage in model.staged_predict_proba(inputs[test]))
else:
    stages = model.staged_predict(inputs[test])
for _, hist in zip(range(best), stages):
    pass

print(json.dumps({"lightgbm": lightgbm.tolist(), "hist": hist.tolist()}))
