"""Prints the program's arguments: values, and the contents of files."""

import json
import os
import sys


def shown(value):
    if os.path.isabs(value) and os.path.isfile(value):
        with open(value) as file:
            return f"{os.path.basename(value)}: {file.read().strip()}"
    return value


print("given", json.dumps([shown(value) for value in sys.argv[1:]]))
