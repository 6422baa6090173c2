"""Reads a run, its children, its model and its artifacts with the stock client. Prints one JSON object."""

import json
import sys

import mlflow
import yaml

experiment_name, run_id, registered_model = sys.argv[1:4]

client = mlflow.MlflowClient()
run = client.get_run(run_id)
children = mlflow.search_runs(
    experiment_names=[experiment_name], filter_string=f"tags.`mlflow.parentRunId` = '{run_id}'", output_format="list"
)
version = client.get_model_version(registered_model, "1")
folder = mlflow.artifacts.download_artifacts(f"models:/{registered_model}/1")
with open(f"{folder}/MLmodel") as file:
    mlmodel = yaml.safe_load(file)
model = mlflow.models.Model.load(folder)

print(
    json.dumps(
        {
            "name": run.info.run_name,
            "status": run.info.status,
            "params": run.data.params,
            "metrics": run.data.metrics,
            "history": [[m.step, m.value] for m in client.get_metric_history(run_id, "loss")],
            "children": sorted(child.info.run_name for child in children),
            "artifacts": sorted(f.path for f in mlflow.artifacts.list_artifacts(run_id=run_id)),
            "version_source": version.source,
            "version_status": version.status,
            "flavors": sorted(mlmodel["flavors"]),
            "inputs": model.get_input_schema().input_names(),
            "logged_models": [m.name for m in mlflow.search_logged_models(output_format="list", experiment_ids=[run.info.experiment_id])],
        }
    )
)
