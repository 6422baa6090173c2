"""Two users of a workspace with tokens: one registers models in each registry, the other loads those it may read.

Arguments: the server's URL, the owner's token, the reader's token, the reader's name. Prints one JSON object: for each
registry, what the reader got of a model that it was granted and of one that it was not.
"""

import json
import logging
import os
import sys
import warnings

import mlflow
import numpy as np
import requests
from databricks.sdk.errors import PermissionDenied
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
url, owner, reader, reader_name = sys.argv[1:]
features = np.array([[0.0], [1.0], [2.0], [3.0]])
labels = np.array([0, 0, 1, 1])
model = LogisticRegression().fit(features, labels)
options = {"signature": infer_signature(features, labels), "pip_requirements": ["scikit-learn"]}
REGISTRIES = {
    "open": (url, url, "{}"),
    "workspace": ("databricks", "databricks", "{}"),
    "unity catalog": ("databricks", "databricks-uc", "main.ml.{}"),
}


def act(token, registry):
    tracking_uri, registry_uri, name = REGISTRIES[registry]
    os.environ["DATABRICKS_TOKEN"] = os.environ["MLFLOW_TRACKING_TOKEN"] = token
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(registry_uri)
    return lambda word: name.format(word + "_" + registry.split()[0])


def register(registry):
    named = act(owner, registry)
    mlflow.set_experiment("/Users/owner@example.com/" + registry)
    for word in ("shared", "closed"):
        with mlflow.start_run():
            mlflow.sklearn.log_model(model, name="model", registered_model_name=named(word), **options)
    grant = {"user_name": reader_name, "permission_level": "CAN_READ"}
    requests.patch(
        url + "/api/2.0/permissions/registered-models/" + named("shared"),
        headers={"Authorization": "Bearer " + owner},
        json={"access_control_list": [grant]},
        timeout=30,
    ).raise_for_status()


def read(registry):
    named = act(reader, registry)
    loaded = mlflow.pyfunc.load_model("models:/" + named("shared") + "/1")
    try:
        mlflow.pyfunc.load_model("models:/" + named("closed") + "/1")
        refused = "let in"
    except (MlflowException, PermissionDenied) as error:  # For the Files API, databricks-sdk raises its own error.
        refused = type(error).__name__ + ": " + str(error)
    found = sorted(each.name for each in mlflow.MlflowClient().search_registered_models())
    return [loaded.predict(features).tolist(), refused, found]


for registry in REGISTRIES:
    register(registry)
print(json.dumps({registry: read(registry) for registry in REGISTRIES}))
