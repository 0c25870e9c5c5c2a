"""A script as people have it, but for the address: argv is the server's URL, a scenario, and a folder for files. Prints JSON."""

import hashlib
import json
import math
import os
import sys
import tempfile
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

url, scenario = sys.argv[1], sys.argv[2]
mlflow.set_tracking_uri(url)
client = MlflowClient()
name = f"{scenario} {mlflow.__version__}"


def runs():
    mlflow.set_experiment(name)
    with mlflow.start_run(run_name="outer") as run:
        mlflow.log_params({"lr": 0.1, "layers": 3})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metric("nan", float("nan"))
        mlflow.log_metric("up", float("inf"))
        mlflow.log_metric("down", float("-inf"))
        mlflow.set_tags({"team": "risk", "who": "ann"})
        with mlflow.start_run(nested=True, run_name="inner"):
            mlflow.log_metric("loss", 0.5)
        try:
            mlflow.log_param("lr", 0.2)
            conflict = None
        except MlflowException as error:
            conflict = error.error_code
        # The same again is nothing new.
        mlflow.log_param("lr", 0.1)
    found = client.get_run(run.info.run_id)
    metrics = found.data.metrics
    frame = mlflow.search_runs(
        experiment_names=[name],
        filter_string="metrics.loss <= 0.5 and tags.`mlflow.runName` LIKE '%er' and attributes.status = 'FINISHED'",
        order_by=["metrics.loss DESC", "start_time"],
    )
    return {
        "loss": metrics["loss"],
        "special": [math.isnan(metrics["nan"]), metrics["up"] > 1e308, metrics["down"] < -1e308],
        "history": [m.value for m in client.get_metric_history(run.info.run_id, "loss")],
        "conflict": conflict,
        "params": found.data.params,
        "team": found.data.tags["team"],
        "status": found.info.status,
        "found": list(frame["tags.mlflow.runName"]),
        "uri": found.info.artifact_uri.split(":")[0],
    }


