"""Fills a workspace with one of everything that a tracking server of this MLflow release stores.

Usage: make_source.py TRACKING_URI [EXPERIMENT_LOCATION]. With a location, which is then only a text, no files are logged.
Runs under MLflow 1.30, 2.22 and 3.17. Prints one JSON object: what a test needs to know of it.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import mlflow
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

uri = sys.argv[1]
location = sys.argv[2] if len(sys.argv) > 2 else None
mlflow.set_tracking_uri(uri)
mlflow.set_registry_uri(uri)
client = MlflowClient()


def create_experiment(name):
    return client.create_experiment(name, artifact_location=f"{location}/{name}" if location else None)


def log_files(run_id):
    if location:
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "data" / "deep").mkdir(parents=True)
        (root / "notes.txt").write_text("first line\nsecond line\n")
        (root / "data" / "deep" / "all bytes.bin").write_bytes(bytes(range(256)) * 3)
        (root / "empty").write_bytes(b"")
        client.log_artifacts(run_id, folder)


def points(key, count):
    return [Metric(key, 1 / (step + 1), 1700000000000 + step, step) for step in range(count)]


experiment_id = create_experiment("airline")
client.set_experiment_tag(experiment_id, "team", "delays")
empty_id = create_experiment("empty")

parent = client.create_run(experiment_id, start_time=1700000000000, run_name="parent", tags={"who": "python"})
run_id = parent.info.run_id
client.log_param(run_id, "depth", "8")
client.log_param(run_id, "model/kind", "forest ü")
client.log_batch(run_id, metrics=points("loss", 40))
client.log_metric(run_id, "val/accuracy", 0.5, timestamp=1700000000001, step=-1)
client.log_metric(run_id, "not a number", float("nan"), timestamp=1700000000002, step=3)
client.log_metric(run_id, "endless", float("-inf"), timestamp=1700000000002, step=3)
client.set_tag(run_id, "mlflow.note.content", "several\nlines with\ttabs: and # signs")
log_files(run_id)
client.set_terminated(run_id, "FINISHED", end_time=1700000009000)

child = client.create_run(
    experiment_id, start_time=1700000001000, run_name="child", tags={"mlflow.parentRunId": run_id}
)
client.log_metric(child.info.run_id, "loss", 0.25, timestamp=1700000001001, step=0)
client.set_terminated(child.info.run_id, "FAILED", end_time=1700000002000)

still_open = client.create_run(experiment_id, start_time=1700000002000, run_name="open")
client.log_param(still_open.info.run_id, "depth", "3")

deleted = client.create_run(experiment_id, start_time=1700000003000, run_name="deleted")
client.set_terminated(deleted.info.run_id, "KILLED", end_time=1700000004000)
client.delete_run(deleted.info.run_id)

gone_id = create_experiment("gone")
gone_run = client.create_run(gone_id, start_time=1700000005000, run_name="gone")
client.set_terminated(gone_run.info.run_id, "FINISHED", end_time=1700000006000)
client.delete_experiment(gone_id)

model_id = None
if hasattr(client, "log_inputs"):
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset("flights", "0123abcd", "local", json.dumps({"uri": "flights.csv"}), schema="{}", profile=None)
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])

if hasattr(client, "create_logged_model"):
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    model = client.create_logged_model(
        experiment_id, name="forest", source_run_id=run_id, params={"trees": "100"}, tags={"stage": "dev"}, model_type="agent"
    )
    model_id = model.model_id
    client.log_metric(
        run_id, "auc", 0.75, timestamp=1700000007000, step=2, model_id=model_id, dataset_name="flights", dataset_digest="0123abcd"
    )
    client.log_outputs(run_id, [LoggedModelOutput(model_id, 2)])
    client.log_inputs(still_open.info.run_id, models=[LoggedModelInput(model_id)])
    if not location:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "MLmodel").write_text("flavors: {}\n")
            client.log_model_artifacts(model_id, folder)
    client.finalize_logged_model(model_id, "READY")
    trash = client.create_logged_model(experiment_id, name="trash", source_run_id=run_id)
    client.delete_logged_model(trash.model_id)

def fill_registry():
    client.create_registered_model("airline model", tags={"owner": "ops"}, description="Predicts delays.")
    source = f"{client.get_run(run_id).info.artifact_uri}/data"
    for number in ("1", "2", "3"):
        client.create_model_version("airline model", source, run_id=run_id, tags={"number": number}, description=f"Number {number}.")
    client.delete_model_version("airline model", "2")
    client.transition_model_version_stage("airline model", "1", "Archived")
    client.transition_model_version_stage("airline model", "3", "Production")
    if hasattr(client, "set_registered_model_alias"):
        client.set_registered_model_alias("airline model", "champion", "3")
    if model_id:
        client.create_registered_model("by id")
        client.create_model_version("by id", f"models:/{model_id}", run_id=run_id, model_id=model_id)


# The registry needs a database before MLflow 2.
if not (uri.startswith("file:") and mlflow.__version__.startswith("1.")):
    fill_registry()

print(
    json.dumps(
        {
            "experiment": experiment_id,
            "empty": empty_id,
            "gone": gone_id,
            "parent": run_id,
            "child": child.info.run_id,
            "open": still_open.info.run_id,
            "deleted": deleted.info.run_id,
            "goneRun": gone_run.info.run_id,
            "model": model_id,
        }
    )
)
