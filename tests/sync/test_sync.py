#!/usr/bin/python3
"""chibo sync: the copy is complete, goes on where it broke off, survives a restore, and is never called equal if it is not."""

import contextlib
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent),
                *(str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("lib", "integration"))]

import enrolled  # noqa: E402
import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from paths import CHIBO  # noqa: E402
from relay import FIRST_REQUEST  # noqa: E402
from ward_case import CLERK, COLLEAGUE, SAVED, TOLD, UNKNOWN, WAITING, WardCase  # noqa: E402

IN_SYNC, COPYING, NEVER = "khớp với máy chủ", "Đang chép lần đầu", "chưa lần nào"
OPEN = FIRST_REQUEST        # the turn of SyncService/Open; then Feeds, then Copy and Pull


class SyncCase(WardCase):
    def assertInSync(self, done):
        self.assertSaid(done, 0, IN_SYNC)

    def rows(self, cli, entity):
        return self.stored(cli, f"select count(*) from record where entity = '{entity}'")[0][0]

    def version_here(self, cli, member):
        (version,), = self.stored(cli, f"select version from record where entity = 'member' and hex(id) = "
                                       f"'{member['id'].replace('-', '').upper()}'")
        return version


class Copies(SyncCase):
    def test_first_copy(self):
        """a first copy is whole, told as such, and status says what was proven when"""
        before = self.status(self.cli)
        self.assertEqual((before["synced_at"], before["proven_at"], before["waiting"]), (None, None, 0))
        self.assertIn(NEVER, self.cli.ok("status", "-o", "table"))
        done = self.cli.run("sync")
        self.assertInSync(done)
        self.assertIn(COPYING, done.stderr)
        count = self.sql("select count(*) from chibo.member m join auth.tree t on m.unit_pos = t.pos "
                         f"join chibo.unit_closure c on c.unit_id = t.unit_id join chibo.unit u on u.id = c.ancestor_id "
                         f"where u.code = '{self.ward}'")
        self.assertEqual(str(self.rows(self.cli, "member")), count[0][0])
        after = self.status(self.cli)
        self.assertEqual(after["behind"], 0)
        self.assertEqual(after["synced_at"][:4], after["proven_at"][:4])

    def test_incremental(self):
        """what others change comes as a page of the feed, and is not copied again"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.update(self.asker(), member, "60000001")
        self.assertEqual(self.status(self.cli)["behind"], 1)
        done = self.cli.run("sync")
        self.assertInSync(done)
        self.assertNotIn(COPYING, done.stderr)
        self.assertEqual(self.version_here(self.cli, member), member["version"] + 1)
        self.assertEqual(self.status(self.cli)["behind"], 0)

    def test_resumed(self):
        """cut in the middle of the first copy: exit 9, status says that it is not complete, and it goes on from there"""
        self.line.down_after(OPEN + 7)
        done = self.cli.run("sync")
        self.assertEqual(done.returncode, 9, done.stderr)
        (copying,), = self.stored(self.cli, "select copying from cursor where copying is not null")
        self.assertNotEqual(copying, "unit")
        kept = self.rows(self.cli, "person")
        self.assertGreater(kept, 0)
        self.assertIn("chưa xong", self.cli.ok("status", "--offline", "-o", "table"))
        self.line.up()
        self.line.down_after(OPEN + 3)
        self.cli.run("sync")
        self.assertGreaterEqual(self.rows(self.cli, "person"), kept)
        self.line.up()
        self.assertInSync(self.cli.run("sync"))

    def test_cut_everywhere(self):
        """a line that lives for a few answers only, again and again: each try comes further, and the copy is whole"""
        self.line.down_after(OPEN + 8)
        tries = 0
        while (done := self.cli.run("sync")).returncode == 9 and tries < 60:
            tries += 1
            self.line.up()
            self.line.down_after(OPEN + 8)
        self.assertInSync(done)
        self.assertGreater(tries, 3)

    def test_full_disk(self):
        """a full disk in the middle of a copy is called that"""
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "inject=pwrite64:error=ENOSPC:when=40+", CHIBO, "sync"],
                              env=self.cli.environment, text=True, capture_output=True, timeout=60, check=False)
        self.assertSaid(done, 1, "Ổ đĩa đầy")
        self.assertInSync(self.cli.run("sync"))


class Owner(SyncCase):
    """The copy is one account's in one grant; whoever else sits down at the computer finds nothing of it."""

    def holds(self, cli, row):
        """The bytes of the member's file number, which nobody else has, are in a file of this computer."""
        number = row["biography_no"].encode()
        return any(number in file.read_bytes() for file in self.store(cli).parent.glob("store-*"))

    def refused(self, *arguments):
        done = self.cli.run("member", "list", "-o", "json", *arguments)
        self.assertEqual((done.returncode, done.stdout), (9, ""), done.stderr)
        return json.loads(done.stderr.splitlines()[-1])["error"]["rule"]

    def test_another_account(self):
        """whoever logs in behind the clerk reads nothing of his copy, with the line down or with --offline"""
        self.assertInSync(self.cli.run("sync"))
        self.cli.login("dang.vien", example.PASSWORD)
        self.assertEqual(self.refused("--offline"), "no_copy")
        self.assertIsNone(self.status(self.cli)["proven_at"])
        self.line.down()
        self.assertEqual(self.refused(), "no_copy")
        self.assertSaid(self.cli.run("member", "list"), 9, "Máy này chưa có bản sao cho tài khoản")
        self.line.up()
        self.cli.login(CLERK, example.PASSWORD)
        self.assertEqual(self.cli.run("member", "list", "--offline").returncode, 0)

    def test_no_copy_for_members(self):
        """when somebody syncs whose role keeps no records, those of the clerk before him leave the disk"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.assertTrue(self.holds(self.cli, member))
        self.cli.login("dang.vien", example.PASSWORD)
        self.assertSaid(self.cli.run("sync"), 0, "không giữ bản sao")
        self.assertEqual(self.stored(self.cli, "select feed from record union select feed from cursor"), [])
        self.assertFalse(self.holds(self.cli, member))

    def test_narrower_account(self):
        """a secretary's copy has nothing of the other branches that the clerk's had, from its first page on"""
        other = self.read(self.asker().json("member", "list", "NLO.TT.05")[0]["id"])
        self.assertInSync(self.cli.run("sync"))
        self.assertTrue(self.holds(self.cli, other))
        self.cli.login("bi.thu.1", example.PASSWORD)
        self.line.down_after(OPEN + 1)
        self.assertEqual(self.cli.run("sync").returncode, 9)
        self.assertFalse(self.holds(self.cli, other))
        self.line.up()
        self.assertInSync(self.cli.run("sync"))
        self.assertFalse(self.holds(self.cli, other))

    def test_moved_grant(self):
        """a grant that goes on at another organisation: the feed of the old one, its cursor and its bytes go"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.addCleanup(self.move_grant, self.ward)
        self.move_grant("HUE.TX")
        self.cli.login(CLERK, example.PASSWORD)
        self.assertInSync(self.cli.run("sync"))
        feeds = {feed for feed, in self.stored(self.cli, "select feed from cursor union select feed from record")}
        self.assertNotIn(self.units[self.ward], feeds)
        self.assertIn(self.units["HUE.TX"], feeds)
        self.assertFalse(self.holds(self.cli, member))

    def test_enrolled_anew(self):
        """what the computer was before keeps its operations and nobody's records"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        code = enrolled.invite(self.admin, self.units[self.ward], "Máy phường mới")[1]
        self.cli.ok("enrol", f"127.0.0.1:{self.line.port}#{self.server.pin}#{code}")
        self.assertTrue(any(self.store(self.cli).parent.glob("store-*.old-*")))
        self.assertFalse(self.holds(self.cli, member))

    def move_grant(self, code):
        self.sql(f"""update auth."grant" g set unit_id = t.unit_id, feed_id = t.feed_id
                     from auth.account a, auth.tree t join chibo.unit u on u.id = t.unit_id
                     where u.code = '{code}' and a.login_name = '{CLERK}' and g.person_id = a.person_id""")


class OwnChanges(SyncCase):
    """A computer is in no conflict with itself: it knows what it has done to a record before."""

    def change(self, member, card, *options):
        return self.cli.run("member", "update", member["id"], "--card-no", card, *options, timeout=60)

    def test_saved_and_not_yet_pulled(self):
        """saved, then the line is lost before the copy has it: the next change builds on the saved one"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.assertSaid(self.change(member, "67000001"), 0, "Đã lưu")
        self.line.down()
        self.assertQueued(self.change(member, "67000002"))
        self.assertQueued(self.change(member, "67000003"))
        self.line.up()
        self.assertInSync(self.cli.run("sync"))
        self.assertEqual(self.states(self.cli), [SAVED] * 3)
        self.assertOnce(member, "67000003", member["version"] + 3)

    def test_saved_and_not_answered(self):
        """saved, and the answer was lost: the next change, with the line up again, does not count it a second time"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.line.cut_after(FIRST_REQUEST)
        self.update(self.cli, member, "67000011")
        self.assertEqual(self.states(self.cli), [UNKNOWN])
        self.line.heal()
        self.assertEqual(self.now(member)[1], member["version"] + 1)
        self.assertSaid(self.change(member, "67000012"), 0, "Đã lưu")
        self.assertEqual(self.states(self.cli), [SAVED] * 2)
        self.assertOnce(member, "67000012", member["version"] + 2)


class Proof(SyncCase):
    def test_verify_heals(self):
        """rows that vanished from the copy: the proof finds it, they are copied again, and then both sides agree"""
        self.assertInSync(self.cli.run("sync"))
        whole = self.rows(self.cli, "member")
        with contextlib.closing(sqlite3.connect(self.store(self.cli))) as db:
            db.execute("pragma foreign_keys = on")
            db.execute("delete from record where entity = 'member' and rowid % 7 = 0")
            db.commit()
        self.assertLess(self.rows(self.cli, "member"), whole)
        self.assertInSync(self.cli.run("sync", "verify"))
        self.assertEqual(self.rows(self.cli, "member"), whole)

    def test_verify_sends_nothing(self):
        """sync verify leaves the queue alone, and says that it waits; only the copy is what it calls equal"""
        member, = self.members(1)
        self.update(self.cli, member, "61000001", "--offline")
        self.assertSaid(self.cli.run("sync", "verify"), 0, IN_SYNC, "Còn chờ gửi: 1.")
        self.assertEqual(self.states(self.cli), [WAITING])

    def test_verify_without_a_copy(self):
        """whoever keeps no copy is not told that everything is sent while it waits"""
        member, = self.members(1)
        self.update(self.cli, member, "61000011", "--offline")
        self.cli.login("dang.vien", example.PASSWORD)
        done = self.cli.run("sync", "verify")
        self.assertSaid(done, 0, "Còn chờ gửi: 1.", "không giữ bản sao")
        self.assertNotIn("Đã gửi hết", done.stderr)


class Preview(SyncCase):
    def test_dry_run(self):
        """--dry-run shows what would go and come, and changes nothing"""
        member, = self.members(1)
        self.update(self.cli, member, "62000001", "--offline")
        done = self.cli.run("sync", "-n")
        self.assertSaid(done, 0, "Sẽ chép lần đầu")
        self.assertIn("Sửa đảng viên", done.stdout)
        self.assertEqual(self.states(self.cli), [WAITING])
        self.assertEqual(self.stored(self.cli, "select count(*) from record"), [(0,)])

    def test_offline(self):
        """--offline sends nothing: sync says that it needs the line; status answers from the computer alone"""
        self.assertSaid(self.cli.run("sync", "--offline"), 9)
        done = self.cli.run("status", "--offline", "-o", "json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (0, "not_asked"))

    def test_not_enrolled(self):
        """a computer that is not enrolled has nothing to sync"""
        self.assertSaid(self.asker().run("sync"), 4, "chibo enrol")


class Status(SyncCase):
    def test_truthful(self):
        """what waits and since when; after the sync nothing does"""
        first, second = self.members(2)
        for n, member in enumerate((first, second)):
            self.update(self.cli, member, f"6300000{n}", "--offline")
        status = self.status(self.cli)
        self.assertEqual((status["waiting"], status["unknown"], status["parked"]), (2, 0, 0))
        oldest = self.stored(self.cli, "select min(made_at_us) / 1000000 from op")[0][0]
        self.assertEqual(status["oldest_at"], time.strftime("%Y-%m-%dT%H:%M:%S+07:00", time.gmtime(oldest + 7 * 3600)))
        self.assertInSync(self.cli.run("sync"))
        status = self.status(self.cli)
        self.assertEqual((status["waiting"], status["oldest_at"]), (0, None))

    def test_line_down(self):
        """with the line down the queue is told all the same, and the exit code is that of the line"""
        member, = self.members(1)
        self.line.down()
        self.update(self.cli, member, "63000011")
        done = self.cli.run("status", "-o", "json")
        self.assertEqual(done.returncode, 9)
        self.assertEqual((json.loads(done.stdout)["waiting"], json.loads(done.stdout)["state"]), (1, "unreachable"))

    def test_whose_login(self):
        """status names the account whose login the queue waits for"""
        member, = self.members(1)
        self.update(self.cli, member, "63000021", "--offline")
        self.cli.login("bi.thu.1", example.PASSWORD)
        self.assertIn("van.phong.tt", self.cli.run("status").stderr)

    def test_in_use(self):
        """while another chibo syncs, status says so instead of numbers, and does not wait for it"""
        self.line.hold(OPEN)
        process = subprocess.Popen([CHIBO, "sync"], env=self.cli.environment, stderr=subprocess.DEVNULL)
        try:
            self.assertTrue(self.line.reached.wait(30))
            self.line.hold_at = None
            done = self.cli.run("status", "--offline", "-o", "json")
        finally:
            process.kill()
            process.wait()
        self.assertIsNone(json.loads(done.stdout)["waiting"])
        self.assertIn("Một lệnh chibo khác", done.stderr)

    def test_wards(self):
        """the district sees a line for each computer, as it last reported"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.update(self.asker(), member, "63000031")
        district = Cli(self.server.directory / f"district-{self.id()}")
        district.connect(self.server)
        district.login("can.bo", example.PASSWORD)
        lines = district.json("status", "--wards")
        device, = (d for d in self.admin.read("DeviceService/List").devices
                   if d.fingerprint == self.status(self.cli)["computer"])
        line, = (line for line in lines if line["device_id"].replace("-", "") == device.id.hex())
        self.assertEqual((line["name"], line["waiting"], line.get("parked", 0), line["behind"]), ("Máy phường", 0, 0, 1))
        self.assertIn("Phường Trung Tâm", line["unit_path"])


