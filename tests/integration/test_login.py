#!/usr/bin/python3
"""Passwords, codes, throttling and what a restart must not forget, as dialogues."""

import hashlib
import os
import signal
import subprocess
import time
import unittest
import uuid

import example
import tap
from client import MESSAGES, Client, Refused
from fixture import ServerCase
from paths import BUILD, CHIBOD

WRONG = "mật khẩu này không đúng"
NEW = "mật khẩu mới, dài hơn cũ"
ADMIN = example.TOP["DH"]
# a password to be looked for: any piece of it, wherever it was cut
SECRET = "".join(f"<{n:03}bi-mat-{n * 7919 % 1000:03}>" for n in range(16))
PIECES = [SECRET.encode()[at:at + 12] for at in range(0, len(SECRET) - 12, 4)]
LOGIN_FAILED, BUSY, WRONG_PASSWORD = (16, "login_failed"), (14, "busy"), (3, "wrong_password")


def login_body(login_name, password):
    return MESSAGES["SessionLoginRequest"](login_name=login_name, password=password).SerializeToString()



class LoginCase(ServerCase):
    """Each case has people and networks of its own: 127.0.NETWORK.1."""

    network = 0

    def setUp(self):
        LoginCase.network += 1
        self.source = f"127.0.{LoginCase.network}.1"

    def connect(self, **options):
        return super().connect(**{"source": self.source, **options})

    def attempt(self, login_name, password, source=None):
        """Code and rule of the refusal; None: it was accepted."""
        with Client(self.server.port, self.server.pin, source=source or self.source) as client:
            try:
                client.login(login_name, password)
            except Refused as refusal:
                return refusal.code, refusal.rule
        return None

    def guess_wrong(self, login_name, times, source=None):
        for _ in range(times):
            self.assertEqual(self.attempt(login_name, WRONG, source), LOGIN_FAILED)

    def failures(self, login_name):
        rows = self.sql(f"select in_a_row from auth.failure where kind = 'name' and subject = '{login_name}'")
        return int(rows[0][0]) if rows else 0

    def age(self, login_name, seconds):
        """As if the last failure had been so long ago; what the server has in memory is not touched."""
        self.sql(f"update auth.failure set failed_at = now() - interval '{seconds} seconds' "
                 f"where kind = 'name' and subject = '{login_name}'")

    def restart(self):
        self.server.kill()
        self.server.start()

    def events(self, login_name):
        return [kind for (kind,) in self.sql(
            "select e.kind from auth.event e join auth.account a on a.id = e.account_id "
            f"where a.login_name = '{login_name}' order by e.at")]

    def give_code(self, login_name):
        """From the administrator, in the grant that may."""
        admin, code = self.login(example.TOP["SA"]), uuid.uuid4().hex
        account = next(a for a in admin.read("AccountService/List").accounts if a.login_name == login_name)
        admin.submit("AccountService/Invite", id=account.id, code_hash=hashlib.sha256(code.encode()).digest())
        return code


