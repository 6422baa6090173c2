"""Serves one MLflow model to a server that listens on a Unix socket: `serve_model.py MODEL_FOLDER SOCKET`.

This process imports the model's libraries, which takes seconds, and then forks workers on request. A fork takes
milliseconds, so a dead worker is quickly replaced. Each worker has its own connection, loads the model and answers
invocations. Runs in the model's environment, with whatever MLflow release is installed there.

A message consists of the length of its head (four bytes, little-endian), the head as JSON, and the bodies, whose
lengths the head lists. On the first connection the server sends {"worker": NUMBER} for each worker to start. A worker
first sends {"worker": NUMBER}, then, once the model is loaded, {"pid": PID, "rowwise": ...}, or {"failure": ...} if
loading fails. After that it receives {"content_types": [...], "lengths": [...]} and answers {"statuses": [...],
"content_types": [...], "lengths": [...]}. The model prints to the process's own output.
"""

import importlib
import io
import json
import os
import signal
import socket
import struct
import sys
import traceback

HEAD_LENGTH = struct.Struct("<I")
BUFFER_BYTES = 1 << 16

# Modules behind the libraries' own models. Workers import everything else, since not all modules survive a fork.
SAFE_TO_IMPORT = {
    "sklearn": ["sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline", "sklearn.preprocessing"],
    "xgboost": ["xgboost"],
    "lightgbm": ["lightgbm"],
}

# These models predict each row independently of the others, so requests can share one call.
ROWWISE_LOADERS = {"mlflow.sklearn", "mlflow.xgboost", "mlflow.lightgbm"}


class Channel:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.reader = self.socket.makefile("rb", buffering=BUFFER_BYTES)

    def receive(self):
        """Returns the next head and its bodies, or None once the server has disconnected."""
        length = self.reader.read(HEAD_LENGTH.size)
        if len(length) < HEAD_LENGTH.size:
            return None
        head = json.loads(self.reader.read(HEAD_LENGTH.unpack(length)[0]))
        return head, [self.reader.read(size) for size in head.get("lengths", [])]

    def send(self, head, bodies=()):
        text = json.dumps({**head, "lengths": [len(body) for body in bodies]}).encode()
        self.socket.sendall(b"".join([HEAD_LENGTH.pack(len(text)), text, *bodies]))

    def close(self):
        """Closes this process's end. A socket stays open until the files made from it are closed too."""
        self.reader.close()
        self.socket.close()


class Scorer:
    """Answers one invocation by calling MLflow's own scoring server."""

    def __init__(self, folder):
        from mlflow.pyfunc import load_model, scoring_server
        from mlflow.exceptions import MlflowException

        self.server = scoring_server
        self.mlflow_exception = MlflowException
        self.model = load_model(folder)
        self.schema = self.model.metadata.get_input_schema()
        self.loader = self.model.metadata.flavors.get("python_function", {}).get("loader_module")
        self.flask = None
        if not hasattr(scoring_server, "invocations"):  # Before MLflow 2.2 it is part of the Flask app.
            self.flask = scoring_server.init(self.model).test_client()

    def answer(self, content_type, body):
        if self.flask is not None:
            response = self.flask.post("/invocations", data=body, content_type=content_type)
            return response.status_code, response.mimetype, response.data
        try:
            result = self.server.invocations(body.decode("utf-8"), content_type, self.model, self.schema)
            return result.status, result.mimetype, result.response.encode()
        except Exception as error:
            return self.failure(error)

    def failure(self, error):
        if isinstance(error, self.mlflow_exception):
            return error.get_http_status_code(), "application/json", error.serialize_as_json().encode()
        if isinstance(error, UnicodeDecodeError):
            return 400, "application/json", error_body("BAD_REQUEST", f"the body is not UTF-8: {error}")
        traceback.print_exc()
        return 500, "application/json", error_body("INTERNAL_ERROR", f"scoring failed: {error!r}")


class BatchScorer(Scorer):
    """Answers several invocations with one prediction if their tables have the same columns and types."""

    def answer_all(self, content_types, bodies):
        if len(bodies) > 1 and all(kind == "application/json" for kind in content_types):
            answers = self.answer_together(bodies)
            if answers is not None:
                return answers
        return [self.answer(kind, body) for kind, body in zip(content_types, bodies)]

    def answer_together(self, bodies):
        import numpy
        import pandas

        if self.loader not in ROWWISE_LOADERS or not hasattr(self.server, "_parse_json_data"):
            return None
        try:
            parsed = [
                self.server._parse_json_data(body.decode("utf-8"), self.model.metadata, self.schema)
                for body in bodies
            ]
            tables = [each.data for each in parsed]
            first = tables[0]
            if any(each.params for each in parsed) or not all(
                isinstance(table, pandas.DataFrame)
                and len(table) > 0
                and table.columns.equals(first.columns)
                and table.dtypes.equals(first.dtypes)
                for table in tables
            ):
                return None
            together = self.model.predict(pandas.concat(tables, ignore_index=True))
            if not isinstance(together, numpy.ndarray) or len(together) != sum(map(len, tables)):
                return None
            return [self.written(rows) for rows in split(together, map(len, tables))]
        except Exception:  # Answered one by one, each gets its own error.
            return None

    def written(self, predictions):
        text = io.StringIO()
        self.server.predictions_to_json(predictions, text)
        return 200, "application/json", text.getvalue().encode()


def split(rows, lengths):
    start = 0
    for length in lengths:
        yield rows[start : start + length]
        start += length


def error_body(code, message):
    return json.dumps({"error_code": code, "message": message}).encode()


def serve(channel, folder):
    """Runs a worker: loads the model, then answers until the server closes the connection."""
    try:
        scorer = BatchScorer(folder)
    except Exception as error:
        traceback.print_exc()
        channel.send({"failure": f"{type(error).__name__}: {error}".split("\n")[0]})
        return
    channel.send({"pid": os.getpid(), "rowwise": scorer.loader in ROWWISE_LOADERS})
    while (message := channel.receive()) is not None:
        head, bodies = message
        statuses, kinds, answers = zip(*scorer.answer_all(head["content_types"], bodies))
        channel.send({"statuses": statuses, "content_types": kinds}, answers)


def import_libraries(folder):
    try:
        from mlflow.models import Model
        from mlflow.pyfunc import scoring_server  # noqa: F401

        flavors = Model.load(folder).flavors
        for module in [name for flavor in flavors for name in SAFE_TO_IMPORT.get(flavor, [])]:
            importlib.import_module(module)
    except Exception:
        pass  # A worker will hit the same error and report it.


def main(folder, path):
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Exit without a stack trace.
    orders = Channel(path)
    orders.send({})
    import_libraries(folder)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The kernel reaps dead workers.
    while (message := orders.receive()) is not None:
        # Connect before the fork, so that the server sees the connection close no matter how early the worker dies.
        channel = Channel(path)
        channel.send({"worker": message[0]["worker"]})
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            orders.close()
            code = 1
            try:
                serve(channel, folder)
                code = 0
            except (BrokenPipeError, ConnectionError):
                pass  # The server has disconnected.
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        channel.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
