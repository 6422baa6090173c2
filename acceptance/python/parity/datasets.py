"""Datasets as inputs of runs, which clients support since 2.4."""

import mlflow
from mlflow import MlflowClient


def play(recorder):
    if recorder.major < 2:
        return
    from mlflow.entities import Dataset, DatasetInput, InputTag

    client = MlflowClient()
    experiment_id = recorder.experiment(client, recorder.prefix)
    run_id = recorder.run(client, experiment_id, "inputs").info.run_id
    step = recorder.part("log")

    def entry(name="d1", digest="abc", tags=(("mlflow.data.context", "train"),), schema="{}", profile="{}", source="{}"):
        dataset = Dataset(name, digest, "code", source, schema, profile)
        return DatasetInput(dataset, [InputTag(key, value) for key, value in tags])

    step("one", client.log_inputs, run_id, [entry()])
    step("the same again", client.log_inputs, run_id, [entry()])
    step("the same with other tags", client.log_inputs, run_id, [entry(tags=(("mlflow.data.context", "test"), ("x", "y")))])
    step("two", client.log_inputs, run_id, [entry("d2", "def"), entry("d3", "ghi", ())])
    step("one name with two digests", client.log_inputs, run_id, [entry("d1", "zzz")])
    step("one twice", client.log_inputs, run_id, [entry("d4"), entry("d4")])
    step("none", client.log_inputs, run_id, [])
    step("without a name", client.log_inputs, run_id, [entry("")])
    step("without a digest", client.log_inputs, run_id, [entry("d5", "")])
    step("a long name", client.log_inputs, run_id, [entry("n" * 501)])
    step("a long digest", client.log_inputs, run_id, [entry("d6", "d" * 37)])
    step("a long source", client.log_inputs, run_id, [entry("d7", "x", source="s" * 65536)])
    step("a long schema", client.log_inputs, run_id, [entry("d8", "x", schema="s" * 1048576)])
    step("a long tag key", client.log_inputs, run_id, [entry("d9", "x", (("k" * 256, "v"),))])
    step("a long tag value", client.log_inputs, run_id, [entry("d10", "x", (("k", "v" * 501),))])
    step("a good one beside a bad one", client.log_inputs, run_id, [entry("good"), entry("n" * 501)])
    step("to an unknown run", client.log_inputs, "0" * 32, [entry()])
    step("get the run", client.get_run, run_id)
    search(recorder, client, experiment_id)
    fluent(recorder, client, experiment_id)
    client.delete_run(run_id)
    step("to a deleted run", client.log_inputs, run_id, [entry("late")])


def search(recorder, client, experiment_id):
    step = recorder.part("search")
    for text in (
        "dataset.name = 'd1'",
        "datasets.name = 'd1'",
        "dataset.name != 'd1'",
        "dataset.name LIKE 'd%'",
        "dataset.name ILIKE 'D%'",
        "dataset.name IN ('d1', 'x')",
        "dataset.digest = 'def'",
        "dataset.digest IN ('def')",
        "dataset.context = 'train'",
        "dataset.context = 'nobody'",
        "dataset.name = 'd1' AND dataset.context = 'train'",
        "dataset.name = 'nobody'",
        "dataset.source = 'x'",
        "dataset.name > 'a'",
        "dataset.name IS NULL",
    ):
        step(text, lambda: [each.info.run_name for each in client.search_runs([experiment_id], text)])


def fluent(recorder, client, experiment_id):
    import numpy

    step = recorder.part("fluent")
    mlflow.set_experiment(experiment_id=experiment_id)
    dataset = mlflow.data.from_numpy(numpy.arange(6.0).reshape(3, 2), name="numbers")
    with mlflow.start_run(run_name="numpy") as run:
        step("log input", lambda: mlflow.log_input(dataset, context="training", tags={"a": "b"}))
    step("get the run", client.get_run, run.info.run_id)
