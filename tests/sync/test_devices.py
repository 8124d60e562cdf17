#!/usr/bin/python3
"""Computers that are known by their key, as a district uses them: invited, enrolled, silent, lost."""

import hashlib
import ssl
import subprocess
import tempfile
import time
import unittest
import uuid

import enrolled
import example
import fixture
from cli import Cli
import tap
from client import Client, Refused, uuid7
from paths import CHIBO

ENROL = "chibo-enrol/1"
OUR_OWN = 600000        # ms between polls: what is seen before is learned from our own commits


class DeviceCase(fixture.ServerCase):
    def setUp(self):
        self.admin = self.login(example.TOP["SA"])
        self.ward = self.units["NLO.TT"]

    def computer(self, unit="NLO.TT", **options):
        made = enrolled.computer(self.server, self.units[unit], by=self.admin, **options)
        self.addCleanup(made.directory.cleanup)
        return made

    def client_of(self, computer, login_name=None, **options):
        client = computer.connect(self.server, **options)
        self.addCleanup(client.connection.close)
        if login_name:
            client.login(login_name, example.PASSWORD)
        return client

    def stranger(self):
        made = enrolled.Computer()
        self.addCleanup(made.directory.cleanup)
        return made

    def cli(self, **settings):
        home = tempfile.TemporaryDirectory(prefix="home-")
        self.addCleanup(home.cleanup)
        return Cli(home.name, **settings)

    def enrolled_cli(self, inviter=None):
        cli = self.cli()
        name = enrolled.invite(self.admin, self.ward)[1]
        cli.ok("enrol", f"127.0.0.1:{self.server.port}#{self.server.pin}#{name}")
        return cli

    def device(self, device_id):
        return next(d for d in self.admin.read("DeviceService/List").devices if d.id == device_id)

    def revoke(self, device_id, reason="Máy bị mất"):
        return self.admin.submit("DeviceService/Revoke", id=device_id, base_version=self.device(device_id).version,
                                 reason=reason).device

    def refused_handshake(self, alert, **options):
        """The server's alert comes at the first read."""
        with self.assertRaises((ConnectionError, ssl.SSLError)):
            client = Client(self.server.port, self.server.pin, **options)
            self.addCleanup(client.connection.close)
        self.await_log(f"detail={alert}")

    def await_log(self, words):
        """It is written when the connection is closed, which may be after the client knows."""
        until = time.monotonic() + 10
        while words not in self.server.log_text():
            self.assertLess(time.monotonic(), until, f"no {words} in the log")
            time.sleep(0.01)


