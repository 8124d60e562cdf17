#!/usr/bin/python3
"""The matrix as it is in service, both gates standing."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import AccessCase  # noqa: E402
from matrix import Matrix, check_every_route  # noqa: E402


class Both(Matrix, AccessCase):
    test_every_route_has_its_row = check_every_route


if __name__ == "__main__":
    tap.main()
