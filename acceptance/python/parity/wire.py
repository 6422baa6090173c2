"""Requests that no client sends: missing, mistyped and extra fields; and the routes themselves."""

import json

from mlflow import MlflowClient

ROOT = "/api/2.0/mlflow"
NONE = "name = 'nobody'"  # Matches nothing, whatever the server contains.


def play(recorder):
    if recorder.major < 3:
        return  # The results do not depend on the client.
    client = MlflowClient()
    experiment_id = recorder.experiment(client, recorder.prefix)
    run_id = recorder.run(client, experiment_id, "wire").info.run_id
    required_fields(recorder)
    types(recorder, experiment_id, run_id)
    bodies(recorder, experiment_id)
    routes(recorder, experiment_id, run_id)
    history(recorder, client, run_id)
    intervals(recorder, client, run_id)
    page_calls(recorder, client, experiment_id, run_id)


REQUIRED = {
    "experiments/create": "POST",
    "experiments/get": "GET",
    "experiments/get-by-name": "GET",
    "experiments/update": "POST",
    "experiments/delete": "POST",
    "experiments/restore": "POST",
    "experiments/set-experiment-tag": "POST",
    "experiments/delete-experiment-tag": "POST",
    "runs/get": "GET",
    "runs/update": "POST",
    "runs/delete": "POST",
    "runs/restore": "POST",
    "runs/search": "POST",
    "runs/log-metric": "POST",
    "runs/log-parameter": "POST",
    "runs/log-batch": "POST",
    "runs/log-model": "POST",
    "runs/log-inputs": "POST",
    "runs/outputs": "POST",
    "runs/set-tag": "POST",
    "runs/delete-tag": "POST",
    "metrics/get-history": "GET",
    "metrics/get-history-bulk-interval": "GET",
    "artifacts/list": "GET",
    "logged-models": "POST",
    "logged-models/search": "POST",
    "registered-models/create": "POST",
    "registered-models/get": "GET",
    "registered-models/rename": "POST",
    "registered-models/update": "PATCH",
    "registered-models/delete": "DELETE",
    "registered-models/get-latest-versions": "POST",
    "registered-models/set-tag": "POST",
    "registered-models/delete-tag": "DELETE",
    "registered-models/alias": "POST",
    "model-versions/create": "POST",
    "model-versions/get": "GET",
    "model-versions/update": "PATCH",
    "model-versions/transition-stage": "POST",
    "model-versions/delete": "DELETE",
    "model-versions/get-download-uri": "GET",
    "model-versions/set-tag": "POST",
    "model-versions/delete-tag": "DELETE",
}


def required_fields(recorder):
    for path, method in REQUIRED.items():
        options = {} if method == "GET" else {"json": {}}
        recorder.raw(f"nothing: {path}", method, f"{ROOT}/{path}", **options)


