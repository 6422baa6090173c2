"""Registers, finds, tags, loads and deletes models in Unity Catalog with a stock client.

Argument: the schema that models go to. Prints its results as one JSON object. The workspace is taken from DATABRICKS_HOST
and DATABRICKS_TOKEN, the registry from the client's own default or MLFLOW_REGISTRY_URI.
"""

import json
import sys
import warnings

import mlflow
import numpy as np
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("ignore")
schema = sys.argv[1]
name = schema + ".airline"
features = np.array([[0.0], [1.0], [2.0], [3.0]])
labels = np.array([0, 0, 1, 1])
model = LogisticRegression().fit(features, labels)
signature = infer_signature(features, labels)
place = {"name": "model"} if mlflow.__version__.startswith("3") else {"artifact_path": "model"}
# Given explicitly, because inferring them takes the client seconds.
options = {"signature": signature, "pip_requirements": ["scikit-learn"], **place}
client = MlflowClient()
saw = {"registry": mlflow.get_registry_uri()}


def said(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        return error.error_code + ": " + error.message
    return "let in"


def predictions(uri):
    return mlflow.pyfunc.load_model(uri).predict(features).tolist()


mlflow.set_experiment("/Users/me@example.com/" + name)
with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(model, registered_model_name=name, **options)
run_id = run.info.run_id
mlflow.register_model(info.model_uri, name)
first = client.get_model_version(name, "1")
saw["first"] = [first.version, first.status, first.run_id == run_id]
if hasattr(info, "model_id"):
    saw["logged_model"] = json.loads(client.get_logged_model(info.model_id).tags["mlflow.modelVersions"])
    saw["model_id"] = first.model_id == info.model_id

client.update_registered_model(name, "which flights are late")
client.set_registered_model_tag(name, "team", "a")
client.set_registered_model_tag(name, "gone", "b")
client.delete_registered_model_tag(name, "gone")
client.update_model_version(name, "2", "better")
client.set_model_version_tag(name, "2", "checked", "yes")
client.set_model_version_tag(name, "2", "gone", "b")
client.delete_model_version_tag(name, "2", "gone")
client.set_registered_model_alias(name, "champion", 2)
client.set_registered_model_alias(name, "gone", 1)
client.delete_registered_model_alias(name, "gone")
stored = client.get_registered_model(name)
saw["model"] = [stored.name, stored.description, stored.tags, stored.aliases]
champion = client.get_model_version_by_alias(name, "champion")
saw["champion"] = [champion.version, champion.description, champion.tags, champion.aliases]
saw["models"] = [found.name for found in client.search_registered_models(max_results=100)]
versions = client.search_model_versions("name='" + name + "'")
saw["versions"] = sorted([found.version, found.status] for found in versions)

saw["predictions"] = [predictions("models:/" + name + end) for end in ("/1", "/2", "@champion")]
saw["stage"] = said(client.transition_model_version_stage, name, "1", "Staging", True)
saw["two_levels"] = said(client.create_registered_model, "ml.airline")
saw["twice"] = said(client.create_registered_model, name)
saw["absent"] = said(client.get_model_version, name, "99")


def register_plain(plain):
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, registered_model_name=plain, **options)
    found = [client.get_registered_model(plain).name, predictions("models:/" + plain + "/1")]
    client.delete_registered_model(plain)
    saw["plain"] = found


# A name as used by jobs that were written for the workspace registry.
saw["plain_said"] = said(register_plain, schema.replace(".", "_") + "_airline")

client.rename_registered_model(name, schema + ".renamed")
saw["renamed"] = predictions("models:/" + schema + ".renamed/2")
client.delete_model_version(schema + ".renamed", "1")
saw["deleted"] = said(client.get_model_version, schema + ".renamed", "1")
saw["left"] = sorted(found.name for found in client.search_registered_models())

print(json.dumps(saw, default=str))
