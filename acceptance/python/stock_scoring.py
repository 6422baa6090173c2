"""Serves model folders with MLflow's own scoring server, each on a separate port. Prints their URLs as one JSON object and
runs until its standard input ends."""

import json
import socket
import sys
import threading
import time

import uvicorn
from mlflow.pyfunc import load_model, scoring_server

servers = {}
for folder in sys.argv[1:]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    app = scoring_server.init(load_model(folder))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    servers[folder] = (server, f"http://127.0.0.1:{listener.getsockname()[1]}")
while not all(server.started for server, _ in servers.values()):
    time.sleep(0.02)
print(json.dumps({folder: url for folder, (_, url) in servers.items()}), flush=True)
sys.stdin.read()
