"""An Optuna study in MLflow's storage on the tracking server.

    python optuna_study.py EXPERIMENT TRIALS [random]

Prints what the study holds, and what a second storage, as another process has it, reads back.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import mlflow
import optuna
from mlflow.optuna.storage import MlflowStorage

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    x = trial.suggest_float("x", -5, 5)
    rate = trial.suggest_float("rate", 1e-4, 1, log=True)
    kind = trial.suggest_categorical("kind", ["plain", "fancy"])
    trial.report(x * x, 1)
    trial.set_user_attr("note", f"at {trial.number}")
    if trial.number == 3:
        raise optuna.TrialPruned()
    return x * x + rate + (kind == "plain")


def told(study):
    return [
        {
            "number": trial.number,
            "state": trial.state.name,
            "value": trial.value,
            "params": trial.params,
            "reported": trial.intermediate_values,
            "attrs": trial.user_attrs,
        }
        for trial in sorted(study.get_trials(), key=lambda trial: trial.number)
    ]


def main():
    experiment, count = sys.argv[1], int(sys.argv[2])
    experiment_id = mlflow.set_experiment(experiment).experiment_id
    storage = MlflowStorage(experiment_id=experiment_id)
    is_random = sys.argv[3:] == ["random"]
    samplers = optuna.samplers
    sampler = samplers.RandomSampler(seed=1) if is_random else samplers.TPESampler(seed=1, n_startup_trials=5)
    study = optuna.create_study(study_name="kept", storage=storage, sampler=sampler)
    start = time.perf_counter()
    study.optimize(objective, n_trials=count)
    seconds = time.perf_counter() - start
    if is_random:
        print(json.dumps({"seconds": seconds}))
        return
    again = MlflowStorage(experiment_id=experiment_id)
    study_id = again.get_study_id_from_name("kept")
    read = optuna.load_study(study_name="kept", storage=again)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "study": told(study),
                "again": told(read),
                "best": study.best_trial.number,
                "best_again": read.best_trial.number,
                "study_run": study_id,
            }
        )
    )


main()