class EnrolmentTest(DeviceCase):
    settings = {"device_poll_ms": OUR_OWN}

    def test_a_computer_is_invited_and_enrols(self):
        device, code = enrolled.invite(self.admin, self.ward, "Máy văn phòng")
        invited = self.device(device)
        self.assertEqual((invited.name, invited.state, invited.fingerprint), ("Máy văn phòng", 1, ""))
        computer = self.stranger()
        answer = computer.enrol(self.server, code)
        self.assertEqual((answer.id, answer.name), (device, "Máy văn phòng"))
        self.assertTrue(answer.unit_path.endswith("Phường Trung Tâm"), answer.unit_path)
        known = self.device(device)
        self.assertEqual((known.state, known.fingerprint, known.version), (2, computer.fingerprint, 2))
        self.assertEqual(self.client_of(computer, "bi.thu.1").read("SessionService/WhoAmI").login_name, "bi.thu.1")

    def test_the_ledger_says_who_answers_for_it(self):
        device, code = enrolled.invite(self.admin, self.ward)
        self.stranger().enrol(self.server, code)
        entries = self.sql(f"""select e.method || ' ' || a.login_name from ledger.record r
            join ledger.entry e on e.feed = r.feed and e.position = r.position join auth.account a on a.id = e.account_id
            where r.entity = 'device' and r.id = '{uuid.UUID(bytes=device)}' order by r.version""")
        self.assertEqual(entries, [["DeviceService/Invite quan.tri"], ["DeviceService/Enrol quan.tri"]])

    def test_a_code_works_once(self):
        _, code = enrolled.invite(self.admin, self.ward)
        self.stranger().enrol(self.server, code)
        with self.assertRefused(16, "enrol_failed", "code"):
            self.stranger().enrol(self.server, code)

    def test_wrong_late_and_withdrawn_codes_are_refused_alike(self):
        late, late_code = enrolled.invite(self.admin, self.ward)
        self.sql(f"update auth.device set code_until = now() - interval '1 second' where id = '{uuid.UUID(bytes=late)}'")
        withdrawn, withdrawn_code = enrolled.invite(self.admin, self.ward)
        self.revoke(withdrawn, "nhầm")
        for code in ("7K3M-AAAA-AAAA-AAAA-AAAA-AAAA", late_code, withdrawn_code, ""):
            with self.subTest(code), self.assertRefused(16, "enrol_failed", "code") as caught:
                self.stranger().enrol(self.server, code)
            self.assertEqual(caught.exception.params, {})

    def test_a_key_that_is_known_does_not_enrol_again(self):
        computer = self.computer()
        _, code = enrolled.invite(self.admin, self.ward)
        with self.assertRefused(16, "enrol_failed", "code"):
            computer.enrol(self.server, code)

    def test_guessing_costs_its_network(self):
        enrolled.invite(self.admin, self.ward)
        with self.assertRaises(Refused) as caught:
            for _ in range(40):
                self.stranger_tries("wrong")
        self.assertEqual((caught.exception.code, caught.exception.rule), (14, "busy"))
        self.assertGreater(caught.exception.retry_after_ms, 0)

    def stranger_tries(self, code):
        computer = self.stranger_key if hasattr(self, "stranger_key") else self.stranger()
        self.stranger_key = computer
        with Client(self.server.port, self.server.pin, key=computer.key, alpn=ENROL, source="127.0.7.1") as client:
            try:
                client.read("DeviceService/Enrol", code=code)
            except Refused as refusal:
                if refusal.rule != "enrol_failed":
                    raise

    def test_a_stranger_may_say_hello_and_enrol(self):
        enrolled.invite(self.admin, self.ward)
        for method, fields in (("SessionService/Login", {"login_name": "bi.thu.1", "password": example.PASSWORD}),
                               ("SessionService/WhoAmI", {}), ("UnitService/List", {})):
            with self.subTest(method):
                with Client(self.server.port, self.server.pin, key=self.stranger().key, alpn=ENROL) as client:
                    client.token = bytes(32)
                    with self.assertRefused(9, "enrol_only"):
                        client.read(method, **fields)
                    self.assertIsNone(client.connection.read_reply())

    def test_nobody_else_enrols(self):
        with self.assertRefused(9, "enrol_only"):
            self.connect().read("DeviceService/Enrol", code="x")

    def test_a_stranger_sends_small_frames(self):
        enrolled.invite(self.admin, self.ward)
        with Client(self.server.port, self.server.pin, key=self.stranger().key, alpn=ENROL) as client:
            with self.assertRefused(3, "bad_frame"):
                client.connection.send_bytes((5000).to_bytes(4, "big"))
                raise Refused(client.connection.read_reply().status)

    def test_strangers_come_only_while_somebody_is_invited(self):
        self.sql("update auth.device set code_until = now() where code_hash is not null")
        with self.restarted():
            self.refused_handshake("unknown_key", key=self.stranger().key, alpn=ENROL)
            self.admin = self.login(example.TOP["SA"])
            _, code = enrolled.invite(self.admin, self.ward)
            self.stranger().enrol(self.server, code)

    def restarted(self):
        self.server.stop()
        self.server.start()
        return self.subTest("restarted")

    def test_whoever_enrols_shows_a_key(self):
        enrolled.invite(self.admin, self.ward)
        self.refused_handshake("no_key", alpn=ENROL)

    def test_other_protocols_are_refused(self):
        for alpn in ("chibo/2", "http/1.1", None):
            with self.subTest(alpn):
                self.refused_handshake("alpn", key=self.stranger().key, alpn=alpn)

    def test_only_who_may_invites(self):
        for name in ("can.bo", "van.phong.tt", "bi.thu.1"):
            with self.subTest(name), self.assertRefused(7, "permission_denied"):
                enrolled.invite(self.login(name), self.ward)

    def test_a_dry_run_invites_nobody(self):
        device = uuid7()
        answer = self.admin.submit("DeviceService/Invite", id=device, unit_id=self.ward, name="Thử", dry_run=True,
                                   code_hash=hashlib.sha256(b"dry").digest())
        self.assertEqual(answer.device.state, 1)
        with self.assertRefused(16, "enrol_failed"):
            enrolled.invite(self.admin, self.ward)
            self.stranger().enrol(self.server, "dry")


