"""Logged models, which clients support since 3.0: life cycle, params, tags, metrics, artifacts and search."""

import mlflow
from mlflow import MlflowClient


def play(recorder):
    client = MlflowClient()
    if not hasattr(client, "create_logged_model"):
        return
    experiment_id = recorder.experiment(client, recorder.prefix)
    life(recorder, client, experiment_id)
    of_runs(recorder, client, experiment_id)
    searches(recorder, client)


def life(recorder, client, experiment_id):
    step, unknown = recorder.part("life"), "m-" + "0" * 32
    model = step(
        "create", client.create_logged_model, experiment_id, "first", tags={"a": "1"}, params={"p": "1"}, model_type="agent"
    )
    model_id = model.model_id
    step("create without a name", lambda: bool(client.create_logged_model(experiment_id).name))
    step("create under the same name", client.create_logged_model, experiment_id, "first")
    step("create with a slash in the name", client.create_logged_model, experiment_id, "a/b")
    step("create with a colon in the name", client.create_logged_model, experiment_id, "a:b")
    step("create with an empty name", client.create_logged_model, experiment_id, "")
    step("create in an unknown experiment", client.create_logged_model, "987654321", "x")
    step("create with a bad param", client.create_logged_model, experiment_id, "x", params={"k" * 251: "1"})
    step("create with a long param", client.create_logged_model, experiment_id, "x", params={"k": "v" * 6001})
    step("get", client.get_logged_model, model_id)
    step("get an unknown", client.get_logged_model, unknown)
    step("get by no id", client.get_logged_model, "nonsense")
    step("finalize", client.finalize_logged_model, model_id, "READY")
    step("finalize again", client.finalize_logged_model, model_id, "FAILED")
    step("finalize an unknown", client.finalize_logged_model, unknown, "READY")
    step("set tags", client.set_logged_model_tags, model_id, {"a": "2", "b": "größe", "e": ""})
    step("set a tag with an empty key", client.set_logged_model_tags, model_id, {"": "2"})
    step("set a long tag key", client.set_logged_model_tags, model_id, {"k" * 251: "2"})
    step("set tags of an unknown", client.set_logged_model_tags, unknown, {"a": "2"})
    step("delete a tag", client.delete_logged_model_tag, model_id, "a")
    step("delete it again", client.delete_logged_model_tag, model_id, "a")
    step("delete a tag of an unknown", client.delete_logged_model_tag, unknown, "a")
    if hasattr(client, "log_model_params"):
        step("log params", client.log_model_params, model_id, {"q": "2", "r": "3"})
        step("log a param again alike", client.log_model_params, model_id, {"q": "2"})
        step("log a param again unlike", client.log_model_params, model_id, {"q": "3"})
        step("log params of an unknown", client.log_model_params, unknown, {"q": "3"})
    step("get at last", client.get_logged_model, model_id)
    step("list artifacts", client.list_logged_model_artifacts, model_id)
    step("list artifacts of an unknown", client.list_logged_model_artifacts, unknown)
    step("delete", client.delete_logged_model, model_id)
    step("get the deleted", client.get_logged_model, model_id)
    step("delete again", client.delete_logged_model, model_id)
    step("delete an unknown", client.delete_logged_model, unknown)


