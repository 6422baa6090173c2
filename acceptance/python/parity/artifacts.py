"""Artifacts of runs: logging, listing and downloading them byte for byte."""

import hashlib
import os
import tempfile

import mlflow
from mlflow import MlflowClient


def play(recorder):
    client = MlflowClient()
    experiment_id = recorder.experiment(client, recorder.prefix)
    run = recorder.run(client, experiment_id, "artifacts")
    with tempfile.TemporaryDirectory() as folder:
        log(recorder, client, run.info.run_id, folder)
        listing(recorder, client, run.info.run_id)
        download(recorder, client, run.info.run_id, folder)
    wire(recorder, run)


def log(recorder, client, run_id, folder):
    step = recorder.part("log")
    files = {
        "plain.txt": b"hello\n",
        "empty.txt": b"",
        "bytes.bin": bytes(range(256)) * 64,
        "größe ✓.txt": "größe".encode(),
        "with space + plus.txt": b"x",
        "50% sure.txt": b"x",
        "a&b=c.txt": b"x",
    }
    for name, content in files.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(content)
        step(name, client.log_artifact, run_id, path)
    step("into a folder", client.log_artifact, run_id, os.path.join(folder, "plain.txt"), "some/deep/folder")
    step("again", client.log_artifact, run_id, os.path.join(folder, "plain.txt"))
    step("out of the root", client.log_artifact, run_id, os.path.join(folder, "plain.txt"), "../out")
    step("into an absolute folder", client.log_artifact, run_id, os.path.join(folder, "plain.txt"), "/abs")
    tree = os.path.join(folder, "tree")
    os.makedirs(os.path.join(tree, "sub", "sub2"))
    os.makedirs(os.path.join(tree, "nothing"))
    for name in ("a.txt", "sub/b.txt", "sub/sub2/c.txt"):
        with open(os.path.join(tree, name), "w") as file:
            file.write(name)
    step("a tree", client.log_artifacts, run_id, tree)
    step("a tree into a folder", client.log_artifacts, run_id, tree, "tree")
    step("text", client.log_text, run_id, "größe ✓", "texts/a.txt")
    step("a dict", client.log_dict, run_id, {"b": 1, "a": [1, None]}, "dict.json")
    step("a dict as yaml", client.log_dict, run_id, {"b": 1, "a": [1, None]}, "dict.yaml")
    step("to an unknown run", client.log_text, "0" * 32, "x", "a.txt")


def listing(recorder, client, run_id):
    step = recorder.part("list")
    for path in (None, "", "some", "some/deep", "some/deep/folder", "tree", "tree/sub", "tree/nothing", "tree/"):
        step(f"path {path!r}", client.list_artifacts, run_id, path)
    step("a file", client.list_artifacts, run_id, "plain.txt")
    step("a file in a folder", client.list_artifacts, run_id, "tree/a.txt")
    step("a missing path", client.list_artifacts, run_id, "nobody")
    step("with dots", client.list_artifacts, run_id, "..")
    step("with dots inside", client.list_artifacts, run_id, "tree/../..")
    step("with encoded dots", client.list_artifacts, run_id, "%2e%2e")
    step("absolute", client.list_artifacts, run_id, "/etc")
    step("with a backslash", client.list_artifacts, run_id, "a\\b")
    step("of an unknown run", client.list_artifacts, "0" * 32)


def download(recorder, client, run_id, folder):
    step = recorder.part("download")
    for number, path in enumerate(
        ("plain.txt", "empty.txt", "bytes.bin", "größe ✓.txt", "with space + plus.txt", "50% sure.txt", "a&b=c.txt")
        + ("tree", "tree/sub", "some/deep/folder/plain.txt", "nobody.txt", "../plain.txt", "")
    ):
        target = os.path.join(folder, f"to {number}")
        os.makedirs(target)
        step(f"path {path!r}", lambda p=path, t=target: digests(client.download_artifacts(run_id, p, t), t))
    if hasattr(mlflow, "artifacts") and hasattr(mlflow.artifacts, "load_text"):
        step("load text", mlflow.artifacts.load_text, f"runs:/{run_id}/texts/a.txt")
        step("load dict", mlflow.artifacts.load_dict, f"runs:/{run_id}/dict.json")
    step("from an unknown run", client.download_artifacts, "0" * 32, "plain.txt", folder)


def digests(path, folder):
    """The downloaded files with their digests."""
    if os.path.isfile(path):
        return {os.path.relpath(path, folder): digest(path)}
    return {
        os.path.relpath(os.path.join(parent, name), folder): digest(os.path.join(parent, name))
        for parent, _, names in os.walk(path)
        for name in names
    }


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def wire(recorder, run):
    """Raw requests to the proxy, with paths that a client would have corrected."""
    root = "/api/2.0/mlflow-artifacts/artifacts"
    below = f"{root}/{run.info.experiment_id}/{run.info.run_id}/artifacts"
    listed = {"path": f"{run.info.experiment_id}/{run.info.run_id}/artifacts"}
    for name, method, path, options in [
        ("list", "GET", root, {"params": listed}),
        ("list the ajax way", "GET", root.replace("/api", "/ajax-api"), {"params": listed}),
        ("list a missing folder", "GET", root, {"params": {"path": "987654321/nobody"}}),
        ("list out of the root", "GET", root, {"params": {"path": "../.."}}),
        ("list an absolute path", "GET", root, {"params": {"path": "/etc"}}),
        ("get", "GET", f"{below}/plain.txt", {}),
        ("get a missing file", "GET", f"{below}/nobody.txt", {}),
        ("get a folder", "GET", f"{below}/tree", {}),
        ("get out of the root", "GET", f"{below}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", {}),
        ("get twice encoded", "GET", f"{below}/%252e%252e/plain.txt", {}),
        ("put", "PUT", f"{below}/put.txt", {"data": b"put"}),
        ("put out of the root", "PUT", f"{below}/%2e%2e/%2e%2e/%2e%2e/out.txt", {"data": b"put"}),
        ("delete", "DELETE", f"{below}/put.txt", {}),
        ("delete again", "DELETE", f"{below}/put.txt", {}),
        ("get the deleted", "GET", f"{below}/put.txt", {}),
        ("get by the run", "GET", "/get-artifact", {"params": {"run_id": run.info.run_id, "path": "plain.txt"}}),
        ("get a missing file by the run", "GET", "/get-artifact", {"params": {"run_id": run.info.run_id, "path": "x"}}),
    ]:
        recorder.raw(f"wire: {name}", method, path, **options)