def types(recorder, experiment_id, run_id):
    for name, path, body in [
        ("name is a number", "experiments/create", {"name": 5}),
        ("name is a list", "experiments/create", {"name": ["x"]}),
        ("name is null", "experiments/create", {"name": None}),
        ("tags is a text", "experiments/create", {"name": "wire x", "tags": "x"}),
        ("a tag is a text", "experiments/create", {"name": "wire x", "tags": ["x"]}),
        ("experiment_id is a number", "experiments/update", {"experiment_id": 1, "new_name": "x"}),
        ("max_results is text", "experiments/search", {"max_results": "5", "filter": NONE}),
        ("max_results is words", "experiments/search", {"max_results": "five"}),
        ("max_results is a fraction", "experiments/search", {"max_results": 1.5}),
        ("view_type is a number", "experiments/search", {"view_type": 1, "max_results": 1, "filter": NONE}),
        ("view_type is nonsense", "experiments/search", {"view_type": "SOME", "max_results": 1, "filter": NONE}),
        ("filter is a number", "experiments/search", {"filter": 1, "max_results": 1}),
        ("order_by is a text", "experiments/search", {"order_by": "name", "max_results": 1, "filter": NONE}),
        ("an unknown field", "runs/set-tag", {"run_id": run_id, "key": "a", "value": "1", "more": "x"}),
        ("run_uuid for run_id", "runs/set-tag", {"run_uuid": run_id, "key": "a", "value": "1"}),
        ("value is a number", "runs/set-tag", {"run_id": run_id, "key": "a", "value": 1}),
        ("value is missing", "runs/set-tag", {"run_id": run_id, "key": "a"}),
        ("value is null", "runs/set-tag", {"run_id": run_id, "key": "a", "value": None}),
        ("metric value is text", "runs/log-metric", metric(run_id, value="1.5")),
        ("metric value is NaN as text", "runs/log-metric", metric(run_id, value="NaN")),
        ("metric value is Infinity as text", "runs/log-metric", metric(run_id, value="Infinity")),
        ("metric value is nan as text", "runs/log-metric", metric(run_id, value="nan")),
        ("metric value is words", "runs/log-metric", metric(run_id, value="much")),
        ("metric value is true", "runs/log-metric", metric(run_id, value=True)),
        ("metric value is missing", "runs/log-metric", {"run_id": run_id, "key": "m", "timestamp": 1}),
        ("metric time is missing", "runs/log-metric", {"run_id": run_id, "key": "m", "value": 1}),
        ("metric time is text", "runs/log-metric", metric(run_id, timestamp="5")),
        ("metric time is words", "runs/log-metric", metric(run_id, timestamp="five")),
        ("metric time is a fraction", "runs/log-metric", metric(run_id, timestamp=1.5)),
        ("metric step is missing", "runs/log-metric", {"run_id": run_id, "key": "m", "value": 1, "timestamp": 1}),
        ("metric step is large", "runs/log-metric", metric(run_id, step=2**63 - 1)),
        ("metric step is too large", "runs/log-metric", metric(run_id, step=2**63)),
        ("metric step is text", "runs/log-metric", metric(run_id, step="7")),
        ("metric key is missing", "runs/log-metric", {"run_id": run_id, "value": 1, "timestamp": 1}),
        ("param key is missing", "runs/log-parameter", {"run_id": run_id, "value": "1"}),
        ("param value is missing", "runs/log-parameter", {"run_id": run_id, "key": "p"}),
        ("param value is a number", "runs/log-parameter", {"run_id": run_id, "key": "p", "value": 1}),
        ("batch metrics is an object", "runs/log-batch", {"run_id": run_id, "metrics": {}}),
        ("batch metric without a key", "runs/log-batch", {"run_id": run_id, "metrics": [{"value": 1, "timestamp": 1}]}),
        ("batch metric without a value", "runs/log-batch", {"run_id": run_id, "metrics": [{"key": "m", "timestamp": 1}]}),
        ("batch param without a value", "runs/log-batch", {"run_id": run_id, "params": [{"key": "q"}]}),
        ("batch tag without a value", "runs/log-batch", {"run_id": run_id, "tags": [{"key": "q"}]}),
        ("batch of nulls", "runs/log-batch", {"run_id": run_id, "tags": [None]}),
        ("run_id is a number", "runs/log-batch", {"run_id": 5}),
        ("status is nonsense", "runs/update", {"run_id": run_id, "status": "SLEEPING"}),
        ("status is a number", "runs/update", {"run_id": run_id, "status": 3}),
        ("end_time is words", "runs/update", {"run_id": run_id, "end_time": "late"}),
        ("start_time is text", "runs/create", {"experiment_id": experiment_id, "start_time": "5", "run_name": "x"}),
        ("run_name is a number", "runs/create", {"experiment_id": experiment_id, "run_name": 5}),
        ("experiment_ids is a text", "runs/search", {"experiment_ids": experiment_id}),
        ("experiment_ids are numbers", "runs/search", {"experiment_ids": [987654321]}),
        ("max_results is text in runs", "runs/search", {"experiment_ids": ["987654321"], "max_results": "5"}),
        ("model_json is no JSON", "runs/log-model", {"run_id": run_id, "model_json": "nonsense"}),
        ("model_json is a list", "runs/log-model", {"run_id": run_id, "model_json": "[]"}),
        ("model_json is empty", "runs/log-model", {"run_id": run_id, "model_json": "{}"}),
        ("version is a number", "model-versions/transition-stage", {"name": "x", "version": 1, "stage": "None"}),
        ("stage is missing", "model-versions/transition-stage", {"name": "x", "version": "1"}),
    ]:
        recorder.raw(f"types: {name} in {path}", "POST", f"{ROOT}/{path}", json=body)
    recorder.raw("types: what stayed", "GET", f"{ROOT}/runs/get", params={"run_id": run_id})
    recorder.raw("types: run_uuid in a query", "GET", f"{ROOT}/runs/get", params={"run_uuid": run_id})


