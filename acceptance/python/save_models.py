"""Saves models of several kinds into a folder with stock MLflow, as their users do."""

import json
import sys

import mlflow
import numpy
import pandas
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

folder = sys.argv[1]
requirements = ["mlflow==3.17.2", "scikit-learn==1.9.0"]

generator = numpy.random.default_rng(0)
features = pandas.DataFrame(
    {
        "a": generator.normal(size=300),
        "b": generator.integers(0, 10, 300),
        "c": generator.normal(size=300).astype("float32"),
    }
)
labels = (features.a + features.b / 5 > 1).astype(int)
tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(features, labels)
named = Schema([ColSpec("double", "a"), ColSpec("long", "b"), ColSpec("float", "c", required=True)])
mlflow.sklearn.save_model(
    tree,
    f"{folder}/tree",
    signature=ModelSignature(inputs=named, outputs=infer_signature(labels.to_numpy()).inputs),
    serialization_format="pickle",
    pip_requirements=requirements,
)
mlflow.sklearn.save_model(
    tree, f"{folder}/bare", serialization_format="pickle", pip_requirements=requirements
)
line = LinearRegression().fit(features[["a", "b"]].to_numpy(), features.c)
mlflow.sklearn.save_model(
    line,
    f"{folder}/tensor",
    signature=ModelSignature(inputs=Schema([TensorSpec(numpy.dtype("float64"), (-1, 2))])),
    serialization_format="pickle",
    pip_requirements=requirements,
)


class Describe(mlflow.pyfunc.PythonModel):
    """Returns its input: a table of types and texts, and the parameters."""

    def predict(self, context, model_input, params=None):
        described = pandas.DataFrame({name: model_input[name].map(repr) for name in model_input.columns})
        described["params"] = json.dumps(params, sort_keys=True)
        return described


everything = Schema(
    [
        ColSpec("string", "text"),
        ColSpec("datetime", "when", required=False),
        ColSpec("binary", "bytes", required=False),
        ColSpec("boolean", "flag", required=False),
        ColSpec("integer", "count", required=False),
    ]
)
params = ParamSchema([ParamSpec("scale", "double", 2.0), ParamSpec("names", "string", ["x"], shape=(-1,))])
mlflow.pyfunc.save_model(
    f"{folder}/describe",
    python_model=Describe(),
    signature=ModelSignature(inputs=everything, params=params),
    pip_requirements=requirements,
)


class Moody(mlflow.pyfunc.PythonModel):
    """Does what its input says, such as ending its process."""

    def predict(self, context, model_input, params=None):
        import os
        import time

        wish = model_input["wish"].iloc[0]
        if wish == "raise":
            raise ValueError("no such luck")
        if wish == "hang":
            time.sleep(3600)
        if wish == "exit":
            print("I leave", flush=True)
            os._exit(7)
        if wish == "wait":
            time.sleep(0.5)
        if wish == "overflow":
            return [float("nan"), float("inf"), 1.5]
        print(f"asked to {wish}")
        return [os.getpid()]


mlflow.pyfunc.save_model(f"{folder}/moody", python_model=Moody(), pip_requirements=requirements)


class Unloadable(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        raise RuntimeError("the weights are missing")

    def predict(self, context, model_input, params=None):
        return []


mlflow.pyfunc.save_model(f"{folder}/unloadable", python_model=Unloadable(), pip_requirements=requirements)


class Vanishing(mlflow.pyfunc.PythonModel):
    """Ends its process while being loaded."""

    def load_context(self, context):
        import os
        import sys

        print("no such device", file=sys.stderr, flush=True)
        os._exit(1)

    def predict(self, context, model_input, params=None):
        return []


mlflow.pyfunc.save_model(f"{folder}/vanishing", python_model=Vanishing(), pip_requirements=requirements)


class Slow(mlflow.pyfunc.PythonModel):
    """Never finishes loading."""

    def load_context(self, context):
        import os
        import time

        print(f"loading in {os.getpid()}", flush=True)
        time.sleep(3600)

    def predict(self, context, model_input, params=None):
        return []


mlflow.pyfunc.save_model(f"{folder}/slow", python_model=Slow(), pip_requirements=requirements)
print(json.dumps({"expected": tree.predict(features.head(20)).tolist(), "rows": features.head(20).to_numpy().tolist()}))
