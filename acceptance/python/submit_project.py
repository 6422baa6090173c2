"""Builds the job that `mlflow run -b databricks` would submit, and prints it as one JSON object instead of submitting it.

Argument: the project's folder. Experiment, run and the project's archive are made in the workspace that DATABRICKS_HOST and
DATABRICKS_TOKEN name.
"""

import json
import sys

import mlflow
from mlflow.projects import databricks

job = {}
databricks.DatabricksJobRunner._jobs_runs_submit = lambda _, body: job.update(body) or {"run_id": 1}
databricks.DatabricksJobRunner.jobs_runs_get = lambda *_: {"run_page_url": "http://nowhere", "state": {}}

mlflow.set_tracking_uri("databricks")
run = mlflow.projects.run(
    sys.argv[1],
    backend="databricks",
    backend_config={"spark_version": "6.6.x-gpu-ml-scala2.11", "node_type_id": "p3.2xlarge"},
    experiment_name="/Users/me@example.com/small",
    parameters={"text": "it's \"b\" $(id)"},
    synchronous=False,
)
print(json.dumps({"mlflow_run_id": run.run_id, "job": job}))
