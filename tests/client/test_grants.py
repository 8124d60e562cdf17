#!/usr/bin/python3
"""Grants at the command line: from a ward's request to the day it ends, and what a holder is told meanwhile."""

import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).parent),
                *(str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("lib", "integration"))]

import example  # noqa: E402
import tap  # noqa: E402
from client_case import ClientCase  # noqa: E402
from terminal import Terminal, width  # noqa: E402

DENIED, REFUSED, NEEDS_YES = 5, 8, 2


class Grants(ClientCase):
    people = ("van.phong.tt", "can.bo", "truong.ban", "thuong.truc")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.enterClassContext(example.Top(cls.server))
        cls.ward, cls.officer, cls.head, cls.chief = (cls.clis[name] for name in cls.people)

    def person(self, login_name=None):
        person = self.top.register(self.units["NLO.TT.01"])
        if login_name:
            self.top.open_account(login_name, person)
        return str(uuid.UUID(bytes=person))

    def grant(self, cli, verb, person, *more, role="BD"):
        return cli.ok("grant", verb, "--person-id", person, "--role", role, "--unit-id", "NLO.TT.01",
                      "--basis", "07-QĐ/MAU", *more, "-o", "id").strip()

    def state(self, grant):
        rows = self.head.json("grant", "list", "--unit-id", "NLO.TT.01")
        return next(row["state"] for row in rows if row["id"] == grant)

    def test_life(self):
        """chibo grant request, adopt, confirm, end"""
        asked = self.grant(self.ward, "request", self.person())
        self.assertEqual(self.state(asked), "requested")
        self.officer.ok("grant", "adopt", asked)
        self.assertEqual(self.state(asked), "draft")
        self.assertFails(NEEDS_YES, self.head, "grant", "confirm", asked, "--no-input")
        self.head.ok("grant", "confirm", asked, "--yes")
        self.assertEqual(self.state(asked), "live")
        self.head.ok("grant", "end", asked, "--yes")
        self.assertEqual(self.state(asked), "ended")

    def test_draft_and_emergency(self):
        """chibo grant create and create-emergency; each refusal is a sentence"""
        draft = self.grant(self.head, "create", self.person())
        self.assertIn("chính mình đề nghị hoặc dự thảo",
                      self.assertFails(REFUSED, self.head, "grant", "confirm", draft, "--yes"))
        self.assertRule(self.error_of(REFUSED, self.head, "grant", "confirm", draft, "--yes"), "FAILED_PRECONDITION",
                        "own_proposal", "id")
        self.chief.ok("grant", "confirm", draft, "--yes")
        person = self.person()
        urgent = self.grant(self.head, "create-emergency", person, "--yes")
        self.assertEqual(self.state(urgent), "live")
        self.assertIn("7 ngày", self.assertFails(REFUSED, self.head, "grant", "create-emergency", "--person-id", person,
                                                 "--role", "BD", "--unit-id", "NLO.TT.01", "--basis", "ốm", "--yes"))

    def test_pending(self):
        """chibo grant list --pending yes shows what waits, in 80 columns"""
        live, waits = (self.grant(self.officer, "create", self.person()) for _ in range(2))
        self.head.ok("grant", "confirm", live, "--yes")
        rows = self.head.json("grant", "list", "--unit-id", "NLO.TT.01", "--pending", "yes")
        self.assertIn(waits, [row["id"] for row in rows])
        self.assertNotIn(live, [row["id"] for row in rows])
        with Terminal(self.head, "grant", "list", "--pending", "yes") as terminal:
            lines = terminal.lines()
            self.assertEqual(terminal.exit_code(), 0, lines)
        self.assertIn("chờ xác nhận", "\n".join(lines))
        for line in lines:
            self.assertLessEqual(width(line), 80, line)

    def test_waiting(self):
        """who holds no grant yet is told what waits for whom, in both languages"""
        person = self.person("cho.doi")
        draft = self.grant(self.officer, "create", person)
        deciders = "Trưởng ban tổ chức / Bí thư, thường trực cấp ủy"
        unit = "Đảng bộ mẫu › Thị ủy Nghĩa Lộ › Phường Trung Tâm › Tổ dân phố 1"
        for language, said in (
                ("vi", ["Chưa có vai trò nào có hiệu lực.", f"Chưa có hiệu lực: Phó bí thư chi bộ, {unit}",
                        f"  chờ xác nhận của {deciders}"]),
                ("en", ["No grant is in effect yet.", f"Not in effect: Phó bí thư chi bộ, {unit}",
                        f"  waits for confirmation by {deciders}"])):
            self.assertEqual(self.log_in("cho.doi", language).stderr.splitlines()[-3:], said)
        self.head.ok("grant", "confirm", draft, "--yes")
        done = self.log_in("cho.doi", "vi")
        self.assertNotIn("Chưa có", done.stderr)

    def log_in(self, login_name, language):
        cli = self.stranger()
        done = cli.run("login", login_name, "--password-file", "-", "--lang", language, text_in=f"{example.PASSWORD}\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_use(self):
        """chibo grant use chooses one of several, and none that waits"""
        person = self.person("hai.vai")
        first, second = (self.grant(self.officer, "create", person, role=role) for role in ("BD", "WO"))
        waits = self.grant(self.officer, "create", person, role="WS")
        for grant in (first, second):
            self.head.ok("grant", "confirm", grant, "--yes")
        cli = self.computer("hai.vai")
        cli.ok("grant", "use", "BD")
        self.assertFails(DENIED, cli, "unit", "rename", "NLO.TT.01", "--name", "Tên mới", "--from-on", "1/1/2026", "-q")
        cli.ok("grant", "use", second)
        cli.ok("unit", "rename", "NLO.TT.01", "--name", "Tổ dân phố 1", "--from-on", "1/1/2026", "--dry-run")
        self.assertFails(6, cli, "grant", "use", waits)


if __name__ == "__main__":
    tap.main()
