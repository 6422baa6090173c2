"""A small version of the guide's job, by the stock client: tracks, logs and registers a scikit-learn model and reads it back.

Prints its results as one JSON object. The tracking server is taken from MLFLOW_TRACKING_URI.
"""

import json
import math
import sys

import mlflow
import numpy as np
from sklearn.linear_model import LogisticRegression

experiment_name = sys.argv[1]

features = np.arange(60, dtype=float).reshape(20, 3)
labels = (features[:, 0] > 27).astype(int)

mlflow.set_experiment(experiment_name)
with mlflow.start_run(run_name="python parent") as parent:
    mlflow.log_param("a", 1)
    mlflow.log_params({"b": 2, "c": "x"})
    for step in range(3):
        mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
    mlflow.log_metrics({"n": 1.0, "nan": float("nan"), "inf": float("inf")})
    mlflow.set_tag("who", "python")
    mlflow.log_text("hello", "notes/a.txt")
    mlflow.log_dict({"x": 1}, "d.json")
    with mlflow.start_run(nested=True) as child:
        mlflow.log_metric("accuracy", 0.9)
        model = LogisticRegression().fit(features, labels)
        info = mlflow.sklearn.log_model(
            model, name="model", input_example=features[:2], registered_model_name="python_model"
        )

client = mlflow.MlflowClient()
client.set_registered_model_alias("python_model", "champion", 1)
found = mlflow.search_runs(experiment_names=[experiment_name], filter_string="metrics.accuracy > 0.5")
data = client.get_run(parent.info.run_id).data
error = None
try:
    client.log_param(parent.info.run_id, "a", "2")
except mlflow.exceptions.MlflowException as caught:
    error = {"code": caught.error_code, "message": caught.message.split("\n")[0]}

expected = model.predict(features).tolist()
print(
    json.dumps(
        {
            "parent": parent.info.run_id,
            "child": child.info.run_id,
            "model_id": info.model_id,
            "params": data.params,
            "metrics": {key: value for key, value in data.metrics.items() if math.isfinite(value)},
            "not_finite": sorted(key for key, value in data.metrics.items() if not math.isfinite(value)),
            "history": [[m.step, m.value] for m in client.get_metric_history(parent.info.run_id, "loss")],
            "found": found["run_id"].tolist(),
            "text": mlflow.artifacts.load_text(f"runs:/{parent.info.run_id}/notes/a.txt"),
            "artifacts": sorted(f.path for f in mlflow.artifacts.list_artifacts(run_id=parent.info.run_id)),
            "predicts_by_run": mlflow.sklearn.load_model(f"runs:/{child.info.run_id}/model").predict(features).tolist()
            == expected,
            "predicts_by_version": mlflow.pyfunc.load_model("models:/python_model/1").predict(features).tolist()
            == expected,
            "alias_source": client.get_model_version_by_alias("python_model", "champion").source,
            "overwrite_error": error,
        }
    )
)
