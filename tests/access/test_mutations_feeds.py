#!/usr/bin/python3
"""Every check in the functions of what wards keep, broken one at a time; see mutating.py."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration"), str(HERE)]

import mutating  # noqa: E402
import mutations  # noqa: E402
from gates import DATABASE_ALONE  # noqa: E402

if __name__ == "__main__":
    mutating.main((DATABASE_ALONE, (mutations.feed_functions,)))
