"""The model registry: models, versions, stages, aliases, tags, searches."""

from mlflow import MlflowClient


def play(recorder):
    client = MlflowClient()
    models(recorder, client)
    versions(recorder, client)
    stages(recorder, client)
    tags(recorder, client)
    if hasattr(client, "set_registered_model_alias"):
        aliases(recorder, client)
    search_models(recorder, client)
    search_versions(recorder, client)


def models(recorder, client):
    step, name = recorder.part("models"), f"{recorder.prefix} models"
    step("create", client.create_registered_model, name, tags={"a": "1"}, description="words")
    step("create again", client.create_registered_model, name)
    step("get", client.get_registered_model, name)
    step("get an unknown", client.get_registered_model, f"{name} nobody")
    for label, bad in {
        "empty": "",
        "of spaces": "  ",
        "with a slash": f"{name}/x",
        "with a colon": f"{name}:x",
        "with dots": "..",
        "with a dot": ".",
        "with dots before": f"..{name}",
        "with unicode": f"{name} größe ✓",
        "of 250 characters": (name + "x" * 250)[:250],
        "of 256 characters": (name + "x" * 256)[:256],
        "of 257 characters": (name + "x" * 257)[:257],
        "with a quote": f"{name} it's",
        "with a percent": f"{name} 50%",
    }.items():
        step(f"create one {label}", client.create_registered_model, bad)
    step("update", client.update_registered_model, name, "other words")
    step("update to nothing", client.update_registered_model, name, "")
    step("update an unknown", client.update_registered_model, f"{name} nobody", "x")
    step("create a second", client.create_registered_model, f"{name} taken")
    step("rename", client.rename_registered_model, name, f"{name} renamed")
    step("rename to a taken name", client.rename_registered_model, f"{name} renamed", f"{name} taken")
    step("rename to its own name", client.rename_registered_model, f"{name} renamed", f"{name} renamed")
    step("rename to a bad name", client.rename_registered_model, f"{name} renamed", "a/b")
    step("rename an unknown", client.rename_registered_model, f"{name} nobody", f"{name} x")
    step("get by the old name", client.get_registered_model, name)
    step("delete", client.delete_registered_model, f"{name} renamed")
    step("get the deleted", client.get_registered_model, f"{name} renamed")
    step("delete again", client.delete_registered_model, f"{name} renamed")
    step("create under the deleted's name", client.create_registered_model, f"{name} renamed")