class Adder(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


def of_runs(recorder, client, experiment_id):
    step = recorder.part("of a run")
    mlflow.set_experiment(experiment_id=experiment_id)
    with mlflow.start_run(run_name="trainer") as run:
        info = step("log a model", lambda: mlflow.pyfunc.log_model(name="adder", python_model=Adder(), pip_requirements=["mlflow"]).model_id)
        step("log a metric of the model", lambda: mlflow.log_metric("acc", 0.5, step=1, timestamp=1000, model_id=info))
        step("log it again", lambda: mlflow.log_metric("acc", 0.75, step=2, timestamp=2000, model_id=info))
    step("get the model", client.get_logged_model, info)
    step("get the run", client.get_run, run.info.run_id)
    step("list its artifacts", client.list_logged_model_artifacts, info)
    step("list a folder of it", client.list_logged_model_artifacts, info, "nobody")
    step("list the run's artifacts", client.list_artifacts, run.info.run_id)
    step("list the model in the run", client.list_artifacts, run.info.run_id, "adder")
    step("load by the model", lambda: mlflow.pyfunc.load_model(f"models:/{info}").predict([1, 2]))
    step("load by the run", lambda: mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/adder").predict([1, 2]))
    step("history of the metric", client.get_metric_history, run.info.run_id, "acc")
    if hasattr(mlflow, "log_outputs"):
        step("log outputs", client.log_outputs, run.info.run_id, [])


FILTERS = [
    "name = 'm1'",
    "name != 'm1'",
    "name LIKE 'm%'",
    "name ILIKE 'M%'",
    "name IN ('m1', 'm2')",
    "attributes.name = 'm1'",
    "model_type = 'agent'",
    "status = 'READY'",
    "status = 'PENDING'",
    "status != 'READY'",
    "creation_timestamp > 0",
    "creation_time > 0",
    "last_updated_timestamp > 0",
    "last_updated_time > 0",
    "model_id != 'x'",
    "model_id = 'x'",
    "source_run_id = 'x'",
    "experiment_id = '0'",
    "params.alpha = '1'",
    "params.alpha != '1'",
    "params.alpha LIKE '1%'",
    "params.alpha > 0",
    "tags.team = 'a'",
    "tags.team != 'a'",
    "tags.team IS NULL",
    "tags.`mlflow.x` = 'y'",
    "metrics.acc > 0.5",
    "metrics.acc = 0.5",
    "metrics.nobody > 0",
    "metrics.acc > 'x'",
    "name = 'm1' AND params.alpha = '1'",
    "name = 'm1' OR name = 'm2'",
    "nobody = 'x'",
    "foo.bar = 'x'",
    "name",
    "name =",
    "name = m1",
    "nonsense here",
    "",
]

ORDERS = [
    [{"field_name": "name"}],
    [{"field_name": "name", "ascending": False}],
    [{"field_name": "creation_timestamp"}],
    [{"field_name": "creation_time", "ascending": False}],
    [{"field_name": "last_updated_timestamp"}],
    [{"field_name": "metrics.acc"}],
    [{"field_name": "metrics.acc", "ascending": False}],
    [{"field_name": "params.alpha"}],
    [{"field_name": "nobody"}],
    [{"field_name": "tags.team"}],
    [{"field_name": "status"}, {"field_name": "name", "ascending": False}],
]


def searches(recorder, client):
    experiment_id = recorder.experiment(client, f"{recorder.prefix} search")
    run_id = recorder.run(client, experiment_id, "metrics").info.run_id
    for number, params, tags, status in [
        (1, {"alpha": "1"}, {"team": "a"}, "READY"),
        (2, {"alpha": "2"}, {"team": "b", "mlflow.x": "y"}, "READY"),
        (3, {"alpha": "10"}, {}, "FAILED"),
        (4, {}, {"team": "a"}, None),
    ]:
        model = recorder.step(
            f"fill: create {number}",
            client.create_logged_model,
            experiment_id,
            f"m{number}",
            params=params,
            tags=tags,
            model_type="agent" if number % 2 else "",
        )
        if status:
            client.finalize_logged_model(model.model_id, status)
        if number != 3:
            client.log_metric(run_id, "acc", number / 4, timestamp=1000, step=0, model_id=model.model_id)

    def found(ids=(experiment_id,), **options):
        models = client.search_logged_models(list(ids), **options)
        return [each.name for each in models], bool(models.token)

    step = recorder.part("filter")
    for text in FILTERS:
        step(text, found, filter_string=text)
    step = recorder.part("order by")
    for order_by in ORDERS:
        step(str(order_by), found, order_by=order_by)
    step = recorder.part("search")
    step("an unknown experiment", found, ["987654321"])
    step("no experiment", found, [])
    for max_results in (0, -1, 1, 1000, 1001):
        step(f"max_results {max_results}", found, max_results=max_results)
    step("bad token", found, page_token="nonsense")
    step("datasets", found, datasets=[{"dataset_name": "nobody"}])