class LifeTest(DeviceCase):
    """An open connection: auth.enter looks again in every transaction."""

    settings = {"device_poll_ms": OUR_OWN}

    def mark(self, computer, what):
        self.sql(f"update auth.device set {what} where id = '{uuid.UUID(bytes=computer.id)}'")

    def test_revoked_elsewhere_it_is_refused_at_its_next_request(self):
        computer = self.computer()
        client = self.client_of(computer, "bi.thu.1")
        client.read("SessionService/WhoAmI")
        self.mark(computer, "state = 'revoked'")        # by another server: this one has not polled yet
        with self.assertRefused(16, "device_revoked"):
            client.read("SessionService/WhoAmI")
        with self.assertRefused(16, "device_revoked"):
            self.client_of(computer, "bi.thu.1")

    def test_revoked_here_its_connections_end(self):
        computer = self.computer()
        client, other = self.client_of(computer, "bi.thu.1"), self.client_of(self.computer(), "bi.thu.2")
        self.assertEqual(self.revoke(computer.id).state, 5)
        self.assertIsNone(client.connection.read_reply())
        self.refused_handshake("revoked_key", key=computer.key)
        other.read("SessionService/WhoAmI")

    def test_revoked_its_sessions_end(self):
        computer = self.computer()
        client = self.client_of(computer, "bi.thu.1")
        self.revoke(computer.id)
        token = hashlib.sha256(client.token).hexdigest()
        self.assertEqual(
            self.sql(f"select revoked_at is not null from auth.session where encode(token_hash, 'hex') = '{token}'"), [["t"]])

    def test_a_revoked_key_does_not_enrol_either(self):
        computer = self.computer()
        self.revoke(computer.id)
        enrolled.invite(self.admin, self.ward)
        self.refused_handshake("revoked_key", key=computer.key, alpn=ENROL)

    def test_revoked_it_stays_so(self):
        computer = self.computer()
        revoked = self.revoke(computer.id)
        for method in ("Revoke", "Confirm"):
            with self.subTest(method), self.assertRefused(9, "device_ended", "id"):
                fields = {"reason": "nữa"} if method == "Revoke" else {}
                self.admin.submit(f"DeviceService/{method}", id=computer.id, base_version=revoked.version, **fields)

    def test_silent_for_90_days_it_waits_for_a_person(self):
        computer = self.computer()
        client = self.client_of(computer, "bi.thu.1")
        self.mark(computer, "seen_at = now() - interval '91 days'")
        with self.assertRefused(16, "device_suspended"):
            client.read("SessionService/WhoAmI")
        suspended = self.device(computer.id)
        self.assertEqual(suspended.state, 3)
        self.admin.submit("DeviceService/Confirm", id=computer.id, base_version=suspended.version)
        client.read("SessionService/WhoAmI")
        with self.assertRefused(9, "device_not_suspended", "id"):
            self.admin.submit("DeviceService/Confirm", id=computer.id, base_version=suspended.version + 1)

    def test_changes_name_the_version_they_saw(self):
        computer = self.computer()
        for method, fields in (("Confirm", {}), ("Revoke", {"reason": "cũ"})):
            with self.subTest(method), self.assertRefused(10, "conflict", "base_version"):
                self.admin.submit(f"DeviceService/{method}", id=computer.id, base_version=1, **fields)

    def test_a_token_is_of_one_computer(self):
        first, second = self.computer(), self.computer()
        token = self.client_of(first, "bi.thu.1").token
        for client in (self.client_of(second), self.connect()):
            client.token = token
            with self.assertRefused(16, "other_computer"):
                client.read("SessionService/WhoAmI")
        own = self.client_of(first)
        own.token = self.login("bi.thu.1").token        # opened where no key was shown
        with self.assertRefused(16, "other_computer"):
            own.read("SessionService/WhoAmI")

    def test_a_page_of_computers(self):
        made = sorted(self.computer().id for _ in range(3))
        page = self.admin.read("DeviceService/List", unit_id=self.ward, after_id=made[0], limit=2).devices
        self.assertEqual([d.id for d in page], made[1:])
        with self.assertRefused(3, "out_of_range", "limit"):
            self.admin.read("DeviceService/List", limit=201)
        self.assertNotIn(made[0], [d.id for d in self.admin.read("DeviceService/List", unit_id=self.units["HUE.TX"]).devices])

    def test_it_is_seen_at_most_every_five_minutes(self):
        computer = self.computer()
        client = self.client_of(computer, "bi.thu.1")
        self.mark(computer, "seen_at = now() - interval '10 minutes'")
        before = self.device(computer.id)
        client.read("UnitService/List", unit_id=self.units["NLO.TT.01"])
        after = self.device(computer.id)
        self.assertGreater(after.seen_at_us, before.seen_at_us)
        self.assertEqual(after.version, before.version)
        client.read("UnitService/List", unit_id=self.units["NLO.TT.01"])
        self.assertEqual(self.device(computer.id).seen_at_us, after.seen_at_us)


