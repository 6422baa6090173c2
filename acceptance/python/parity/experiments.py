"""Experiments: life cycle, names, tags and search."""

from mlflow import MlflowClient
from mlflow.entities import ViewType


def play(recorder):
    client = MlflowClient()
    life(recorder, client)
    names(recorder, client)
    tags(recorder, client)
    searches(recorder, client)


def life(recorder, client):
    step, name = recorder.part("life"), f"{recorder.prefix} life"
    experiment_id = step("create", client.create_experiment, name, tags={"team": "a", "empty": ""})
    step("create again", client.create_experiment, name)
    step("get", client.get_experiment, experiment_id)
    step("get by name", client.get_experiment_by_name, name)
    step("get the default", client.get_experiment, "0")
    step("get an unknown", client.get_experiment, "987654321")
    step("get by text", client.get_experiment, "no-number")
    step("get by an unknown name", client.get_experiment_by_name, f"{name} nobody")
    step("rename", client.rename_experiment, experiment_id, f"{name} renamed")
    step("get the renamed", client.get_experiment, experiment_id)
    step("get by the old name", client.get_experiment_by_name, name)
    other_id = step("create under the old name", client.create_experiment, name)
    step("rename to a taken name", client.rename_experiment, other_id, f"{name} renamed")
    step("rename to its own name", client.rename_experiment, other_id, name)
    step("rename an unknown", client.rename_experiment, "987654321", f"{name} x")
    run_id = recorder.run(client, experiment_id, "within").info.run_id
    step("delete", client.delete_experiment, experiment_id)
    step("get the deleted", client.get_experiment, experiment_id)
    step("get the deleted by name", client.get_experiment_by_name, f"{name} renamed")
    step("a run of the deleted", lambda: client.get_run(run_id).info.lifecycle_stage)
    step("delete again", client.delete_experiment, experiment_id)
    step("delete an unknown", client.delete_experiment, "987654321")
    step("rename the deleted", client.rename_experiment, experiment_id, f"{name} x")
    step("tag the deleted", client.set_experiment_tag, experiment_id, "a", "b")
    step("create a run in the deleted", client.create_run, experiment_id)
    step("create under the deleted's name", client.create_experiment, f"{name} renamed")
    step("restore", client.restore_experiment, experiment_id)
    step("get the restored", client.get_experiment, experiment_id)
    step("a run of the restored", lambda: client.get_run(run_id).info.lifecycle_stage)
    step("restore an active", client.restore_experiment, experiment_id)
    step("restore an unknown", client.restore_experiment, "987654321")


def names(recorder, client):
    step, prefix = recorder.part("names"), recorder.prefix
    step("name empty", client.create_experiment, "")
    step("name of spaces", client.create_experiment, " " * (10 - recorder.major))
    step("name with unicode", client.create_experiment, f"{prefix} flüge ✈ 机")
    step("name with slashes", client.create_experiment, f"/Users/me@example.com/{prefix}")
    step("name with dots", client.create_experiment, f"../{prefix}")
    step("name with quotes", client.create_experiment, f"{prefix} 'single' \"double\" `back`")
    step("name with a line break", client.create_experiment, f"{prefix} a\nb")
    step("name of 500 characters", client.create_experiment, (prefix + "x" * 500)[:500])
    step("name of 501 characters", client.create_experiment, (prefix + "y" * 501)[:501])
    step("rename to empty", client.rename_experiment, "0", "")
    location = client.create_experiment(f"{prefix} s3", artifact_location="s3://bucket/folder")
    step("get one with a location", client.get_experiment, location)
    step("location with a query", client.create_experiment, f"{prefix} l1", "s3://bucket/a?b=c")
    step("location with a fragment", client.create_experiment, f"{prefix} l2", "s3://bucket/a#b")
    step("location with dots", client.create_experiment, f"{prefix} l3", "s3://bucket/a/../../b")
    step("location on the server's disk", client.create_experiment, f"{prefix} l4", "file:///etc")
    step("location by path", client.create_experiment, f"{prefix} l5", "/etc")


def tags(recorder, client):
    step = recorder.part("tags")
    experiment_id = recorder.experiment(client, f"{recorder.prefix} tags")
    step("set a tag", client.set_experiment_tag, experiment_id, "a", "1")
    step("set it again", client.set_experiment_tag, experiment_id, "a", "2")
    step("set a number", client.set_experiment_tag, experiment_id, "n", 3)
    step("set a unicode tag", client.set_experiment_tag, experiment_id, "clé ✓", "värde")
    step("set an empty key", client.set_experiment_tag, experiment_id, "", "1")
    step("set a key with dots", client.set_experiment_tag, experiment_id, "../a", "1")
    step("set a key with bad characters", client.set_experiment_tag, experiment_id, "a=b$", "1")
    step("set a key of 250", client.set_experiment_tag, experiment_id, "k" * 250, "1")
    step("set a key of 251", client.set_experiment_tag, experiment_id, "k" * 251, "1")
    step("set a value of 20000", client.set_experiment_tag, experiment_id, "long", "v" * 20000)
    step("set a value of 20001", client.set_experiment_tag, experiment_id, "longer", "v" * 20001)
    step("tag an unknown", client.set_experiment_tag, "987654321", "a", "1")
    if hasattr(client, "delete_experiment_tag"):
        step("delete a tag", client.delete_experiment_tag, experiment_id, "a")
        step("delete it again", client.delete_experiment_tag, experiment_id, "a")
        step("delete a tag of an unknown", client.delete_experiment_tag, "987654321", "a")
    step("get the tags", client.get_experiment, experiment_id)


