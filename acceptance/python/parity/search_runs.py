"""The search for runs: many valid and invalid filters, orders, pages and views."""

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

BIG = 4102444800000  # The year 2100, in milliseconds.

FILTERS = [
    # Metrics.
    "metrics.loss > 0.5",
    "metrics.loss >= 0.5",
    "metrics.loss < 0.5",
    "metrics.loss <= 0.5",
    "metrics.loss = 0.5",
    "metrics.loss != 0.5",
    "metric.loss < 0.5",
    "metrics.loss < 5e-1",
    "metrics.loss > -1",
    "metrics.loss = '0.5'",
    "metrics.loss = abc",
    "metrics.loss LIKE '0%'",
    "metrics.loss IN (0.5)",
    "metrics.loss IS NULL",
    "metrics.loss IS NOT NULL",
    "metrics.`my metric` > 0",
    'metrics."my metric" > 0',
    "metrics.'my metric' > 0",
    "metrics.my metric > 0",
    "metrics.a/b > 0",
    "metrics.`a/b` > 0",
    "metrics.`a.b` > 0",
    "metrics.a.b > 0",
    "metrics.a-b > 0",
    "metrics.`a-b` > 0",
    "metrics.nobody > 0",
    "metrics.odd > 0",
    "metrics.odd = 'nan'",
    "0.5 < metrics.loss",
    "metrics.loss",
    "metrics.loss >",
    "metrics. > 1",
    "metrics > 1",
    "metrics.loss > 0.1 AND metrics.loss < 0.9",
    "metrics.loss > 0.1 and metrics.acc > 0.5",
    "metrics.loss>0.5",
    "metrics.loss  >  0.5",
    # Params.
    "params.model = 'tree'",
    'params.model = "tree"',
    "param.model = 'tree'",
    "parameters.model = 'tree'",
    "params.model != 'tree'",
    "params.model LIKE 't%'",
    "params.model LIKE 'T%'",
    "params.model ILIKE 'T%'",
    "params.model NOT LIKE 't%'",
    "params.model LIKE '%e%'",
    "params.model LIKE 'tre_'",
    "params.model LIKE '%\\%%'",
    "params.model > 'a'",
    "params.model = tree",
    "params.model IN ('tree', 'net')",
    "params.model NOT IN ('tree')",
    "params.model IS NULL",
    "params.model IS NOT NULL",
    "params.depth = '3'",
    "params.depth = 3",
    "params.`with space` = 'x'",
    "params.`it's` = 'x'",
    "params.quoted = 'it''s'",
    "params.quoted = \"it's\"",
    "params.unicode = 'größe ✓'",
    "params.empty = ''",
    # Tags.
    "tags.team = 'a'",
    "tag.team = 'a'",
    "tags.team != 'a'",
    "tags.team LIKE '%'",
    "tags.team ILIKE 'A'",
    "tags.team IS NULL",
    "tags.team IS NOT NULL",
    "tags.team is not null",
    "tags.team IN ('a', 'b')",
    "tags.`mlflow.runName` = 'one'",
    "tags.mlflow.runName = 'one'",
    'tags."mlflow.runName" = \'one\'',
    "tags.mlflow.user = 'ann'",
    "tags.mlflow.source.type = 'LOCAL'",
    "tags.team = 1",
    "tags.a = 'b' AND tags.team = 'a' AND params.model = 'tree'",
    # Attributes.
    "attributes.status = 'FINISHED'",
    "attribute.status = 'FINISHED'",
    "attr.status = 'FINISHED'",
    "run.status = 'FINISHED'",
    "status = 'FINISHED'",
    "status = 'finished'",
    "status != 'FINISHED'",
    "status LIKE 'F%'",
    "status IN ('FINISHED', 'FAILED')",
    "attributes.artifact_uri LIKE '%artifacts'",
    "attributes.run_name = 'one'",
    "attributes.`run name` = 'one'",
    "attributes.`Run name` = 'one'",
    "attributes.run_name LIKE 't%'",
    "run_name = 'one'",
    "run_name ILIKE 'ONE'",
    "run_name IN ('one', 'two')",
    "run_name IS NULL",
    "attributes.run_id = '00000000000000000000000000000000'",
    "attributes.run_id IN ('00000000000000000000000000000000')",
    "attributes.run_id NOT IN ('00000000000000000000000000000000')",
    "attributes.run_id LIKE '%'",
    "run_id != '0'",
    "attributes.start_time > 1000",
    "attributes.start_time >= 1000",
    "attributes.start_time = 2000",
    "attributes.start_time != 2000",
    "attributes.start_time < '3000'",
    "attributes.start_time IN (1000, 2000)",
    "start_time < 3000",
    "Created > 1000",
    "attributes.Created > 1000",
    "attributes.created > 1000",
    "attributes.end_time > 0",
    f"attributes.end_time < {BIG}",
    "attributes.user_id = 'ann'",
    "user_id = 'ann'",
    "attributes.lifecycle_stage = 'active'",
    "attributes.experiment_id = '0'",
    "attributes.nobody = 'x'",
    "attributes.source_name = 'x'",
    "attributes.model_id = 'x'",
    # Datasets.
    "datasets.name = 'd1'",
    "dataset.name = 'd1'",
    "dataset.digest = 'abc'",
    "dataset.context = 'train'",
    "dataset.name LIKE 'd%'",
    "dataset.name IN ('d1', 'd2')",
    "dataset.nobody = 'd1'",
    # Combinations, and invalid filters.
    "",
    "   ",
    "metrics.loss < 0.9 AND params.model = 'tree' AND tags.team = 'a' AND status = 'FINISHED'",
    "params.model = 'tree' OR params.model = 'net'",
    "NOT params.model = 'tree'",
    "(params.model = 'tree')",
    "params.model = 'tree' AND (metrics.loss < 0.5)",
    "metrics.loss BETWEEN 0.1 AND 0.5",
    "params.model = 'tree' AND",
    "AND params.model = 'tree'",
    "params.model = 'tree' params.depth = '3'",
    "params.model = 'tree', params.depth = '3'",
    "params.model == 'tree'",
    "params.model <> 'tree'",
    "params.model ~ 'tree'",
    "params.model",
    "params",
    "foo",
    "foo = 'bar'",
    "foo.bar = 'baz'",
    "'tree' = params.model",
    "params.model = params.model",
    "params.model = 'tree",
    "params.`model = 'tree'",
    "params.model = 'tree'; DROP TABLE runs",
    "params.model = 'tree' -- comment",
    "params.model = 'AND'",
    "params.model = 'a AND b'",
    "1 = 1",
    "true",
    "params.model IN ()",
    "params.model IN 'tree'",
    "run_id IN ()",
    "run_id IN ('a', 1)",
    "run_id IN 'a'",
    "run_id = 1",
    "status IS NOT NULL",
]

