"""Reads a whole workspace with the stock client: the original, or the one it was imported into.

Usage: read_workspace.py TRACKING_URI. Prints one JSON object without what differs for good reasons: ids of experiments and
places of artifacts; the step of points with a dataset, which MLflow's folders keep but do not read back; logged models
among their run's files, where Flightdeck shows them too.
"""

import hashlib
import json
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import mlflow
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
mlflow.set_registry_uri(uri)
client = MlflowClient()


def number(value):
    """Replaces infinities and NaN, which JSON cannot represent."""
    return repr(float(value))


def files(run_id, models):
    with tempfile.TemporaryDirectory() as folder:
        if not client.list_artifacts(run_id):
            return {}
        root = Path(client.download_artifacts(run_id, "", folder))
        return {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.relative_to(root).parts[0] not in models
        }


def describe_run(run):
    info, data = run.info, run.data
    inputs = getattr(run, "inputs", None)
    outputs = getattr(run, "outputs", None)
    return {
        "name": info.run_name,
        "status": info.status,
        "start": info.start_time,
        "end": info.end_time,
        "user": info.user_id,
        "stage": info.lifecycle_stage,
        "params": data.params,
        "tags": data.tags,
        "metrics": {key: number(value) for key, value in data.metrics.items()},
        "history": {
            key: sorted([None if key == "auc" else m.step, m.timestamp, number(m.value)] for m in client.get_metric_history(info.run_id, key))
            for key in data.metrics
        },
        "datasets": sorted(
            [each.dataset.name, each.dataset.digest, each.dataset.source, each.dataset.schema, [[t.key, t.value] for t in each.tags]]
            for each in (inputs.dataset_inputs if inputs else [])
        ),
        "models read": sorted(each.model_id for each in (getattr(inputs, "model_inputs", None) or [])),
        "models made": sorted([each.model_id, each.step] for each in (outputs.model_outputs if outputs else [])),
        "files": files(info.run_id, {client.get_logged_model(each.model_id).name for each in outputs.model_outputs} if outputs else {}),
    }


def describe_model(model):
    return {
        "name": model.name,
        "type": model.model_type or "",
        "status": str(model.status),
        "run": model.source_run_id,
        "params": model.params,
        "tags": model.tags,
        "created": model.creation_timestamp,
        "metrics": sorted([m.key, number(m.value), m.timestamp, m.dataset_name] for m in model.metrics or []),
    }


def describe_version(version):
    return {
        "description": version.description or "",
        "stage": version.current_stage,
        "run": version.run_id,
        "status": version.status,
        "tags": version.tags,
        "created": version.creation_timestamp,
        "updated": version.last_updated_timestamp,
        # Behind the run or model that it belongs to, which are the same everywhere.
        "source": version.source.split("/artifacts", 1)[-1],
    }


def all_pages(search, **arguments):
    token = None
    while True:
        page = search(page_token=token, **arguments)
        yield from page
        token = page.token
        if not token:
            return


experiments = list(all_pages(client.search_experiments, view_type=ViewType.ALL))
ids = [each.experiment_id for each in experiments]
runs = list(all_pages(client.search_runs, experiment_ids=ids, run_view_type=ViewType.ALL))
result = {
    "experiments": {
        each.name: {
            "stage": each.lifecycle_stage,
            "tags": each.tags,
            "created": each.creation_time,
            "updated": each.last_update_time,
        }
        for each in experiments
        if each.name != "Default"
    },
    "registry": {},
    "runs": {run.info.run_id: describe_run(client.get_run(run.info.run_id)) for run in runs},
}
if hasattr(client, "search_logged_models"):
    found = all_pages(client.search_logged_models, experiment_ids=ids)
    result["models"] = {each.model_id: describe_model(each) for each in found}
if not (uri.startswith("file:") and mlflow.__version__.startswith("1.")):
    result["registry"] = {
        model.name: {
            "description": model.description or "",
            "tags": model.tags,
            "aliases": {alias: str(version) for alias, version in getattr(model, "aliases", {}).items()},
            "created": model.creation_timestamp,
            "versions": {
                str(each.version): describe_version(each) for each in client.search_model_versions(f"name='{model.name}'")
            },
        }
        for model in client.search_registered_models()
    }
print(json.dumps(result))
