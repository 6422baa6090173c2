"""Runs one rival on the tasks, and appends the smallest loss after 50 and 100 evaluations to a JSON Lines file.

    python rivals.py RIVAL OUT --tasks chosen_on --seeds 30 --evals 100

Skips results that OUT already contains, so the work can be done in parts. The outer loop is over seeds.
"""

import argparse
import json
import os
import time
import warnings

import tasks

warnings.filterwarnings("ignore")
CHECKPOINTS = [50, 100]
GROUPS = {"chosen_on": tasks.chosen_on, "set_aside": tasks.set_aside}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rival", choices=sorted(RIVALS))
    parser.add_argument("out")
    parser.add_argument("--tasks", nargs="+", required=True)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--evals", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()
    names = [name for given in options.tasks for name in GROUPS.get(given, [given])]
    end = time.time() + options.seconds
    known = known_runs(options.out)
    for seed in range(options.seeds):
        for name in names:
            if (options.rival, name, seed) in known:
                continue
            if time.time() > end:
                return
            started = time.process_time()
            losses = run(options.rival, name, seed, options.evals)
            best = {str(n): min(losses[:n]) for n in CHECKPOINTS if n <= options.evals}
            cpu = round(time.process_time() - started, 3)
            record = {"searcher": options.rival, "task": name, "seed": seed, "best": best, "cpuSeconds": cpu}
            with open(options.out, "a") as file:
                file.write(json.dumps(record) + "\n")


def known_runs(path):
    if not os.path.exists(path):
        return set()
    with open(path) as file:
        return {(r["searcher"], r["task"], r["seed"]) for r in map(json.loads, file)}


def run(rival, name, seed, evals):
    parameters, loss = tasks.task(name)
    losses = []

    def evaluate(values):
        losses.append(loss(values))
        return losses[-1]

    RIVALS[rival](parameters, evaluate, seed, evals)
    return losses


def is_active(parameter, values):
    when = parameter.get("when")
    return when is None or values.get(when[0]) == when[1]


def optuna_with(make_sampler):
    def search(parameters, evaluate, seed, evals):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)

        def objective(trial):
            values = {}
            for p in parameters:
                if not is_active(p, values):
                    continue
                if p["kind"] == "uniform":
                    values[p["label"]] = trial.suggest_float(p["label"], p["low"], p["high"])
                elif p["kind"] == "int":
                    values[p["label"]] = trial.suggest_int(p["label"], p["low"], p["high"])
                else:
                    options = list(range(len(p["options"])))
                    values[p["label"]] = trial.suggest_categorical(p["label"], options)
            return evaluate(values)

        optuna.create_study(sampler=make_sampler(optuna.samplers, seed)).optimize(objective, n_trials=evals)

    return search


def gp_sampler(samplers, seed):
    import torch

    torch.set_num_threads(1)
    return samplers.GPSampler(seed=seed)


def hyperopt_with(algorithm):
    def search(parameters, evaluate, seed, evals):
        import hyperopt
        import numpy
        from hyperopt import hp

        def space_of(when):
            return {p["label"]: node_of(p) for p in parameters if p.get("when") == when}

        def node_of(p):
            if p["kind"] == "uniform":
                return hp.uniform(p["label"], p["low"], p["high"])
            if p["kind"] == "int":
                return hp.uniformint(p["label"], p["low"], p["high"])
            branches = [{"index": i, **space_of([p["label"], i])} for i in range(len(p["options"]))]
            return hp.choice(p["label"], branches)

        def objective(point):
            values = {}
            flatten(point, values)
            return evaluate(values)

        hyperopt.fmin(
            objective,
            space_of(None),
            algo=getattr(hyperopt, algorithm).suggest,
            max_evals=evals,
            rstate=numpy.random.default_rng(seed),
            verbose=False,
            show_progressbar=False,
        )

    return search


def flatten(point, values):
    for label, value in point.items():
        if isinstance(value, dict):
            values[label] = value["index"]
            flatten({k: v for k, v in value.items() if k != "index"}, values)
        else:
            values[label] = value


def hebo(parameters, evaluate, seed, evals):
    import numpy
    import torch
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.hebo import HEBO

    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    optimizer = HEBO(DesignSpace().parse([hebo_parameter(p) for p in parameters]), scramble_seed=seed)
    for _ in range(evals):
        suggested = optimizer.suggest(n_suggestions=1)
        values = {}
        for p in parameters:  # HEBO has no conditional parameters: it gets all of them, the loss only the active ones.
            if not is_active(p, values):
                continue
            value = suggested[p["label"]].iloc[0]
            values[p["label"]] = p["options"].index(value) if p["kind"] == "choice" else value.item()
        optimizer.observe(suggested, numpy.array([[evaluate(values)]]))


def hebo_parameter(p):
    if p["kind"] == "choice":
        return {"name": p["label"], "type": "cat", "categories": p["options"]}
    kind = {"uniform": "num", "int": "int"}[p["kind"]]
    return {"name": p["label"], "type": kind, "lb": p["low"], "ub": p["high"]}


RIVALS = {
    "optuna": optuna_with(lambda samplers, seed: samplers.TPESampler(seed=seed)),
    "optuna-gp": optuna_with(gp_sampler),
    "hyperopt-tpe": hyperopt_with("tpe"),
    "hyperopt-anneal": hyperopt_with("anneal"),
    "hebo": hebo,
}

if __name__ == "__main__":
    main()