def versions(recorder, client):
    step, name = recorder.part("versions"), f"{recorder.prefix} versions"
    experiment_id = recorder.experiment(client, recorder.prefix)
    run = recorder.run(client, experiment_id, "source")
    source = f"{run.info.artifact_uri}/model"
    step("log the files", client.log_text, run.info.run_id, "flavors: {}\n", "model/MLmodel")
    step("create the model", client.create_registered_model, name)

    def create(*args, **kwargs):
        return client.create_model_version(*args, await_creation_for=0, **kwargs)

    step("create", create, name, source, run.info.run_id, tags={"t": "1"}, description="first", run_link="http://link")
    step("create by a run's path", create, name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    step("create without a run", create, name, source)
    step("create from s3", create, name, "s3://bucket/model")
    step("create from the server's disk", create, name, "file:///etc")
    step("create from a path of the server", create, name, "/etc")
    step("create from dots", create, name, f"{source}/../../..")
    step("create from an unknown run", create, name, source, "0" * 32)
    step("create with a bad run", create, name, source, "nonsense")
    step("create from an empty source", create, name, "")
    step("create with a bad tag", create, name, source, run.info.run_id, tags={"k" * 251: "1"})
    step("create in an unknown model", create, f"{name} nobody", source)
    step("get", client.get_model_version, name, "1")
    step("get an unknown", client.get_model_version, name, "99")
    step("get one by text", client.get_model_version, name, "one")
    step("get of an unknown model", client.get_model_version, f"{name} nobody", "1")
    step("get the download uri", client.get_model_version_download_uri, name, "1")
    step("get the download uri of an unknown", client.get_model_version_download_uri, name, "99")
    step("update", client.update_model_version, name, "1", "other words")
    step("update to nothing", client.update_model_version, name, "1", "")
    step("update an unknown", client.update_model_version, name, "99", "x")
    step("get the model", client.get_registered_model, name)
    step("delete", client.delete_model_version, name, "2")
    step("delete again", client.delete_model_version, name, "2")
    step("delete an unknown", client.delete_model_version, name, "99")
    step("delete by text", client.delete_model_version, name, "one")
    step("get the deleted", client.get_model_version, name, "2")
    step("create after a delete", lambda: create(name, source, run.info.run_id).version)
    step("rename the model", client.rename_registered_model, name, f"{name} renamed")
    step("get by the new name", client.get_model_version, f"{name} renamed", "1")
    step("get by the old name", client.get_model_version, name, "1")
    if hasattr(client, "copy_model_version"):
        step("copy", client.copy_model_version, f"models:/{name} renamed/1", f"{name} copy")
        step("copy again", client.copy_model_version, f"models:/{name} renamed/1", f"{name} copy")
        step("copy an unknown", client.copy_model_version, f"models:/{name} renamed/99", f"{name} copy")
    step("delete the model", client.delete_registered_model, f"{name} renamed")
    step("get a version of the deleted model", client.get_model_version, f"{name} renamed", "1")


def create_versions(step, client, name, count):
    step("create the model", client.create_registered_model, name)
    for number in range(1, count + 1):
        step(f"create version {number}", client.create_model_version, name, "s3://bucket/model", await_creation_for=0)


def stages(recorder, client):
    step, name = recorder.part("stages"), f"{recorder.prefix} stages"
    create_versions(step, client, name, 4)
    step("latest versions at first", client.get_latest_versions, name)
    step("to Staging", client.transition_model_version_stage, name, "1", "Staging")
    step("to production in small letters", client.transition_model_version_stage, name, "2", "production")
    step("to Production with the old kept", client.transition_model_version_stage, name, "3", "Production")
    step("latest versions", client.get_latest_versions, name)
    step("latest versions in one stage", client.get_latest_versions, name, ["Production"])
    step("latest versions in small letters", client.get_latest_versions, name, ["production", "none"])
    step("latest versions in a bad stage", client.get_latest_versions, name, ["Elsewhere"])
    step("latest versions of an unknown", client.get_latest_versions, f"{name} nobody")
    step("to Production with the old archived", client.transition_model_version_stage, name, "4", "Production", True)
    for version in "1234":
        step(f"get {version}", client.get_model_version, name, version)
    step("archive the others of Archived", client.transition_model_version_stage, name, "4", "Archived", True)
    step("to None", client.transition_model_version_stage, name, "4", "None")
    step("to nonsense", client.transition_model_version_stage, name, "4", "Elsewhere")
    step("to nothing", client.transition_model_version_stage, name, "4", "")
    step("of an unknown version", client.transition_model_version_stage, name, "99", "Staging")
    step("of an unknown model", client.transition_model_version_stage, f"{name} nobody", "1", "Staging")
    step("stages there are", client.get_model_version_stages, name, "1")
    step("get the model", client.get_registered_model, name)
    step("delete a version in a stage", client.delete_model_version, name, "1")
    step("delete the model in a stage", client.delete_registered_model, name)


def tags(recorder, client):
    step, name = recorder.part("tags"), f"{recorder.prefix} tags"
    create_versions(step, client, name, 1)
    for kind, set_tag, delete_tag, of in [
        ("model", client.set_registered_model_tag, client.delete_registered_model_tag, ()),
        ("version", client.set_model_version_tag, client.delete_model_version_tag, ("1",)),
    ]:
        step(f"{kind}: set", set_tag, name, *of, "a", "1")
        step(f"{kind}: set again", set_tag, name, *of, "a", "2")
        step(f"{kind}: set a number", set_tag, name, *of, "n", 1)
        step(f"{kind}: set an empty value", set_tag, name, *of, "e", "")
        step(f"{kind}: set a unicode key", set_tag, name, *of, "clé ✓", "värde")
        step(f"{kind}: set an empty key", set_tag, name, *of, "", "1")
        step(f"{kind}: set a key with dots", set_tag, name, *of, "../a", "1")
        step(f"{kind}: set a key of 251", set_tag, name, *of, "k" * 251, "1")
        step(f"{kind}: set a value of 5001", set_tag, name, *of, "long", "v" * 5001)
        step(f"{kind}: set a value of 100001", set_tag, name, *of, "longer", "v" * 100001)
        step(f"{kind}: set for an unknown", set_tag, f"{name} nobody", *of, "a", "1")
        step(f"{kind}: delete", delete_tag, name, *of, "a")
        step(f"{kind}: delete again", delete_tag, name, *of, "a")
        step(f"{kind}: delete for an unknown", delete_tag, f"{name} nobody", *of, "a")
    step("version: set for an unknown version", client.set_model_version_tag, name, "99", "a", "1")
    step("get the model", client.get_registered_model, name)
    step("get the version", client.get_model_version, name, "1")


def aliases(recorder, client):
    step, name = recorder.part("aliases"), f"{recorder.prefix} aliases"
    create_versions(step, client, name, 2)
    step("set", client.set_registered_model_alias, name, "champion", "1")
    step("get", client.get_model_version_by_alias, name, "champion")
    step("move", client.set_registered_model_alias, name, "champion", "2")
    step("get the moved", lambda: client.get_model_version_by_alias(name, "champion").version)
    step("in another case", client.get_model_version_by_alias, name, "Champion")
    step("set a second", client.set_registered_model_alias, name, "challenger", "2")
    step("get the version", client.get_model_version, name, "2")
    step("get the model", client.get_registered_model, name)
    for alias in ("", "latest", "LATEST", "v1", "1", "a b", "a/b", "größe", "a-b_c", "a.b", "x" * 255, "x" * 256):
        step(f"set {alias[:20]!r} of {len(alias)}", client.set_registered_model_alias, name, alias, "1")
    step("set for an unknown version", client.set_registered_model_alias, name, "x", "99")
    step("set for an unknown model", client.set_registered_model_alias, f"{name} nobody", "x", "1")
    step("get an unknown", client.get_model_version_by_alias, name, "nobody")
    step("get of an unknown model", client.get_model_version_by_alias, f"{name} nobody", "champion")
    step("delete", client.delete_registered_model_alias, name, "champion")
    step("delete again", client.delete_registered_model_alias, name, "champion")
    step("delete of an unknown model", client.delete_registered_model_alias, f"{name} nobody", "champion")
    step("get the deleted", client.get_model_version_by_alias, name, "champion")
    step("delete the version of an alias", client.delete_model_version, name, "2")
    step("get the alias of the deleted version", client.get_model_version_by_alias, name, "challenger")


MODEL_FILTERS = [
    "name = '{p}a'",
    "name != '{p}a' AND name LIKE '{p}%'",
    "name LIKE '{p}%'",
    "name LIKE '{P}%'",
    "name ILIKE '{P}%'",
    "name like '{p}%'",
    'name = "{p}a"',
    "name = {p}",
    "name > 'a'",
    "name IN ('{p}a')",
    "name IS NULL",
    "tags.color = 'red'",
    "tags.color != 'red'",
    "tags.color LIKE 'r%'",
    "tags.color ILIKE 'R%'",
    "tags.color IS NULL",
    "tags.`my key` = 'v'",
    "tags.color = 'red' AND name LIKE '{p}%'",
    "name LIKE '{p}%' AND tags.color != 'red'",
    "attribute.name = '{p}a'",
    "name = '{p}a' OR name = '{p}b'",
    "nobody = 'x'",
    "run_id = 'x'",
    "params.a = 'b'",
    "name",
    "name =",
    "nonsense here",
]

MODEL_ORDERS = [
    ["name"],
    ["name DESC"],
    ["name ASC"],
    ["timestamp"],
    ["last_updated_timestamp DESC", "name"],
    ["creation_timestamp DESC"],
    ["nobody"],
    ["name SIDEWAYS"],
    ["name; DROP"],
    [""],
]


def search_models(recorder, client):
    step, prefix = recorder.part("search models"), f"{recorder.prefix} find "
    for letter, each in {"a": {"color": "red"}, "b": {"color": "blue", "my key": "v"}, "c": {}, "d": {"color": "Red"}}.items():
        step(f"create {letter}", client.create_registered_model, prefix + letter, tags=each)

    def found(**options):
        page = client.search_registered_models(**{"max_results": 1000, **options})
        return [each.name for each in page if each.name.startswith(prefix)], bool(page.token)

    for template in MODEL_FILTERS:
        step(template, found, filter_string=template.format(p=prefix, P=prefix.upper()))
    for order_by in MODEL_ORDERS:
        step(f"order by {order_by}", found, filter_string=f"name LIKE '{prefix}%'", order_by=order_by)
    for max_results in (0, -1, 1, 1000, 1001):
        step(f"max_results {max_results}", found, filter_string=f"name LIKE '{prefix}%'", max_results=max_results)
    step("bad token", found, page_token="nonsense")
    step("pages", pages, client.search_registered_models, filter_string=f"name LIKE '{prefix}%'", order_by=["name DESC"])
    if hasattr(client, "list_registered_models"):
        step("list", lambda: len(client.list_registered_models()) > 0)


def pages(search, **options):
    names, token = [], None
    while True:
        page = search(max_results=2, page_token=token, **options)
        names.append([(each.name, getattr(each, "version", None)) for each in page])
        token = page.token
        if not token:
            return names


VERSION_FILTERS = [
    "name = '{p}'",
    "name='{p}'",
    "name != '{p}' AND name LIKE '{p}%'",
    "name LIKE '{p}%'",
    "name ILIKE '{P}%'",
    "name IN ('{p}')",
    "run_id = '{r}'",
    "run_id IN ('{r}')",
    "run_id IN ('{r}', 'x')",
    "run_id IN ()",
    "run_id LIKE 'zz%'",
    "run_id != '{r}' AND name LIKE '{p}%'",
    "source_path = 's3://bucket/{p}/1'",
    "source_path LIKE 's3://bucket/{p}/%'",
    "version_number = 1 AND name LIKE '{p}%'",
    "version_number > 1 AND name = '{p}'",
    "version_number = '1' AND name LIKE '{p}%'",
    "version = 1",
    "version = '1'",
    "name = '{p}' AND version_number >= 2",
    "tags.color = 'red' AND name = '{p}'",
    "tags.color IS NULL",
    "tags.color != 'red' AND name = '{p}'",
    "name = '{p}' OR name = 'x'",
    "current_stage = 'Staging'",
    "nobody = 'x'",
    "user_id = 'x'",
    "name",
    "name = ",
    "nonsense here",
]

VERSION_ORDERS = [
    ["version_number"],
    ["version_number DESC"],
    ["name DESC", "version_number ASC"],
    ["creation_timestamp DESC"],
    ["last_updated_timestamp"],
    ["version"],
    ["run_id"],
    ["nobody"],
    ["name SIDEWAYS"],
]


def search_versions(recorder, client):
    step, name = recorder.part("search versions"), f"{recorder.prefix} find versions"
    experiment_id = recorder.experiment(client, f"{recorder.prefix} find")
    run_id = recorder.run(client, experiment_id, "found source").info.run_id
    step("create the model", client.create_registered_model, name)
    step("create another", client.create_registered_model, f"{name} too")
    for number, color in enumerate(("red", "blue", None), start=1):
        step(
            f"create version {number}",
            client.create_model_version,
            name,
            f"s3://bucket/{name}/{number}",
            run_id if number == 2 else None,
            tags={"color": color} if color else None,
            await_creation_for=0,
        )
    step(
        "create a version of another",
        client.create_model_version,
        f"{name} too",
        f"s3://bucket/{name}/x",
        await_creation_for=0,
    )

    def found(text, **options):
        page = client.search_model_versions(text, **options)
        return [(each.name, each.version) for each in page if each.name.startswith(name)]

    for template in VERSION_FILTERS:
        step(template, found, template.format(p=name, P=name.upper(), r=run_id))
    if recorder.major < 2:
        return
    mine = f"name LIKE '{name}%'"
    for order_by in VERSION_ORDERS:
        step(f"order by {order_by}", found, mine, order_by=order_by)
    for max_results in (0, -1, 1, 200_000, 200_001):
        step(f"max_results {max_results}", found, mine, max_results=max_results)
    step("bad token", found, mine, page_token="nonsense")
    step("pages", pages, client.search_model_versions, filter_string=mine, order_by=["name", "version_number"])
