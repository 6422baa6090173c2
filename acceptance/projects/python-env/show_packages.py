"""Prints the versions of the given packages."""

import sys
from importlib.metadata import PackageNotFoundError, version


def found(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


print("packages", *(f"{name}={found(name)}" for name in sys.argv[1:]))
