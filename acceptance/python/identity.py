"""A user's identity, tokens and permissions, by the stock clients. Arguments: host, token, client id, mode."""

import json
import os
import sys

host, token, client_id, mode = sys.argv[1:]
os.environ["DATABRICKS_HOST"] = host
if mode == "oauth":
    os.environ["DATABRICKS_CLIENT_ID"] = client_id
    os.environ["DATABRICKS_CLIENT_SECRET"] = token
elif mode == "basic":
    os.environ["DATABRICKS_USERNAME"] = client_id
    os.environ["DATABRICKS_PASSWORD"] = token
else:
    os.environ["DATABRICKS_TOKEN"] = token

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError


def attempt(call):
    try:
        return call()
    except DatabricksError as error:
        # The client appends its configuration.
        message = str(error).partition(" Config: ")[0]
        return f"{type(error).__name__} {error.error_code}: {message}"


client = WorkspaceClient()


def who():
    me = client.current_user.me()
    return [me.user_name, sorted(group.display for group in me.groups)]


def tokens():
    created = client.tokens.create(comment="from the SDK", lifetime_seconds=3600)
    listed = [info.comment for info in client.tokens.list() if info.token_id == created.token_info.token_id]
    fresh = WorkspaceClient(host=host, token=created.token_value, auth_type="pat").current_user.me().user_name
    client.tokens.delete(created.token_info.token_id)
    gone = WorkspaceClient(host=host, token=created.token_value, auth_type="pat")
    return {
        "listed": listed,
        "fresh": fresh,
        "revoked": attempt(lambda: gone.current_user.me()),
        "twice": attempt(lambda: client.tokens.delete(created.token_info.token_id)),
    }


def tracked():
    import mlflow

    mlflow.set_tracking_uri("databricks")
    experiment = mlflow.set_experiment(f"/Users/{client_id}/tracked by {mode}")
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1.0)
        mlflow.log_text("hello", "note.txt")
    mine = mlflow.MlflowClient().get_run(run.info.run_id)
    try:
        mlflow.MlflowClient().get_experiment("0")
        others = "let in"
    except mlflow.exceptions.MlflowException as error:
        others = f"{error.error_code}: {error.message}"
    text = mlflow.artifacts.load_text(f"{mine.info.artifact_uri}/note.txt")
    return {"metrics": mine.data.metrics, "text": text, "others": others, "id": experiment.experiment_id}


def shared(experiment_id):
    from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

    grants = [AccessControlRequest(group_name="users", permission_level=PermissionLevel.CAN_READ)]
    client.permissions.update("experiments", experiment_id, access_control_list=grants)
    lists = client.permissions.get("experiments", experiment_id).access_control_list
    return {(each.user_name or each.group_name): each.all_permissions[0].permission_level.value for each in lists}


answer = {"who": attempt(who)}
if mode != "refused":
    answer["tokens"] = attempt(tokens)
    answer["tracked"] = tracked()
    answer["shared"] = attempt(lambda: shared(answer["tracked"]["id"]))
print(json.dumps(answer))
