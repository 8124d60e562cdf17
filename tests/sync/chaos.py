#!/usr/bin/python3
"""Five wards on bad lines for a few moments, and then the truth.

usage: chaos.py [--seed N] [--count N] [--minutes M]

A seed decides what every clerk does, what becomes of every connection, and what is killed when; the kernel decides who
runs first, so a seed replays the plan and not each step. Without --seed, seeds run from 1 on.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

from world import FAKETIME, District, World, letters

import judge

STEPS = 4
CLOCKS = ("+1d", "-1d", "+400d", "-400d")


class Clerk(threading.Thread):
    """One ward's bad days: what he does, and what is done to his computer."""

    def __init__(self, world, ward, steps):
        super().__init__(name=ward.name)
        self.world, self.ward, self.steps = world, ward, steps
        self.random = random.Random(f"{world.seed} {ward.number}")
        self.failure = None
        self.mine = [uuid.UUID(bytes=member) for member in ward.members]

    def run(self):
        try:
            for _ in range(self.steps):
                self.step()
        except Exception as error:  # noqa: BLE001: told by whoever joins
            self.failure = error

    def step(self):
        chance = self.random.random()
        if chance < 0.12:
            self.world.line.partition(self.ward.name)
        elif chance < 0.5:
            self.world.line.heal(self.ward.name)
        if self.random.random() < 0.35:
            self.ward.sync(**self.misfortune())
            return
        arguments = self.random.choice((self.create, self.update, self.update, self.place, self.meeting, self.task,
                                        self.candidate, self.person, self.status, self.poison))()
        if self.random.random() < 0.4:
            arguments.append("--offline")
        self.ward.write(*arguments, **self.misfortune())

    # ---- what befalls a computer ----

    def misfortune(self):
        chance, when = self.random.random(), self.random.random() * 0.25
        if chance < 0.15:
            return {"during": lambda process: self.strike(process, signal.SIGKILL, when)}
        if chance < 0.22:
            return {"during": lambda process: self.stall(process, when)}
        if chance < 0.28:
            return {"wrap": ("prlimit", f"--fsize={self.random.choice((0, 4096, 40960, 80000))}")}
        if chance < 0.34 and FAKETIME:
            return {"environment": {"LD_PRELOAD": str(FAKETIME), "FAKETIME": self.random.choice(CLOCKS),
                                    "FAKETIME_DONT_FAKE_MONOTONIC": "1"}}
        return {}

    @staticmethod
    def strike(process, what, after):
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(what)

    def stall(self, process, after):
        self.strike(process, signal.SIGSTOP, after)
        if process.returncode is None:
            time.sleep(self.random.random() / 2)        # the stall itself
            process.send_signal(signal.SIGCONT)

    # ---- what a clerk does ----

    def branch(self):
        return uuid.UUID(bytes=self.random.choice(self.ward.branches))

    def version(self, entity, key):
        """What he sees, and what he has queued on top of it."""
        known = self.ward.store.version(entity, key.bytes) or 1
        return max(1, known + self.random.choice((0, 0, 0, 0, 1, -1)))

    def name(self):
        name = letters(self.ward.code, self.random.random())
        self.world.wrote(self.ward, name)
        return name

    def create(self):
        member, number = self.new_id(), self.world.next_number()
        self.mine.append(member)
        return ["member", "create", "--id", member, "--person-id", self.new_id(), "--unit-id", self.branch(), "--kind",
                "primary", "--from-on", "2012-03-01", "--family-name", "Lò", "--given-name", self.name(), "--sex", "female",
                "--born-on", "1985-07-12", "--status", "full", "--decision-on", "2012-02-20", "--joined-on", "2012-03-01",
                "--full-on", "2013-03-01", "--card-no", f"{number:08d}", "--biography-no", f"{number:06d}MAU"]

    def new_id(self):
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def member(self):
        return self.random.choice(self.mine)

    def update(self):
        member = self.member()
        return ["member", "update", member, "--base-version", self.version("member", member), "--works-away",
                self.random.choice(("yes", "no"))]

    def place(self):
        member = self.member()
        return ["member", "place", member, "--base-version", self.version("member", member), "--membership-id",
                self.new_id(), "--unit-id", self.branch(), "--kind", "primary", "--from-on",
                f"2023-{self.random.randint(1, 12):02}-05"]

    def status(self):
        member = self.member()
        return ["member", "set-status", member, "--base-version", self.version("member", member), "--status", "resigned",
                "--from-on", "2024-01-05", "--basis", "01-QĐ/MAU"]

    def meeting(self):
        return ["meeting", "create", "--id", self.new_id(), "--unit-id", uuid.UUID(bytes=self.ward.unit), "--kind",
                "thematic", "--topic", self.name(), "--period-month", f"2022-{self.random.randint(1, 12):02}",
                "--planned-at", "2022-06-20 08:00", "--chair-id", uuid.UUID(bytes=self.ward.persons[0]), "--clerk-id",
                uuid.UUID(bytes=self.ward.persons[1])]

    def task(self):
        return ["task", "create", f"Việc {self.name()}", "--id", self.new_id(), "--source", "other", "--due-on",
                "2030-01-01", "--unit-id", self.branch()]

    def candidate(self):
        return ["candidate", "create", "--id", self.new_id(), "--person-id", self.new_id(), "--unit-id", self.branch(),
                "--family-name", "Lê", "--given-name", self.name(), "--sex", "female", "--born-on", "1998-03-02",
                "--source-group", "teacher", "--introduced-by", "youth_union", "--identified-on", "2022-01-05"]

    def person(self):
        key = uuid.UUID(bytes=self.ward.persons[1])
        return ["person", "update", key, "--base-version", self.version("person", key), "--profession",
                self.random.choice(("Giáo viên", "Nông dân"))]

    def poison(self):
        """Somebody whom nobody knows."""
        return ["member", "update", self.new_id(), "--base-version", 1, "--works-away", "yes"]


