"""Records what a stock client sees of a tracking server, step by step, so that two servers can be compared.

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

TEXT_CHARS_MAX = 300  # Enough to see what a body that is no JSON begins with.
ONE_TRY = Retry(0, read=False)  # An answer with an error status is an answer here, not a reason to try again.


class Recorder:
    """`prefix` begins every name that a script makes, so that scripts share a server without meeting."""

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
        """Does one thing; gives its value, or None where it failed."""
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
        """A new experiment for a script; its id is noted here, so that later steps may name it."""
        return self.step(f"create the experiment {name}", client.create_experiment, name)

    def run(self, client, experiment_id, name):
        """A new run for a script, noted as an experiment is."""
        return self.step(f"create the run {name}", client.create_run, experiment_id, run_name=name)

    def part(self, part):
        """A `step` whose names begin with a part of the script."""
        return lambda name, action, /, *args, **kwargs: self.step(f"{part}: {name}", action, *args, **kwargs)

    def raw(self, name, method, path, /, **kwargs):
        """One request without the client: for what a client checks before it sends. Gives the body."""

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
    """Only what JSON can say; numbers that it cannot are told as text."""
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
    """The last line of output, which the caller reads."""
    print(json.dumps(steps_by_noun))
