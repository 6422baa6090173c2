"""A small version of the guide's job, by a stock client that uses the server as a Databricks workspace.

Argument: where the experiment keeps artifacts, or "" for the workspace's own choice. Prints its results as one JSON
object. The workspace is taken from DATABRICKS_HOST and DATABRICKS_TOKEN.
"""

import json
import os
import sys
import tempfile

import mlflow
import numpy as np
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LogisticRegression

try:
    from mlflow.artifacts import download_artifacts
except ImportError:
    from mlflow.tracking.artifact_utils import _download_artifact_from_uri as download_artifacts

location = sys.argv[1]
version = mlflow.__version__
name = "/Users/me@example.com/airline-" + version
features = np.array([[0.0], [1.0], [2.0], [3.0]])
labels = np.array([0, 0, 1, 1])

mlflow.set_tracking_uri("databricks")
mlflow.set_registry_uri("databricks")
if location:
    mlflow.create_experiment(name, artifact_location=location)
mlflow.set_experiment(name)

folder = tempfile.mkdtemp()


def log_text(file, text, artifact_path=None):
    local = os.path.join(folder, file)
    with open(local, "w") as stream:
        stream.write(text)
    mlflow.log_artifact(local, artifact_path)


def read(uri):
    with open(download_artifacts(uri)) as stream:
        return stream.read()


with mlflow.start_run() as run:
    mlflow.log_param("a", 1)
    mlflow.log_metric("m", 0.5)
    log_text("note.txt", "first")
    log_text("note.txt", "second")
    log_text("empty.txt", "", "sub")
    with mlflow.start_run(nested=True) as child:
        mlflow.log_metric("m", 0.7)
    model = LogisticRegression().fit(features, labels)
    place = {"name": "model"} if version.startswith("3") else {"artifact_path": "model"}
    mlflow.sklearn.log_model(model, registered_model_name="airline-" + version, **place)

client = MlflowClient()
run_id = run.info.run_id
stored = client.get_run(run_id)
root = stored.info.artifact_uri
model_uris = ["runs:/" + run_id + "/model", root + "/model", "models:/airline-" + version + "/1"]

print(
    json.dumps(
        {
            "experiment": client.get_experiment(stored.info.experiment_id).name,
            "root": root,
            "run_id": run_id,
            "experiment_id": stored.info.experiment_id,
            "params": stored.data.params,
            "metrics": stored.data.metrics,
            "parent": client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"],
            "files": sorted(file.path for file in client.list_artifacts(run_id)),
            # MLflow 3 lists a run's models in addition to the run's files, so they occur twice.
            "model_files": sorted({file.path for file in client.list_artifacts(run_id, "model")}),
            "sub": [[file.path, file.file_size] for file in client.list_artifacts(run_id, "sub")],
            "note": read("runs:/" + run_id + "/note.txt"),
            "note_by_full_path": read(root + "/note.txt"),
            "full_path": sorted(os.listdir(download_artifacts(root + "/model"))),
            "predictions": [mlflow.pyfunc.load_model(uri).predict(features).tolist() for uri in model_uris],
        }
    )
)