class PollTest(DeviceCase):
    settings = {"device_poll_ms": 50}

    def test_what_another_server_did_is_learned(self):
        computer = self.computer()
        client = self.client_of(computer, "bi.thu.1")
        client.connection.socket.settimeout(20)
        self.sql(f"update auth.device set state = 'revoked' where id = '{uuid.UUID(bytes=computer.id)}'")
        self.assertIsNone(client.connection.read_reply())
        self.refused_handshake("revoked_key", key=computer.key)


class RequiredTest(DeviceCase):
    """As delivered: who shows no known key says nothing to the server, and hears why."""

    settings = {"device_keys": "required", "device_poll_ms": 100}

    def setUp(self):
        self.ward = self.units["NLO.TT"]
        self.first = enrolled.computer_of(self.server, enrolled.first_invitation(self.server))
        self.addCleanup(self.first.directory.cleanup)
        self.admin = self.client_of(self.first, example.TOP["SA"])

    def test_it_is_the_default(self):
        printed = self.server.chibod("--print-config")
        self.assertIn('device_keys = "required"', printed)

    def test_without_a_key_there_is_no_hello(self):
        self.refused_handshake("no_key")

    def test_an_unknown_key_is_no_key(self):
        self.refused_handshake("unknown_key", key=self.stranger().key)

    def test_the_first_computer_stands_at_the_root(self):
        self.assertEqual(self.device(self.first.id).name, "Máy quản trị")

    def test_the_first_computer_answers_to_an_administrator(self):
        for name in ("bi.thu.1", "nobody"):
            with self.subTest(name), self.assertRaises(RuntimeError):
                self.server.chibod("invite-device", "-c", self.server.config, "--login-name", name,
                                   "--address", "localhost:1", "--name", "Máy")

    # ---- the real client ----

    def assertSays(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_day_with_the_real_client(self):
        home = self.cli()
        home.ok("enrol", enrolled.first_invitation(self.server, "Máy của quản trị"))
        home.login(example.TOP["SA"], example.PASSWORD)
        ward = uuid.UUID(bytes=self.ward)
        line = home.ok("device", "invite", "--unit-id", ward, "--name", "Máy phường")
        server, pin, code = line.strip().split("#")
        self.assertEqual((server, pin), (f"127.0.0.1:{self.server.port}", self.server.pin))
        clerk = self.cli()
        done = clerk.run("enrol", line.strip())
        self.assertSays(done, 0, "Máy phường", "Phường Trung Tâm", "chibo login")
        self.assertNotIn(code, self.server.log_text())
        clerk.login("van.phong.tt", example.PASSWORD)
        self.assertEqual(clerk.json("status")["account"], "van.phong.tt")
        rows = home.json("device", "list", "--unit-id", ward)
        self.assertIn("Máy phường", [row["name"] for row in rows])

    def test_what_it_keeps_is_its_own(self):
        cli = self.enrolled_cli()
        key, = (cli.directory / "state" / "chibo").glob("key-default")
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertIn("device = '", (cli.directory / "config" / "chibo" / "chibo.conf").read_text())

    def test_not_enrolled(self):
        cli = self.cli()
        cli.connect(self.server)
        self.assertSays(cli.run("status"), 4, "chưa được ghi danh", "chibo enrol")

    def test_revoked(self):
        cli = self.enrolled_cli()
        self.revoke(max(d.id for d in self.admin.read("DeviceService/List").devices if d.state == 2))
        self.assertSays(cli.run("status"), 4, "đã bị thu hồi", "chibo enrol")
        self.assertSays(cli.run("status", "--lang", "en"), 4, "was revoked")

    def test_suspended(self):
        cli = self.enrolled_cli()
        newest = max(d.id for d in self.admin.read("DeviceService/List").devices if d.state == 2)
        self.sql(f"update auth.device set seen_at = now() - interval '91 days' where id = '{uuid.UUID(bytes=newest)}'")
        self.await_state(cli, "tạm ngừng")
        self.admin.submit("DeviceService/Confirm", id=newest, base_version=self.device(newest).version)
        cli.login("van.phong.tt", example.PASSWORD)

    def await_state(self, cli, word):
        """Within a few polls; until then auth.enter refuses."""
        for _ in range(100):
            done = cli.run("status")
            if word in done.stderr:
                break
        self.assertSays(done, 4, word, "chibo device confirm")

    def test_used_and_late_codes(self):
        _, code = enrolled.invite(self.admin, self.ward)
        line = f"127.0.0.1:{self.server.port}#{self.server.pin}#{code}"
        self.cli().ok("enrol", line)
        enrolled.invite(self.admin, self.ward)          # the door stands open, and yet
        self.assertSays(self.cli().run("enrol", line), 4, "đã dùng", "chibo device invite")

    def test_nobody_is_expected(self):
        self.sql("update auth.device set code_until = now() where code_hash is not null")
        self.server.stop()
        self.server.start()
        line = f"127.0.0.1:{self.server.port}#{self.server.pin}#7K3M-AAAA-AAAA-AAAA-AAAA-AAAA"
        self.assertSays(self.cli().run("enrol", line), 4, "không chờ máy nào")

    def test_a_string_that_is_none(self):
        for line in ("", "10.0.0.5:7443", "a:1#b#c", f"host#{self.server.pin}#CODE", f"a:1#{self.server.pin}#"):
            with self.subTest(line):
                self.assertSays(self.cli().run("enrol", line), 2, "HOST:PORT#")

    def test_a_server_with_another_key_hears_nothing(self):
        pin = "A" * 43
        self.assertSays(self.cli().run("enrol", f"127.0.0.1:{self.server.port}#{pin}#CODE"), 9, "không khớp")

    def test_an_import_that_is_run_again(self):
        """It makes the same operations: each keeps its place in the chain, and what was saved is answered again."""
        cli = self.enrolled_cli()
        cli.login("van.phong.tt", example.PASSWORD)
        file = cli.directory / "mot-nguoi.csv"
        file.write_text("Họ và tên,Giới tính,Ngày sinh,Mã đơn vị,Ngày về chi bộ,Tình trạng,Ngày quyết định,Ngày vào Đảng,"
                        "Số lý lịch\nVì Thị Nhập,Nữ,16/12/1998,NLO.TT.01,16/07/2026,Dự bị,11/07/2026,16/07/2026,990001YB\n",
                        encoding="utf-8")
        for words in ("1 đảng viên mới", "1 dòng đã nhập lần trước"):
            self.assertSays(cli.run("import", "member", file, "--unit-id", "NLO.TT"), 0, words)

    def test_a_failed_enrolment_leaves_the_old_one(self):
        cli = self.enrolled_cli()
        cli.login("van.phong.tt", example.PASSWORD)
        enrolled.invite(self.admin, self.ward)
        wrong = f"127.0.0.1:{self.server.port}#{self.server.pin}#7K3M-AAAA-AAAA-AAAA-AAAA-AAAA"
        self.assertSays(cli.run("enrol", wrong), 4, "sai")
        self.assertEqual(cli.json("status")["account"], "van.phong.tt")

    def test_a_store_that_cannot_take_it_costs_no_invitation(self):
        cli = self.enrolled_cli()
        store, = (cli.directory / "state" / "chibo").glob("store-default.sqlite")
        _, code = enrolled.invite(self.admin, self.ward)
        line = f"127.0.0.1:{self.server.port}#{self.server.pin}#{code}"
        store.chmod(0o644)
        self.assertSays(cli.run("enrol", line), 1, "0600")
        store.chmod(0o600)
        full = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "inject=pwrite64:error=ENOSPC", CHIBO, "enrol", line],
                              env=cli.environment, text=True, capture_output=True, timeout=60, check=False)
        self.assertSays(full, 1, "Ổ đĩa đầy")
        cli.ok("enrol", line)

    def test_enrolled_again_it_is_another_computer(self):
        cli = self.enrolled_cli()
        cli.login("van.phong.tt", example.PASSWORD)
        _, code = enrolled.invite(self.admin, self.ward)
        cli.ok("enrol", f"127.0.0.1:{self.server.port}#{self.server.pin}#{code}", "--context", "hai")
        self.assertSays(cli.run("status"), 4, "chibo login")
        self.assertEqual(cli.json("status", "--context", "default")["account"], "van.phong.tt")

    def test_a_clock_that_is_wrong(self):
        self.sql("""create or replace function auth.hello(out schema_level int, out district text, out now_at_us timestamptz)
            language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
            begin schema_level := 1; district := 'Mẫu'; now_at_us := timestamptz '2030-02-03 04:05:00Z'; end $$""")
        cli = self.enrolled_cli()
        done = cli.run("status")
        self.assertRegex(done.stderr, r"máy này \d\d/\d\d/20\d\d \d\d:\d\d, máy chủ 03/02/2030 11:05")


if __name__ == "__main__":
    tap.main()
