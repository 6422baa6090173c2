"""Replaces the guide's GPU program: trains a small forest, tracks it, logs it and registers it."""

import argparse

import mlflow
import numpy as np
from mlflow.models.signature import infer_signature
from sklearn.ensemble import RandomForestClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--trees", type=int)
parser.add_argument("--depths", type=int, nargs="*", default=[])
parser.add_argument("--conda-env")  # The guide passes it, but its program ignores it.
args = parser.parse_args()

features = np.array([[0.0], [1.0], [2.0], [3.0]] * 10)
labels = np.array([0, 0, 1, 1] * 10)
with mlflow.start_run():
    for depth in args.depths:
        with mlflow.start_run(nested=True):
            tried = RandomForestClassifier(args.trees, max_depth=depth, random_state=0).fit(features, labels)
            mlflow.log_param("max_depth", depth)
            mlflow.log_metric("accuracy", tried.score(features, labels))
    model = RandomForestClassifier(args.trees, random_state=0).fit(features, labels)
    mlflow.log_metric("accuracy", model.score(features, labels))
    mlflow.sklearn.log_model(
        model,
        **({"name": "model"} if mlflow.__version__.startswith("3") else {"artifact_path": "model"}),
        registered_model_name="forest_" + mlflow.__version__.split(".")[0],
        # MLflow 3 uses Unity Catalog as a workspace's registry, which requires a signature.
        signature=infer_signature(features, labels),
    )
print("trained", mlflow.__version__)
