#!/usr/bin/python3
"""One case for every exit code, and what standard output and standard error hold then."""

import csv
import json
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent),
                *(str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("lib", "integration"))]

import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client_case import ClientCase  # noqa: E402
from fake_server import FakeServer, hello, reply  # noqa: E402
from terminal import Terminal  # noqa: E402

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
BRANCH = "NLO.TT.01"
UNIMPLEMENTED = 12


class ExitCodes(ClientCase):
    def setUp(self):
        self.officer, self.secretary = self.clis["van.phong"], self.clis["bi.thu.1"]

    def member(self):
        return self.officer.ok("member", "list", BRANCH, "--limit", 1, "-o", "id").strip()

    def test_done(self):
        """0: data on stdout, nothing on stderr"""
        done = self.officer.run("unit", "get", BRANCH, "-o", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout)["code"], BRANCH)

    def test_changed(self):
        """0: a change says what it did on stderr; only -o id puts the id on stdout"""
        member = self.member()
        quiet = self.officer.run("member", "update", member, "--card-no", "87654321")
        self.assertEqual((quiet.returncode, quiet.stdout), (0, ""))
        self.assertIn("Đã lưu", quiet.stderr)
        told = self.officer.run("member", "update", member, "--card-no", "87654322", "-o", "id")
        self.assertEqual((told.returncode, told.stdout), (0, f"{member}\n"))

    def test_dry_run(self):
        """0: a dry run answers as the change would and changes nothing"""
        before = self.officer.json("unit", "get", BRANCH)
        done = self.officer.run("unit", "rename", BRANCH, "--name", "Chi bộ khác", "--from-on", "1/1/2022", "-n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("không thay đổi gì", done.stderr)
        self.assertEqual(self.officer.json("unit", "get", BRANCH), before)

    def test_other(self):
        """1: a full disk under --out"""
        self.assertIn("/dev/full", self.assertFails(1, self.officer, "unit", "list", "--out", "/dev/full"))
        self.assertEqual(self.error_of(1, self.officer, "unit", "list", "--out", "/dev/full")["code"], "CLIENT")

    def test_wrong_use(self):
        """2: wrong use says in at most two lines what is wrong and where help is"""
        for wrong in (("member", "list", "--khong-co"), ("member", "nhay"), ("khong-co",), ("member", "list", "a", "b"),
                      ("member", "list", "--limit", "nhieu"), ("member", "list", "--columns", "khong_co"),
                      ("member", "list", "--unit-id"), ("member", "list", "--json=yes")):
            with self.subTest(" ".join(wrong)):
                said = self.assertFails(2, self.officer, *wrong).splitlines()
                self.assertEqual(len(said), 2, said)
                self.assertRegex(said[1], "^Xem 'chibo.* --help'.$")

    def test_wrong_use_json(self):
        """2: as JSON, too, wherever -o json stands"""
        for arguments in (("member", "list", "--khong-co"), ("khong-co",)):
            self.assertEqual(self.error_of(2, self.officer, *arguments)["code"], "CLIENT")

    def test_confirmation(self):
        """2: a dangerous command without a terminal names the flag that is missing"""
        said = self.assertFails(2, self.officer, "unit", "move", BRANCH, "--parent-id", "NLO", "--from-on", "1/1/2022")
        self.assertIn("--yes", said)

    def test_partial(self):
        """3: an import with rejected rows tells every wrong cell in the order of the file"""
        file = example.files() / "demo" / "thuy-xuan-errors.csv"
        rejects = self.server.directory / "rejects.csv"
        done = self.officer.run("import", "member", file, "--unit-id", "HUE.TX", "-n", "-o", "json",
                                "--reject-file", rejects)
        self.assertEqual(done.returncode, 3, done.stderr)
        report = json.loads(done.stdout)
        rows = [problem["row_no"] for problem in report["problems"]]
        self.assertEqual(rows, sorted(rows))
        self.assertEqual(report["bad"], len(set(rows)))
        unit, = (problem for problem in report["problems"] if problem["field"] == "unit_code")
        self.assertEqual(unit["message"], "Không có chi bộ mã HUE.TX.99 trong phạm vi.")
        with rejects.open(encoding="utf-8-sig", newline="") as opened:
            rejected = list(csv.DictReader(opened))
        self.assertEqual(len(rejected), report["bad"])
        self.assertTrue(all(row["Lỗi"] for row in rejected))

    def test_no_context(self):
        """4: a computer that knows no server says how to add one"""
        cli = Cli(self.server.directory / "new")
        self.assertIn("chibo context add", self.assertFails(4, cli, "member", "list"))
        self.assertRule(self.error_of(4, cli, "member", "list"), "UNAUTHENTICATED", "no_context")

    def test_not_logged_in(self):
        """4: nobody has logged in"""
        cli = self.stranger()
        self.assertIn("chibo login", self.assertFails(4, cli, "member", "list"))
        self.assertRule(self.error_of(4, cli, "member", "list"), "UNAUTHENTICATED", "not_logged_in")

    def test_change_password(self):
        """the old and the new password are asked for without echo; a wrong old one is told as such"""
        cli, new = self.stranger(), "mật khẩu mới, dài hơn"
        cli.login("khoi.5", example.PASSWORD)
        said = self.assertFails(8, cli, "session", "change-password", "--old-password-file", "-", "--password-file",
                                "-", text_in=f"không phải\n{new}\n")
        self.assertIn("Mật khẩu cũ không đúng", said)
        with Terminal(cli, "session", "change-password") as terminal:
            for question, typed in (("Mật khẩu cũ: ", example.PASSWORD), ("Mật khẩu mới: ", new), ("Nhập lại: ", new)):
                terminal.read_until(question)
                terminal.type(typed + "\n")
            seen = terminal.read_until()
            self.assertEqual(terminal.exit_code(), 0, seen)
        self.assertNotIn(new, seen)
        self.assertNotIn(example.PASSWORD, seen)
        self.assertIn("Đã đổi mật khẩu", seen)
        cli.login("khoi.5", new)
        cli.ok("session", "change-password", "--old-password-file", "-", "--password-file", "-",
               text_in=f"{new}\n{example.PASSWORD}\n")

    def test_wrong_password(self):
        """4: a wrong password, and what was typed is not repeated"""
        said = self.assertFails(4, self.stranger(), "login", "bi.thu.1", "--password-file", "-",
                                text_in="không phải mật khẩu này\n")
        self.assertNotIn("không phải mật khẩu này", said)

    def test_expired(self):
        """4: the session has expired"""
        cli = self.computer("bi.thu.2")
        cli.ok("session", "who-am-i")
        self.sql("update auth.session set created_at = created_at - interval '1 day', "
                 "expires_at = created_at - interval '1 hour' where account_id = "
                 "(select id from auth.account where login_name = 'bi.thu.2')")
        error = self.error_of(4, cli, "session", "who-am-i")
        self.assertEqual(error["code"], "UNAUTHENTICATED")
        self.assertIn("chibo login", error["message"])

    def test_open_token(self):
        """4: a token that others may read is not used"""
        cli = self.computer("khoi.5")
        token, = (cli.directory / "state" / "chibo").glob("token-*")
        self.assertEqual(token.stat().st_mode & 0o777, 0o600)
        token.chmod(0o644)
        self.assertRule(self.error_of(4, cli, "unit", "list"), "UNAUTHENTICATED", "token_too_open")

    def test_no_right(self):
        """5: a secretary may not see accounts"""
        self.assertFails(5, self.secretary, "account", "list")
        self.assertRule(self.error_of(5, self.secretary, "account", "list"), "PERMISSION_DENIED", "permission_denied")

    def test_not_found(self):
        """6: a record that does not exist, and one out of scope: the same answer"""
        self.assertFails(6, self.secretary, "member", "get", NOBODY)
        foreign = self.officer.ok("member", "list", "NLO.TT.02", "--limit", 1, "-o", "id").strip()
        answers = [self.error_of(6, self.secretary, "member", "get", member) for member in (NOBODY, foreign)]
        self.assertRule(answers[0], "NOT_FOUND", "not_found", "id")
        self.assertEqual(*answers)

    def test_no_such_unit(self):
        """6: a unit code that is not in scope"""
        error = self.error_of(6, self.secretary, "member", "list", "NLO.TT.02")
        self.assertRule(error, "NOT_FOUND", "no_such_unit", "unit_id")
        self.assertEqual(error["params"], {"code": "NLO.TT.02"})

    def test_stale(self):
        """7: a change of a version that is no longer the last"""
        stale = ("member", "update", self.member(), "--card-no", "11112222", "--base-version", 999)
        self.assertFails(7, self.officer, *stale)
        self.assertRule(self.error_of(7, self.officer, *stale), "ABORTED", "conflict", "base_version")

    def test_exists(self):
        """7: a unit code that exists already"""
        again = ("unit", "create", "--parent-id", "NLO.TT", "--code", BRANCH, "--name", "Tổ dân phố 1",
                 "--kind", "branch", "--sector", "residential_group", "--founded-on", "1/7/2020",
                 "--basis", "01-QĐ/ĐU")
        self.assertRule(self.error_of(7, self.officer, *again), "ALREADY_EXISTS", "unit_exists", "code")

    def test_bad_value(self):
        """8: a value that the client refuses"""
        wrong = ("member", "list", "--as-of-on", "31/2/2020")
        self.assertIn("31/2/2020", self.assertFails(8, self.officer, *wrong))
        error = self.error_of(8, self.officer, *wrong)
        self.assertRule(error, "INVALID_ARGUMENT", "date_format", "as_of_on")
        self.assertEqual(error["params"], {"value": "31/2/2020"})

    def test_rule(self):
        """8: a rule that the server refuses by"""
        wrong = ("report", "members-by-sector", "NLO", "--scheme", "trung-tam-2020", "--as-of-on", "7/7/2020")
        error = self.error_of(8, self.officer, *wrong)
        self.assertRule(error, "FAILED_PRECONDITION", "sector_unmapped", "scheme")
        self.assertIn("sector", error["params"])

    def test_place_twice(self):
        """8: a second place in the same unit is told as what it is"""
        error = self.error_of(8, self.officer, "member", "place", self.member(), "--unit-id", BRANCH,
                              "--kind", "residential", "--from-on", "1/1/2022", "-q")
        self.assertRule(error, "FAILED_PRECONDITION", "one_place", "unit_id")
        self.assertEqual(error["message"], "Đảng viên đã sinh hoạt ở đơn vị này trong thời gian này.")

    def test_unreachable(self):
        """9: nobody listens there"""
        cli = Cli(self.server.directory / "nowhere")
        cli.ok("context", "add", "test", "--server", "127.0.0.1:1", "--pin", self.server.pin)
        said = self.assertFails(9, cli, "login", "bi.thu.1", "--password-file", "-", text_in=f"{example.PASSWORD}\n")
        self.assertIn("127.0.0.1:1", said)

    def test_wrong_pin(self):
        """9: a server with another key is sent nothing"""
        cli = Cli(self.server.directory / "pinned")
        cli.ok("context", "add", "test", "--server", f"127.0.0.1:{self.server.port}", "--pin", "A" * 43)
        error = self.error_of(9, cli, "login", "bi.thu.1", "--password-file", "-", text_in=f"{example.PASSWORD}\n")
        self.assertRule(error, "UNAVAILABLE", "tls_server_key")

    def test_protocol(self):
        """10: a server of another protocol, whether it refuses Hello or answers it"""
        refusal = {"code": UNIMPLEMENTED, "rule": "protocol_version", "field": "protocol_max"}
        for name, answer in (("refuses", lambda request: reply(request, status=refusal)),
                             ("answers", lambda request: hello(request, protocol=2))):
            with self.subTest(name), FakeServer(answer) as server:
                cli = Cli(self.server.directory / f"protocol-{name}")
                cli.connect(server)
                error = self.error_of(10, cli, "login", "ai", "--password-file", "-", text_in=f"{example.PASSWORD}\n")
                self.assertEqual((error["code"], error["rule"]), ("UNIMPLEMENTED", "protocol_version"))

    def test_interrupt(self):
        """130: Ctrl-C while the password is asked for"""
        with Terminal(self.stranger(), "login", "bi.thu.1") as terminal:
            terminal.read_until("Mật khẩu")
            terminal.type("\x03")
            terminal.read_until()
            self.assertEqual(terminal.exit_code(), 130)

    def test_interrupt_waiting(self):
        """130: Ctrl-C while a server keeps silent"""
        with FakeServer(lambda request: b"\0") as server:
            cli = Cli(self.server.directory / "silent")
            cli.connect(server)
            with Terminal(cli, "login", "ai", "--password-file", "/dev/tty") as terminal:
                terminal.type(f"{example.PASSWORD}\n\x04")
                with self.assertRaises(TimeoutError):
                    terminal.read_until(patience=1)
                terminal.type("\x03")
                terminal.read_until()
                self.assertEqual(terminal.exit_code(), 130)

    def test_help(self):
        """chibo help exit-codes lists every code that was seen here"""
        listed = {line.split()[0] for line in self.officer.ok("help", "exit-codes").splitlines() if line[:2] == "  "}
        self.assertEqual(listed, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "130"})


if __name__ == "__main__":
    tap.main()