FILTERS = {
    "name equal": "name = '{p}b'",
    "attribute name equal": "attribute.name = '{p}b'",
    "attributes name equal": "attributes.name = '{p}b'",
    "name unequal": "name != '{p}b' AND name LIKE '{p}%'",
    "name like": "name LIKE '{p}%'",
    "name like in the middle": "name LIKE '%{p}b'",
    "name like is case sensitive": "name LIKE '{P}%'",
    "name ilike": "name ILIKE '{P}%'",
    "name like with one": "name LIKE '{p}_'",
    "tag equal": "tags.color = 'red' AND name LIKE '{p}%'",
    "tag unequal": "tags.color != 'red' AND name LIKE '{p}%'",
    "tag like": "tags.color LIKE 'r%' AND name LIKE '{p}%'",
    "tag ilike": "tags.color ILIKE 'RE%' AND name LIKE '{p}%'",
    "tag quoted by backticks": "tags.`my key` = 'v' AND name LIKE '{p}%'",
    "tag quoted by double quotes": "tags.\"my key\" = 'v' AND name LIKE '{p}%'",
    "tag is null": "tags.color IS NULL AND name LIKE '{p}%'",
    "tag is not null": "tags.color IS NOT NULL AND name LIKE '{p}%'",
    "tag missing": "tags.nothing = 'v'",
    "two tags": "tags.color = 'red' AND tags.`my key` = 'v' AND name LIKE '{p}%'",
    "name is null": "name IS NULL",
    "creation_time after": "creation_time > 0 AND name LIKE '{p}%'",
    "creation_time before": "creation_time < 1000",
    "last_update_time after": "last_update_time >= 0 AND name LIKE '{p}%'",
    "creation_time as text": "creation_time > '0' AND name LIKE '{p}%'",
    "creation_time as a fraction": "creation_time > 0.5 AND name LIKE '{p}%'",
    "double quotes": 'name = "{p}b"',
    "a quote within": "name = '{p}it''s'",
    "lower-case keywords": "name like '{p}%' and tags.color = 'red'",
    "spaces around": "  name   =   '{p}b'  ",
    "no quotes": "name = b",
    "unknown attribute": "colour = 'red'",
    "unknown prefix": "foo.bar = 'red'",
    "params prefix": "params.a = 'b'",
    "metrics prefix": "metrics.a > 1",
    "wrong operator": "name > 'a'",
    "experiment_id": "experiment_id = '0'",
    "lifecycle_stage": "lifecycle_stage = 'active'",
    "half a clause": "name =",
    "no clause": "name",
    "nonsense": "this is nonsense",
    "unbalanced quote": "name = 'a",
    "or": "name = '{p}a' OR name = '{p}b'",
    "brackets": "(name = '{p}a')",
    "semicolon": "name = 'a'; DROP TABLE experiments",
    "in": "name IN ('{p}a', '{p}b')",
    "a tag in": "tags.color IN ('red', 'blue') AND name LIKE '{p}%'",
    "and at the end": "name = 'a' AND",
    "doubled and": "name = 'a' AND AND name = 'b'",
}

ORDERS = {
    "name": ["name"],
    "name descending": ["name DESC"],
    "name ascending": ["name ASC"],
    "attribute name descending": ["attribute.name DESC"],
    "experiment_id descending": ["experiment_id DESC"],
    "creation_time": ["creation_time ASC"],
    "last_update_time": ["last_update_time DESC"],
    "two": ["name DESC", "experiment_id"],
    "lower-case desc": ["name desc"],
    "a tag": ["tags.color"],
    "unknown": ["colour"],
    "bad direction": ["name SIDEWAYS"],
    "empty": [""],
    "lifecycle_stage": ["lifecycle_stage"],
}


def searches(recorder, client):
    step, prefix = recorder.part("searches"), f"{recorder.prefix} search "
    for letter, tags in {
        "a": {"color": "red"},
        "b": {"color": "red", "my key": "v"},
        "c": {"color": "blue"},
        "d": {},
        "it's": {"color": "Red"},
        "gone": {"color": "red"},
    }.items():
        last = client.create_experiment(f"{prefix}{letter}", tags=tags)
    client.delete_experiment(last)

    def found(**options):
        experiments = client.search_experiments(**options)
        names = [each.name.removeprefix(prefix) for each in experiments if each.name.startswith(prefix)]
        return names, bool(experiments.token)

    for name, template in FILTERS.items():
        text = template.format(p=prefix, P=prefix.upper())
        step(f"filter: {name}", found, filter_string=text, max_results=1000)
    mine = f"name LIKE '{prefix}%'"
    for name, order_by in ORDERS.items():
        step(f"order by {name}", found, filter_string=mine, order_by=order_by)
    for view_type in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"):
        step(f"view {view_type}", found, view_type=getattr(ViewType, view_type), filter_string=mine)
    for max_results in (0, -1, 1, 50000, 50001, 1_000_000):
        step(f"max_results {max_results}", found, filter_string=mine, max_results=max_results)
    step("pages", pages, client, filter_string=mine, order_by=["name"])
    step("pages descending", pages, client, filter_string=mine, order_by=["name DESC"])
    step("bad page token", found, filter_string=mine, page_token="nonsense")
    if hasattr(client, "list_experiments"):
        step("list", lambda: len(client.list_experiments()) > 0)


def pages(client, **options):
    names, token = [], None
    while True:
        page = client.search_experiments(max_results=2, page_token=token, **options)
        names.append([each.name for each in page])
        token = page.token
        if not token:
            return names
