"""Makes penalties.json from the rows of scikit-learn.json: python3 make.py (scikit-learn and numpy; versions are in the file).

Columns: a, b (missing at the mean, then standardized), 'b missing', c, and the category one-hot with all zeros for missing. What
is minimized is the sum of losses + l1·|w| + l2/2·|w|^2.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.preprocessing import SplineTransformer

warnings.simplefilter("ignore", FutureWarning)
warnings.simplefilter("error", ConvergenceWarning)
given = json.load(open("scikit-learn.json"))
rows = given["rows"]
colours = sorted({c for c in rows["colour"] if c is not None})


def standard(values):
    x = np.array([np.nan if v is None else v for v in values], dtype=float)
    x = np.where(np.isnan(x), np.nanmean(x), x)
    return (x - x.mean()) / x.std()


missing = np.array([v is None for v in rows["b"]], dtype=float)
X = np.column_stack(
    [standard(rows["a"]), standard(rows["b"]), missing, standard(rows["c"])]
    + [np.array([v == c for v in rows["colour"]], dtype=float) for c in colours]
)
names = ["a", "b", "b missing", "c", *colours]
binary = np.array(given["binaryTarget"])
number = np.array(given["regressionTarget"])
noise = np.random.default_rng(7).normal(size=len(number))
thirds = X[:, 0] + 0.7 * X[:, 3] - X[:, 4] + noise
several = np.digitize(thirds, np.quantile(thirds, [0.3, 0.7]))


def logistic(X, y, l1, l2):
    ratio = l1 / (l1 + l2)
    model = LogisticRegression(
        C=1 / (l1 + l2), l1_ratio=ratio, solver="saga" if l1 else "newton-cg", tol=1e-10, max_iter=1_000_000
    ).fit(X, y)
    return model.coef_.tolist(), model.intercept_.tolist()


def linear(X, y, l1, l2):
    n = len(y)
    if l1 == 0:
        model = Ridge(alpha=l2, solver="cholesky").fit(X, y)
    else:
        model = ElasticNet(alpha=(l1 + l2) / n, l1_ratio=l1 / (l1 + l2), tol=1e-12, max_iter=1_000_000).fit(X, y)
    return [model.coef_.tolist()], [float(model.intercept_)]


fits = []


def add(task, l1, l2, X=X, weights=names, **options):
    y = {"binary": binary, "multiclass": several, "regression": number}[task]
    coefficients, intercepts = (linear if task == "regression" else logistic)(X, y, l1, l2)
    fits.append(
        dict(
            task=task, options=dict(l1=l1, l2=l2, **options), weights=weights,
            coefficients=[[round(c, 9) for c in row] for row in coefficients], intercepts=[round(i, 9) for i in intercepts],
        )
    )


for task in ["binary", "multiclass"]:
    add(task, 0, 1)
    add(task, 3, 0)
    add(task, 2, 1.5)
add("regression", 40, 0)
add("regression", 30, 12)

a = np.array(rows["a"], dtype=np.float32).astype(float).reshape(-1, 1)
c = np.array(rows["c"], dtype=np.float32).astype(float).reshape(-1, 1)
curves = SplineTransformer(n_knots=5, degree=3, knots="quantile", extrapolation="constant").fit_transform(a)
edges = np.quantile(c[:, 0], np.linspace(0, 1, 5)).astype(np.float32).astype(float)
steps = np.eye(4)[np.digitize(c[:, 0], edges[1:-1])]
shaped = np.column_stack([curves, steps])
weights = [f"a {i}" for i in range(curves.shape[1])] + [f"c {i}" for i in range(4)]
for task in ["binary", "multiclass", "regression"]:
    add(task, 0, 1, shaped, weights, splines={"a": 5}, bins={"c": 4})
add("binary", 0.5, 0.5, shaped, weights, splines={"a": 5}, bins={"c": 4})

json.dump(
    dict(
        madeWith=f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        multiclassTarget=several.tolist(), fits=fits,
    ),
    open("penalties.json", "w"),
)
