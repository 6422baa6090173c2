"""Records a stock client's exchanges with a tracking server, step by step, so that two servers can be compared.

A step is one thing that a user does. It keeps every HTTP exchange that the client made for it, and what came of it: a
result or an error. Values are told in plain JSON, whatever the client's version calls them.
"""

import json
import math
from contextlib import contextmanager
from urllib.parse import urlsplit

import mlflow
import requests
from urllib3.util.retry import Retry

TEXT_CHARS_MAX = 300  # Enough to recognise a body that is not JSON.
ONE_TRY = Retry(0, read=False)  # An error response must be recorded, not retried.


class Recorder:
    """Every name that a script creates starts with `prefix`, so that scripts can share a server."""

    def __init__(self, noun, server):
        self.version = mlflow.__version__
        self.major = int(self.version.split(".")[0])
        self.prefix = f"{noun}-{self.version}"
        self.server = server
        self.steps = []
        self._names = set()
        self._calls = None
        self._raw = False
        self._watch_http()

    def step(self, name, action, /, *args, **kwargs):
        """Performs one action. Returns its value, or None if it failed."""
        if name in self._names:
            raise ValueError(f"two steps are named {name!r}")
        self._names.add(name)
        self._calls = []
        value, outcome = None, {}
        try:
            value = action(*args, **kwargs)
            outcome["result"] = plain(value)
        except Exception as error:
            outcome["error"] = plain_error(error)
        self.steps.append({"name": name, "calls": self._calls, **outcome})
        self._calls = None
        return value

    def experiment(self, client, name):
        """Creates an experiment and records its id, so that later steps can refer to it."""
        return self.step(f"create the experiment {name}", client.create_experiment, name)

    def run(self, client, experiment_id, name):
        """Creates a run and records its id."""
        return self.step(f"create the run {name}", client.create_run, experiment_id, run_name=name)

    def part(self, part):
        """Returns a `step` function that prefixes names with a part of the script."""
        return lambda name, action, /, *args, **kwargs: self.step(f"{part}: {name}", action, *args, **kwargs)

    def raw(self, name, method, path, /, **kwargs):
        """Sends a request without the client, to bypass the client's own checks. Returns the body."""

        def send():
            with self._raw_calls():
                return requests.request(method, f"{self.server}{path}", timeout=60, **kwargs)

        response = self.step(name, send)
        return body_of(response)

    @contextmanager
    def _raw_calls(self):
        self._raw = True
        try:
            yield
        finally:
            self._raw = False

    def _watch_http(self):
        send = requests.Session.send

        def recording_send(session, request, **kwargs):
            for adapter in session.adapters.values():
                adapter.max_retries = ONE_TRY
            response = send(session, request, **kwargs)
            if self._calls is not None and request.url.startswith(self.server):
                self._calls.append(
                    {
                        "method": request.method,
                        "path": urlsplit(request.url).path,
                        "raw": self._raw,
                        "status": response.status_code,
                        "body": None if kwargs.get("stream") else body_of(response),
                    }
                )
            return response

        requests.Session.send = recording_send


def body_of(response):
    try:
        return plain(response.json())
    except ValueError:
        return response.text[:TEXT_CHARS_MAX]


def plain_error(error):
    return {
        "type": type(error).__name__,
        "code": getattr(error, "error_code", None),
        "message": str(error),
    }


def plain(value):
    """Converts a value to JSON. Numbers that JSON cannot represent become strings."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, requests.Response):
        return value.status_code
    if isinstance(value, (list, tuple)):
        return plain_list(value)
    if isinstance(value, (set, frozenset)):
        return sorted(plain(each) for each in value)
    if hasattr(value, "to_proto") or hasattr(value, "_properties"):
        return {key: plain(each) for key, each in value if key != "_properties"}
    return str(value)


def plain_list(values):
    items = [plain(each) for each in values]
    if not hasattr(values, "token"):
        return items
    return {"items": items, "has_token": bool(values.token)}


def report(steps_by_noun):
    """Prints the last line of output, which the caller parses."""
    print(json.dumps(steps_by_noun))
