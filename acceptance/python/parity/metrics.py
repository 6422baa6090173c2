"""Params, metrics and batches: what overwrites, what is rejected, and what a rejected batch leaves behind."""

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag


def play(recorder):
    client = MlflowClient()
    experiment_id = recorder.experiment(client, recorder.prefix)
    params(recorder, client, recorder.run(client, experiment_id, "params").info.run_id)
    metrics(recorder, client, recorder.run(client, experiment_id, "metrics").info.run_id)
    history(recorder, client, recorder.run(client, experiment_id, "history").info.run_id)
    batches(recorder, client, recorder.run(client, experiment_id, "batches").info.run_id)
    limits(recorder, client, recorder.run(client, experiment_id, "limits").info.run_id)
    bad_batches(recorder, client, recorder.run(client, experiment_id, "bad").info.run_id)


def params(recorder, client, run_id):
    step = recorder.part("params")
    step("log a param", client.log_param, run_id, "a", 1)
    step("log it again alike", client.log_param, run_id, "a", "1")
    step("log it again unlike", client.log_param, run_id, "a", "2")
    step("log an empty value", client.log_param, run_id, "empty", "")
    step("log the empty again unlike", client.log_param, run_id, "empty", "x")
    step("log a unicode param", client.log_param, run_id, "clé ✓", "värde\n2")
    step("log an empty key", client.log_param, run_id, "", "1")
    step("log a key with dots", client.log_param, run_id, "../a", "1")
    step("log a key with a slash", client.log_param, run_id, "x/y", "1")
    step("log a key with two slashes", client.log_param, run_id, "x//y", "1")
    step("log a dot", client.log_param, run_id, ".", "1")
    step("log two dots", client.log_param, run_id, "..", "1")
    step("log a key with bad characters", client.log_param, run_id, "a=b$", "1")
    step("log a key with a quote", client.log_param, run_id, "it's \"so\"", "1")
    step("log a key of 250", client.log_param, run_id, "k" * 250, "1")
    step("log a key of 251", client.log_param, run_id, "k" * 251, "1")
    step("log a value of 6000", client.log_param, run_id, "long", "v" * 6000)
    step("log a value of 6001", client.log_param, run_id, "longer", "v" * 6001)
    step("log to an unknown", client.log_param, "0" * 32, "a", "1")
    step("get the params", lambda: client.get_run(run_id).data.params)


def metrics(recorder, client, run_id):
    step = recorder.part("metrics")
    step("log a metric", client.log_metric, run_id, "m", 0.5, timestamp=1000, step=0)
    step("log an older step", client.log_metric, run_id, "m", 0.4, timestamp=2000, step=-1)
    step("log the same step earlier", client.log_metric, run_id, "m", 0.3, timestamp=500, step=0)
    step("log the same step and time, larger", client.log_metric, run_id, "m", 0.7, timestamp=1000, step=0)
    step("log the same step and time, smaller", client.log_metric, run_id, "m", 0.6, timestamp=1000, step=0)
    step("log the same point", client.log_metric, run_id, "m", 0.6, timestamp=1000, step=0)
    for name, value in {
        "nan": float("nan"),
        "infinity": float("inf"),
        "minus infinity": float("-inf"),
        "largest": 1.7976931348623157e308,
        "smallest": 5e-324,
        "minus zero": -0.0,
        "third": 1 / 3,
        "integer": 7,
        "large integer": 2**60,
    }.items():
        step(f"log {name}", client.log_metric, run_id, name, value, timestamp=1000, step=0)
        step(f"history of {name}", client.get_metric_history, run_id, name)
    step("log a finite after nan", client.log_metric, run_id, "nan", 1.0, timestamp=1000, step=0)
    step("log a text", client.log_metric, run_id, "text", "much", timestamp=1000, step=0)
    step("log a number as text", client.log_metric, run_id, "text", "1.5", timestamp=1000, step=0)
    step("log true", client.log_metric, run_id, "true", True, timestamp=1000, step=0)
    step("log nothing", client.log_metric, run_id, "none", None, timestamp=1000, step=0)
    step("log an empty key", client.log_metric, run_id, "", 1.0, timestamp=1000, step=0)
    step("log a key with dots", client.log_metric, run_id, "../m", 1.0, timestamp=1000, step=0)
    step("log a key with bad characters", client.log_metric, run_id, "m=$", 1.0, timestamp=1000, step=0)
    step("log a key of 251", client.log_metric, run_id, "m" * 251, 1.0, timestamp=1000, step=0)
    step("log a negative time", client.log_metric, run_id, "time", 1.0, timestamp=-1, step=0)
    step("log a far step", client.log_metric, run_id, "step", 1.0, timestamp=1000, step=2**62)
    step("log a far time", client.log_metric, run_id, "time", 1.0, timestamp=2**53, step=0)
    step("log a fraction of a step", client.log_metric, run_id, "step", 1.0, timestamp=1000, step=1.5)
    step("log to an unknown", client.log_metric, "0" * 32, "m", 1.0, timestamp=1000, step=0)
    step("get the metrics", lambda: client.get_run(run_id).data.metrics)
    step("history", client.get_metric_history, run_id, "m")
    step("history of an unknown key", client.get_metric_history, run_id, "nobody")
    step("history of an unknown run", client.get_metric_history, "0" * 32, "m")


