#!/usr/bin/python3
"""A ward's computer without its line: the same commands give the same rows, from its own copy, or say that they cannot."""

import datetime
import json
import pathlib
import sys
import tempfile
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import enrolled  # noqa: E402
import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import Client, id_bytes, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

WARD, BRANCH = "NLO.TT", "NLO.TT.01"
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()


class WardCase(ServerCase):
    """One ward office and its computer, with a copy; each class ends its server as it likes."""

    account = "van.phong.tt"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ward-"))
        administrator = Cli(f"{cls.home}/admin")
        administrator.connect(cls.server)
        administrator.login(example.TOP["SA"], example.PASSWORD)
        cls.cli = enrolled.EnrolledCli(f"{cls.home}/ward", cls.server, cls.units[WARD], administrator)
        cls.cli.login(cls.account, example.PASSWORD)
        cls.fill()
        cls.cli.ok("sync")

    @classmethod
    def fill(cls):
        """What the example does not have."""

    @classmethod
    def ids(cls, *arguments):
        return cls.cli.ok(*arguments, "-o", "id").split()


class Copy(WardCase):
    @classmethod
    def fill(cls):
        """A secretary's month, from a computer of his own."""
        officers = [id_bytes(cls.member(member)["person_id"]) for member in cls.ids("member", "list", "--unit-id", BRANCH)[:2]]
        with Client(cls.server.port, cls.server.pin) as client:
            client.login("bi.thu.1", example.PASSWORD)
            for month in (5, 6):
                client.submit("MeetingService/Create", id=uuid7(), unit_id=cls.units[BRANCH], kind=1,
                              period_month=f"2022-{month:02}", planned_at_us=1650000000000000 + month, chair_id=officers[0],
                              clerk_id=officers[1], topic=f"Tháng {month}")
            for days in (-2, 2):
                client.submit("TaskService/Create", id=uuid7(), source=4, unit_id=cls.units[BRANCH], title=f"Việc {days}",
                              due_on=(TODAY + datetime.timedelta(days)).isoformat())
            client.submit("ResolutionService/Create", id=uuid7(), kind=1, period_month="2023-04", subject="Nhiệm vụ tháng 4")

    @classmethod
    def member(cls, member_id):
        return cls.cli.json("member", "get", member_id)["member"]

    def questions(self):
        """Commands that a ward's own copy answers as the server does."""
        member, other = self.ids("member", "list", "--unit-id", BRANCH, "--limit", "2")
        meeting = self.ids("meeting", "list", "--unit-id", BRANCH)[0]
        task = self.ids("task", "list")[0]
        return [
            ("unit", "list"), ("unit", "list", "--unit-id", WARD, "--depth", "1"), ("unit", "get", BRANCH),
            ("member", "list"), ("member", "list", "--unit-id", BRANCH), ("member", "list", "--status", "probationary"),
            ("member", "list", "--kind", "residential"), ("member", "list", "--limit", "3"),
            ("member", "get", member), ("member", "get", other),
            ("member", "search", "an"), ("member", "search", "thị"), ("member", "search", "Ón", "--unit-id", BRANCH),
            ("person", "get", self.member(member)["person_id"]),
            ("meeting", "list"), ("meeting", "list", "--from-month", "6/2022"), ("meeting", "list", "--kind", "thematic"),
            ("task", "list"), ("task", "list", "--overdue", "yes"), ("task", "get", task),
            ("resolution", "list"), ("resolution", "list", "--period-month", "4/2023"),
            ("target", "list"), ("plan", "list"), ("proposal", "list"),
            ("document", "list"), ("rule", "list"), ("calendar", "list"), ("calendar", "list", "--year", "2022"),
            ("vote", "list", "--meeting-id", meeting),
        ]

    def test_the_same_rows(self):
        """Without the line the same commands give the same rows"""
        questions = self.questions()
        for question in questions:
            for output in ("json", "tsv"):
                with self.subTest(question=question, output=output):
                    online = self.cli.run(*question, "-o", output)
                    offline = self.cli.run(*question, "-o", output, "--offline")
                    self.assertEqual((online.returncode, offline.returncode), (0, 0), online.stderr + offline.stderr)
                    self.assertEqual(offline.stdout, online.stdout)
                    self.assertIn("bản sao", offline.stderr)
                    self.assertNotIn("bản sao", online.stderr)
        rows = sum(len(json.loads(self.cli.ok(*question, "-o", "json", "--offline"))) for question in questions)
        self.assertGreater(rows, 300)

    def test_a_record_and_what_its_copy_lacks(self):
        """What the copy does not hold is named beside the answer"""
        meeting = self.ids("meeting", "list", "--unit-id", BRANCH)[0]
        online = self.cli.json("meeting", "get", meeting)
        done = self.cli.run("meeting", "get", meeting, "-o", "json", "--offline")
        offline = json.loads(done.stdout)
        self.assertEqual(offline["meeting"], online["meeting"])
        self.assertIn("Bản sao trên máy không có: ", done.stderr)
        self.assertEqual(offline["remarks"], [])

    def refused(self, *arguments):
        done = self.cli.run(*arguments, "--offline", "-o", "json")
        self.assertEqual((done.returncode, done.stdout), (9, ""), done.stderr)
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def test_what_needs_the_line(self):
        """A filter or a method that the copy cannot answer truly is refused"""
        self.assertEqual(self.refused("report", "structure")["rule"], "needs_line")
        self.assertEqual(self.refused("due", "list")["rule"], "needs_line")
        for arguments in (("member", "list", "--as-of-on", "1/1/2020"), ("task", "list", "--mine", "yes"),
                          ("document", "list", "--text", "đảng")):
            error = self.refused(*arguments)
            self.assertEqual(error["rule"], "needs_line_for", arguments)
        self.assertEqual(self.cli.run("member", "list", "--as-of-on", TODAY.isoformat(), "--offline").returncode, 0)

    def test_what_is_not_in_the_copy(self):
        """A record of another ward is not in the copy"""
        for arguments in (("member", "get", uuid.uuid4()), ("unit", "get", uuid.UUID(bytes=self.units["HUE.TX"]))):
            done = self.cli.run(*arguments, "--offline")
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertIn("bản sao trên máy", done.stderr)

    def test_queued_updates_build_on_each_other(self):
        """Two changes of one record, queued: both are saved when the line is back, and marked until then"""
        member = self.ids("member", "list", "--unit-id", BRANCH)[3]
        version = self.member(member)["version"]
        for away in ("yes", "no"):
            self.cli.ok("member", "update", member, "--works-away", away, "--offline")
        self.assertIn("2 thao tác của máy này", self.cli.run("member", "get", member, "--offline").stderr)
        self.cli.ok("member", "update", member, "--works-away", "yes")      # the line is back: those before it go first
        record = self.member(member)
        self.assertEqual((record["version"], record["works_away"]), (version + 3, True))
        self.cli.ok("sync")
        self.assertNotIn("thao tác của máy này", self.cli.run("member", "get", member, "--offline").stderr)


class LineDown(WardCase):
    def test_by_itself(self):
        """With the server gone, a read falls back by itself and says so"""
        online = self.cli.ok("member", "list", "--unit-id", BRANCH)
        alone = Cli(f"{self.home}/alone")
        alone.connect(self.server)
        alone.login(self.account, example.PASSWORD)
        self.server.stop()
        done = self.cli.run("member", "list", "--unit-id", BRANCH)
        self.assertEqual((done.returncode, done.stdout), (0, online), done.stderr)
        self.assertRegex(done.stderr, r"(?m)^Không có đường truyền; theo bản sao trên máy lúc \d\d/\d\d/\d{4} \d\d:\d\d \(.+\)\.$")
        self.assertEqual(done.stderr.count("bản sao trên máy"), 1, "once in a run")
        report = self.cli.run("report", "structure")
        self.assertEqual(report.returncode, 9)
        self.assertNotIn("bản sao", report.stderr)
        self.assertEqual(alone.run("member", "list").returncode, 9, "it has no copy")


if __name__ == "__main__":
    tap.main()
