"""A project without an MLproject file."""

import json
import sys

print("given", json.dumps(sys.argv[1:]))
