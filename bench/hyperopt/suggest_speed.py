"""Prints the CPU milliseconds of one of a rival's suggestions as one line of JSON.

    python suggest_speed.py rustuna|optuna|hyperopt DIMENSIONS TRIALS COUNT

The history is TRIALS random points of a sphere function; then COUNT trials are suggested and their losses reported.
"""

import json
import random
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def main():
    rival, dimensions, trials, count = sys.argv[1], *map(int, sys.argv[2:5])
    labels = [f"x{i}" for i in range(dimensions)]
    draw = random.Random(1)
    points = [[draw.uniform(-5, 5) for _ in labels] for _ in range(trials)]
    suggest = RIVALS[rival](labels, points)
    suggest()
    start = time.process_time()
    for _ in range(count):
        suggest()
    print(json.dumps((time.process_time() - start) * 1000 / count))


def sphere(values):
    return sum(x * x for x in values)


def with_studies(module_name):
    def build(labels, points):
        module = __import__(module_name)
        if module_name == "optuna":
            module.logging.set_verbosity(module.logging.ERROR)
        study = module.create_study(sampler=module.samplers.TPESampler(seed=1))
        box = module.distributions.FloatDistribution(-5, 5)
        for point in points:
            fixed = dict(zip(labels, point))
            trial = module.trial.create_trial(params=fixed, distributions={k: box for k in labels}, value=sphere(point))
            study.add_trial(trial)

        def suggest():
            trial = study.ask()
            study.tell(trial.number, sphere([trial.suggest_float(label, -5, 5) for label in labels]))

        return suggest

    return build


def with_hyperopt(labels, points):
    import hyperopt
    from hyperopt import hp

    domain = hyperopt.base.Domain(lambda point: sphere(point.values()), {k: hp.uniform(k, -5, 5) for k in labels})
    trials = hyperopt.Trials()

    def tell(docs, loss_of):
        for doc in docs:
            doc["state"] = hyperopt.JOB_STATE_DONE
            doc["result"] = {"status": "ok", "loss": loss_of(doc)}
        trials.insert_trial_docs(docs)
        trials.refresh()

    ids = trials.new_trial_ids(len(points))
    docs = hyperopt.rand.suggest(ids, domain, trials, 1)
    tell(docs, lambda doc: sphere(v[0] for v in doc["misc"]["vals"].values()))

    def suggest():
        ids = trials.new_trial_ids(1)
        tell(hyperopt.tpe.suggest(ids, domain, trials, ids[0]), lambda d: sphere(v[0] for v in d["misc"]["vals"].values()))

    return suggest


RIVALS = {"rustuna": with_studies("rustuna"), "optuna": with_studies("optuna"), "hyperopt": with_hyperopt}

if __name__ == "__main__":
    main()
