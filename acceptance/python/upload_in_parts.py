"""Logs files in parts, with small limits so that the files count as large. Prints one JSON object."""

import hashlib
import json
import os
import pathlib
import sys
import tempfile

os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(64 * 1024)
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(50 * 1024)
if sys.argv[1] == "forced":
    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"

import mlflow
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository

parts = []
upload_part = HttpArtifactRepository._upload_part
HttpArtifactRepository._upload_part = staticmethod(
    lambda credential, *args, **kwargs: parts.append(credential.part_number) or upload_part(credential, *args, **kwargs)
)


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
    large = pathlib.Path(folder, "large file ü.bin")
    large.write_bytes(os.urandom(333_333))
    small = pathlib.Path(folder, "small.bin")
    small.write_bytes(b"small")
    mlflow.log_artifact(str(large), "in/parts")
    mlflow.log_artifact(str(small), "in/parts")
    sent = [digest(large), digest(small)]

files = {f.path: f.file_size for f in mlflow.MlflowClient().list_artifacts(run.info.run_id, "in/parts")}
local = [mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=path) for path in files]
print(
    json.dumps(
        {"parts": sorted(parts), "files": files, "same": [digest(path) for path in local] == sent}
    )
)
