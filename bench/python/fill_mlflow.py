"""Fills a new MLflow SQLite database with runs of 5 params, 5 metrics and 5 tags by writing to its tables directly.

Usage: fill_mlflow.py DATABASE_FILE RUNS
"""

import random
import sys
import uuid

import sqlalchemy
from mlflow.store.db.utils import _initialize_tables
from mlflow.store.tracking.dbmodels import models

file, count = sys.argv[1], int(sys.argv[2])
engine = sqlalchemy.create_engine(f"sqlite:///{file}")
_initialize_tables(engine)

CHUNK = 5000
START_MS = 1_700_000_000_000
random.seed(1)


def tables(index, run_uuid):
    """Returns the rows of one run by table."""
    metrics = [("accuracy", random.random()), ("loss", random.random())] + [
        (f"metric_{i}", random.random()) for i in range(3)
    ]
    params = [("depth", str(index % 20)), ("kind", random.choice("abc"))] + [
        (f"param_{i}", str(random.random())) for i in range(3)
    ]
    run = {
        "run_uuid": run_uuid,
        "name": f"run {index}",
        "source_type": "LOCAL",
        "user_id": "bench",
        "status": "FINISHED",
        "start_time": START_MS + index,
        "end_time": START_MS + index + 1000,
        "lifecycle_stage": "active",
        "artifact_uri": f"mlflow-artifacts:/1/{run_uuid}/artifacts",
        "experiment_id": 1,
    }
    point = {"timestamp": START_MS, "step": 0, "is_nan": False, "run_uuid": run_uuid}
    return {
        models.SqlRun: [run],
        models.SqlParam: [{"key": k, "value": v, "run_uuid": run_uuid} for k, v in params],
        models.SqlMetric: [{"key": k, "value": v, **point} for k, v in metrics],
        models.SqlLatestMetric: [{"key": k, "value": v, **point} for k, v in metrics],
        models.SqlTag: [{"key": f"tag_{i}", "value": str(index % (i + 2)), "run_uuid": run_uuid} for i in range(5)],
    }


with engine.begin() as connection:
    location = {"artifact_location": "mlflow-artifacts:/1", "lifecycle_stage": "active"}
    times = {"creation_time": START_MS, "last_update_time": START_MS}
    for experiment_id, name in ((0, "Default"), (1, "bench")):
        row = {"experiment_id": experiment_id, "name": name, **location, **times}
        connection.execute(sqlalchemy.insert(models.SqlExperiment), [row])
    for start in range(0, count, CHUNK):
        rows = {}
        for index in range(start, min(count, start + CHUNK)):
            for table, added in tables(index, uuid.UUID(int=random.getrandbits(128)).hex).items():
                rows.setdefault(table, []).extend(added)
        for table, added in rows.items():
            connection.execute(sqlalchemy.insert(table), added)
