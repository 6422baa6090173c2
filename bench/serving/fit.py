"""Fits setting A with scikit-learn on the table written by split-files.ts and saves it with MLflow: fit.py FOLDER."""

import json
import pathlib
import sys

import mlflow
import numpy
import pandas
from mlflow.models import infer_signature
from sklearn.ensemble import RandomForestClassifier

folder = pathlib.Path(sys.argv[1])
about = json.loads((folder / "train.json").read_text())
values = numpy.fromfile(folder / "train.f32", dtype=numpy.float32).reshape(len(about["columns"]), about["rows"])
train = pandas.DataFrame(values[1:].T, columns=about["columns"][1:])
forest = RandomForestClassifier(n_estimators=100, max_depth=12, max_features=0.5, random_state=1, n_jobs=2)
forest.fit(train, values[0].astype(numpy.int64))
signature = infer_signature(train, forest.predict(train.head(10)))
mlflow.sklearn.save_model(
    forest,
    str(folder / "sklearn"),
    signature=signature,
    serialization_format="pickle",
    pip_requirements=["mlflow==3.17.2", "scikit-learn==1.9.0"],
)