class Throttle(LoginCase):
    def test_five_free_then_waiting(self):
        """five wrong passwords, then the right one is refused too, for a second, then two"""
        self.guess_wrong("bi.thu.1", 5)
        self.assertEqual(self.attempt("bi.thu.1", example.PASSWORD), LOGIN_FAILED)
        self.assertEqual(self.failures("bi.thu.1"), 5)          # what was not tried does not count
        time.sleep(1.1)
        self.assertEqual(self.attempt("bi.thu.1", WRONG), LOGIN_FAILED)
        self.assertEqual(self.failures("bi.thu.1"), 6)
        time.sleep(1.1)
        self.assertEqual(self.attempt("bi.thu.1", example.PASSWORD), LOGIN_FAILED)
        time.sleep(1.1)
        self.assertIsNone(self.attempt("bi.thu.1", example.PASSWORD))
        self.assertEqual(self.failures("bi.thu.1"), 0)
        self.assertIsNone(self.attempt("bi.thu.1", example.PASSWORD))

    def test_a_login_clears(self):
        """a login between them: eight failures and nobody waits"""
        for _ in range(2):
            self.guess_wrong("bi.thu.2", 4)
            self.assertIsNone(self.attempt("bi.thu.2", example.PASSWORD))

    def test_unknown_names_count_alike(self):
        """a name that nobody has is counted like one that somebody has"""
        self.guess_wrong("khong.co.ai", 7)
        self.assertEqual(self.failures("khong.co.ai"), 5)

    def test_restart(self):
        """kill -9 and a new start: name and network are held back as before"""
        self.guess_wrong("khoi.5", 5)
        self.guess_wrong("khong.co.gi", 14)
        self.sql("update auth.failure set in_a_row = 11, failed_at = now() "
                 "where kind = 'name' and subject = 'khoi.5'")
        self.restart()
        self.assertEqual(self.attempt("khoi.5", example.PASSWORD, "127.1.0.1"), LOGIN_FAILED)
        self.assertEqual(self.failures("khoi.5"), 11)
        before = time.monotonic()
        answers = [self.attempt("khong.co.gi", WRONG) for _ in range(6)]
        self.assertIn(BUSY, answers, "19 of the network's 20 attempts were made before the restart")
        self.assertLessEqual(answers.count(LOGIN_FAILED), 2 + (time.monotonic() - before) / 3)
        self.age("khoi.5", 65)
        self.restart()
        self.assertIsNone(self.attempt("khoi.5", example.PASSWORD, "127.1.0.1"))

    def test_a_network_has_a_bucket(self):
        """twenty failures from a network, then busy with a time; its neighbour is not concerned"""
        neighbour = self.source.replace("127.0.", "127.2.")
        for number in range(20):
            self.assertEqual(self.attempt(f"ten.{number}", WRONG, self.source[:-1] + str(1 + number % 9)),
                             LOGIN_FAILED)
        with self.assertRaises(Refused) as caught:
            self.connect().login("ten.21", WRONG)
        self.assertEqual((caught.exception.code, caught.exception.rule), BUSY)
        self.assertTrue(0 < caught.exception.retry_after_ms <= 3000)
        self.assertEqual(self.failures("ten.21"), 0)
        self.assertIsNone(self.attempt("van.phong.tx", example.PASSWORD, neighbour))
        time.sleep(caught.exception.retry_after_ms / 1000 + 0.05)
        self.assertIsNone(self.attempt("van.phong.tx", example.PASSWORD))
        self.assertIsNone(self.attempt("van.phong.tx", example.PASSWORD))    # success costs nothing

    def test_a_hundred(self):
        """after a hundred in a row only a new code helps, and then at once"""
        self.sql("insert into auth.failure (kind, subject, in_a_row, kept_until) "
                 "values ('name', 'van.phong.tt', 99, 'infinity')")
        self.age("van.phong.tt", 100000)
        self.guess_wrong("van.phong.tt", 1)
        self.assertEqual(self.failures("van.phong.tt"), 100)
        self.assertIn("blocked", self.events("van.phong.tt"))
        self.age("van.phong.tt", 100000)
        self.restart()
        self.assertEqual(self.attempt("van.phong.tt", example.PASSWORD), LOGIN_FAILED)
        self.assertEqual(self.failures("van.phong.tt"), 100)
        code = self.give_code("van.phong.tt")
        self.connect().redeem("van.phong.tt", code, NEW)
        self.assertIsNone(self.attempt("van.phong.tt", NEW))
        self.assertEqual(self.events("van.phong.tt")[-4:], ["blocked", "reset", "redeem", "login"])

    def test_codes_are_throttled_too(self):
        """wrong codes count like wrong passwords, and hold the right one back"""
        code = self.give_code("bi.thu.2")
        for wrong in range(5):
            with self.assertRefused(*LOGIN_FAILED):
                self.connect().redeem("bi.thu.2", f"sai-{wrong}", NEW)
        with self.assertRefused(*LOGIN_FAILED):
            self.connect().redeem("bi.thu.2", code, NEW)
        time.sleep(1.1)
        self.connect().redeem("bi.thu.2", code, example.PASSWORD)
        with self.assertRefused(*LOGIN_FAILED):
            self.connect().redeem("bi.thu.2", code, NEW)        # it works once

    def test_a_short_deadline_hides_nothing(self):
        """a client that will not wait is counted all the same"""
        client = self.connect()
        with self.assertRefused(*LOGIN_FAILED):
            client.call("SessionService/Login", {"deadline_ms": 1}, {"login_name": "vang", "password": WRONG})
        self.assertEqual(self.failures("vang"), 1)

    def test_who_hangs_up_is_counted(self):
        """and so is one that does not wait for the answer"""
        client = self.connect()
        request = client.request("SessionService/Login", b"\n\x06bo.roi\x12\x05sai!!")
        client.connection.send_frame(request.SerializeToString())
        client.connection.close()
        until = time.monotonic() + 5
        while self.failures("bo.roi") == 0 and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(self.failures("bo.roi"), 1)

    def test_what_is_remembered_stays_small(self):
        """rows of names that nobody has go away, those of accounts do not"""
        self.sql("insert into auth.failure (kind, subject, kept_until) select 'name', 'cu.' || n, "
                 "now() - interval '1 minute' from generate_series(1, 30) n")
        self.guess_wrong("moi.1", 2)
        left = self.sql("select count(*) from auth.failure where subject like 'cu.%'")[0][0]
        self.assertEqual(left, "0")
        self.assertIsNone(self.attempt("can.bo", example.PASSWORD))
        self.guess_wrong("can.bo", 1)
        self.assertEqual(self.sql("select kept_until from auth.failure where subject = 'can.bo'"), [["infinity"]])


