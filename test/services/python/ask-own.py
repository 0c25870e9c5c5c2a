"""What a model of scikit-learn itself answers: ask-own.py FILE ROWS TEXTS, rows and the names of texts as JSON; one probability a row."""

import json
import sys

import joblib
import pandas

rows = pandas.DataFrame(json.loads(sys.argv[2]))
for name in rows:
    if name in json.loads(sys.argv[3]):
        rows[name] = rows[name].astype(object).where(rows[name].notna(), "")
    else:
        rows[name] = rows[name].astype("float32")
print(json.dumps(joblib.load(sys.argv[1]).predict_proba(rows)[:, 1].tolist()))
