"""Exports forests of the real libraries with their predictions, and reads our exported forests with them.

forest_exchange.py make FOLDER   trains models, writes them and what they predict; prints what it wrote
forest_exchange.py read FOLDER   predicts with the files named in ours.json, and writes what the libraries say
"""

import json
import os
import pathlib
import sys

os.environ["OMP_NUM_THREADS"] = "1"  # Threads waiting for each other are slow on a busy machine.

import numpy as np  # noqa: E402

ROWS, TEST_ROWS, FEATURES = 3000, 1500, 6
CATEGORY_COLUMN, MISSING_COLUMN = 5, 1
command, folder = sys.argv[1], pathlib.Path(sys.argv[2])


def table():
    """32-bit floats; one column has missing values, one has category codes."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(ROWS + TEST_ROWS, FEATURES)).astype(np.float32)
    rows[:, CATEGORY_COLUMN] = random.integers(0, 40, len(rows))
    rows[:, 2] = np.round(rows[:, 2], 1)  # Values that are equal to thresholds.
    odd = (rows[:, CATEGORY_COLUMN] * 7 % 5) - 2
    score = rows[:, 0] + rows[:, 1] * rows[:, 2] + odd + random.normal(size=len(rows)) / 2
    rows[random.random(len(rows)) < 0.1, MISSING_COLUMN] = np.nan
    return rows, score


rows, score = table()
train, test = rows[:ROWS], rows[ROWS:]
score = score[:ROWS]
targets = {
    "binary": (score > 0).astype(int),
    "classes": np.digitize(score, [-2, 0, 2]),
    "value": score,
    "counts": np.floor(np.exp(score / 3)),
    "share": 1 / (1 + np.exp(-score)),
}
models = []


def keep(name, file, predictions, query="test.f32"):
    values = np.asarray(predictions, dtype=np.float32)
    if values.ndim == 1:
        values = values[:, None]
    values.tofile(folder / f"{name}.f32")
    models.append({"name": name, "file": file, "query": query})


def both(probability):
    return np.stack([1 - probability, probability], axis=1)


def make_sklearn():
    from skl2onnx import to_onnx
    from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    filled = np.nan_to_num(train)
    kinds = {
        "sklearn-binary": (RandomForestClassifier(20, max_depth=8, random_state=1), targets["binary"]),
        "sklearn-classes": (RandomForestClassifier(20, max_depth=8, random_state=1), targets["classes"]),
        "sklearn-names": (RandomForestClassifier(5, random_state=1), np.array(["no", "yes"])[targets["binary"]]),
        "sklearn-tree": (DecisionTreeClassifier(max_depth=6), targets["classes"]),
        "sklearn-values": (ExtraTreesRegressor(20, max_depth=8, random_state=1), targets["value"]),
        "sklearn-two-values": (
            ExtraTreesRegressor(5, max_depth=8, random_state=1),
            np.stack([targets["value"], -2 * targets["value"]], axis=1),
        ),
        "sklearn-boosted": (GradientBoostingRegressor(n_estimators=20), targets["value"]),
    }
    for name, (model, target) in kinds.items():
        model.fit(filled, target)
        onnx = to_onnx(model, filled[:1], options={"zipmap": False} if hasattr(model, "classes_") else None)
        (folder / f"{name}.onnx").write_bytes(onnx.SerializeToString())
        answer = model.predict_proba if hasattr(model, "classes_") else model.predict
        keep(name, f"{name}.onnx", answer(np.nan_to_num(test)), "filled.f32")


def make_xgboost():
    import onnxmltools
    import xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    kinds = ["q"] * FEATURES
    kinds[CATEGORY_COLUMN] = "c"
    names = [f"column {i}" for i in range(FEATURES)]
    options = {"max_depth": 5, "eta": 0.3, "seed": 1, "nthread": 1}
    cases = {
        "binary": ("binary", {"objective": "binary:logistic"}),
        "margin": ("binary", {"objective": "binary:logitraw"}),
        "classes": ("classes", {"objective": "multi:softprob", "num_class": 4}),
        "value": ("value", {"objective": "reg:squarederror", "max_cat_to_onehot": 100}),
        "counts": ("counts", {"objective": "count:poisson"}),
        "share": ("share", {"objective": "reg:logistic", "base_score": 0.3}),
        "rank": ("classes", {"objective": "rank:pairwise"}),
        "dart": ("binary", {"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.3}),
        "forest": (
            "binary",
            {"objective": "binary:logistic", "num_parallel_tree": 10, "subsample": 0.6, "colsample_bynode": 0.5},
        ),
        "two-values": ("two", {"objective": "reg:squarederror"}),
    }
    for name, (target, more) in cases.items():
        label = np.stack([score, -2 * score], axis=1) if target == "two" else targets[target]
        data = xgboost.DMatrix(train, label, feature_types=kinds, feature_names=names, enable_categorical=True)
        if name == "rank":
            data.set_group([ROWS // 10] * 10)
        model = xgboost.train(options | more, data, 1 if name == "forest" else 12)
        file = f"xgboost-{name}.{'json' if name in ('binary', 'value') else 'ubj'}"
        model.save_model(folder / file)
        query = xgboost.DMatrix(test, feature_types=kinds, feature_names=names, enable_categorical=True)
        answer = model.predict(query)
        keep(f"xgboost-{name}", file, both(answer) if more["objective"] == "binary:logistic" else answer)
    model = xgboost.XGBClassifier(n_estimators=10, max_depth=5).fit(train, targets["binary"])
    onnx = onnxmltools.convert_xgboost(model, initial_types=[("X", FloatTensorType([None, FEATURES]))])
    (folder / "xgboost.onnx").write_bytes(onnx.SerializeToString())
    keep("xgboost-onnx", "xgboost.onnx", model.predict_proba(test))


def make_lightgbm():
    import lightgbm

    options = {"num_leaves": 15, "verbose": -1, "num_threads": 1, "seed": 1}
    cases = {
        "binary": ("binary", {"objective": "binary", "sigmoid": 0.7}),
        "classes": ("classes", {"objective": "multiclass", "num_class": 4}),
        "value": ("value", {"objective": "regression"}),
        "counts": ("counts", {"objective": "poisson"}),
        "share": ("share", {"objective": "cross_entropy"}),
        "forest": ("binary", {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
        "stump": ("value", {"objective": "regression", "min_data_in_leaf": ROWS}),
    }
    for name, (target, more) in cases.items():
        data = lightgbm.Dataset(train, targets[target], categorical_feature=[CATEGORY_COLUMN])
        model = lightgbm.train(options | more, data, 12)
        model.save_model(folder / f"lightgbm-{name}.txt")
        answer = model.predict(test)
        keep(f"lightgbm-{name}", f"lightgbm-{name}.txt", both(answer) if target == "binary" else answer)


def onnx_answer(path, query):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: query})[-1]


def xgboost_answer(path, query):
    import xgboost

    return xgboost.Booster(model_file=path).inplace_predict(query, validate_features=False)


def treelite_answer(path, query):
    import treelite

    answer = treelite.gtil.predict(treelite.frontend.load_xgboost_model(str(path)), query)
    return answer.reshape(len(query), -1)


def read_ours():
    """Predicts with each entry of ours.json: a model file, a table of queries with its number of columns, and a library."""
    answers = {"onnx": onnx_answer, "xgboost": xgboost_answer, "treelite": treelite_answer}
    for entry in json.loads((folder / "ours.json").read_text()):
        query = np.fromfile(folder / entry["query"], dtype=np.float32).reshape(-1, entry["features"])
        answer = np.asarray(answers[entry["reader"]](folder / entry["file"], query), dtype=np.float32)
        answer.tofile(folder / f"{entry['name']}.answer.f32")


if command == "make":
    test.tofile(folder / "test.f32")
    np.nan_to_num(test).tofile(folder / "filled.f32")
    make_sklearn()
    make_xgboost()
    make_lightgbm()
    print(json.dumps(models))
else:
    read_ours()
    print(json.dumps({"read": True}))