class ChangePassword(LoginCase):
    def change(self, client, old, new):
        return client.read("SessionService/ChangePassword", old_password=old, new_password=new)

    def test_dialogue(self):
        """the old password is proven, the other sessions end, this one goes on"""
        mine, other, code = self.login("van.phong.tx"), self.login("van.phong.tx"), self.give_code("van.phong.tx")
        with self.assertRefused(16, "login_required"):      # the reset ended both
            mine.read("SessionService/WhoAmI")
        mine, other = self.login("van.phong.tx"), self.login("van.phong.tx")
        with self.assertRefused(*WRONG_PASSWORD, field="old_password"):
            self.change(mine, WRONG, NEW)
        with self.assertRefused(3, "password_short", "new_password"):
            self.change(mine, example.PASSWORD, "ngắn quá")
        with self.assertRefused(3, "required", "old_password"):
            mine.read("SessionService/ChangePassword", new_password=NEW)
        self.assertEqual(self.failures("van.phong.tx"), 1)
        self.assertEqual(self.change(mine, example.PASSWORD, NEW).sessions_ended, 1)
        mine.read("SessionService/WhoAmI")
        with self.assertRefused(16, "login_required"):
            other.read("SessionService/WhoAmI")
        self.assertEqual(self.failures("van.phong.tx"), 0)
        self.assertIsNone(self.attempt("van.phong.tx", NEW))
        self.assertEqual(self.attempt("van.phong.tx", example.PASSWORD), LOGIN_FAILED)
        self.assertIn("change_password", self.events("van.phong.tx"))
        with self.assertRefused(*LOGIN_FAILED):             # a code given before it is worth nothing now
            self.connect().redeem("van.phong.tx", code, example.PASSWORD)

    def test_it_is_no_way_around_the_throttle(self):
        """wrong old passwords count with wrong logins; the right one must wait as well"""
        client = self.login("khoi.5")
        self.guess_wrong("khoi.5", 2)
        for _ in range(3):
            with self.assertRefused(*WRONG_PASSWORD):
                self.change(client, WRONG, NEW)
        with self.assertRefused(*WRONG_PASSWORD):
            self.change(client, example.PASSWORD, NEW)
        self.assertEqual(self.attempt("khoi.5", example.PASSWORD), LOGIN_FAILED)
        time.sleep(1.1)
        self.change(client, example.PASSWORD, NEW)

    def test_no_session_no_change(self):
        """a token that was ended changes nothing"""
        client = self.login("bi.thu.1")
        client.read("SessionService/Logout")
        with self.assertRefused(16, "login_required"):
            self.change(client, example.PASSWORD, NEW)
        self.assertIsNone(self.attempt("bi.thu.1", example.PASSWORD))


class ResetAdmin(LoginCase):
    def reset(self, login_name, **options):
        return subprocess.run([CHIBOD, "reset-admin", "-c", self.server.config, "--login-name", login_name],
                              env=self.server.environment, text=True, capture_output=True, **options)

    def test_the_way_back(self):
        """a blocked administrator gets a code at the server itself; it is on record"""
        admin = self.login(ADMIN)
        self.sql("insert into auth.failure (kind, subject, in_a_row, kept_until) "
                 f"values ('name', '{ADMIN}', 100, 'infinity')")
        self.assertEqual(self.attempt(ADMIN, example.PASSWORD), LOGIN_FAILED)
        code = self.reset(ADMIN, check=True).stdout.strip()
        with self.assertRefused(16, "login_required"):
            admin.read("SessionService/WhoAmI")
        minutes = self.sql("select extract(epoch from c.expires_at - now()) / 60 from auth.code c "
                           f"join auth.account a on a.id = c.account_id where a.login_name = '{ADMIN}'")
        self.assertAlmostEqual(float(minutes[0][0]), 30, delta=1)
        self.assertEqual(self.sql("select local_uid from auth.event where kind = 'reset' order by at desc limit 1"),
                         [[str(os.geteuid())]])
        self.assertEqual(self.sql("select e.method, e.touched ~ '^account,' from ledger.entry e order by at desc limit 1"),
                         [[f"AdminSocket/ResetAdmin uid={os.geteuid()}", "t"]])
        self.connect().redeem(ADMIN, code, example.PASSWORD)

    def test_for_the_highest_alone(self):
        """others, and names that nobody has, are not found; their sessions go on"""
        clerk = self.login("bi.thu.1")
        for name in ("bi.thu.1", "khong.co"):
            done = self.reset(name)
            self.assertEqual((done.returncode != 0, done.stdout), (True, ""))
            self.assertIn("NOT_FOUND", done.stderr)
        clerk.read("SessionService/WhoAmI")

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_for_root_alone(self):
        """whoever is neither root nor the server's user does not get in"""
        os.chmod(self.server.directory, 0o755)
        os.chmod(self.server.config, 0o644)
        socket = self.server.settings["admin_socket"]
        os.chmod(socket, 0o666)
        done = self.reset(ADMIN, user=65534, group=65534, extra_groups=[])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("admin_stranger uid=65534", self.server.log_text())

    def test_not_over_the_network(self):
        """the port knows no such method"""
        client = self.connect()
        for method in ("AdminSocket/ResetAdmin", "InternalService/ResetAdmin", "SessionService/ResetAdmin"):
            reply = client.exchange(client.request(method, token=bytes(32)))
            self.assertEqual((reply.status.code, reply.status.rule), (12, "unknown_method"))


