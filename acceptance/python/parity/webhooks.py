"""Webhooks of the registry, which clients support since 3.3."""

from mlflow import MlflowClient

URL = "https://1.1.1.1/hook"  # A public address that needs no DNS. Nothing is delivered, because no event occurs.


def play(recorder):
    client = MlflowClient()
    if not hasattr(client, "create_webhook"):
        return
    step, name = recorder.part("life"), f"{recorder.prefix}-one"
    events = ["registered_model.created", "model_version.created"]
    hook = step("create", client.create_webhook, name, URL, events, description="words", secret="s3cret")
    step("create under the same name", client.create_webhook, name, URL, events)
    step("create without a name", client.create_webhook, "", URL, events)
    step("create without events", client.create_webhook, f"{name}-x", URL, [])
    step("create with an unknown event", client.create_webhook, f"{name}-x", URL, ["run.created"])
    step("create by http", client.create_webhook, f"{name}-x", "http://1.1.1.1/hook", events)
    step("create by ftp", client.create_webhook, f"{name}-x", "ftp://1.1.1.1/hook", events)
    step("create by a private address", client.create_webhook, f"{name}-x", "https://10.0.0.1/hook", events)
    step("create with spaces in the name", client.create_webhook, f"{name} x", URL, events)
    step("create by no URL", client.create_webhook, f"{name}-x", "nonsense", events)
    if hook is None:
        return
    step("get", client.get_webhook, hook.webhook_id)
    step("get an unknown", client.get_webhook, "nobody")
    step("list", lambda: [each.name for each in client.list_webhooks() if each.name.startswith(recorder.prefix)])
    step("update", client.update_webhook, hook.webhook_id, name=f"{name}-renamed", status="DISABLED")
    step("update an unknown", client.update_webhook, "nobody", name="x")
    step("get the updated", client.get_webhook, hook.webhook_id)
    step("delete", client.delete_webhook, hook.webhook_id)
    step("delete again", client.delete_webhook, hook.webhook_id)
    step("get the deleted", client.get_webhook, hook.webhook_id)
