#!/usr/bin/python3
"""`chibo watch` as a clerk runs it: changes in plain words, over a line that breaks."""

import json
import os
import queue
import select
import signal
import subprocess
import threading
import time

from ward_case import WardCase

import tap
from paths import CHIBO

SOON = 20


class Watching:
    """The command in a process of its own; its lines as they come."""

    def __init__(self, case, cli, *arguments, stdout=subprocess.PIPE):
        self.process = subprocess.Popen([CHIBO, "watch", *arguments], env=cli.environment, text=True,
                                        stdout=stdout, stderr=subprocess.PIPE)
        self.lines = queue.Queue()
        for pipe in filter(None, (self.process.stdout, self.process.stderr)):
            case.addCleanup(pipe.close)
        case.addCleanup(self.process.wait)
        case.addCleanup(self.process.kill)
        if self.process.stdout:
            threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def line(self, timeout=SOON):
        return self.lines.get(timeout=timeout)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SOON)


class WatchCommand(WardCase):
    def change(self):
        """Somebody else's change; the member's id."""
        member, = self.members(1)
        self.assertEqual(self.update(self.asker(), member, f"{10000000 + len(self.pool)}").returncode, 0)
        return member["id"]

    def change_until(self, happened):
        """What was changed until then."""
        changed = []
        until = time.monotonic() + SOON
        while not happened():
            self.assertLess(time.monotonic(), until)
            changed.append(self.change())
            time.sleep(0.3)
        return changed

    def stand(self, watching):
        """From now on it is told; what was changed until then."""
        return self.change_until(lambda: not watching.lines.empty())

    def told(self, watching):
        """Ids of members in the lines so far, up to one that is changed now."""
        last, seen = self.change(), []
        while not seen or seen[-1] != last:
            seen += [mark["id"] for mark in json.loads(watching.line())["marks"] if mark["entity"] == "member"]
        return seen

    def test_words(self):
        """a line for each change, what and by whom; Ctrl-C ends it quietly"""
        watching = Watching(self, self.cli, self.ward)
        self.stand(watching)
        line = watching.line()
        self.assertRegex(line, r"^\d\d/\d\d/\d{4} \d\d:\d\d  \S")
        self.assertEqual(watching.interrupt(), 0)
        self.assertEqual(watching.process.stderr.read(), "")

    def test_lost_line(self):
        """after a lost line it goes on where it was: each change once, in its order"""
        watching = Watching(self, self.cli, self.ward, "-o", "jsonl")
        self.stand(watching)
        before = self.told(watching)
        self.line.down()
        missed = [self.change() for _ in range(3)]
        self.line.up()
        after = self.told(watching)
        self.assertEqual(after[:3], missed)
        self.assertEqual(len(set(before + after)), len(before + after))
        self.assertEqual(watching.interrupt(), 0)

    def test_others_may_write(self):
        """whoever waits for the line keeps nobody else from working"""
        member, = self.members(1)
        self.cli.ok("sync")
        self.line.down()
        watching = Watching(self, self.cli, self.ward)
        while "đang nối lại" not in watching.process.stderr.readline():
            self.assertIsNone(watching.process.poll())
        self.assertQueued(self.update(self.cli, member, "90000001"))

    def test_reader_gone(self):
        """when nobody reads on, it ends"""
        reader, writer = os.pipe()
        with open(writer, "w", encoding="utf-8") as out:
            watching = Watching(self, self.cli, self.ward, stdout=out)
        with open(reader, encoding="utf-8"):
            self.change_until(lambda: select.select([reader], [], [], 0)[0])
        self.change_until(lambda: watching.process.poll() is not None)
        self.assertEqual((watching.process.returncode, watching.process.stderr.read()), (0, ""))

    def test_full(self):
        """an output that cannot be written is told, and ends it"""
        with open("/dev/full", "w", encoding="utf-8") as out:
            watching = Watching(self, self.cli, self.ward, stdout=out)
        self.change_until(lambda: watching.process.poll() is not None)
        self.assertEqual(watching.process.returncode, 1)
        self.assertIn("Không ghi được", watching.process.stderr.read())

    def test_out_of_scope(self):
        """a unit out of scope is like none"""
        done = self.cli.run("watch", "HUE.TX")
        self.assertSaid(done, 6)

    def test_two_words(self):
        self.assertSaid(self.cli.run("watch", "a", "b"), 2)


if __name__ == "__main__":
    tap.main()
