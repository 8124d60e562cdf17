"""Breaks one rule at a time, and wants to see the tests of this directory fail.

usage: test_mutations_….py [--first] [PATTERN]
  --first    only with the tests that are expected to notice, not with all others after them
  PATTERN    only mutations whose name matches this regular expression

Two gates stand one behind the other, so each is broken where it stands alone: the database's behind a server
that lets everything through, the server's before a database without policies and permissions. Two processes share
the work, each in a district of its own.
"""

import contextlib
import multiprocessing
import re
import sys
import time
import traceback

from access_case import District
from cluster import Cluster
from probes import everything

WORKERS = 2


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


class Standing:
    """The district that mutations are tried on. What has left its marks there is followed by a new one."""

    def __init__(self, gates, suite):
        self.cluster, self.gates, self.suite = Cluster(), gates, suite
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
            self.district.open(mutation.opened)
        elif mutation.sql:
            self.district.superuser.rows(mutation.sql)

    def mend(self, mutation):
        if self.marked:
            return
        if mutation.opened:
            self.district.open("")
        elif mutation.undo:
            self.district.superuser.rows(mutation.undo)

    def green(self, probe):
        """What is red anyway proves nothing: why the probe is red although nothing is broken."""
        self.renew()
        failure = probe.failure(self.district)
        self.marked = probe.leaves_marks
        return failure

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


class Work:
    """A list that several processes share: each takes the next that nobody has."""

    def __init__(self, items):
        self.items, self.taken = items, multiprocessing.Value("i", 0)

    def __iter__(self):
        while True:
            with self.taken.get_lock():
                number = self.taken.value
                self.taken.value += 1
            if number >= len(self.items):
                return
            yield self.items[number]


def worker(gates, suite, probes, mutations, found, all_green, barrier):
    """Puts ("green", failure) for what is red without a mutation, and (mutation's name, failure) for each."""
    try:
        with Standing(gates, suite) as standing:
            for probe in probes:
                if failure := standing.green(probe):
                    all_green.value = 0
                    found.put(("", failure))
            barrier.wait()
            for mutation in mutations if all_green.value else ():
                found.put((mutation.name, standing.attempt(mutation)))
    except BaseException:  # pylint: disable=broad-except
        barrier.abort()
        found.put(("", traceback.format_exc()))
    finally:
        found.put((None, None))


def run(tap, gates, makers, suite, pattern):
    with contextlib.closing(District(Cluster(), gates)) as district:
        wanted = [mutation for make in makers for mutation in make(district.superuser)
                  if re.search(pattern, mutation.name)]
    if not wanted:
        return
    probes = list({text: single for mutation in wanted for probe in mutation.seen_by
                   for text, single in probe.singles()}.values())
    found, barrier = multiprocessing.SimpleQueue(), multiprocessing.Barrier(WORKERS)
    all_green = multiprocessing.Value("i", 1)
    shared = gates, suite, Work(probes), Work(wanted), found, all_green, barrier
    processes = [multiprocessing.Process(target=worker, args=shared) for _ in range(WORKERS)]
    for process in processes:
        process.start()
    ended, red, seen = 0, 0, 0
    while ended < WORKERS:
        name, failure = found.get()
        if name is None:
            ended += 1
        elif name == "":
            red += 1
            tap.line(False, f"{gates.title}, nothing broken: {failure}")
        else:
            seen += 1
            tap.line(failure, f"{name}: {failure or 'NOBODY NOTICES'}")
    for process in processes:
        process.join()
    tap.line(red == 0 and seen == len(wanted), f"{gates.title}: nothing broken is green for {len(probes)} probes, and "
                                               f"{seen} of {len(wanted)} mutations were tried")


def main(*runs):
    """`runs`: gates and the makers of mutations."""
    arguments = sys.argv[1:]
    first = "--first" in arguments
    pattern = next((word for word in arguments if word != "--first"), "")
    tap = Tap()
    for gates, makers in runs:
        run(tap, gates, makers, [] if first else everything(gates), pattern)
    tap.end()
    sys.exit(1 if tap.failed else 0)
