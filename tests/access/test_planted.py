#!/usr/bin/python3
"""The three runs of the matrix can fail: leaks planted in one gate are seen by the run in which it stands alone, and
by no other; a leak through both gates is seen by all."""

import contextlib
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import District  # noqa: E402
from cluster import Cluster  # noqa: E402
from gates import BOTH, DATABASE_ALONE, NO_LINT, SERVER_ALONE, Gates  # noqa: E402
from probes import Cells  # noqa: E402

METHOD = "PersonService/Get"
RUNS = (BOTH, DATABASE_ALONE, SERVER_ALONE)


def planted(gates, in_database, in_server):
    # the server would not start on such a policy
    prepare = NO_LINT + "alter policy scope on chibo.person using (true);" if in_database else ""
    return Gates(gates.title, open_routes=gates.open_routes or (METHOD if in_server else None),
                 prepare=gates.prepare + prepare)


class Planted(unittest.TestCase):
    def seen(self, **where):
        """The runs that turn red."""
        red = set()
        for gates in RUNS:
            with contextlib.closing(District(Cluster(), planted(gates, **where))) as district:
                if Cells([METHOD]).failure(district):
                    red.add(gates)
        return red

    def test_nothing(self):
        """nothing is planted: all three runs are green"""
        self.assertEqual(self.seen(in_database=False, in_server=False), set())

    def test_in_database(self):
        """a policy shows all persons: seen by the run in which the database stands alone"""
        self.assertEqual(self.seen(in_database=True, in_server=False), {DATABASE_ALONE})

    def test_in_server(self):
        """the server lets everybody ask for any person: seen by the run in which the server stands alone"""
        self.assertEqual(self.seen(in_database=False, in_server=True), {SERVER_ALONE})

    def test_in_both(self):
        """both at once: seen by every run, the one of both gates too"""
        self.assertEqual(self.seen(in_database=True, in_server=True), set(RUNS))


if __name__ == "__main__":
    tap.main()
