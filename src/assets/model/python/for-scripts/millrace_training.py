"""What a training script is given by Millrace, and how it hands over its model. Contract 1; needs no package of its own.

    import millrace_training as millrace

    job = millrace.job()
    train, validation = job.frame("train"), job.frame("validation")   # pandas
    ...
    millrace.save_onnx(model)             # bytes, or what onnx gives; or:
    folder = millrace.model_folder()      # for predict.py and its files
    millrace.save_metrics({"auc": 0.91})
"""

import json
import os
import shutil

CONTRACT = 1


class Job:
    """What is to be learnt, and from what."""

    def __init__(self, folder):
        with open(os.path.join(folder, "params.json"), encoding="utf-8") as source:
            told = json.load(source)
        if told["millrace"] != CONTRACT:
            raise RuntimeError(f"contract {told['millrace']}, wanted {CONTRACT}: millrace_training.py is of another version")
        self.params = told["params"]
        self.seed = told["seed"]
        #: 'binary', 'multiclass', 'regression' or 'ranking'
        self.task = told["task"]
        #: of multiclass, in the order of the probabilities
        self.classes = told["classes"]
        #: names of columns; weight and group may be None
        self.target, self.weight, self.group = told["target"], told["weight"], told["group"]
        self.inputs = told["inputs"]
        #: names of the inputs, in order
        self.features = [column["name"] for column in self.inputs]
        self.numbers = [column["name"] for column in self.inputs if column["type"] == "number"]
        self.texts = [column["name"] for column in self.inputs if column["type"] == "category"]
        self.rows = told["rows"]
        self._paths = told["paths"]

    def path(self, part):
        """The Parquet file of 'train' or 'validation'."""
        return self._paths[part]

    def frame(self, part):
        """A part as a pandas DataFrame."""
        import pandas

        return pandas.read_parquet(self.path(part))

    def table(self, part):
        """A part as a pyarrow Table."""
        import pyarrow.parquet

        return pyarrow.parquet.read_table(self.path(part))


def job():
    return Job(os.environ["MILLRACE_INPUT"])


def _out(*names):
    return os.path.join(os.environ["MILLRACE_OUTPUT"], *names)


def _write(name, value):
    with open(_out(name), "w", encoding="utf-8") as out:
        json.dump(value, out, allow_nan=False)


def _plain(values):
    if hasattr(values, "tolist"):
        return values.tolist()
    return list(values)


def save_onnx(model, inputs=None, output=None):
    """The model as ONNX: bytes, or an onnx.ModelProto. `inputs`: the features of its one matrix, in order, or {feature: input}
    where names differ; `output`: its name, where several could be meant."""
    content = model if isinstance(model, (bytes, bytearray)) else model.SerializeToString()
    with open(_out("model.onnx"), "wb") as out:
        out.write(content)
    described = {"inputs": inputs, "output": output}
    _write("model.json", {name: value for name, value in described.items() if value is not None})


def model_folder():
    """A folder for a model that is no ONNX: predict.py, with load(folder) and predict(model, batch), and its files; no pickles."""
    os.makedirs(_out("model"), exist_ok=True)
    return _out("model")


def save_answers(answers):
    """The model's own answers for the validation rows, in their order (the first 2,000 are enough): what is served is compared."""
    _write("answers.json", _plain(answers)[:2000])


def save_metrics(metrics):
    """Figures to remember, by name. What is no number is left out."""
    numbers = {str(name): float(value) for name, value in metrics.items()}
    _write("metrics.json", {name: value for name, value in numbers.items() if value - value == 0})


def save_file(path, name=None):
    """A file to keep with the version: a chart, say."""
    os.makedirs(_out("files"), exist_ok=True)
    shutil.copyfile(path, _out("files", name or os.path.basename(path)))