class Watch(SyncCase):
    def watch(self):
        """The command in a process of its own."""
        process = subprocess.Popen([CHIBO, "sync", "--watch", "--interval", "1", "--progress", "never"],
                                   env=self.cli.environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_next_login(self):
        """whoever logs in while --watch runs is the one whose operations go out from then on"""
        member, = self.members(1)
        process = self.watch()
        self.read_until(process, IN_SYNC)
        self.cli.login(COLLEAGUE, example.PASSWORD)
        self.assertQueued(self.update(self.cli, member, "64000011", "--offline"))
        self.read_until(process, "Đã gửi")
        self.assertEqual(self.states(self.cli), [SAVED])
        self.assertOnce(member, "64000011")

    def test_watch(self):
        """--watch sends when the line comes back, and ends when it is told to"""
        member, = self.members(1)
        self.line.down()
        self.assertQueued(self.update(self.cli, member, "64000001"))
        process = self.watch()
        self.assertIn("127.0.0.1", self.read_until(process, "127.0.0.1"))
        self.line.up()
        self.read_until(process, IN_SYNC)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), -signal.SIGTERM)
        self.assertEqual(self.states(self.cli), [SAVED])
        self.assertOnce(member, "64000001")

    def read_until(self, process, words):
        for line in process.stderr:
            if words in line:
                return line
        self.fail(f"it ended without saying “{words}”")

    def test_interval(self):
        """wrong intervals are wrong use"""
        for wrong in ("0", "viel", "86401", "-1"):
            self.assertSaid(self.cli.run("sync", "--watch", "--interval", wrong), 2)


