"""Runs COUNT instant hyperopt trials, each tracked as a nested run, and prints the seconds as one line of JSON.

    python hyperopt_tracked.py COUNT
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import hyperopt
import mlflow
import numpy
from hyperopt import hp


def objective(point):
    with mlflow.start_run(nested=True):
        loss = point["x"] ** 2 + point["y"]
        mlflow.log_params(point)
        mlflow.log_metric("loss", loss)
    return loss


def main():
    mlflow.set_experiment("tracked")
    space = {"x": hp.uniform("x", -5, 5), "y": hp.loguniform("y", -5, 0)}
    with mlflow.start_run(run_name="search"):
        start = time.perf_counter()
        hyperopt.fmin(
            objective,
            space,
            algo=hyperopt.rand.suggest,
            max_evals=int(sys.argv[1]),
            rstate=numpy.random.default_rng(1),
            show_progressbar=False,
            verbose=False,
        )
        print(json.dumps(time.perf_counter() - start))


main()
