"""The everyday calls of databricks-sdk for models in Unity Catalog.

Prints its results as one JSON object. The workspace is taken from DATABRICKS_HOST and DATABRICKS_TOKEN.
"""

import io
import json

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError

saw = {}
client = WorkspaceClient()
models, versions = client.registered_models, client.model_versions


def refused(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except DatabricksError as error:
        return type(error).__name__
    return "let in"


def register(name, files):
    path = "/api/2.0/mlflow/unity-catalog/model-versions/"
    created = client.api_client.do("POST", path + "create", body={"name": name, "source": "/tmp/model"})
    version = created["model_version"]["version"]
    root = "/Models/" + name.replace(".", "/") + "/" + version + "/"
    for file, content in files.items():
        client.files.upload(root + file, io.BytesIO(content), overwrite=True)
    client.api_client.do("POST", path + "finalize", body={"name": name, "version": version})
    return root


created = models.create(name="airline", catalog_name="main", schema_name="ml", comment="late flights")
name = created.full_name
saw["created"] = [name, created.name, created.catalog_name, created.schema_name, created.comment]
saw["twice"] = refused(models.create, name="airline", catalog_name="main", schema_name="ml")
root = register(name, {"MLmodel": b"flavors", "data/model.pkl": b"x" * 1000})
register(name, {"MLmodel": b"flavors"})
saw["got"] = models.get(name).comment
saw["updated"] = models.update(name, comment="delays").comment
saw["listed"] = [model.full_name for model in models.list(catalog_name="main", schema_name="ml")]
saw["catalogs"] = [catalog.name for catalog in client.catalogs.list()]
saw["schemas"] = [schema.full_name for schema in client.schemas.list("main")]
saw["all"] = [model.full_name for model in models.list()]

alias = models.set_alias(name, "champion", 2)
saw["alias"] = [alias.alias_name, alias.version_num]
champion = versions.get_by_alias(name, "champion", include_aliases=True)
saw["champion"] = [champion.version, champion.status.value, [each.alias_name for each in champion.aliases]]
models.delete_alias(name, "champion")
saw["no_alias"] = refused(versions.get_by_alias, name, "champion")
saw["versions"] = [version.version for version in versions.list(name, max_results=1)]
saw["described"] = versions.update(name, 2, comment="better").comment
saw["version"] = versions.get(name, 2).comment

saw["files"] = [[entry.name, entry.file_size] for entry in client.files.list_directory_contents(root)]
saw["read"] = len(client.files.download(root + "data/model.pkl").contents.read())
saw["written"] = refused(client.files.upload, root + "MLmodel", io.BytesIO(b"other"), overwrite=True)

versions.delete(name, 1)
saw["version_gone"] = refused(versions.get, name, 1)
saw["files_gone"] = refused(client.files.download, root + "MLmodel")
renamed = models.update(name, new_name="renamed").full_name
saw["renamed"] = [renamed, versions.get(renamed, 2).comment]
models.delete(renamed)
saw["gone"] = refused(models.get, renamed)

print(json.dumps(saw))