def batch():
    mlflow.set_experiment(name)
    run = client.create_run(mlflow.get_experiment_by_name(name).experiment_id)
    for start in range(0, 10_000, 1000):
        metrics = [Metric(f"m{i % 10}", i / 7, 1000 + i, i // 10) for i in range(start, start + 1000)]
        client.log_batch(run.info.run_id, metrics=metrics)
    client.log_batch(run.info.run_id, params=[Param(f"p{i}", str(i)) for i in range(100)])
    client.log_batch(run.info.run_id, tags=[RunTag(f"t{i}", str(i)) for i in range(100)])
    history = client.get_metric_history(run.info.run_id, "m3")
    found = client.get_run(run.info.run_id).data
    client.set_terminated(run.info.run_id)
    return {
        "history": len(history),
        "equal": [m.value for m in history] == [i / 7 for i in range(3, 10_000, 10)],
        "latest": found.metrics["m9"] == 9999 / 7,
        "params": len(found.params),
        "tags": len([key for key in found.tags if key.startswith("t")]),
    }


def autolog():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment(name)
    mlflow.sklearn.autolog()
    x, y = load_iris(return_X_y=True)
    with mlflow.start_run() as run:
        LogisticRegression(max_iter=200).fit(x, y)
    found = client.get_run(run.info.run_id)
    return {
        "params": found.data.params["max_iter"],
        "accuracy": found.data.metrics["training_accuracy_score"] > 0.9,
        "datasets": len(found.inputs.dataset_inputs),
    }


def models():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment(name)
    x, y = load_iris(return_X_y=True)
    fitted = LogisticRegression(max_iter=200).fit(x, y)
    with mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.9)
        mlflow.sklearn.log_model(fitted, "model", registered_model_name=name, input_example=x[:2])
    client.set_registered_model_alias(name, "champion", "1")
    client.set_model_version_tag(name, "1", "checked", "yes")
    client.update_registered_model(name, description="flowers")
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    by_number = mlflow.sklearn.load_model(f"models:/{name}/1")
    version = client.get_model_version_by_alias(name, "champion")
    mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
    found = client.search_model_versions(f"name = '{name}'", order_by=["version_number DESC"])
    copied = None
    if hasattr(client, "copy_model_version"):
        copied = client.copy_model_version(f"models:/{name}@champion", f"{name} copy").version
    # A model of the project: what is logged to its name is a candidate of it.
    with mlflow.start_run():
        mlflow.sklearn.log_model(fitted, "model", registered_model_name="fraud")
    offered = client.search_model_versions("name = 'fraud'")[0]
    try:
        client.set_registered_model_alias("fraud", "live", offered.version)
        live = "set"
    except MlflowException as error:
        live = error.message
    client.set_registered_model_alias("fraud", "challenger", offered.version)
    again = mlflow.sklearn.load_model("models:/fraud@challenger")
    client.delete_registered_model_alias(name, "champion")
    client.delete_registered_model(name)
    gone = [m.name for m in client.search_registered_models(f"name = '{name}'")]
    return {
        "equal": [list(m.predict(x)) == list(fitted.predict(x)) for m in (loaded, by_number, again)],
        "tags": version.tags,
        "run": version.run_id == run.info.run_id,
        "versions": [str(v.version) for v in found],
        "copied": None if copied is None else str(copied),
        "offered": offered.tags["millrace.status"],
        "live": live,
        "gone": gone,
    }


def artifacts():
    megabytes = int(sys.argv[3])
    mlflow.set_experiment(name)
    with tempfile.TemporaryDirectory() as folder:
        block = os.urandom(1 << 20)
        path = os.path.join(folder, "big.bin")
        digest = hashlib.sha256()
        with open(path, "wb") as file:
            for i in range(megabytes):
                part = block[i:] + block[:i]
                digest.update(part)
                file.write(part)
        with mlflow.start_run() as run:
            mlflow.log_artifact(path, "data")
            mlflow.log_text("hello", "notes/ü 100%.txt")
            mlflow.log_dict({"a": 1}, "notes/deep/er.json")
        os.remove(path)
        listed = sorted(f.path for f in client.list_artifacts(run.info.run_id))
        below = sorted((f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run.info.run_id, "notes"))
        down = client.download_artifacts(run.info.run_id, "", os.path.join(folder))
        back = hashlib.sha256()
        with open(os.path.join(down, "data", "big.bin"), "rb") as file:
            while part := file.read(1 << 20):
                back.update(part)
        with open(os.path.join(down, "notes", "ü 100%.txt"), encoding="utf8") as file:
            text = file.read()
    return {"listed": listed, "below": below, "equal": back.hexdigest() == digest.hexdigest(), "text": text}


def lifecycle():
    experiment = client.create_experiment(name, tags={"a": "b"})
    ids = [client.create_run(experiment, start_time=i).info.run_id for i in range(3)]
    client.delete_run(ids[0])
    seen = lambda view: len(client.search_runs([experiment], run_view_type=view))
    counts = [seen(ViewType.ACTIVE_ONLY), seen(ViewType.DELETED_ONLY), seen(ViewType.ALL)]
    client.restore_run(ids[0])
    client.delete_experiment(experiment)
    hidden = [e.name for e in client.search_experiments(filter_string=f"name = '{name}'")]
    client.restore_experiment(experiment)
    client.rename_experiment(experiment, name + " renamed")
    client.set_experiment_tag(experiment, "c", "d")
    return {
        "counts": counts,
        "hidden": hidden,
        "name": client.get_experiment(experiment).name,
        "tags": client.get_experiment(experiment).tags,
        "stage": client.get_run(ids[0]).info.lifecycle_stage,
    }


def pages():
    experiment = client.create_experiment(name)
    for i in range(95):
        client.create_run(experiment, start_time=i + 1, run_name=f"r{i}")
    names, token, sizes = [], None, []
    while True:
        page = client.search_runs([experiment], max_results=20, page_token=token, order_by=["start_time ASC"])
        names += [run.info.run_name for run in page]
        sizes.append(len(page))
        token = page.token
        if not token:
            break
    for i in range(30):
        client.create_registered_model(f"{name} {i:02}")
    models, token = [], None
    while True:
        page = client.search_registered_models(f"name LIKE '{name}%'", max_results=7, page_token=token)
        models += [model.name for model in page]
        token = page.token
        if not token:
            break
    experiments = {e.experiment_id for e in mlflow.search_experiments(max_results=1000)}
    return {
        "sizes": sizes,
        "equal": names == [f"r{i}" for i in range(95)],
        "models": models == [f"{name} {i:02}" for i in range(30)],
        "experiment": experiment in experiments,
    }


print(json.dumps(globals()[scenario]()))