ORDERS = [
    ["metrics.loss"],
    ["metrics.loss ASC"],
    ["metrics.loss DESC"],
    ["metrics.loss desc"],
    ["metrics.odd"],
    ["metrics.odd DESC"],
    ["metrics.nobody"],
    ["metrics.`my metric` DESC"],
    ["params.model"],
    ["params.model DESC"],
    ["params.depth"],
    ["params.nobody DESC"],
    ["tags.team"],
    ["tags.team DESC"],
    ["tag.`mlflow.runName` DESC"],
    ["attributes.start_time"],
    ["attributes.start_time DESC"],
    ["start_time ASC"],
    ["Created DESC"],
    ["attributes.end_time"],
    ["attributes.end_time DESC"],
    ["attributes.status"],
    ["status DESC"],
    ["attributes.run_name"],
    ["attributes.run_name DESC"],
    ["run_name"],
    ["attributes.`Run name` DESC"],
    ["attributes.user_id"],
    ["attributes.duration"],
    ["attributes.duration DESC"],
    ["attributes.source_name"],
    ["attributes.lifecycle_stage"],
    ["attributes.nobody"],
    ["params.model", "metrics.loss DESC"],
    ["params.model DESC", "attributes.start_time DESC"],
    ["dataset.name"],
    ["loss"],
    ["metrics.loss SIDEWAYS"],
    ["metrics.loss ASC DESC"],
    ["metrics.loss, params.model"],
    [""],
    ["metrics.loss; DROP"],
    ["metrics.loss", "metrics.loss DESC"],
]


