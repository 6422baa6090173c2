"""Runs parity scripts against the server in MLFLOW_TRACKING_URI: record.py NOUN… Prints a JSON object from noun to steps.

One process for all scripts of a client, since the import of mlflow takes longer than most of them.
"""

import importlib
import os
import sys

from recorder import Recorder, report

server = os.environ["MLFLOW_TRACKING_URI"]
steps_by_noun = {}
for noun in sys.argv[1:]:
    recorder = Recorder(noun.replace("_", "-"), server)
    importlib.import_module(noun).play(recorder)
    steps_by_noun[noun] = recorder.steps
report(steps_by_noun)
