"""Trees of scikit-learn over numbers and texts, exported with one input for each column."""

import joblib
import millrace_training as millrace
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

job = millrace.job()
train, validation = job.frame("train"), job.frame("validation")
weight = None if job.weight is None else train[job.weight]
prepare = make_column_transformer(
    (SimpleImputer(strategy="median"), job.numbers),
    (OneHotEncoder(handle_unknown="ignore"), job.texts),
)
model = make_pipeline(prepare, GradientBoostingClassifier(random_state=job.seed, **job.params))
model.fit(train[job.features], train[job.target], gradientboostingclassifier__sample_weight=weight)

answers = model.predict_proba(validation[job.features])
print("validation ROC-AUC", roc_auc_score(validation[job.target], answers[:, 1]))
inputs = [
    (column["name"], FloatTensorType([None, 1]) if column["type"] == "number" else StringTensorType([None, 1]))
    for column in job.inputs
]
millrace.save_onnx(convert_sklearn(model, initial_types=inputs, options={id(model): {"zipmap": False}}))
millrace.save_answers(answers)
millrace.save_metrics({"validation_auc": roc_auc_score(validation[job.target], answers[:, 1])})
joblib.dump(model, "own.joblib")
millrace.save_file("own.joblib")