def play(recorder):
    client = MlflowClient()
    experiment_id = fill(recorder, client)
    other_id = recorder.experiment(client, f"{recorder.prefix} other")
    recorder.step("fill: create elsewhere", client.create_run, other_id, run_name="elsewhere", start_time=9000)

    def found(experiment_ids=(experiment_id,), **options):
        runs = client.search_runs(list(experiment_ids), **options)
        return [each.info.run_name for each in runs], bool(runs.token)

    step = recorder.part("filter")
    for text in FILTERS:
        step(text, found, filter_string=text)
    step = recorder.part("order by")
    for order_by in ORDERS:
        step(" + ".join(order_by), found, order_by=order_by)
    views(recorder, client, found, experiment_id, other_id)
    pages(recorder, client, experiment_id)


def fill(recorder, client):
    experiment_id = recorder.experiment(client, recorder.prefix)
    rows = [
        ("one", 1000, "FINISHED", {"loss": 0.5, "acc": 0.9, "my metric": 1}, {"model": "tree", "depth": "3"}, {"team": "a"}),
        ("two", 2000, "FINISHED", {"loss": 0.25, "a/b": 1, "odd": float("nan")}, {"model": "tree", "depth": "10"}, {"team": "b"}),
        ("three", 3000, "FAILED", {"loss": 0.75, "a.b": 1, "odd": float("inf")}, {"model": "net"}, {"mlflow.user": "ann"}),
        ("four", 4000, None, {"a-b": 1, "odd": float("-inf")}, {"quoted": "it's", "with space": "x"}, {"team": "A"}),
        ("five", 5000, "KILLED", {"odd": 1}, {"unicode": "größe ✓", "model": "50%"}, {"a": "b"}),
        ("six", 6000, "FINISHED", {}, {"empty": ""}, {}),
        ("seven", 7000, "FINISHED", {"loss": 0.5}, {"model": "Tree"}, {"team": "a"}),
    ]
    for name, start_time, status, metrics, params, tags in rows:
        tags = {"mlflow.runName": name, **tags}
        run = recorder.step(f"fill: create {name}", client.create_run, experiment_id, start_time=start_time, tags=tags)
        run_id = run.info.run_id
        client.log_batch(
            run_id,
            metrics=[Metric(key, value, 1000, 0) for key, value in metrics.items()],
            params=[Param(key, value) for key, value in params.items()],
            tags=[RunTag("batch", "yes")],
        )
        if status:
            client.set_terminated(run_id, status=status, end_time=start_time + len(name) * 100)
        if name == "seven":
            client.delete_run(run_id)
    return experiment_id


def views(recorder, client, found, experiment_id, other_id):
    step = recorder.part("view")
    for view_type in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"):
        step(view_type, found, run_view_type=getattr(ViewType, view_type))
        step(f"{view_type} with a filter", found, run_view_type=getattr(ViewType, view_type), filter_string="metrics.loss = 0.5")
    step("two experiments", found, [experiment_id, other_id])
    step("two experiments, the other way", found, [other_id, experiment_id], order_by=["attributes.start_time"])
    step("an unknown experiment", found, ["987654321"])
    step("an unknown and a known", found, ["987654321", experiment_id])
    step("no experiment", found, [])
    step("an experiment by text", found, ["no-number"])
    step("the same experiment twice", found, [other_id, other_id])
    client.delete_experiment(other_id)
    step("a deleted experiment", found, [other_id])
    step("a deleted experiment, all", found, [other_id], run_view_type=ViewType.ALL)
    for max_results in (0, -1, 1, 50000, 50001):
        step(f"max_results {max_results}", found, max_results=max_results)
    if hasattr(client, "list_run_infos"):
        step("list run infos", lambda: [each.run_name for each in client.list_run_infos(experiment_id)])


def pages(recorder, client, experiment_id):
    def all_pages(**options):
        names, token = [], None
        while True:
            page = client.search_runs([experiment_id], max_results=2, page_token=token, **options)
            names.append([each.info.run_name for each in page])
            token = page.token
            if not token:
                return names

    step = recorder.part("pages")
    step("by default", all_pages)
    step("by a metric", all_pages, order_by=["metrics.loss DESC"])
    step("by a metric with nan", all_pages, order_by=["metrics.odd"])
    step("by a param", all_pages, order_by=["params.model"])
    step("with a filter", all_pages, filter_string="metrics.loss > 0", order_by=["attributes.start_time"])
    step("bad token", client.search_runs, [experiment_id], page_token="nonsense")
