"""Prints the versions of the packages that it is asked for."""

import sys
from importlib.metadata import PackageNotFoundError, version


def found(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


print("packages", *(f"{name}={found(name)}" for name in sys.argv[1:]))
