#!/usr/bin/python3
"""The private cluster keeps its promises: two starts, kill -9, odd paths, settings; and the example is one by seed."""

import collections
import csv
import filecmp
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "data")]

import generate  # noqa: E402
import tap  # noqa: E402
from paths import ROOT, STATE  # noqa: E402

SCRIPT = ROOT / "deploy" / "postgres"


class PrivateCluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A path with a space, longer than the 107 bytes that a socket's path may have.
        cls.directory = STATE / ("a cluster of its own " + "x" * 100)
        cls.addClassCleanup(cls.script, "destroy")
        cls.script("start")

    @classmethod
    def script(cls, command):
        return subprocess.run([SCRIPT, command, cls.directory], check=True, capture_output=True, text=True,
                              timeout=60).stdout

    def ask(self, sql):
        done = subprocess.run(["bash", "-c", 'eval "$1"; psql -XAtqc "$2"', "-", self.script("env"), sql],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def postmaster(self):
        data = pathlib.Path((self.directory / "location").read_text().strip())
        return int((data / "postmaster.pid").read_text().splitlines()[0])

    def test_settings(self):
        """checksums are on, durability is on, no TCP, UTF-8, no parameters in the log"""
        for name, value in (("data_checksums", "on"), ("fsync", "on"), ("full_page_writes", "on"),
                            ("synchronous_commit", "on"), ("listen_addresses", ""), ("server_encoding", "UTF8"),
                            ("lc_collate", "C.UTF-8"), ("log_parameter_max_length", "0"),
                            ("log_parameter_max_length_on_error", "0")):
            with self.subTest(name=name):
                self.assertEqual(self.ask(f"show {name}"), value)

    def test_second_start(self):
        """a start of a running cluster is quick and changes nothing"""
        before = self.postmaster()
        start = time.monotonic()
        self.script("start")
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(self.postmaster(), before)

    def test_kill(self):
        """after kill -9 of the postmaster, with a session at work, two starts at once give one cluster"""
        self.ask("create table kept (n int); insert into kept values (1)")
        environment = self.script("env")
        session = subprocess.Popen(["bash", "-c", f"{environment}\nexec psql -XAtqc 'select pg_sleep(60)'"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.kill(self.postmaster(), signal.SIGKILL)
        starts = [subprocess.Popen([SCRIPT, "start", self.directory]) for _ in range(2)]
        self.assertEqual([start.wait(60) for start in starts], [0, 0])
        session.wait(60)
        self.assertEqual(self.ask("select n from kept"), "1")

    def test_stop(self):
        """stop may be repeated, and start brings the same cluster back"""
        self.ask("create table stayed ()")
        self.script("stop")
        self.script("stop")
        self.script("start")
        self.assertEqual(self.ask("select count(*) from stayed"), "0")


class Example(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.first, cls.second = (pathlib.Path(cls.scratch.name) / name for name in ("first", "second"))
        generate.generate(cls.first, 1930)
        generate.generate(cls.second, 1930)

    def rows(self, name):
        with (self.first / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_seed(self):
        """the same seed gives the same bytes"""
        files = [str(file.relative_to(self.first)) for file in self.first.rglob("*.csv")]
        self.assertGreater(len(files), 7)
        self.assertEqual(filecmp.cmpfiles(self.first, self.second, files, shallow=False), (files, [], []))

    def test_no_number_twice(self):
        """no biography or card number stands twice in the example"""
        people = [row for place in generate.PLACES for row in self.rows(f"members/{place.file}.csv")]
        for title in ("Số lý lịch", "Số thẻ"):
            counts = collections.Counter(row[title] for row in people if row[title])
            self.assertEqual(max(counts.values()), 1)

    def test_errors(self):
        """the list with errors differs from the corrected one in six cells of six rows"""
        pairs = zip(self.rows("demo/thuy-xuan-errors.csv"), self.rows("members/thuy-xuan.csv"), strict=True)
        differences = [sum(wrong[title] != right[title] for title in right) for wrong, right in pairs]
        self.assertEqual(sorted(set(differences)), [0, 1])
        self.assertEqual(sum(differences), 6)


if __name__ == "__main__":
    tap.main()
