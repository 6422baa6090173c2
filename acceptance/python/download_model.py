"""Downloads a registered model. Argument: its URI. Prints the names of its files, and what its MLmodel file says."""

import json
import os
import sys

import mlflow

folder = mlflow.artifacts.download_artifacts(sys.argv[1])
model = mlflow.models.Model.load(folder)
print(json.dumps({"files": sorted(os.listdir(folder)), "model_id": model.model_id, "signed": model.signature is not None}))
