"""Jobs, their runs and clusters with databricks-sdk, and its errors.

Prints its results as one JSON object. The workspace is taken from DATABRICKS_HOST and DATABRICKS_TOKEN.
"""

import base64
import datetime
import json
import os
import time

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service import compute, jobs

client = WorkspaceClient()
saw = {}


def refusal(call):
    try:
        return f"let in: {call()}"
    except DatabricksError as error:
        # The client appends its configuration.
        return f"{type(error).__name__} {error.error_code}: {str(error).partition(' Config: ')[0]}"


def put(path, text):
    client.dbfs.put(path, contents=base64.b64encode(text.encode()).decode(), overwrite=True)


put("/jobs/hello.py", "import sys\nprint('hello', *sys.argv[1:])\n")
put("/jobs/wait.py", "import time\ntime.sleep(60)\n")
cluster = compute.ClusterSpec(spark_version="16.4.x-scala2.12", node_type_id="p3.2xlarge", num_workers=7)


def task(file, parameters=()):
    return {
        "task_key": "main",
        "new_cluster": cluster,
        "spark_python_task": jobs.SparkPythonTask(python_file="dbfs:/jobs/" + file, parameters=list(parameters)),
    }


ended = client.jobs.submit(run_name="once", tasks=[jobs.SubmitTask(**task("hello.py", ["a", "b c"]))]).result(
    timeout=datetime.timedelta(minutes=3)
)
saw["submitted"] = [ended.run_name, ended.state.result_state.value, len(ended.tasks)]
saw["output"] = client.jobs.get_run_output(ended.tasks[0].run_id).logs

job_id = client.jobs.create(name="nightly", tasks=[jobs.Task(**task("hello.py", ["of the job"]))]).job_id
saw["job"] = client.jobs.get(job_id).settings.tasks[0].spark_python_task.parameters
saw["jobs"] = [job.settings.name for job in client.jobs.list()]
run = client.jobs.run_now(job_id, python_params=["of the run"]).result(timeout=datetime.timedelta(minutes=3))
saw["run"] = client.jobs.get_run_output(run.tasks[0].run_id).logs
client.jobs.reset(job_id, jobs.JobSettings(name="reset", tasks=[jobs.Task(**task("wait.py"))]))
waiting = client.jobs.run_now(job_id).run_id
client.jobs.cancel_run(waiting)
saw["cancelled"] = client.jobs.wait_get_run_job_terminated_or_skipped(waiting).state.result_state.value
saw["runs"] = [each.state.result_state.value for each in client.jobs.list_runs(job_id=job_id)]
client.jobs.delete(job_id)
saw["no_job"] = refusal(lambda: client.jobs.get(job_id))
saw["no_run"] = refusal(lambda: client.jobs.get_run(999_999))
notebook = {"task_key": "n", "new_cluster": cluster, "notebook_task": jobs.NotebookTask(notebook_path="/x")}
saw["notebook"] = refusal(lambda: client.jobs.create(name="n", tasks=[jobs.Task(**notebook)]))

lab = client.clusters.create(cluster_name="lab", spark_version="16.4.x-scala2.12", num_workers=2).result()
saw["cluster"] = [lab.state.value, lab.cluster_name, lab.num_workers]
saw["clusters"] = "lab" in [each.cluster_name for each in client.clusters.list()]
client.clusters.edit(lab.cluster_id, "16.4.x-scala2.12", cluster_name="new", num_workers=3).result()
saw["terminated"] = client.clusters.delete(lab.cluster_id).result().state.value
saw["started"] = client.clusters.start(lab.cluster_id).result().num_workers
saw["events"] = sorted({event.type.value for event in client.clusters.events(lab.cluster_id)})
client.clusters.permanent_delete(lab.cluster_id)
saw["no_cluster"] = refusal(lambda: client.clusters.get(lab.cluster_id))
saw["selected"] = [
    client.clusters.select_spark_version(long_term_support=True) != "",
    client.clusters.select_node_type() != "",
    client.clusters.list_zones().default_zone,
]

saw["outside"] = [
    refusal(lambda: client.dbfs.get_status("/../etc/passwd")),
    refusal(lambda: client.files.get_metadata("/Volumes/../etc/passwd")),
]
short = client.tokens.create(comment="short", lifetime_seconds=1).token_value
time.sleep(1.1)
expired = WorkspaceClient(host=os.environ["DATABRICKS_HOST"], token=short, auth_type="pat")
saw["expired"] = refusal(expired.current_user.me)
saw["me"] = client.current_user.me().user_name

print(json.dumps(saw))
