"""Traces by the stock client: logs nested spans, reads them back, searches, judges, tags, links and deletes them.

Prints its results as one JSON object, with the names of traces in place of their ids. The tracking server is taken from
MLFLOW_TRACKING_URI.
"""

import json
import sys
import time

import mlflow
from mlflow.entities import AssessmentSource, Feedback, SpanEvent

experiment = mlflow.set_experiment(sys.argv[1])
client = mlflow.MlflowClient()
names = {}


@mlflow.trace(span_type="CHAIN", attributes={"k": "v"})
def outer(x):
    return {"y": inner(x)}


@mlflow.trace(name="inner span")
def inner(x):
    mlflow.update_current_trace(tags={"phase": "test", "a b": "1"}, metadata={"mlflow.trace.session": "s1"})
    return x * 2


def flushed(name, trace_id):
    mlflow.flush_trace_async_logging()
    names[trace_id] = name
    return trace_id


def search(**arguments):
    found = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list", **arguments)
    return [names[trace.info.trace_id] for trace in found]


def span_of(span):
    return {
        "name": span.name,
        "type": span.span_type,
        "parent": span.parent_id,
        "status": span.status.status_code.value,
        "message": span.status.description,
        "attributes": {key: value for key, value in span.attributes.items() if not key.startswith("mlflow.")},
        "inputs": span.inputs,
        "outputs": span.outputs,
        "events": [[event.name, {key: str(value)[:20] for key, value in event.attributes.items()}] for event in span.events],
        "times": [span.start_time_ns, span.end_time_ns],
    }


def failure(call, *arguments):
    try:
        call(*arguments)
    except mlflow.exceptions.MlflowException as caught:
        return {"code": caught.error_code, "message": caught.message}
    return None


outer(21)
first = flushed("outer", mlflow.get_last_active_trace_id())

live = {}
with mlflow.start_span("root", attributes={"n": 1, "f": 1.0, "l": [1, "x", None], "u": "ü✓"}) as root:
    root.set_inputs({"q": "hello"})
    with mlflow.start_span("child", span_type="LLM") as child:
        child.set_inputs([1, 2])
        child.set_outputs("out")
        child.add_event(SpanEvent(name="ev", attributes={"x": "1"}))
        live["child"] = child
    root.set_outputs({"a": {"b": 1.5}})
    live["root"] = root
second = flushed("root", root.trace_id)

try:
    with mlflow.start_span("bad") as bad:
        raise ValueError("boom")
except ValueError:
    pass
third = flushed("bad", bad.trace_id)

with mlflow.start_run() as run:
    with mlflow.start_span("in run") as in_run:
        pass
fourth = flushed("in run", in_run.trace_id)

read = mlflow.get_trace(second)
exact = {span.name: span_of(span) == span_of(live[span.name].to_immutable_span()) for span in read.data.spans}
nested = mlflow.get_trace(first)
failed = mlflow.get_trace(third)

mlflow.set_trace_tag(first, "mine", "1")
mlflow.set_trace_tag(first, "gone", "1")
mlflow.delete_trace_tag(first, "gone")

searches = {
    filter_string: search(filter_string=filter_string)
    for filter_string in [
        "tag.mine = '1'",
        "status = 'ERROR'",
        "name = 'root'",
        "attributes.timestamp_ms > 0 AND execution_time_ms < 100000",
        "metadata.`mlflow.trace.session` = 's1'",
        f"request_id = '{first}'",
        "trace.text LIKE '%hello%'",
        "span.name = 'child'",
        "span.type = 'LLM' AND span.name = 'root'",
    ]
}
searches = {key.replace(first, "ID"): found for key, found in searches.items()}

feedback = mlflow.log_feedback(
    trace_id=first, name="good", value=True, rationale="r", source=AssessmentSource("HUMAN", "bob"), metadata={"m": "1"}
)
mlflow.update_assessment(first, feedback.assessment_id, Feedback(name="good", value=False, rationale="r2"))
score = mlflow.log_feedback(trace_id=first, name="score", value=0.5)
mlflow.override_feedback(trace_id=first, assessment_id=score.assessment_id, value=0.9)
mlflow.log_expectation(trace_id=first, name="expected", value={"a": [1, 2]})
error = mlflow.log_feedback(trace_id=first, name="error", error=ValueError("bad"))
read_error = mlflow.get_assessment(first, error.assessment_id)
mlflow.delete_assessment(first, error.assessment_id)
assessments = [
    [a.name, a.value, a.rationale, a.source.source_type, a.valid] for a in mlflow.get_trace(first).info.assessments
]
searches["feedback"] = search(filter_string="feedback.good = 'false' AND feedback.score > 0.8")

client.link_traces_to_run([first], run.info.run_id)
by_run = search(run_id=run.info.run_id)

deleted = client.delete_traces(experiment_id=experiment.experiment_id, trace_ids=[third])
oldest = client.delete_traces(
    experiment_id=experiment.experiment_id, max_timestamp_millis=int(time.time() * 1000), max_traces=1
)

print(
    json.dumps(
        {
            "exact": exact,
            "root": {key: value for key, value in span_of(read.data.spans[0]).items() if key != "times"},
            "nested": [[s.name, s.span_type, s.inputs, s.outputs, s.parent_id is None] for s in nested.data.spans],
            "tags": {key: nested.info.tags[key] for key in ("phase", "a b", "mlflow.traceName")},
            "previews": [nested.info.request_preview, nested.info.response_preview],
            "state": nested.info.state.value,
            "failed": [failed.info.state.value, [e.name for e in failed.data.spans[0].events], failed.data.spans[0].status.description],
            "searches": searches,
            "oldest_first": search(order_by=["timestamp_ms ASC"]),
            "assessments": assessments,
            "error": [read_error.error.error_code, read_error.error.error_message],
            "by_run": by_run,
            "deleted": [deleted, oldest],
            "absent": failure(client.get_trace, third),
            "no_tag": failure(client.delete_trace_tag, second, "none"),
            "bad_filter": failure(lambda: search(filter_string="bogus = 1")),
        }
    )
)
