"""Scores scikit-learn's forests on its bundled and generated tables; prints tables, splits and scores as JSON."""

import json

import numpy as np
from sklearn import datasets
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import train_test_split

SEEDS = 10
ESTIMATORS = {
    "classes": {"RandomForestClassifier": RandomForestClassifier, "ExtraTreesClassifier": ExtraTreesClassifier},
    "values": {"RandomForestRegressor": RandomForestRegressor, "ExtraTreesRegressor": ExtraTreesRegressor},
}


def tables():
    for load in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer, datasets.load_digits):
        yield load.__name__.removeprefix("load_"), "classes", *load(return_X_y=True)
    made = datasets.make_classification(2000, 20, n_informative=8, n_classes=4, flip_y=0.1, random_state=0)
    yield "4 generated classes", "classes", *made
    yield "diabetes", "values", *datasets.load_diabetes(return_X_y=True)
    yield "friedman1", "values", *datasets.make_friedman1(2000, noise=1.0, random_state=0)


def score(Estimator, table, labels, seed):
    rows = np.arange(len(labels))
    train, test = train_test_split(rows, test_size=0.25, random_state=seed)
    model = Estimator(n_estimators=100, n_jobs=2, random_state=seed).fit(table[train], labels[train])
    return {"train": train.tolist(), "test": test.tolist(), "score": model.score(table[test], labels[test])}


found = []
for name, kind, table, labels in tables():
    table = table.astype(np.float32)
    rounds = {key: [score(Estimator, table, labels, s) for s in range(SEEDS)] for key, Estimator in ESTIMATORS[kind].items()}
    found.append({"name": name, "columns": table.T.tolist(), "labels": labels.tolist(), "rounds": rounds})
print(json.dumps(found))
