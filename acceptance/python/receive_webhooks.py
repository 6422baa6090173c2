"""Subscribes to the registry, changes it, and verifies the events as the client documents it. Prints one JSON object."""

import base64
import hashlib
import hmac
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import mlflow

SECRET = "a secret of the receiver"
received = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        received.put((dict(self.headers), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()


def take():
    headers, body = received.get(timeout=30)
    signed = f"{headers['X-MLflow-Delivery-Id']}.{headers['X-MLflow-Timestamp']}.{body}"
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    assert headers["X-MLflow-Signature"] == "v1," + base64.b64encode(digest).decode(), headers
    payload = json.loads(body)
    return [f"{payload['entity']}.{payload['action']}", payload["data"]]


client = mlflow.MlflowClient()
events = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_alias.created",
    "prompt.created",
    "prompt_version.created",
]
url = f"http://127.0.0.1:{server.server_port}/hook"
hook = client.create_webhook("hook", url, events, description="all of it", secret=SECRET)
tested = client.test_webhook(hook.webhook_id, event="model_version_alias.created")
deliveries = [take()]

client.create_registered_model("taxi", tags={"a": "1"})
deliveries.append(take())
client.create_model_version("taxi", "s3://bucket/model", description="first")
deliveries.append(take())
client.set_model_version_tag("taxi", "1", "reviewed", "yes")
deliveries.append(take())
client.set_registered_model_alias("taxi", "champion", "1")
deliveries.append(take())
copied = client.copy_model_version("models:/taxi/1", "bus")
deliveries += [take(), take()]
mlflow.genai.register_prompt(name="greeting", template="Hello {{name}}")
deliveries += [take(), take()]

listed = [w.name for w in client.list_webhooks()]
client.update_webhook(hook.webhook_id, status="DISABLED")
client.create_registered_model("unheard")
client.delete_webhook(hook.webhook_id)

print(
    json.dumps(
        {
            "tested": [tested.success, tested.response_status],
            "deliveries": deliveries,
            "copied": [copied.name, copied.version, copied.source],
            "copied_from": client.get_model_version_download_uri("bus", copied.version),
            "listed": listed,
            "left": len(client.list_webhooks()),
            "unheard": received.empty(),
        }
    )
)
