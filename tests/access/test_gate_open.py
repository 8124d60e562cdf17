#!/usr/bin/python3
"""The same matrix with a server that lets everything through: the database alone refuses."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import AccessCase  # noqa: E402
from gates import DATABASE_ALONE  # noqa: E402
from matrix import Matrix  # noqa: E402


class DatabaseAlone(Matrix, AccessCase):
    gates = DATABASE_ALONE


if __name__ == "__main__":
    tap.main()
