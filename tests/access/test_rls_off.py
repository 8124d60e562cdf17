#!/usr/bin/python3
"""The same matrix without row-level security and permissions of the database: the server alone refuses."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import AccessCase  # noqa: E402
from gates import SERVER_ALONE  # noqa: E402
from matrix import Matrix  # noqa: E402


class ServerAlone(Matrix, AccessCase):
    gates = SERVER_ALONE


if __name__ == "__main__":
    tap.main()