class Memory(LoginCase):
    """What lies in the server's memory once it has answered, and once a connection has broken off. It says
    nothing of the kernel's pages, of registers saved by it, and of what a swapped page may hold."""

    def found(self, pieces):
        """Where any of the pieces lies in the server's memory."""
        found = []
        pid = self.server.process.pid
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                span, rights, *_ = line.split()
                if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                    continue
                first, last = (int(part, 16) for part in span.split("-"))
                try:
                    memory.seek(first)
                    data = memory.read(last - first)
                except OSError:
                    continue            # a guard page
                found += [(line.strip(), piece) for piece in pieces if piece in data]
        return found

    @unittest.skipUnless(os.geteuid() == 0, "only root may look into the server")
    @unittest.skipIf(BUILD.name == "asan", "the sanitizer keeps terabytes of shadow, and what was freed")
    def test_nothing_stays(self):
        """after login, redeem and change, right or wrong or cut off, no piece of a password is left"""
        code = self.give_code("bi.thu.2")
        self.assertTrue(self.found([str(self.server.directory).encode()]), "we do look into it")
        client = self.connect()
        with self.assertRefused(*LOGIN_FAILED):
            client.login("bi.thu.2", SECRET)
        with self.assertRefused(*LOGIN_FAILED):
            client.redeem("bi.thu.2", SECRET, SECRET)
        client.redeem("bi.thu.2", code, SECRET)
        self.assertEqual(self.found([*PIECES, code.encode(), client.token]), [])
        with self.assertRefused(*WRONG_PASSWORD):
            client.read("SessionService/ChangePassword", old_password="x" + SECRET, new_password=SECRET)
        client.read("SessionService/ChangePassword", old_password=SECRET, new_password="y" + SECRET)
        self.connect().login("bi.thu.2", "y" + SECRET)
        slow, gone = self.connect(), self.connect()
        request = slow.request("SessionService/Login", login_body("bi.thu.2", "y" + SECRET)).SerializeToString()
        for at in range(0, len(request), 50):
            slow.connection.send_bytes((len(request).to_bytes(4, "big") if at == 0 else b"") + request[at:at + 50])
            time.sleep(0.005)
        self.assertEqual(slow.connection.read_reply().status.code, 0)
        gone.connection.send_bytes(len(request).to_bytes(4, "big") + request[:-5])
        time.sleep(0.05)
        gone.connection.close()
        self.connect().exchange(slow.request("SessionService/Nothing", request))
        time.sleep(0.2)
        self.assertEqual(self.found([*PIECES, client.token]), [])


class Shutdown(LoginCase):
    settings = {"argon2_bytes": 67108864, "argon2_ops": 3}

    def test_stopping_with_passwords_waiting(self):
        """SIGTERM while passwords are being hashed and held back: each is answered, then the end"""
        self.sql("insert into auth.failure (kind, subject, in_a_row, kept_until) "
                 "values ('name', 'bi.chan', 50, 'infinity')")
        sent = []
        for number in range(6):
            client = self.connect(source=f"127.3.{number}.1")
            name = "bi.chan" if number % 2 else f"ai.{number}"
            sent.append((client, client.request("SessionService/Login", login_body(name, WRONG))))
            client.connection.send_frame(sent[-1][1].SerializeToString())
        time.sleep(0.1)
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual([client.reply_to(request).status.rule for client, request in sent], ["login_failed"] * 6)
        self.assertEqual(self.server.process.wait(30), 0)
        self.assertRegex(self.server.log_text(), r"event=hashes .*running_max=2 ")
        self.server.start()


if __name__ == "__main__":
    tap.main()
