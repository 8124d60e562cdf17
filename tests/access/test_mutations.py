#!/usr/bin/python3
"""Breaks one rule at a time, and wants to see the tests of this directory fail.

usage: test_mutations.py [PATTERN]
  PATTERN    only mutations whose name matches this regular expression

Two gates stand one behind the other, so each is broken where it stands alone: the database's behind a server
that lets everything through, the server's before a database without policies and permissions.
"""

import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration"), str(HERE)]

from access_case import District  # noqa: E402
from cluster import Cluster  # noqa: E402
from gates import DATABASE_ALONE, SERVER_ALONE  # noqa: E402
from mutations import IN_DATABASE, IN_SERVER, Mutation  # noqa: E402
from probes import every_cell, everything  # noqa: E402


class Tap:
    """Lines that tests/run counts."""

    def __init__(self):
        self.count, self.failed, self.started = 0, 0, time.monotonic()

    def line(self, passed, text):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {text.replace('#', 'no.')}", flush=True)

    def end(self):
        print(f"# {self.count} lines, {self.failed} survivors, {time.monotonic() - self.started:.1f} s")
        print(f"1..{self.count}")


NOTHING = Mutation("nothing broken")


class Standing:
    """The district that mutations are tried on. What has left its marks there is followed by a new one."""

    def __init__(self, cluster, gates, suite):
        self.cluster, self.gates, self.suite = cluster, gates, suite
        self.district, self.marked = None, True

    def __enter__(self):
        self.renew()
        return self

    def __exit__(self, *exception):
        self.district.close()

    def renew(self):
        if self.marked:
            if self.district:
                self.district.close()
            self.district, self.marked = District(self.cluster, self.gates), False

    def break_rule(self, mutation):
        self.renew()
        if mutation.opened:
            self.district.serve(mutation.opened)
        elif mutation.sql:
            self.district.superuser.rows(mutation.sql)

    def mend(self, mutation):
        if mutation.undo and not self.marked:
            self.district.superuser.rows(mutation.undo)

    def attempt(self, mutation):
        """What makes the suite red; None if nothing does."""
        failure = None
        self.break_rule(mutation)
        for probe in (*mutation.seen_by, *self.suite):
            if self.marked:
                self.break_rule(mutation)
            failure = probe.failure(self.district)
            self.marked = probe.leaves_marks
            if failure:
                break
        self.mend(mutation)
        return failure


def run(tap, gates, makers, suite, pattern):
    with Standing(Cluster(), gates, suite) as standing:
        wanted = [mutation for make in makers for mutation in make(standing.district.superuser)
                  if re.search(pattern, mutation.name)]
        # What is red anyway proves nothing.
        failure = standing.attempt(NOTHING)
        tap.line(failure is None, f"{gates.title}, nothing broken: {failure or 'green'}")
        for mutation in wanted if failure is None else ():
            failure = standing.attempt(mutation)
            tap.line(failure, f"{mutation.name}: {failure or 'NOBODY NOTICES'}")


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    tap = Tap()
    run(tap, DATABASE_ALONE, IN_DATABASE, everything(), pattern)
    run(tap, SERVER_ALONE, IN_SERVER, [every_cell()], pattern)
    tap.end()
    sys.exit(1 if tap.failed else 0)


if __name__ == "__main__":
    main()