def history(recorder, client, run_id):
    points = [Metric("loss", 1 / (i + 1), 1000 + i // 2, i) for i in range(120)]
    recorder.step("history: log 120 points", client.log_batch, run_id, metrics=points)
    recorder.step("history: log them again", client.log_batch, run_id, metrics=points)
    recorder.step("history: history of 120 points", client.get_metric_history, run_id, "loss")
    recorder.step("history: the latest of 120", lambda: client.get_run(run_id).data.metrics)


def batches(recorder, client, run_id):
    step = recorder.part("batches")
    step(
        "log a batch",
        client.log_batch,
        run_id,
        metrics=[Metric("m", 1.0, 1000, 0), Metric("m", 2.0, 1001, 1), Metric("n", 3.0, 1000, 0)],
        params=[Param("p", "1"), Param("q", "2")],
        tags=[RunTag("t", "1"), RunTag("t", "2"), RunTag("mlflow.runName", "by batch")],
    )
    step("log nothing at all", client.log_batch, run_id)
    step("log a param again alike", client.log_batch, run_id, params=[Param("p", "1")])
    step("log a param again unlike", client.log_batch, run_id, params=[Param("p", "x"), Param("new", "1")])
    step("log a param twice alike", client.log_batch, run_id, params=[Param("r", "1"), Param("r", "1")])
    step("log a param twice unlike", client.log_batch, run_id, params=[Param("s", "1"), Param("s", "2")])
    step("log to an unknown", client.log_batch, "0" * 32, params=[Param("p", "1")])
    step("get after the batches", client.get_run, run_id)


def limits(recorder, client, run_id):
    step = recorder.part("limits")
    step("1000 metrics", client.log_batch, run_id, metrics=[Metric(f"m{i}", i, 1000, 0) for i in range(1000)])
    step("1001 metrics", client.log_batch, run_id, metrics=[Metric(f"m{i}", i, 1000, 0) for i in range(1001)])
    step("100 params", client.log_batch, run_id, params=[Param(f"p{i}", "1") for i in range(100)])
    step("101 params", client.log_batch, run_id, params=[Param(f"q{i}", "1") for i in range(101)])
    step("100 tags", client.log_batch, run_id, tags=[RunTag(f"t{i}", "1") for i in range(100)])
    step("101 tags", client.log_batch, run_id, tags=[RunTag(f"u{i}", "1") for i in range(101)])
    step(
        "1001 of all",
        client.log_batch,
        run_id,
        metrics=[Metric(f"m{i}", i, 1000, 0) for i in range(950)],
        params=[Param(f"p{i}", "1") for i in range(51)],
    )
    step("count them", lambda: counts(client.get_run(run_id).data))


def counts(data):
    return {"metrics": len(data.metrics), "params": len(data.params), "tags": len(data.tags)}


def bad_batches(recorder, client, run_id):
    """If one entry of a batch is invalid, the valid ones must not be stored."""
    good = {"metrics": [Metric("good", 1.0, 1000, 0)], "params": [Param("good", "1")], "tags": [RunTag("good", "1")]}
    bad = {
        "a metric without a key": {"metrics": [Metric("", 1.0, 1000, 0)]},
        "a metric with a bad key": {"metrics": [Metric("../x", 1.0, 1000, 0)]},
        "a metric with a negative time": {"metrics": [Metric("m", 1.0, -5, 0)]},
        "a metric with a long key": {"metrics": [Metric("m" * 251, 1.0, 1000, 0)]},
        "a param with a bad key": {"params": [Param("a=b$", "1")]},
        "a param with a long key": {"params": [Param("k" * 251, "1")]},
        "a param with a long value": {"params": [Param("k", "v" * 6001)]},
        "a tag with a bad key": {"tags": [RunTag("../x", "1")]},
        "a tag with a long key": {"tags": [RunTag("k" * 251, "1")]},
        "a tag with a long value": {"tags": [RunTag("k", "v" * 8001)]},
    }
    for name, entries in bad.items():
        batch = {kind: good[kind] + entries.get(kind, []) for kind in good}
        recorder.step(f"bad_batches: {name}", client.log_batch, run_id, **batch)
    recorder.step("bad_batches: what the bad batches left", client.get_run, run_id)
