"""The everyday calls of databricks-sdk: dbfs, files, workspace, experiments and the model registry.

Prints its results as one JSON object. The workspace is taken from DATABRICKS_HOST and DATABRICKS_TOKEN.
"""

import base64
import io
import json
import os
import tempfile

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import AlreadyExists, NotFound

saw = {}
client = WorkspaceClient()
dbfs, files, workspace = client.dbfs, client.files, client.workspace
blob = os.urandom(3_333_333)
folder = tempfile.mkdtemp()


def is_refused(error, call, *args):
    try:
        call(*args)
    except error:
        return True
    return False


dbfs.mkdirs("/FileStore/t")
dbfs.put("/FileStore/t/a.txt", contents=base64.b64encode(b"abc").decode())
saw["dbfs_read"] = base64.b64decode(dbfs.read("/FileStore/t/a.txt").data).decode()
dbfs.upload("/FileStore/t/big.bin", io.BytesIO(blob), overwrite=True)
with dbfs.download("/FileStore/t/big.bin") as stream:
    saw["dbfs_big"] = stream.read() == blob
dbfs.move("/FileStore/t/a.txt", "/FileStore/t/b.txt")
saw["dbfs_list"] = [file.path for file in dbfs.list("/FileStore/t")]
with open(os.path.join(folder, "local.txt"), "w") as stream:
    stream.write("x")
dbfs.copy("file:" + folder, "dbfs:/FileStore/copied", recursive=True)
saw["dbfs_copied"] = [file.path for file in dbfs.list("/FileStore/copied", recursive=True)]
dbfs.delete("/FileStore", recursive=True)
saw["dbfs_absent"] = is_refused(NotFound, dbfs.get_status, "/FileStore")

volume = "/Volumes/main/default/v"
files.create_directory(volume)
files.upload(volume + "/x.txt", io.BytesIO(b"hello"), overwrite=True)
saw["files_exists"] = is_refused(AlreadyExists, files.upload, volume + "/x.txt", io.BytesIO(b"again"))
saw["files_bytes"] = files.get_metadata(volume + "/x.txt").content_length
saw["files_read"] = files.download(volume + "/x.txt").contents.read().decode()
parts = WorkspaceClient().files
parts._config.files_ext_multipart_upload_min_stream_size = 1_000_000
parts._config.files_ext_multipart_upload_default_part_size = 700_000
parts.upload(volume + "/big.bin", io.BytesIO(blob), overwrite=True)
saw["files_big"] = parts.download(volume + "/big.bin").contents.read() == blob
saw["files_list"] = [[entry.name, entry.file_size] for entry in files.list_directory_contents(volume)]
files.delete(volume + "/x.txt")
files.delete(volume + "/big.bin")
files.delete_directory(volume)
saw["files_absent"] = is_refused(NotFound, files.get_directory_metadata, volume)

home = "/Users/me@example.com"
workspace.mkdirs(home + "/empty")
experiment_id = client.experiments.create_experiment(name=home + "/airline").experiment_id
experiment = client.experiments.get_by_name(home + "/airline").experiment
saw["location"] = experiment.artifact_location == "dbfs:/databricks/mlflow/" + experiment_id
saw["workspace_list"] = [entry.path for entry in workspace.list(home)]
saw["workspace_status"] = workspace.get_status(home + "/airline").resource_id == experiment_id
saw["experiments"] = [entry.name for entry in client.experiments.list_experiments()]
workspace.delete(home, recursive=True)
saw["workspace_absent"] = is_refused(NotFound, workspace.get_status, home)

registry = client.model_registry
registry.create_model("airline")
registry.create_model_version("airline", "dbfs:/x")
saw["model"] = registry.get_model("airline").registered_model_databricks.name
moved = registry.transition_stage("airline", "1", "Staging", False)
saw["stage"] = str(moved.model_version_databricks.as_dict()["current_stage"])

print(json.dumps(saw))
