"""Saves models of other libraries with stock MLflow, to be scored with and without Python."""

import json
import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"  # Threads that wait for each other are slow on a busy machine.

import lightgbm  # noqa: E402
import mlflow  # noqa: E402
import numpy  # noqa: E402
import onnx  # noqa: E402
import pandas  # noqa: E402
import xgboost  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor  # noqa: E402

folder = sys.argv[1]
requirements = ["mlflow==3.17.2"]
random = numpy.random.default_rng(3)
features = pandas.DataFrame(
    {
        "a": random.normal(size=800).round(3),
        "b": random.normal(size=800),
        "c": random.integers(0, 9, 800),
        "d": random.normal(size=800).astype("float32"),
    }
)
features.loc[random.random(800) < 0.1, "b"] = numpy.nan
score = features.a + features.b.fillna(0) * features.c / 4 + random.normal(size=800) / 4
binary, classes = (score > 0).astype(int), numpy.digitize(score, [-1, 1])
signature = infer_signature(features)
filled = features.fillna(0)


def save(flavor, model, name, **options):
    flavor.save_model(model, f"{folder}/{name}", pip_requirements=requirements, **options)


def boosted(target, **options):
    data = xgboost.DMatrix(features, target)
    return xgboost.train({"max_depth": 4, "nthread": 1, "seed": 1} | options, data, 15)


save(mlflow.xgboost, boosted(binary, objective="binary:logistic"), "xgboost-binary", signature=signature)
save(mlflow.xgboost, boosted(classes, objective="multi:softprob", num_class=3), "xgboost-probabilities")
save(mlflow.xgboost, boosted(classes, objective="multi:softmax", num_class=3), "xgboost-classes", signature=signature)
save(mlflow.xgboost, boosted(score, booster="dart", rate_drop=0.3), "xgboost-value", model_format="json")
half = len(features) // 2
stopped = xgboost.XGBClassifier(n_estimators=200, max_depth=4, n_jobs=1, early_stopping_rounds=5)
stopped.fit(features[:half], classes[:half], eval_set=[(features[half:], classes[half:])], verbose=False)
assert stopped.best_iteration < stopped.get_booster().num_boosted_rounds() - 1
save(mlflow.xgboost, stopped, "xgboost-classifier", signature=signature)
save(mlflow.xgboost, xgboost.XGBRegressor(n_estimators=20, n_jobs=1).fit(features, score), "xgboost-regressor")


def leaves(target, **options):
    options = {"num_leaves": 15, "verbose": -1, "num_threads": 1, "seed": 1} | options
    return lightgbm.train(options, lightgbm.Dataset(features, target), 15)


save(mlflow.lightgbm, leaves(binary, objective="binary"), "lightgbm-binary", signature=signature)
save(mlflow.lightgbm, leaves(classes, objective="multiclass", num_class=3), "lightgbm-probabilities")
save(mlflow.lightgbm, leaves(score, objective="regression"), "lightgbm-value", signature=signature)
pickled = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1).fit(features, binary)
save(mlflow.lightgbm, pickled, "lightgbm-pickled", signature=signature, serialization_format="pickle")

matrix = filled.to_numpy(dtype=numpy.float32)
forest = RandomForestRegressor(20, max_depth=6, random_state=1).fit(matrix, score)
save(mlflow.onnx, to_onnx(forest, matrix[:1]), "onnx-regressor", signature=signature)
classifier = RandomForestClassifier(20, max_depth=6, random_state=1).fit(matrix, classes)
as_arrays = to_onnx(classifier, matrix[:1], options={"zipmap": False})
save(mlflow.onnx, as_arrays, "onnx-classifier")
save(mlflow.onnx, as_arrays, "onnx-tensor", signature=infer_signature(matrix))
save(mlflow.onnx, to_onnx(classifier, matrix[:1]), "onnx-maps", signature=signature)

# Two named inputs, one of them 64-bit integers, and two outputs.
graph = helper.make_graph(
    [
        helper.make_node("Cast", ["c"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["a", "wide"], ["sum"]),
        helper.make_node("Mul", ["c", "c"], ["square"]),
    ],
    "sums",
    [
        helper.make_tensor_value_info("a", TensorProto.FLOAT, [None]),
        helper.make_tensor_value_info("c", TensorProto.INT64, [None]),
    ],
    [
        helper.make_tensor_value_info("sum", TensorProto.FLOAT, [None]),
        helper.make_tensor_value_info("square", TensorProto.INT64, [None]),
    ],
)
sums = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.checker.check_model(sums)
save(mlflow.onnx, sums, "onnx-columns", signature=infer_signature(features[["a", "c"]]))

# Rows of the training data, and rows that differ from it by less than a 32-bit float can express.
near = pandas.concat([features.head(40), features.tail(40).assign(a=lambda rows: rows.a + 1e-9)])
near = near.astype(object).where(near.notna(), None)
print(
    json.dumps(
        {
            "columns": list(features.columns),
            "rows": near.to_numpy().tolist(),
            "filled": matrix[:20].tolist(),
        }
    )
)
