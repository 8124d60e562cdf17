#!/usr/bin/python3
"""The server's own gate, broken one route at a time; see mutating.py."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration"), str(HERE)]

import mutating  # noqa: E402
import mutations  # noqa: E402
from gates import OPENABLE  # noqa: E402

if __name__ == "__main__":
    mutating.main((OPENABLE, (mutations.opened_routes, mutations.asked_by_server)))
