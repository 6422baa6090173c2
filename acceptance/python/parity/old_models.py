"""Models as logged by clients before 3: files of a run, and a tag with the MLmodel's text."""

import json

import mlflow
from mlflow import MlflowClient


class Adder(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


def play(recorder):
    client = MlflowClient()
    if recorder.major >= 3:
        return
    step = recorder.part("model")
    mlflow.set_experiment(recorder.prefix)
    with mlflow.start_run(run_name="trainer") as run:
        step("log", lambda: None if mlflow.pyfunc.log_model("adder", python_model=Adder(), pip_requirements=["mlflow"]) is None else "logged")
        step("log a second", lambda: None if mlflow.pyfunc.log_model("second", python_model=Adder(), pip_requirements=["mlflow"]) is None else "logged")
    run_id = run.info.run_id
    step("history tag", lambda: [entry["artifact_path"] for entry in history(client, run_id)])
    step("list the run's artifacts", client.list_artifacts, run_id)
    step("list the model's files", lambda: [each.path for each in client.list_artifacts(run_id, "adder")])
    step("load", lambda: mlflow.pyfunc.load_model(f"runs:/{run_id}/adder").predict([1, 2]))
    name = f"{recorder.prefix} registered"
    step("register", lambda: mlflow.register_model(f"runs:/{run_id}/adder", name).version)
    step("get the version", client.get_model_version, name, "1")
    step("load the version", lambda: mlflow.pyfunc.load_model(f"models:/{name}/1").predict([1, 2]))
    step("load the latest", lambda: mlflow.pyfunc.load_model(f"models:/{name}/latest").predict([1, 2]))
    step("record by hand", client._record_logged_model, run_id, mlflow.models.Model(artifact_path="x", run_id=run_id))
    step("history tag at last", lambda: [entry["artifact_path"] for entry in history(client, run_id)])


def history(client, run_id):
    return json.loads(client.get_run(run_id).data.tags["mlflow.log-model.history"])
