"""Times searches by hyperopt's own SparkTrials on a cluster; prints a JSON list of seconds.

Arguments: one per search, with the number of trials, the parallelism and the seconds per trial, joined by colons.
"""

import json
import os
import sys
import time

from hyperopt import SparkTrials, fmin, hp, rand
from pyspark.sql import SparkSession


def search(session, trials, parallelism, seconds):
    def objective(x):
        time.sleep(seconds)
        return x

    began = time.perf_counter()
    spark_trials = SparkTrials(parallelism=parallelism, spark_session=session)
    fmin(
        objective,
        hp.uniform("x", 0, 1),
        algo=rand.suggest,
        max_evals=trials,
        trials=spark_trials,
        show_progressbar=False,
        verbose=False,
    )
    return time.perf_counter() - began


def main():
    session = SparkSession.builder.master(os.environ["MASTER"]).appName("hyperopt").getOrCreate()
    times = []
    for argument in sys.argv[1:]:
        trials, parallelism, seconds = argument.split(":")
        times.append(search(session, int(trials), int(parallelism), float(seconds)))
    session.stop()
    print(json.dumps(times))


main()
