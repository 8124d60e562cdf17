#!/usr/bin/python3
"""Five wards on bad lines for a few moments, and then the truth.

usage: chaos.py [--seed N] [--count N] [--minutes M] [--steps N]

A seed decides what every clerk does, what becomes of every connection, and what is killed when; the kernel decides who
runs first, so a seed replays the plan and not each step. Without --seed, seeds run from 1 on. --steps: commands of each
clerk; with more of them the same days go on for longer.
"""

import argparse
import collections
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
from bad_line import KINDS
from book import FAIL, OK, QUEUED, UNKNOWN

STEPS = 4                   # commands of each clerk in one round of what befalls the district
STEP_PATIENCE_S = 30        # for one of them, on a busy machine
CALM = 4                    # one round in so many is calm, or the queues of a long run would only grow
PROGRESS = 50               # operations between two lines of a long run
FAULTS = ("client killed", "client stalled", "disk full", "clock jumped", "partition", "transfer", "server killed",
          "server stopped", "server stalled", "backend killed", "postmaster killed")
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
                self.world.stepped()
        except Exception as error:  # noqa: BLE001: told by whoever joins
            self.failure = error

    def step(self):
        chance = self.random.random()
        if chance < 0.12:
            self.world.line.partition(self.ward.name)
            self.world.happened("partition")
        elif chance < 0.5:
            self.world.line.heal(self.ward.name)
        if self.random.random() < 0.35:
            self.suffer(self.ward.sync)
            return
        arguments = self.random.choice((self.create, self.update, self.update, self.place, self.meeting, self.task,
                                        self.candidate, self.person, self.status, self.poison))()
        if self.random.random() < 0.4:
            arguments.append("--offline")
        self.suffer(self.ward.write, *arguments)

    # ---- what befalls a computer ----

    def suffer(self, command, *arguments):
        """Runs it; a full disk and a clock that jumped are counted where the command met them."""
        misfortune = self.misfortune()
        command(*arguments, **misfortune)
        if "wrap" in misfortune and "disk" in self.ward.said[-1]:
            self.world.happened("disk full")
        if "environment" in misfortune:
            self.world.happened("clock jumped")

    def misfortune(self):
        chance, when = self.random.random(), self.random.random() * 0.25
        if chance < 0.15:
            return {"during": lambda process: self.kill(process, when)}
        if chance < 0.22:
            return {"during": lambda process: self.stall(process, when)}
        if chance < 0.28:
            return {"wrap": ("prlimit", f"--fsize={self.random.choice((0, 4096, 40960, 80000))}")}
        if chance < 0.34 and FAKETIME:
            return {"environment": {"LD_PRELOAD": str(FAKETIME), "FAKETIME": self.random.choice(CLOCKS),
                                    "FAKETIME_DONT_FAKE_MONOTONIC": "1"}}
        return {}

    def kill(self, process, after):
        if self.running(process, after):
            process.kill()
            if process.wait() == -signal.SIGKILL:
                self.world.happened("client killed")

    def stall(self, process, after):
        if self.running(process, after):
            process.send_signal(signal.SIGSTOP)
            time.sleep(self.random.random() / 2)        # the stall itself
            process.send_signal(signal.SIGCONT)
            self.world.happened("client stalled")

    @staticmethod
    def running(process, after):
        """Whether it is still there so many seconds later."""
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            return True
        return False

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

    def __init__(self, world, rounds):
        super().__init__(name="nemesis")
        self.world, self.rounds, self.failure = world, rounds, None
        self.random = random.Random(f"{world.seed} nemesis")

    def run(self):
        try:
            for number in range(self.rounds):
                self.world.wait_for_steps(number * STEPS * len(self.world.wards), STEPS * STEP_PATIENCE_S / 2)
                self.weather(number)
                self.round(len(self.world.ops))
        except Exception as error:  # noqa: BLE001: told by whoever joins
            self.failure = error

    def weather(self, number):
        if number % CALM == CALM - 1:
            self.world.heal()
            self.world.happened("calm")
        elif number % CALM == 0 and number > 0:
            self.world.storm()
            self.world.happened("storm")

    def round(self, operations):
        chance = self.random.random()
        for _ in range(self.random.randint(0, 2)):
            self.move()
        if chance < 0.3:
            self.world.wait_for_operations(operations + self.random.randint(1, 8))
            self.strike()

    def move(self):
        """Whatever the fault makes of it: the district's own clients have no outbox."""
        one, other = self.random.sample(self.world.wards, 2)
        try:
            self.world.transfer(one.members[0], other)
            self.world.happened("transfer")
        except Exception as error:  # noqa: BLE001
            self.world.happened("transfer failed", why=repr(error))

    def strike(self):
        """One of these, at a district that has got over the one before."""
        kind = self.random.choice((self.kill, self.kill, self.stop, self.backend, self.stall, self.postmaster))
        district = self.world.district
        district.wait_until(district.answers, 30, "the district does not answer")
        kind(district)

    def kill(self, district):
        district.server.kill()
        self.world.happened("server killed")
        self.start_server()

    def stop(self, district):
        code = district.server.stop()
        if code != 0:
            self.world.troubles.append(f"chibod was asked to stop, and ended with {code}")
        self.world.happened("server stopped")
        self.start_server()

    def start_server(self):
        self.world.district.server.start()
        self.world.line.target(self.world.district.server.port)

    def backend(self, district):
        os.kill(self.random.choice(district.backends()), signal.SIGKILL)
        self.world.happened("backend killed")

    def stall(self, district):
        os.kill(district.server.process.pid, signal.SIGSTOP)
        time.sleep(self.random.random())                # the stall itself
        os.kill(district.server.process.pid, signal.SIGCONT)
        self.world.happened("server stalled")

    def postmaster(self, district):
        os.kill(district.cluster.postmaster(), signal.SIGKILL)
        self.world.happened("postmaster killed")
        district.cluster.start()


