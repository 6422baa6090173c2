"""Traces, which clients support since 2.14, as current clients send and read them."""

import os

import mlflow
from mlflow import MlflowClient

# Otherwise two threads send the trace and its spans, and their order decides whether the client also writes a file.
os.environ["MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS"] = "1"


def play(recorder):
    client = MlflowClient()
    if recorder.major < 3:
        return
    experiment_id = recorder.experiment(client, recorder.prefix)
    step, unknown = recorder.part("life"), "tr-" + "0" * 32
    mlflow.set_experiment(experiment_id=experiment_id)
    trace_id = step("start and end", traced)
    if trace_id is None:
        return
    step("get", lambda: told(client.get_trace(trace_id, display=False)))
    step("get an unknown", lambda: told(client.get_trace(unknown, display=False)))
    step("search", lambda: [told(each) for each in client.search_traces([experiment_id])])
    for text in ("tags.team = 'a'", "tags.team = 'b'", "trace.status = 'OK'", "status = 'ERROR'", "nobody = 'x'"):
        step(f"filter {text}", lambda: len(client.search_traces([experiment_id], filter_string=text)))
    step("set a tag", client.set_trace_tag, trace_id, "more", "words")
    step("set a tag of an unknown", client.set_trace_tag, unknown, "more", "words")
    step("delete a tag", client.delete_trace_tag, trace_id, "more")
    step("delete it again", client.delete_trace_tag, trace_id, "more")
    step("delete none", client.delete_traces, experiment_id, trace_ids=[unknown])
    step("delete", client.delete_traces, experiment_id, trace_ids=[trace_id])
    step("search at last", lambda: len(client.search_traces([experiment_id])))


def traced():
    with mlflow.start_span("root", span_type="CHAIN") as span:
        span.set_inputs({"question": "why"})
        with mlflow.start_span("child") as child:
            child.set_attribute("k", [1, "two", None])
        span.set_outputs({"answer": 42})
        mlflow.update_current_trace(tags={"team": "a"})
    mlflow.flush_trace_async_logging()
    return span.trace_id


def told(trace):
    return {
        "state": str(trace.info.state),
        "spans": [[span.name, span.span_type, span.inputs, span.outputs] for span in trace.data.spans],
    }