def metric(run_id, **fields):
    return {"run_id": run_id, "key": "m", "value": 1, "timestamp": 1, "step": 0, **fields}


def bodies(recorder, experiment_id):
    url = f"{ROOT}/experiments/search"
    as_json = {"Content-Type": "application/json"}
    for name, options in {
        "no body": {},
        "no body, as JSON": {"headers": as_json},
        "no JSON": {"data": "nonsense", "headers": as_json},
        "half a JSON": {"data": '{"max_results": ', "headers": as_json},
        "a list": {"json": []},
        "a text": {"json": "x"},
        "a number": {"json": 5},
        "null": {"data": "null", "headers": as_json},
        "JSON within JSON": {"json": json.dumps({"max_results": 1, "filter": NONE})},
        "as text/plain": {"data": '{"max_results": 1, "filter": "name = \'nobody\'"}', "headers": {"Content-Type": "text/plain"}},
        "as a form": {"data": {"max_results": 1}},
        "with a charset": {
            "data": '{"max_results": 1, "filter": "name = \'nobody\'"}',
            "headers": {"Content-Type": "application/json; charset=utf-8"},
        },
        "twice the same key": {"data": '{"max_results": 1, "max_results": 2, "filter": "name = \'x\'"}', "headers": as_json},
        "NaN": {"data": '{"max_results": NaN}', "headers": as_json},
    }.items():
        recorder.raw(f"body: {name}", "POST", url, **options)
    recorder.raw("body: in the query of a POST", "POST", f"{url}?max_results=1&filter=name%20%3D%20'nobody'")
    query = {"max_results": 1, "filter": NONE, "view_type": "ALL", "order_by": ["name", "experiment_id DESC"]}
    recorder.raw("body: a query", "GET", url, params=query)
    recorder.raw("body: a query with nonsense", "GET", url, params={"max_results": "five"})
    recorder.raw("body: a query given twice", "GET", f"{ROOT}/experiments/get?experiment_id=0&experiment_id=987654321")
    recorder.raw("body: a JSON with a GET", "GET", f"{ROOT}/experiments/get", json={"experiment_id": experiment_id})


def routes(recorder, experiment_id, run_id):
    for name, method, path in [
        ("ajax", "GET", f"/ajax-api/2.0/mlflow/experiments/get?experiment_id={experiment_id}"),
        ("health", "GET", "/health"),
        ("version", "GET", "/version"),
        ("server info", "GET", "/api/3.0/mlflow/server-info"),
        ("server info the ajax way", "GET", "/ajax-api/3.0/mlflow/server-info"),
        ("unknown", "GET", f"{ROOT}/nobody"),
        ("unknown below a known", "GET", f"{ROOT}/experiments/nobody"),
        ("unknown version", "GET", "/api/9.0/mlflow/experiments/get?experiment_id=0"),
        ("wrong method", "POST", f"{ROOT}/experiments/get"),
        ("wrong method on create", "GET", f"{ROOT}/experiments/create"),
        ("a slash at the end", "GET", f"{ROOT}/experiments/get/?experiment_id=0"),
        ("doubled slash", "GET", f"/api/2.0//mlflow/experiments/get?experiment_id={experiment_id}"),
        ("other case", "GET", f"{ROOT}/Experiments/Get?experiment_id=0"),
        ("head", "HEAD", f"{ROOT}/experiments/get?experiment_id=0"),
        ("a run by its folder", "GET", f"{ROOT}/artifacts/list?run_id={run_id}&path="),
    ]:
        recorder.raw(f"route: {name}", method, path)


