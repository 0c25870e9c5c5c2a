"""Answers with a model that is a folder with predict.py: serve.py MEMORY FOLDER

Questions come as lines of JSON on descriptor 3: {"order": [name, ...], "numbers": {name: [...]}, "texts": {name: [...]}}, null where a number is
missing. Answers go, a line each, to descriptor 4: {"answers": [...]}, flat, or {"error": {...}}; first of all {"ready": version}
when the model is loaded. Standard output is the model's own. Ends when descriptor 3 does.
"""

import importlib.util
import json
import os
import platform
import sys
import traceback

MISSING = float("nan")


def limit(memory):
    try:
        import resource

        kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
        most = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (memory if most == resource.RLIM_INFINITY else min(memory, most), most))
    except (ImportError, ValueError, OSError):
        pass


def described(error):
    frames = [
        {"file": frame.filename, "line": frame.lineno, "in": frame.name, "text": frame.line or ""}
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.abspath(frame.filename) != os.path.abspath(__file__)
    ]
    text = "".join(traceback.format_exception_only(type(error), error)).strip()[:4000]
    return {"text": text, "kinds": [kind.__name__ for kind in type(error).__mro__], "frames": frames[-40:]}


def flat(values):
    """Numbers of whatever depth: a list, a list of lists, an array."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, (list, tuple)):
        return [number for value in values for number in flat(value)]
    number = float(values)
    # JSON has no others.
    return [number if number - number == 0 else None]


def load(folder):
    path = os.path.join(folder, "predict.py")
    sys.path[0] = folder
    spec = importlib.util.spec_from_file_location("predict", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["predict"] = module
    spec.loader.exec_module(module)
    for name in ("load", "predict"):
        if not callable(getattr(module, name, None)):
            raise AttributeError(f"predict.py has no function '{name}'")
    return module.load(folder), module.predict


def main():
    limit(int(sys.argv[1]))
    folder = sys.argv[2]
    questions = os.fdopen(3, "r", encoding="utf-8")
    replies = os.fdopen(4, "w", encoding="utf-8")

    def reply(value):
        replies.write(json.dumps(value) + "\n")
        replies.flush()

    try:
        model, predict = load(folder)
    except BaseException as error:
        reply({"error": described(error)})
        sys.exit(1)
    reply({"ready": platform.python_version()})
    for line in questions:
        try:
            question = json.loads(line)
            batch = {}
            for name in question["order"]:
                numbers = question["numbers"].get(name)
                if numbers is None:
                    batch[name] = question["texts"][name]
                else:
                    batch[name] = [MISSING if value is None else float(value) for value in numbers]
            reply({"answers": flat(predict(model, batch))})
        except Exception as error:
            reply({"error": described(error)})


main()
