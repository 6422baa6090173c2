"""Prints every route of the stock server's open API, as declared by its protobuf services, as a JSON list."""

import json

from mlflow.protos import databricks_pb2
from mlflow.protos.mlflow_artifacts_pb2 import MlflowArtifactsService
from mlflow.protos.model_registry_pb2 import ModelRegistryService
from mlflow.protos.service_pb2 import MlflowService
from mlflow.protos.webhooks_pb2 import WebhookService

routes = [
    {
        "name": method.name,
        "method": endpoint.method,
        "path": "/" + endpoint.path.strip("/"),
        "version": f"{endpoint.since.major}.{endpoint.since.minor}",
    }
    for service in (MlflowService, ModelRegistryService, MlflowArtifactsService, WebhookService)
    for method in service.DESCRIPTOR.methods
    for endpoint in method.GetOptions().Extensions[databricks_pb2.rpc].endpoints
]
print(json.dumps(routes))
