"""Runs: life cycle, names, tags, parents, and the fluent API."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import RunStatus


def play(recorder):
    client = MlflowClient()
    experiment_id = recorder.experiment(client, recorder.prefix)
    life(recorder, client, experiment_id)
    names(recorder, client, experiment_id)
    tags(recorder, client, experiment_id)
    fluent(recorder, client)


def life(recorder, client, experiment_id):
    step = recorder.part("life")
    unknown = "0123456789abcdef0123456789abcdef"
    run = step("create", client.create_run, experiment_id, start_time=1234, tags={"a": "1", "mlflow.user": "ann"})
    run_id = run.info.run_id
    step("create in an unknown experiment", client.create_run, "987654321")
    step("create in the default", lambda: client.create_run("0").info.experiment_id)
    step("get", client.get_run, run_id)
    step("get an unknown", client.get_run, unknown)
    step("get by no id", client.get_run, "short")
    step("get by nothing", client.get_run, "")
    step("update the status", client.update_run, run_id, status="FAILED")
    step("get the failed", client.get_run, run_id)
    step("update the status to nonsense", client.update_run, run_id, status="SLEEPING")
    step("update an unknown", client.update_run, unknown, status="FAILED")
    step("terminate", client.set_terminated, run_id, status="KILLED", end_time=5678)
    step("get the terminated", client.get_run, run_id)
    step("terminate again", client.set_terminated, run_id, end_time=9999)
    step("terminate an unknown", client.set_terminated, unknown)
    for status in RunStatus.all_status():
        text = RunStatus.to_string(status)
        step(f"status {text}", client.update_run, run_id, status=text)
        step(f"get with status {text}", client.get_run, run_id)
    step("delete", client.delete_run, run_id)
    step("get the deleted", client.get_run, run_id)
    step("delete again", client.delete_run, run_id)
    step("delete an unknown", client.delete_run, unknown)
    step("log a metric to the deleted", client.log_metric, run_id, "m", 1.0)
    step("log a param to the deleted", client.log_param, run_id, "p", 1)
    step("tag the deleted", client.set_tag, run_id, "t", 1)
    step("update the deleted", client.update_run, run_id, status="FINISHED")
    step("delete a tag of the deleted", client.delete_tag, run_id, "a")
    step("log a batch to the deleted", client.log_batch, run_id)
    step("restore", client.restore_run, run_id)
    step("get the restored", client.get_run, run_id)
    step("restore again", client.restore_run, run_id)
    step("restore an unknown", client.restore_run, unknown)


def names(recorder, client, experiment_id):
    step = recorder.part("names")
    named = step("create with a name", client.create_run, experiment_id, run_name="first")
    step("create with a name tag", client.create_run, experiment_id, tags={"mlflow.runName": "by tag"})
    step(
        "create with both alike", client.create_run, experiment_id, run_name="x", tags={"mlflow.runName": "x"}
    )
    step("create with both unlike", client.create_run, experiment_id, run_name="x", tags={"mlflow.runName": "y"})
    step("create with an empty name", client.create_run, experiment_id, run_name="")
    step("create with an empty name tag", client.create_run, experiment_id, tags={"mlflow.runName": ""})
    step("create with a long name", client.create_run, experiment_id, run_name="n" * 251)
    step("create with a unicode name", client.create_run, experiment_id, run_name="läufer ✓")
    run_id = named.info.run_id
    step("rename", client.update_run, run_id, name="second")
    step("get the renamed", client.get_run, run_id)
    step("rename by the tag", client.set_tag, run_id, "mlflow.runName", "third")
    step("get the renamed by the tag", client.get_run, run_id)
    step("rename to empty", client.update_run, run_id, name="")
    step("get the renamed to empty", client.get_run, run_id)
    step("rename and finish", client.update_run, run_id, status="FINISHED", name="fourth")
    step("get the renamed and finished", client.get_run, run_id)
    step("delete the name tag", client.delete_tag, run_id, "mlflow.runName")
    step("get without the name tag", client.get_run, run_id)


def tags(recorder, client, experiment_id):
    step = recorder.part("tags")
    run_id = recorder.run(client, experiment_id, "tags").info.run_id
    step("set a tag", client.set_tag, run_id, "a", "1")
    step("set it again", client.set_tag, run_id, "a", "2")
    step("set a number", client.set_tag, run_id, "n", 1.5)
    step("set an empty value", client.set_tag, run_id, "e", "")
    step("set a unicode tag", client.set_tag, run_id, "clé ✓", "värde\n2")
    step("set an empty key", client.set_tag, run_id, "", "1")
    step("set a key with dots", client.set_tag, run_id, "../a", "1")
    step("set a key with a dot segment", client.set_tag, run_id, "./a", "1")
    step("set a key with a slash", client.set_tag, run_id, "x/y", "1")
    step("set an absolute key", client.set_tag, run_id, "/x", "1")
    step("set a key with a slash at the end", client.set_tag, run_id, "x/", "1")
    step("set a key with bad characters", client.set_tag, run_id, "a=b$", "1")
    step("set a key of 250", client.set_tag, run_id, "k" * 250, "1")
    step("set a key of 251", client.set_tag, run_id, "k" * 251, "1")
    step("set a value of 8000", client.set_tag, run_id, "long", "v" * 8000)
    step("set a value of 8001", client.set_tag, run_id, "longer", "v" * 8001)
    step("set the user", client.set_tag, run_id, "mlflow.user", "ann")
    step("set a tag of an unknown", client.set_tag, "0" * 32, "a", "1")
    step("delete a tag", client.delete_tag, run_id, "a")
    step("delete it again", client.delete_tag, run_id, "a")
    step("delete an empty key", client.delete_tag, run_id, "")
    step("get the tags", client.get_run, run_id)


def fluent(recorder, client):
    step, name = recorder.part("fluent"), f"{recorder.prefix} fluent"
    step("set a new experiment", lambda: mlflow.set_experiment(name).name)
    step("set a known experiment", lambda: mlflow.set_experiment(name).name)
    with mlflow.start_run(run_name="parent", tags={"a": "1"}) as parent:
        mlflow.log_params({"b": 2, "c": "x", "d": None, "e": [1, 2], "f": 0.1})
        mlflow.log_metrics({"m": 0.5, "n": 2}, step=3)
        mlflow.set_tags({"t": 1, "u": "x"})
        with mlflow.start_run(nested=True, run_name="child") as child:
            mlflow.log_metric("m", 0.25)
    step("get the parent", client.get_run, parent.info.run_id)
    step("get the child", client.get_run, child.info.run_id)
    if hasattr(client, "get_parent_run"):
        step("get the child's parent", lambda: client.get_parent_run(child.info.run_id).info.run_id)
    step("resume", lambda: resumed(parent.info.run_id))
    step("get the resumed", client.get_run, parent.info.run_id)
    step("fail", failing)
    step("search all", lambda: [each.info.status for each in mlflow.search_runs(output_format="list")])
    step("delete the experiment", client.delete_experiment, client.get_experiment_by_name(name).experiment_id)
    step("set the deleted experiment", mlflow.set_experiment, name)


def resumed(run_id):
    with mlflow.start_run(run_id=run_id) as run:
        mlflow.log_metric("again", 1.0, step=1)
    return run.info.status


def failing():
    with mlflow.start_run(run_name="failing"):
        raise ArithmeticError("on purpose")
