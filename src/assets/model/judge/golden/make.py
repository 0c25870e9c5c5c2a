"""Makes the golden files beside it with scikit-learn (1.9.1 when last run): python make.py

Each file is a list of cases of one sort; the tests find the files by listing the folder. Not needed to run the tests.
"""
import json, pathlib, warnings
import numpy as np
import sklearn
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit, logit
from sklearn import metrics as m
from sklearn.calibration import _SigmoidCalibration, _TemperatureScaling
from sklearn.isotonic import IsotonicRegression

warnings.filterwarnings('ignore')
here = pathlib.Path(__file__).parent
made = f'scikit-learn {sklearn.__version__}, golden/make.py'


def short(x):
    """Every number with all its digits, but whole ones without a point."""
    if isinstance(x, dict):
        return {k: short(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [short(v) for v in x]
    if isinstance(x, (float, np.floating)):
        return None if not np.isfinite(x) else int(x) if x == int(x) and abs(x) < 1e15 else float(x)
    return int(x) if isinstance(x, np.integer) else x


def write(name, task, cases):
    text = json.dumps({'made': made, 'task': task, 'cases': short(cases)}, separators=(',', ':'))
    (here / f'{name}.json').write_text(text)


def weights_of(r, n, seed):
    """None, whole ones, or any, by turns."""
    if seed % 3 == 0:
        return None
    return r.integers(1, 5, n).astype(float) if seed % 3 == 1 else np.round(r.random(n) * 3 + 0.01, 2)


def binary(y, p, w):
    two = 0 < y.sum() < len(y)
    expected = {
        'rocAuc': m.roc_auc_score(y, p, sample_weight=w) if two else None,
        'prAuc': m.average_precision_score(y, p, sample_weight=w) if y.sum() else None,
        'logLoss': m.log_loss(y, p, labels=[0, 1], sample_weight=w),
        'brier': m.brier_score_loss(y, p, labels=[0, 1], pos_label=1, sample_weight=w),
        'at': [],
    }
    for t in (0.25, 0.9):
        yes = (p >= t).astype(int)
        tn, fp, fn, tp = m.confusion_matrix(y, yes, labels=[0, 1], sample_weight=w).ravel()
        expected['at'].append({
            'threshold': t, 'counts': [tp, fp, tn, fn],
            'accuracy': m.accuracy_score(y, yes, sample_weight=w),
            'balancedAccuracy': m.balanced_accuracy_score(y, yes, sample_weight=w),
            'mcc': m.matthews_corrcoef(y, yes, sample_weight=w),
            **{f'{name}{z}': f(y, yes, labels=[0, 1], zero_division=z, sample_weight=w, **of)
               for z in (0, 1)
               for name, f, of in (('precision', m.precision_score, {}), ('recall', m.recall_score, {}),
                                   ('f1', m.f1_score, {}), ('specificity', m.recall_score, {'pos_label': 0}))},
        })
    return {'target': ''.join(map(str, y)), 'score': p, 'weights': w, 'expected': expected}


def labels(r, p):
    return (r.random(len(p)) < p).astype(int)


def draw(sort, seed):
    r = np.random.default_rng(seed)
    n = int(r.integers(1, 6)) if sort == 'tiny' else int(r.integers(5, 40))
    p = np.round(r.random(n) ** 2, 6)
    if sort == 'ties':
        p = np.round(p, 1)
    if sort == 'extreme':
        p = r.choice([0.0, 1.0, 1e-300, 1e-17, 1 - 2**-53, 0.5, 5e-324], n)
    if sort == 'constant':
        p = np.full(n, np.round(p[0], 3))
    y = labels(r, np.clip(p, 0.05, 0.95))
    if sort == 'one-class':
        y = np.full(n, seed % 2)
    return binary(y, p, weights_of(r, n, seed))


for sort in ('plain', 'ties', 'tiny', 'extreme', 'constant', 'one-class'):
    write(f'binary-{sort}', 'binary', [draw(sort, seed) for seed in range(12)])


def multiclass(sort, seed):
    r = np.random.default_rng(seed)
    k = int(r.integers(2, 6))
    n = int(r.integers(2, 8)) if sort == 'tiny' else int(r.integers(10, 40))
    p = r.dirichlet(np.full(k, 0.7), n)
    if sort == 'ties':
        # Quarters, which add up to 1 exactly.
        p = np.array([r.multinomial(4, np.full(k, 1 / k)) / 4 for _ in range(n)])
    else:
        p = np.round(p, 4)
        p[:, -1] = np.maximum(0, 1 - p[:, :-1].sum(axis=1))
    # With few rows some class is often missing.
    y = np.array([r.choice(k, p=(row + 0.1) / (row + 0.1).sum()) for row in p])
    w = weights_of(r, n, seed)
    answer = p.argmax(axis=1)
    all_there = len(set(y)) == k
    known = list(range(k))
    expected = {
        'matrix': m.confusion_matrix(y, answer, labels=known, sample_weight=w).ravel(),
        'accuracy': m.accuracy_score(y, answer, sample_weight=w),
        'balancedAccuracy': m.balanced_accuracy_score(y, answer, sample_weight=w),
        'mcc': m.matthews_corrcoef(y, answer, sample_weight=w),
        'logLoss': m.log_loss(y, p, labels=known, sample_weight=w),
        'brier': m.brier_score_loss(y, p, labels=known, sample_weight=w, scale_by_half=False),
        'top2': m.top_k_accuracy_score(y, p, k=2, labels=known, sample_weight=w) if k > 2 else None,
        'ovrMacro': m.roc_auc_score(y, p, multi_class='ovr', sample_weight=w) if all_there and k > 2 else None,
        'ovrWeighted': m.roc_auc_score(y, p, multi_class='ovr', average='weighted', sample_weight=w) if all_there and k > 2 else None,
        'ovoMacro': m.roc_auc_score(y, p, multi_class='ovo') if all_there and k > 2 else None,
        'ovoWeighted': m.roc_auc_score(y, p, multi_class='ovo', average='weighted') if all_there and k > 2 else None,
        'prAuc': [m.average_precision_score(y == c, p[:, c], sample_weight=w) if (y == c).any() else None for c in known],
        'shares': {
            f'{average}{z}': m.precision_recall_fscore_support(
                y, answer, labels=known, average=average, zero_division=float(z), sample_weight=w)[:3]
            for average in ('macro', 'micro', 'weighted') for z in ('0', '1', 'nan')
        },
    }
    return {'classes': k, 'target': y, 'probabilities': p.ravel(), 'weights': w, 'expected': expected}


for sort in ('plain', 'ties', 'tiny'):
    write(f'multiclass-{sort}', 'multiclass', [multiclass(sort, seed) for seed in range(12)])


def regression(y, p, w, q):
    positive = (y >= 0).all() and (p > 0).all()
    enough = len(y) > 1
    return {'target': y, 'predicted': p, 'weights': w, 'quantile': q, 'expected': {
        'rmse': m.root_mean_squared_error(y, p, sample_weight=w),
        'mae': m.mean_absolute_error(y, p, sample_weight=w),
        'mape': m.mean_absolute_percentage_error(y, p, sample_weight=w),
        'medianAbsoluteError': m.median_absolute_error(y, p, sample_weight=w),
        'pinball': m.mean_pinball_loss(y, p, alpha=q, sample_weight=w),
        'poissonDeviance': m.mean_poisson_deviance(y, p, sample_weight=w) if positive else None,
        'r2': m.r2_score(y, p, sample_weight=w) if enough else None,
        'explainedVariance': m.explained_variance_score(y, p, sample_weight=w) if enough else None}}


cases = []
for seed in range(24):
    r = np.random.default_rng(seed)
    n = int(r.integers(1, 30))
    y = np.round(r.normal(1e3, 10.0 ** r.integers(-3, 4), n), 5)
    if seed % 5 == 4:
        y = np.full(n, 0.5)  # Not 0.1: its mean rounds in numpy, and R2 would be about -1e33 there.
    if seed % 5 == 3:
        y = r.poisson(1.5, n).astype(float)
    p = y.copy() if seed % 10 == 9 else np.round(y + r.normal(0, 1, n), 5)
    if seed % 5 == 3:
        p = np.abs(p) + 0.25
    cases.append(regression(y, p, weights_of(r, n, seed), float(r.choice([0.1, 0.5, 0.9]))))
write('regression', 'regression', cases)

cases = []
for seed in range(18):
    r = np.random.default_rng(seed)
    lists, n = int(r.integers(1, 6)), int(r.integers(2, 12))
    ties = seed % 3 == 1
    score = np.round(r.random((lists, n)), 1 if ties else 6)
    relevance = r.integers(0, 2 if seed % 2 else 4, (lists, n))
    some = (relevance > 0).any(axis=1)
    at = (1, 3, 10)
    expected = {
        'linear': [m.ndcg_score(relevance, score, k=k) for k in at],
        'exponential': [m.ndcg_score(2.0 ** relevance - 1, score, k=k) for k in at],
        'map': None if ties or not some.any() else np.mean(
            [m.average_precision_score(a > 0, b) for a, b in zip(relevance[some], score[some])]),
    }
    # scikit-learn knows the reciprocal rank as average precision where one item is relevant.
    one = relevance == relevance.max(axis=1, keepdims=True)
    one &= np.cumsum(one, axis=1) == 1
    cases.append({'lists': lists, 'relevance': relevance.ravel(), 'score': score.ravel(), 'at': at, 'expected': expected,
                  'one': one.ravel().astype(int),
                  'mrr': None if ties else m.label_ranking_average_precision_score(one, score)})
write('ranking', 'ranking', cases)


def platt(f, y, w):
    """The optimum that scikit-learn's solver comes near to."""
    own = np.ones(len(y)) if w is None else w
    no, yes = own[y == 0].sum(), own[y == 1].sum()
    t = np.where(y > 0, (yes + 1) / (yes + 2), 1 / (no + 2))
    def loss(ab):
        z = -(ab[0] * f + ab[1])
        return -(own * (t * log_expit(z) + (1 - t) * log_expit(-z))).sum()
    def slope(ab):
        g = own * (expit(-(ab[0] * f + ab[1])) - t)
        return np.array([-(g * f).sum(), -g.sum()])
    def bend(ab):
        q = expit(-(ab[0] * f + ab[1]))
        v = own * q * (1 - q)
        return np.array([[(v * f * f).sum(), (v * f).sum()], [(v * f).sum(), v.sum()]])
    ab = np.array([0.0, np.log((no + 1) / (yes + 1))])
    ab = minimize(loss, ab, jac=slope, method='BFGS').x
    for _ in range(20):
        ab = ab - np.linalg.solve(bend(ab), slope(ab))
    return ab


cases = []
for seed in range(12):
    r = np.random.default_rng(seed)
    n = int(r.integers(30, 120))
    p = np.clip(np.round(r.random(n), 2 if seed % 2 else 4), 0.001, 0.999)
    y = labels(r, p ** (0.5 if seed % 4 < 2 else 2))
    w = weights_of(r, n, seed)
    f = logit(p)
    near = _SigmoidCalibration().fit(f, y, w)
    iso = IsotonicRegression(out_of_bounds='clip', y_min=0, y_max=1).fit(p, y, w)
    ask = np.round(np.linspace(0, 1, 21), 2)
    own = np.ones(n) if w is None else w
    beta = brentq(lambda b: (own * (expit(b * f) - y) * f).sum(), 1e-3, 1e3, xtol=1e-15)
    near_beta = _TemperatureScaling().fit(np.column_stack([1 - p, p]), y, w).beta_
    cases.append({'target': ''.join(map(str, y)), 'probability': p, 'weights': w, 'ask': ask, 'expected': {
        'sigmoid': platt(f, y, w), 'sigmoidOfScikitLearn': [near.a_, near.b_],
        'isotonic': iso.predict(ask), 'x': iso.X_thresholds_, 'y': iso.y_thresholds_,
        'beta': beta, 'betaOfScikitLearn': near_beta}})
write('calibrators', 'calibrators', cases)