def run_seed(district, seed, steps=STEPS, **options):
    """Plays one seed; all that is wrong afterwards, and what was seen."""
    with World(district, seed, **options) as world:
        world.drain()
        world.storm()
        actors = [*(Clerk(world, ward, steps) for ward in world.wards), Nemesis(world, max(1, steps // STEPS))]
        play(world, actors, steps * STEP_PATIENCE_S)
        failures = [f"{actor.name}: {actor.failure!r}" for actor in actors if actor.failure or actor.is_alive()]
        district.wait_until(district.answers, 30, "the district does not answer")
        world.heal()
        world.drain()
        found = failures + judge.of_world(world)
        if found:
            found += [f"plan: {line}" for line in world.line.struck()[-20:]]
            found += [f"journal: {line}" for line in world.journal.lines()[-60:]]
        return found, seen_in(world)


def play(world, actors, patience_s):
    """Until everybody is through, or for so long; in a long run it says how far they are."""
    until, told = time.monotonic() + patience_s, 0
    for actor in actors:
        actor.start()
    for actor in actors:
        while actor.is_alive() and time.monotonic() < until:
            actor.join(1)
            if len(world.ops) >= told + PROGRESS:
                told = len(world.ops)
                print(f"# {told} operations: {counted(outcomes(world))}", file=sys.stderr, flush=True)


def outcomes(world):
    count = collections.Counter(outcome for _, _, outcome in list(world.ops.values()))
    return {outcome: count[outcome] for outcome in (OK, FAIL, QUEUED, UNKNOWN)}


def seen_in(world):
    """What was done, and what really happened: to connections, as the line knows, and else, as the journal does."""
    events = collections.Counter(line["event"] for line in world.journal.lines() if "event" in line)
    struck = collections.Counter(f"line {line.split()[3]}" for line in world.line.struck())
    never = dict.fromkeys((*FAULTS, *(f"line {kind}" for kind in KINDS[1:])), 0)
    return {"operations": len(world.ops), **outcomes(world), "struck": struck.total(), **never, **events, **struck}


def counted(what):
    return "; ".join(f"{name} {count}" for name, count in what.items())


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
        return all(now[what] <= before[what] for what in before)
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
    parser.add_argument("--steps", type=int, default=STEPS)
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    first = options.seed or 1

    def tell(seed, found, seen, seconds):
        print(f"seed {seed}: {counted(seen)}, {seconds:.1f} s" if seed is not None else "the whole ledger", flush=True)
        for line in found:
            print(f"    {line}", flush=True)

    until = time.monotonic() + options.minutes * 60
    failed, ran = run(range(first, first + options.count), until, tell, steps=options.steps)
    print(f"{ran} seeds, {failed} failed; again: tests/sync/chaos.py --seed {first} --steps {options.steps}")
    sys.exit(1 if failed or not ran else 0)


if __name__ == "__main__":
    main()