class Nemesis(threading.Thread):
    """What befalls the district, and whom it moves."""

    def __init__(self, world):
        super().__init__(name="nemesis")
        self.world, self.failure = world, None
        self.random = random.Random(f"{world.seed} nemesis")

    def run(self):
        try:
            chance = self.random.random()
            for _ in range(self.random.randint(0, 2)):
                self.move()
            if chance < 0.3:
                self.world.wait_for_operations(self.random.randint(1, 8))
                self.strike()
        except Exception as error:  # noqa: BLE001: told by whoever joins
            self.failure = error

    def move(self):
        """Whatever the fault makes of it: the district's own clients have no outbox."""
        one, other = self.random.sample(self.world.wards, 2)
        try:
            self.world.transfer(one.members[0], other)
        except Exception as error:  # noqa: BLE001
            self.world.journal.write(event="transfer", failed=repr(error))

    def strike(self):
        district, kind = self.world.district, self.random.choice(("server", "server", "stop", "backend", "stall", "postmaster"))
        self.world.journal.write(event=kind)
        if kind in ("server", "stop"):
            if kind == "stop":
                district.server.stop()
            district.restart_server()
            self.world.line.target(district.server.port)
        elif kind == "backend":
            os.kill(self.random.choice(district.backends()), signal.SIGKILL)
        elif kind == "stall":
            os.kill(district.server.process.pid, signal.SIGSTOP)
            time.sleep(self.random.random())            # the stall itself
            os.kill(district.server.process.pid, signal.SIGCONT)
        else:
            os.kill(district.cluster.postmaster(), signal.SIGKILL)
            district.cluster.start()


def run_seed(district, seed, steps=STEPS, **options):
    """Plays one seed; all that is wrong afterwards, and what was seen."""
    with World(district, seed, **options) as world:
        world.drain()
        world.storm()
        actors = [*(Clerk(world, ward, steps) for ward in world.wards), Nemesis(world)]
        for actor in actors:
            actor.start()
        for actor in actors:
            actor.join(120)
        failures = [f"{actor.name}: {actor.failure!r}" for actor in actors if actor.failure or actor.is_alive()]
        district.wait_until(district.answers, 30, "the district does not answer")
        world.heal()
        world.drain()
        found = failures + judge.of_world(world)
        seen = {"operations": len(world.ops), "struck": len(world.line.struck())}
        for _, _, outcome in world.ops.values():
            seen[outcome] = seen.get(outcome, 0) + 1
        if found:
            found += [f"plan: {line}" for line in world.line.struck()[-20:]]
            found += [f"journal: {line}" for line in world.journal.lines()[-60:]]
        return found, seen


def run(seeds, until, tell=print, lane="", **options):
    """Seeds over one district, then what concerns all of them; the number that failed, and how many ran."""
    failed, ran = 0, 0
    with District(lane=lane) as district:
        before = judge.baseline(district)
        for seed in seeds:
            if time.monotonic() > until:
                break
            start, ran = time.monotonic(), ran + 1
            try:
                found, seen = run_seed(district, seed, **options)
            except Exception as error:  # noqa: BLE001: a seed that cannot be judged has failed
                found, seen = [f"{type(error).__name__}: {error}"], {}
            failed += bool(found)
            tell(seed, found, seen, time.monotonic() - start)
        found = judge.feeds(district) + judge.database(district) + left_open(district, before)
        failed += bool(found)
        tell(None, found, {}, 0)
    return failed, ran


def left_open(district, before, patience=30):
    """Descriptors and connections go back to where they were once everybody is gone."""
    def is_so():
        now = judge.baseline(district)
        return now["descriptors"] <= before["descriptors"] + 2 and now["backends"] <= before["backends"]
    try:
        district.wait_until(is_so, patience, "the baseline")
    except AssertionError:
        return [f"left open: {judge.baseline(district)}, at first {before}"]
    return []


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    first = options.seed or 1

    def tell(seed, found, seen, seconds):
        print(f"seed {seed}: {'; '.join(f'{name} {count}' for name, count in sorted(seen.items()))}, {seconds:.1f} s"
              if seed is not None else "the whole ledger", flush=True)
        for line in found:
            print(f"    {line}", flush=True)

    failed, ran = run(range(first, first + options.count), time.monotonic() + options.minutes * 60, tell)
    print(f"{ran} seeds, {failed} failed; again: tests/run sync --seed {first} --minutes {options.minutes:g}")
    sys.exit(1 if failed or not ran else 0)


if __name__ == "__main__":
    main()
