"""Runs `mlflow run` several times in one process, because starting MLflow takes seconds.

Takes the path of a JSON file: a list of {"args", "cwd", "env"}. Prints a list of {"code", "output"}.
"""

import json
import os
import sys
import tempfile

from mlflow.cli import cli


def run(case):
    os.chdir(case["cwd"])
    os.environ.update(case["env"])
    with tempfile.TemporaryFile() as captured:
        code = run_captured(case["args"], captured)
        captured.seek(0)
        return {"code": code, "output": captured.read().decode()}


def run_captured(args, captured):
    """Redirects output to the file, including that of the project's process, which inherits the descriptors."""
    kept = [os.dup(1), os.dup(2)]
    os.dup2(captured.fileno(), 1)
    os.dup2(captured.fileno(), 2)
    try:
        cli.main(args=args, prog_name="mlflow", standalone_mode=False)
        return 0
    except SystemExit as end:
        return end.code
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps([run(case) for case in cases]))