def history(recorder, client, run_id):
    """Pages of a history, which the stock client requests only if the server has truncated one."""
    from mlflow.entities import Metric

    client.log_batch(run_id, metrics=[Metric("paged", i, 1000 + i, i) for i in range(7)])
    url, token = f"{ROOT}/metrics/get-history", None
    for number in range(5):
        query = {"run_id": run_id, "metric_key": "paged", "max_results": 3, "page_token": token}
        body = recorder.raw(f"history: page {number}", "GET", url, params=query)
        token = body.get("next_page_token")
        if not token:
            break
    for max_results in ("0", "-1", "25000", "25001", "x"):
        query = {"run_id": run_id, "metric_key": "paged", "max_results": max_results}
        recorder.raw(f"history: max_results {max_results}", "GET", url, params=query)
    query = {"run_id": run_id, "metric_key": "paged", "max_results": 3, "page_token": "nonsense"}
    recorder.raw("history: bad token", "GET", url, params=query)


def intervals(recorder, client, run_id):
    from mlflow.entities import Metric

    client.log_batch(run_id, metrics=[Metric("curve", i, 1000 + i, i * 2) for i in range(100)])
    for version in ("2.0", "2.11"):
        url = f"/ajax-api/{version}/mlflow/metrics/get-history-bulk-interval"
        for name, query in {
            "all": {},
            "ten": {"max_results": 10},
            "a range": {"start_step": 10, "end_step": 20},
            "a start alone": {"start_step": 10},
            "an empty range": {"start_step": 1000, "end_step": 2000},
            "a range backwards": {"start_step": 20, "end_step": 10},
            "max_results 0": {"max_results": 0},
            "max_results 2501": {"max_results": 2501},
        }.items():
            query = {"run_ids": run_id, "metric_key": "curve", **query}
            recorder.raw(f"interval {version}: {name}", "GET", url, params=query)
    url = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
    recorder.raw("interval: no run", "GET", url, params={"metric_key": "curve"})
    recorder.raw("interval: an unknown run", "GET", url, params={"run_ids": "0" * 32, "metric_key": "curve"})
    recorder.raw("interval: 101 runs", "GET", url, params={"run_ids": [run_id] * 101, "metric_key": "curve"})


def page_calls(recorder, client, experiment_id, run_id):
    """Requests of MLflow's own UI, which no client sends."""
    root = "/ajax-api/2.0/mlflow"
    for name, query in {
        "one run": {"run_id": [run_id]},
        "the run twice": {"run_id": [run_id, run_id]},
        "three points": {"run_id": [run_id], "max_results": 3},
        "no run": {},
    }.items():
        query = {"metric_key": "paged", **query}
        recorder.raw(f"page: bulk history of {name}", "GET", f"{root}/metrics/get-history-bulk", params=query)
    for ids in ([experiment_id], ["987654321"], []):
        body = {"experiment_ids": ids}
        recorder.raw(f"page: datasets of {len(ids)}, {ids == [experiment_id]}", "POST", f"{root}/experiments/search-datasets", json=body)
    model_id = recorder.step("page: create a model", client.create_logged_model, experiment_id, "listed").model_id
    for path in (None, "nobody", ".."):
        query = {"artifact_directory_path": path}
        url = f"{root}/logged-models/{model_id}/artifacts/directories"
        recorder.raw(f"page: files of a model, {path}", "GET", url, params=query)
