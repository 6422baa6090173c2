"""`mlflow.pyfunc` loader for forests saved by Flightdeck. Runs the ONNX file with onnxruntime.

Flightdeck copies this file into the folder of each forest that it saves. It gives the same answers as Flightdeck: one
class or number per row, or each class's probability with the parameter predict_method="predict_proba".
"""

from pathlib import Path

import numpy
import onnxruntime
import pandas
from mlflow.exceptions import MlflowException
from mlflow.models import Model


class Forest:
    def __init__(self, path):
        facts = Model.load(str(Path(path).parent)).flavors["python_function"]
        self.columns = facts["columns"]
        self.classes = None if facts["classes"] is None else numpy.array(facts["classes"])
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def predict(self, data, params=None):
        method = (params or {}).get("predict_method", "predict")
        scores = self.session.run(["variable" if self.classes is None else "probabilities"], {"X": self.matrix(data)})[0]
        if method == "predict_proba" and self.classes is not None:
            return scores
        if method != "predict":
            allowed = "predict" if self.classes is None else "predict or predict_proba"
            raise MlflowException.invalid_parameter_value(f'predict_method must be {allowed}, got "{method}"')
        return scores.reshape(-1) if self.classes is None else self.classes[scores.argmax(axis=1)]

    def matrix(self, data):
        if isinstance(data, dict):
            data = pandas.DataFrame(data)
        if isinstance(data, pandas.DataFrame) and set(self.columns) <= set(data.columns):
            data = data[self.columns]
        return numpy.ascontiguousarray(data, dtype=numpy.float32)


def _load_pyfunc(path):
    return Forest(path)