class Restored(SyncCase):
    def test_restored(self):
        """the district goes back to its backup: what wards had saved comes again, once, and their copies follow"""
        first, second, third = self.members(3)
        self.assertInSync(self.cli.run("sync"))
        self.assertSaid(self.update(self.cli, first, "65000001"), 0)
        self.assertInSync(self.cli.run("sync"))
        self.back_up()
        self.assertSaid(self.update(self.cli, second, "65000002"), 0)
        self.update(self.asker(), third, "65000003")
        self.assertInSync(self.cli.run("sync"))
        self.assertEqual(self.version_here(self.cli, third), third["version"] + 1)
        self.restore()
        self.assertEqual(self.now(second)[1], second["version"])
        done = self.cli.run("sync")
        self.assertInSync(done)
        self.assertIn("khôi phục", done.stderr)
        self.assertIn("Máy chủ thiếu 1 thao tác", done.stderr)
        self.assertOnce(first, "65000001")
        self.assertOnce(second, "65000002")
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])
        self.assertEqual(self.version_here(self.cli, third), third["version"])

    def test_gap(self):
        """after a restore, a direct write: the server says what it lacks, gets that first, and then the write"""
        first, second = self.members(2)
        self.assertInSync(self.cli.run("sync"))
        self.back_up()
        self.assertSaid(self.update(self.cli, first, "65000021"), 0)
        self.restore()
        self.cli.login(CLERK, example.PASSWORD)
        self.assertSaid(self.update(self.cli, second, "65000022"), 0, "Đã lưu")
        self.assertOnce(first, "65000021")
        self.assertOnce(second, "65000022")
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])

    def test_told_before(self):
        """what somebody was told is refused goes out as such: nobody else has to decide about it after a restore"""
        first, second = self.members(2)
        self.assertSaid(self.update(self.cli, first, "65000131"), 0)
        self.assertSaid(self.update(self.asker(), second, "65000132"), 0)
        self.assertInSync(self.cli.run("sync"))
        self.back_up()
        self.assertEqual(self.update(self.cli, first, "65000133").returncode, 7)
        self.assertSaid(self.update(self.cli, second, "65000134", version=second["version"] + 1), 0)
        self.assertEqual(self.states(self.cli), [SAVED, TOLD, SAVED])
        self.restore()
        self.cli.login(CLERK, example.PASSWORD)
        self.assertInSync(self.cli.run("sync"))
        self.assertEqual(self.states(self.cli), [SAVED, TOLD, SAVED])
        self.assertEqual(self.cli.json("conflict", "list"), [])
        self.assertOnce(first, "65000131")

    def test_saved_after_all(self):
        """the restored server may save what it had refused: then it is said"""
        member, = self.members(1)
        self.assertInSync(self.cli.run("sync"))
        self.back_up()
        self.update(self.asker(), member, "65000141")
        self.assertEqual(self.update(self.cli, member, "65000142").returncode, 7)
        self.restore()
        self.cli.login(CLERK, example.PASSWORD)
        done = self.cli.run("sync")
        self.assertInSync(done)
        self.assertIn("Thao tác 1 trước đây bị từ chối", done.stderr)
        self.assertOnce(member, "65000142")

    def test_gap_that_was_pruned(self):
        """the server lacks more than is kept here: no loop, but what to do; enrolled anew all that is left goes out"""
        first, second, third = self.members(3)
        self.assertInSync(self.cli.run("sync"))
        self.back_up()
        self.assertSaid(self.update(self.cli, first, "65000051"), 0)
        self.assertSaid(self.update(self.cli, second, "65000052"), 0)
        self.in_forty_days()
        self.assertInSync(self.cli.run("sync"))
        self.assertEqual(self.states(self.cli), [SAVED])
        self.restore()
        self.assertQueued(self.update(self.cli, third, "65000053", "--offline"))
        for _ in range(2):
            self.assertSaid(self.cli.run("sync"), 8, "35 ngày", "chibo device revoke", "chibo enrol")
        self.enrol_anew()
        self.assertInSync(self.cli.run("sync"))
        self.assertEqual(self.now(first)[1], first["version"])
        self.assertOnce(second, "65000052")
        self.assertOnce(third, "65000053")

    def in_forty_days(self):
        """The server's clock, as it tells it."""
        self.sql("""create or replace function auth.hello(out schema_level int, out district text, out now_at_us timestamptz)
            language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
            begin schema_level := 1; district := 'Mẫu'; now_at_us := now() + interval '40 days'; end $$""")

    def enrol_anew(self):
        code = enrolled.invite(self.admin, self.units[self.ward], "Máy phường, lần nữa")[1]
        self.cli.ok("enrol", f"127.0.0.1:{self.line.port}#{self.server.pin}#{code}")
        self.cli.login(CLERK, example.PASSWORD)

    def test_enrolled_anew(self):
        """a computer that enrols anew sends again what was saved: known to the server, and nothing is done twice"""
        first, second, third = self.members(3)
        self.assertSaid(self.update(self.cli, first, "65000031"), 0)
        self.update(self.cli, second, "65000032", version=99)
        self.assertQueued(self.update(self.cli, third, "65000033", "--offline"))
        self.enrol_anew()
        self.assertEqual(self.states(self.cli), [UNKNOWN, WAITING])
        done = self.cli.run("sync")
        self.assertInSync(done)
        self.assertOnce(first, "65000031")
        self.assertEqual(self.now(second)[1], second["version"])
        self.assertOnce(third, "65000033")
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])

    def test_enrolment_lost(self):
        """the district goes back to before the enrolment: enrolled anew, the computer brings again what it had saved"""
        first, second = self.members(2)
        self.back_up()
        self.cli = self.computer(CLERK)
        self.assertInSync(self.cli.run("sync"))
        self.assertSaid(self.update(self.cli, first, "65000041"), 0)
        self.enrol_anew()
        self.assertSaid(self.update(self.cli, second, "65000042"), 0, "Đã lưu")
        self.restore()
        self.assertEqual(self.now(first)[1], first["version"])
        self.assertSaid(self.cli.run("sync"), 4, "chibo enrol")
        self.enrol_anew()
        self.assertInSync(self.cli.run("sync"))
        self.assertOnce(first, "65000041")
        self.assertOnce(second, "65000042")
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])

    def test_first_copy_leaves_the_outbox(self):
        """what waits still waits after a copy that begins anew"""
        member, = self.members(1)
        self.update(self.cli, member, "65000011", "--offline")
        self.assertInSync(self.cli.run("sync", "verify"))
        with contextlib.closing(sqlite3.connect(self.store(self.cli))) as db:
            db.execute("delete from cursor")
            db.commit()
        self.assertInSync(self.cli.run("sync", "verify"))
        self.assertEqual(self.states(self.cli), [WAITING])
        self.assertInSync(self.cli.run("sync"))
        self.assertOnce(member, "65000011")

    def back_up(self):
        self.server.stop()
        self.backup = f"{self.database}_backup"
        self.cluster.create(self.backup, self.database)
        self.addCleanup(self.cluster.drop, self.backup)
        self.restart()

    def restore(self):
        self.server.stop()
        self.cluster.drop(self.database)
        self.cluster.create(self.database, self.backup)
        self.restart()

    def restart(self):
        """On the port that everybody knows."""
        self.server.settings["listen_port"] = self.server.port
        self.server.start()
        self.admin = self.login(example.TOP["SA"])


if __name__ == "__main__":
    tap.main()
