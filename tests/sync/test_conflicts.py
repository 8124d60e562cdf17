#!/usr/bin/python3
"""Operations that the server did not take: kept, shown beside what stands there now, sent again or discarded."""

import json
import pathlib
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "integration"), str(ROOT / "client")]

import enrolled  # noqa: E402
import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from fixture import ServerCase  # noqa: E402
from terminal import Terminal, width  # noqa: E402

WARD, BRANCH, ACCOUNT = "NLO.TT", "NLO.TT.01", "van.phong.tt"


class Conflicts(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ward-"))
        administrator = cls.computer("admin", example.TOP["SA"])
        cls.cli = enrolled.EnrolledCli(f"{cls.home}/ward", cls.server, cls.units[WARD], administrator)
        cls.cli.login(ACCOUNT, example.PASSWORD)
        cls.cli.ok("sync")
        cls.other = cls.computer("other", ACCOUNT)      # the same clerk at a computer that keeps nothing
        cls.members = iter(cls.cli.ok("member", "list", "--unit-id", BRANCH, "-o", "id").split())

    @classmethod
    def computer(cls, name, account):
        cli = Cli(f"{cls.home}/{name}")
        cli.connect(cls.server)
        cli.login(account, example.PASSWORD)
        return cli

    def member(self, member):
        return self.other.json("member", "get", member)["member"]

    def set(self, member, away, *options, cli=None):
        return (cli or self.cli).ok("member", "update", member, "--works-away", away, *options)

    def number(self):
        """Of the operation that was queued last."""
        listed = self.cli.json("conflict", "list")
        return max(row["device_seq"] for row in listed)

    def parked(self, *after):
        """A member whose queued change met another one; then the other arguments, also queued. The number of the first."""
        member = next(self.members)
        self.set(member, "yes", "--offline")
        for away in after:
            self.set(member, away, "--offline")
        self.set(member, "no", cli=self.other)
        self.assertEqual(self.cli.run("sync").returncode, 3)
        return member, self.number() - len(after)

    def list_numbers(self, *options):
        return [row["device_seq"] for row in self.cli.json("conflict", "list", *options)]

    def test_both_versions(self):
        """What was to be written stands beside what is there, with the reason"""
        member, number = self.parked()
        self.assertIn(number, self.list_numbers())
        for options in ((), ("--offline",)):
            shown = self.cli.json("conflict", "show", number, *options)
            self.assertEqual(shown["operation"]["rule"], "conflict")
            self.assertEqual(shown["operation"]["subject_id"], member)
            self.assertTrue(shown["body"]["works_away"])
            self.assertEqual((shown["now"]["id"], shown["now"]["works_away"]), (member, False))
            self.assertEqual(shown["now"]["version"], shown["body"]["base_version"] + 1)
            self.assertIn("Bản ghi đã đổi", shown["message"])
        table = self.cli.ok("conflict", "show", number, "-o", "table")
        self.assertRegex(table, r"Mục +Định ghi +Hiện nay")
        self.assertRegex(table, r"(?m)^Vì sao bị từ chối: +Bản ghi đã đổi")
        self.assertRegex(table, rf"(?m)^Bản ghi: +{self.member(member)['full_name']}$")
        self.assertRegex(table, r"(?m)^Người làm: +Cầm Thị Yến$")
        page = self.cli.ok("conflict", "show", number, "-o", "html")
        self.assertIn('<table class="grid">', page)
        self.cli.ok("conflict", "resolve", number, "--discard", "--yes")

    def test_resend(self):
        """Sent again on the newest version, it is saved, and waits no more on either side"""
        member, number = self.parked()
        version = self.member(member)["version"]
        self.cli.ok("conflict", "resolve", number, "--resend", "--yes")
        record = self.member(member)
        self.assertEqual((record["works_away"], record["version"]), (True, version + 1))
        self.assertNotIn(number, self.list_numbers())
        self.assertNotIn(number, self.list_numbers("--offline"))
        again = self.cli.run("conflict", "resolve", number, "--discard", "--yes")
        self.assertEqual(again.returncode, 7, again.stderr)
        self.assertIn(number, self.list_numbers("--state", "resent"))

    def test_resend_changed(self):
        """A field may be changed before it is sent again"""
        member, number = self.parked()
        self.cli.ok("conflict", "resolve", number, "--resend", "--set", "works-away=no", "--yes")
        self.assertFalse(self.member(member)["works_away"])
        for wrong in ("works-away", "phone=0912", "nothing=1"):
            done = self.cli.run("conflict", "resolve", number, "--resend", "--set", wrong, "--yes")
            self.assertNotEqual(done.returncode, 0, wrong)

    def test_discard(self):
        """Discarded, with a note that the district reads"""
        member, number = self.parked()
        version = self.member(member)["version"]
        self.assertEqual(self.cli.run("conflict", "resolve", number, "--discard").returncode, 2, "nobody can be asked")
        self.cli.ok("conflict", "resolve", number, "--discard", "--note", "Nhập nhầm", "--yes")
        self.assertEqual(self.member(member)["version"], version)
        self.assertNotIn(number, self.list_numbers())
        closed = [row for row in self.cli.json("conflict", "list", "--state", "discarded") if row["device_seq"] == number]
        self.assertEqual(closed[0]["note"], "Nhập nhầm")

    def test_what_waits(self):
        """What builds on a refused operation waits, and stands below it"""
        _, number = self.parked("no", "yes")
        rows = self.cli.json("conflict", "list")
        at = next(i for i, row in enumerate(rows) if row["device_seq"] == number)
        self.assertEqual([row["device_seq"] for row in rows[at:at + 3]], [number, number + 1, number + 2])
        self.assertEqual([row["rule"] for row in rows[at + 1:at + 3]], ["waits_for_operation"] * 2)
        shown = self.cli.ok("conflict", "show", number, "-o", "table")
        self.assertRegex(shown, rf"(?m)^Đang chờ thao tác này:\n  ↳ {number + 1}  ")
        for decided in (number, number + 1, number + 2):
            self.cli.ok("conflict", "resolve", decided, "--resend", "--yes")
        self.assertFalse(set(self.list_numbers()) & {number, number + 1, number + 2})

    def test_decided_elsewhere(self):
        """Whoever has no computer of his own decides by the operation's id; the ward's computer learns it"""
        _, number = self.parked()
        operation = self.cli.json("conflict", "show", number)["operation"]["id"]
        self.assertIn(operation, [row["id"] for row in self.other.json("conflict", "list")])
        shown = self.other.json("conflict", "show", operation)
        self.assertTrue(shown["body"]["works_away"])
        self.assertFalse(shown["now"]["works_away"])
        self.other.ok("conflict", "resolve", operation, "--discard", "--yes")
        self.assertIn(number, self.list_numbers("--offline"), "nobody has told it yet")
        done = self.cli.run("conflict", "list")
        self.assertIn(f"Đã có người quyết định thao tác {number}", done.stderr)
        self.assertNotIn(number, self.list_numbers("--offline"))

    def test_without_the_line(self):
        """Without the line the own operations are told; sending again needs it, discarding is queued"""
        _, number = self.parked()
        done = self.cli.run("conflict", "list", "--offline")
        self.assertEqual(done.returncode, 0)
        self.assertIn("chỉ có thao tác của máy này", done.stderr)
        self.assertEqual(self.cli.run("conflict", "resolve", number, "--resend", "--yes", "--offline").returncode, 9)
        self.cli.ok("conflict", "resolve", number, "--discard", "--yes", "--offline")
        self.cli.ok("sync")
        self.assertNotIn(number, self.list_numbers())

    def test_no_such_operation(self):
        """Numbers and ids that nobody has"""
        for word in ("4711", "x", str(uuid.uuid4())):
            self.assertEqual(self.cli.run("conflict", "show", word).returncode, 6, word)
        self.assertEqual(self.cli.run("conflict", "show").returncode, 2)

    def test_at_a_terminal(self):
        """At 80 columns both versions fit, and a person is asked"""
        member, number = self.parked()
        for arguments in (("conflict", "list"), ("conflict", "show", number)):
            with Terminal(self.cli, *arguments) as terminal:
                lines = terminal.lines()
            self.assertLessEqual(max(map(width, lines)), 80, lines)
        with Terminal(self.cli, "conflict", "resolve", number) as terminal:
            terminal.read_until("để sau:")
            self.set(next(self.members), "yes", "--offline")    # whoever thinks keeps nobody else from writing
            terminal.type("\n")
            self.assertIn("Chưa làm gì", terminal.read_until())
        self.assertIn(number, self.list_numbers())
        with Terminal(self.cli, "conflict", "resolve", number) as terminal:
            terminal.read_until("để sau:")
            terminal.type("g\n")
            terminal.read_until()
        self.assertTrue(self.member(member)["works_away"])
        self.assertNotIn(number, self.list_numbers())


if __name__ == "__main__":
    tap.main()
