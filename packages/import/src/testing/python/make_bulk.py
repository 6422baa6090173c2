"""Adds many small runs to an experiment: make_bulk.py TRACKING_URI COUNT."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

client = MlflowClient(sys.argv[1])
experiment_id = client.create_experiment("bulk")
for number in range(int(sys.argv[2])):
    run_id = client.create_run(experiment_id, start_time=1700000000000 + number).info.run_id
    points = [Metric("loss", 1 / (step + 1), 1700000000000, step) for step in range(20)]
    client.log_batch(run_id, metrics=points, params=[Param("number", str(number))])
    client.set_terminated(run_id, "FINISHED", end_time=1700000001000)
print(json.dumps({"experiment": experiment_id}))
