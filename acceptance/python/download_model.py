"""Downloads a registered model. Argument: its URI. Prints its file names and facts from its MLmodel file."""

import json
import os
import sys

import mlflow

folder = mlflow.artifacts.download_artifacts(sys.argv[1])
model = mlflow.models.Model.load(folder)
print(json.dumps({"files": sorted(os.listdir(folder)), "model_id": model.model_id, "signed": model.signature is not None}))
