"""Makes the golden files beside it with scikit-learn (1.9.1 when last run): python make.py

Each file is a list of cases of one sort; the tests find the files by listing the folder. Not needed to run the tests.
"""
import json, pathlib, warnings
import numpy as np
import sklearn
from sklearn import metrics as m

warnings.filterwarnings('ignore')
here = pathlib.Path(__file__).parent
made = f'scikit-learn {sklearn.__version__}, golden/make.py'


def binary(y, p):
    two = 0 < y.sum() < len(y)
    expected = {
        'rocAuc': float(m.roc_auc_score(y, p)) if two else None,
        'prAuc': float(m.average_precision_score(y, p)) if y.sum() else None,
        'logLoss': float(m.log_loss(y, p, labels=[0, 1])),
        'brier': float(m.brier_score_loss(y, p, labels=[0, 1], pos_label=1)),
        'at': [],
    }
    for t in (0.25, 0.5, 0.9):
        yes = (p >= t).astype(int)
        tn, fp, fn, tp = m.confusion_matrix(y, yes, labels=[0, 1]).ravel()
        expected['at'].append({
            'threshold': t, 'counts': [int(tp), int(fp), int(tn), int(fn)],
            'accuracy': float(m.accuracy_score(y, yes)),
            **{f'{name}{z}': float(f(y, yes, labels=[0, 1], zero_division=z))
               for z in (0, 1)
               for name, f in (('precision', m.precision_score), ('recall', m.recall_score), ('f1', m.f1_score))},
        })
    return {'target': ''.join(map(str, y)), 'score': p.tolist(), 'expected': expected}


def regression(y, p):
    return {'target': y.tolist(), 'predicted': p.tolist(), 'expected': {
        'rmse': float(m.root_mean_squared_error(y, p)), 'mae': float(m.mean_absolute_error(y, p)),
        'r2': float(m.r2_score(y, p)) if len(y) > 1 else None}}


def labels(r, p):
    return (r.random(len(p)) < p).astype(int)


def draw(sort, seed):
    r = np.random.default_rng(seed)
    n = int(r.integers(1, 6)) if sort == 'tiny' else int(r.integers(5, 60))
    p = r.random(n) ** 2
    if sort == 'ties':
        p = np.round(p, 1)
    if sort == 'extreme':
        p = r.choice([0.0, 1.0, 1e-300, 1e-17, 1 - 2**-53, 0.5, 5e-324], n)
    if sort == 'constant':
        p = np.full(n, np.round(p[0], 3))
    return binary(labels(r, np.clip(p, 0.05, 0.95)), p)


for sort in ('plain', 'ties', 'tiny', 'extreme', 'constant'):
    cases = [draw(sort, seed) for seed in range(12)]
    (here / f'binary-{sort}.json').write_text(json.dumps({'made': made, 'task': 'binary', 'cases': cases}))

cases = []
for seed in range(16):
    r = np.random.default_rng(seed)
    n = int(r.integers(1, 30))
    y = r.normal(1e3, 10.0 ** r.integers(-3, 4), n)
    if seed % 5 == 4:
        y = np.full(n, 0.5)  # Not 0.1: its mean rounds in numpy, and R2 would be about -1e33 there.
    p = y.copy() if seed % 10 == 9 else y + r.normal(0, 1, n)
    cases.append(regression(y, p))
(here / 'regression.json').write_text(json.dumps({'made': made, 'task': 'regression', 'cases': cases}))
