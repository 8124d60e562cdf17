#!/usr/bin/python3
"""What becomes of a write on a bad line: saved, refused, queued or unknown, and in the end exactly once or kept."""

import fcntl
import json
import pathlib
import signal
import subprocess
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).parent),
                *(str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("lib", "integration"))]

import example  # noqa: E402
import tap  # noqa: E402
from paths import CHIBO  # noqa: E402
from relay import FIRST_REQUEST  # noqa: E402
from ward_case import (CLERK, COLLEAGUE, DISCARDED, PARKED, RESENT, SAVED, TOLD, UNKNOWN, WAITING,  # noqa: E402
                       WardCase)


class DirectWrites(WardCase):
    def test_saved(self):
        """a write on a good line is saved, and stands in the outbox as answered"""
        member, = self.members(1)
        self.assertSaid(self.update(self.cli, member, "10000001"), 0, "Đã lưu")
        self.assertOnce(member, "10000001")
        self.assertEqual(self.states(self.cli), [SAVED])

    def test_the_ledger_names_the_computer(self):
        """the entry tells the device and the number of its operation"""
        member, = self.members(1)
        self.update(self.cli, member, "10000002")
        self.assertEqual(self.sql(f"""select e.device_seq, d.high_seq from ledger.record r
            join ledger.entry e using (feed, position) join auth.device d on d.id = e.device_id
            where r.entity = 'member' and r.id = '{member['id']}' order by r.at desc limit 1"""), [["1", "1"]])

    def test_refused(self):
        """whoever sent it and was there is told, with the exit code of the refusal; nothing waits for a decision"""
        first, second = self.members(2)
        self.assertSaid(self.update(self.cli, first, "10000003", version=99), 7)
        self.assertEqual(self.states(self.cli), [TOLD])
        self.assertSaid(self.update(self.cli, second, "10000004"), 0, "Đã lưu")
        self.assertEqual(self.status(self.cli)["parked"], 0)

    def test_dry_run(self):
        """a dry run never enters the outbox, and needs the line"""
        member, = self.members(1)
        self.assertSaid(self.update(self.cli, member, "10000005", "-n"), 0, "không thay đổi gì")
        self.assertSaid(self.update(self.cli, member, "10000005", "-n", "--offline"), 9)
        self.line.down()
        self.assertSaid(self.update(self.cli, member, "10000005", "-n"), 9)
        self.assertEqual(self.states(self.cli), [])
        self.assertEqual(self.now(member)[1], member["version"])

    def test_without_enrolment(self):
        """a computer that is not enrolled writes as ever: no outbox, and nothing is queued"""
        cli, (member,) = self.asker(), self.members(1)
        self.assertSaid(self.update(cli, member, "10000006"), 0, "Đã lưu")
        self.assertSaid(self.update(cli, member, "10000007", "--offline"), 9)
        self.assertEqual(list((cli.directory / "state" / "chibo").glob("store-*")), [])

    def test_logged_out(self):
        """nothing is queued for nobody"""
        member, = self.members(1)
        self.cli.ok("logout")
        self.assertSaid(self.update(self.cli, member, "10000008"), 4, "chibo login")
        self.assertEqual(self.states(self.cli), [])


class Queued(WardCase):
    def test_line_down(self):
        """the line is down: queued, exit 0; the next write that goes takes it along, in order"""
        first, second = self.members(2)
        self.line.down()
        self.assertQueued(self.update(self.cli, first, "20000001"))
        self.assertEqual(self.states(self.cli), [WAITING])
        self.line.up()
        self.assertSaid(self.update(self.cli, second, "20000002"), 0, "Đã lưu")
        self.assertOnce(first, "20000001")
        self.assertOnce(second, "20000002")
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])

    def test_json(self):
        """as JSON a queued write says so, with its operation id"""
        member, = self.members(1)
        done = self.update(self.cli, member, "20000003", "--offline", "-o", "json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (0, "queued"), done.stderr)
        self.assertRegex(json.loads(done.stdout)["op_id"], "^[0-9a-f-]{36}$")

    def test_reader(self):
        """whoever reads what was found at his leisure keeps nobody else from writing"""
        member, = self.members(1)
        self.cli.ok("sync")
        with subprocess.Popen([CHIBO, "member", "list", self.ward, "--limit", "500", "--offline", "-o", "jsonl"],
                              env=self.cli.environment, stdout=subprocess.PIPE) as reading:
            fcntl.fcntl(reading.stdout, fcntl.F_SETPIPE_SZ, 4096)
            self.assertTrue(reading.stdout.read(1))
            self.assertQueued(self.update(self.cli, member, "20000008", "--offline"))
            self.assertIsNone(reading.poll())
            self.assertTrue(reading.stdout.read())
    def test_quiet(self):
        """that it is only queued is said with --quiet, too"""
        member, = self.members(1)
        self.assertQueued(self.update(self.cli, member, "20000008", "--offline", "-q"))

    def test_too_large(self):
        """what no server takes is never queued"""
        unit, name = uuid.UUID(bytes=self.units[self.ward]), "A" * 100_000
        for options in (("--offline",), ()):
            done = self.cli.run("person", "create", "--unit-id", unit, "--family-name", name, "--middle-name", name,
                                "--given-name", name, "--sex", "male", "--born-on", "1980", *options)
            self.assertSaid(done, 8, "Chia nhỏ")
            self.assertEqual(self.states(self.cli), [])

    def test_offline(self):
        """--offline sends nothing although the line is up"""
        member, = self.members(1)
        self.assertQueued(self.update(self.cli, member, "20000004", "--offline"))
        self.assertEqual((self.now(member)[1], self.states(self.cli)), (member["version"], [WAITING]))

    def test_online(self):
        """--online never queues: exit 9, and nothing is in the outbox; the last of both options counts"""
        member, = self.members(1)
        self.line.down()
        self.assertSaid(self.update(self.cli, member, "20000005", "--online"), 9)
        self.assertSaid(self.update(self.cli, member, "20000005", "--offline", "--online"), 9)
        self.assertEqual(self.states(self.cli), [])

    def test_variable(self):
        """CHIBO_OFFLINE queues, and --online stands above it"""
        member, = self.members(1)
        self.cli.environment["CHIBO_OFFLINE"] = "1"
        self.assertQueued(self.update(self.cli, member, "20000006"))
        done = self.update(self.cli, member, "20000007", "--online", version=member["version"] + 1)
        self.assertSaid(done, 0, "Đã lưu")

    def test_one_after_the_other(self):
        """three changes of one record, each on the version that the one before it makes"""
        member, = self.members(1)
        for n in range(3):
            self.assertQueued(self.update(self.cli, member, f"2000001{n}", "--offline", version=member["version"] + n))
        self.assertSaid(self.cli.run("sync"), 0)
        self.assertOnce(member, "20000012", member["version"] + 3)

    def test_full_disk(self):
        """a full disk: not queued, exit 1, and never said to be"""
        member, = self.members(1)
        done = self.traced("inject=pwrite64:error=ENOSPC", member, "20000020", "--offline")
        self.assertSaid(done, 1, "ổ đĩa đầy")
        self.assertNotIn("Đã xếp hàng", done.stderr)
        self.assertEqual(self.states(self.cli), [])
        self.assertQueued(self.update(self.cli, member, "20000020", "--offline"))


class Damaged(WardCase):
    def test_rebuilt(self):
        """damage outside the queue: it is told in a sentence of its own, and the write goes on with a new file"""
        first, second = self.members(2)
        self.assertSaid(self.cli.run("sync"), 0)
        self.assertQueued(self.update(self.cli, first, "21000001", "--offline"))
        self.spoil(self.cli, "update cursor set position = position + 1")
        done = self.update(self.cli, second, "21000002")
        self.assertSaid(done, 0, "hàng chờ còn nguyên", "Đã lưu")
        self.assertNotIn("chibo enrol", done.stderr)
        self.assertOnce(first, "21000001")
        self.assertOnce(second, "21000002")
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])

    def assertKept(self, member, words):
        """Whatever is tried, nothing goes out behind the back of the queue, and each command says what to do."""
        for _ in range(2):
            self.assertSaid(self.update(self.cli, member, "21000010"), 1, words, "chibo enrol")
            self.assertSaid(self.update(self.cli, member, "21000010", "--offline"), 1, words, "chibo enrol")
        self.assertSaid(self.cli.run("sync"), 1, words, "chibo enrol")
        self.assertIn(words, self.cli.run("status").stderr)
        self.assertEqual(self.now(member)[1], member["version"])

    def test_lost(self):
        """damage in the queue: no later command takes this computer for one that is not enrolled"""
        first, second = self.members(2)
        self.assertQueued(self.update(self.cli, first, "21000011", "--offline"))
        self.spoil(self.cli, "update op set body = x'00'")
        self.assertKept(second, "bị hỏng")

    def test_missing(self):
        """the store was deleted: told as that"""
        member, = self.members(1)
        self.store(self.cli).unlink()
        self.assertKept(member, "không thấy tệp dữ liệu")

    def test_newer(self):
        """a store of a newer chibo is a matter of versions"""
        self.spoil(self.cli, "pragma user_version = 99")
        self.assertSaid(self.cli.run("sync"), 10, "Cập nhật chương trình")


class Failed(WardCase):
    """What only a person can mend is a failure, and yet the operation stands in the queue."""

    def test_not_the_server(self):
        """somebody else answers on the line: exit 9, and it is said that nobody has to type it again"""
        member, = self.members(1)
        self.line.portal()
        done = self.update(self.cli, member, "25000001")
        self.assertSaid(done, 9, "không phải máy chủ chibo", "đừng nhập lại", "chibo sync")
        self.assertIn(f"op_id {self.op_id(-1)}", done.stderr)
        self.assertEqual(self.states(self.cli), [WAITING])
        self.line.heal()
        self.assertSaid(self.cli.run("sync"), 0)
        self.assertOnce(member, "25000001")

    def test_json(self):
        """as JSON it has the operation's id, too, of one behind another as well"""
        for member in self.members(2):
            self.line.portal()
            done = self.update(self.cli, member, "25000002", "-o", "json")
            error = json.loads(done.stderr)["error"]
            self.assertEqual((done.returncode, error["exit_code"], error["op_id"]), (9, 9, self.op_id(-1)))
            self.assertIn("đừng nhập lại", error["hint"])
        self.assertEqual(self.states(self.cli), [WAITING, WAITING])

    def op_id(self, at):
        return str(uuid.UUID(bytes=self.stored(self.cli, "select op_id from op order by seq")[at][0]))


class LostAnswers(WardCase):
    def test_lost_before_it_arrived(self):
        """cut before the request arrives, each time: unknown, exit 9; later saved once"""
        self.line.cut_before(FIRST_REQUEST)
        self.assertUnknownThenOnce("30000001")

    def test_lost_after_commit(self):
        """cut right after the commit, each time: unknown, exit 9; later saved once"""
        self.line.cut_after(FIRST_REQUEST)
        self.assertUnknownThenOnce("30000002")

    def assertUnknownThenOnce(self, card):
        member, other = self.members(2)
        self.assertSaid(self.update(self.cli, member, card), 9, "chibo sync gửi lại", "op_id")
        self.assertEqual(self.states(self.cli), [UNKNOWN])
        self.line.heal()
        self.assertSaid(self.update(self.cli, other, str(int(card) + 100)), 0, "Đã lưu")
        self.assertOnce(member, card)
        self.assertEqual(self.states(self.cli), [SAVED, SAVED])

    def test_unknown_then_line_down(self):
        """what is unknown stays unknown, not waiting, while the line is down"""
        member, = self.members(1)
        self.line.cut_after(FIRST_REQUEST)
        self.update(self.cli, member, "30000003")
        self.line.down()
        self.assertSaid(self.cli.run("sync"), 9)
        status = self.status(self.cli, "--offline")
        self.assertEqual((status["waiting"], status["unknown"]), (1, 1))


class Killed(WardCase):
    def test_killed_while_it_waits(self):
        """kill -9 in the middle of the handshake, of Hello and of the answer: one effect or none, then one"""
        for turn in (1, 2, FIRST_REQUEST):
            with self.subTest(f"turn {turn}"):
                member, other = self.members(2)
                self.line.heal()
                self.line.hold(turn)
                self.kill_at_line(member, f"4000001{turn}")
                self.line.heal()
                self.assertSaid(self.update(self.cli, other, f"4000002{turn}"), 0, "Đã lưu")
                self.assertOnce(member, f"4000001{turn}")
                self.assertEqual(set(self.states(self.cli)), {SAVED})

    def kill_at_line(self, member, card):
        process = subprocess.Popen([CHIBO, "member", "update", member["id"], "--card-no", card, "--base-version",
                                    str(member["version"])], env=self.cli.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.assertTrue(self.line.reached.wait(30))
        process.kill()
        process.wait()

    def test_killed_at_each_write_to_disk(self):
        """kill -9 at each flush of the outbox: the operation is whole or absent, and happens at most once"""
        killed = 0
        for n in range(1, 40):
            member, other = self.members(2)
            if not self.kill_at_flush(member, f"400001{n:02}", n):
                break
            killed += 1
            self.assertSaid(self.update(self.cli, other, f"400002{n:02}"), 0, "Đã lưu")
            self.assertIn(self.now(member), [(f"400001{n:02}", member["version"] + 1),
                                             (member.get("card_no"), member["version"])])
            self.assertEqual(set(self.states(self.cli)), {SAVED})
        self.assertGreater(killed, 3)

    def kill_at_flush(self, member, card, n):
        """False: it had ended before."""
        traced = self.traced(f"inject=fsync,fdatasync:signal=KILL:when={n}", member, card)
        return traced.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


class Verdicts(WardCase):
    def test_conflict(self):
        """somebody else was faster: kept on both sides, exit 3, and those behind it are saved"""
        first, second = self.members(2)
        self.assertQueued(self.update(self.cli, first, "50000001", "--offline"))
        self.assertQueued(self.update(self.cli, second, "50000002", "--offline"))
        self.update(self.asker(), first, "50000003")
        self.assertSaid(self.cli.run("sync"), 3, "Xung đột", "chibo conflict list")
        self.assertEqual(self.states(self.cli), [PARKED, SAVED])
        self.assertOnce(first, "50000003")
        self.assertOnce(second, "50000002")
        self.assertEqual(self.status(self.cli)["parked"], 1)
        self.assertEqual(self.sql(f"select state, rule from ledger.parked where subject_id = '{first['id']}'"),
                         [["open", "conflict"]])

    def test_dependants_wait(self):
        """what builds on a refused operation is kept with it"""
        member, = self.members(1)
        for n in range(2):
            self.update(self.cli, member, f"5000001{n}", "--offline", version=member["version"] + n)
        self.update(self.asker(), member, "50000012")
        self.assertSaid(self.cli.run("sync"), 3)
        self.assertEqual(self.states(self.cli), [PARKED, PARKED])
        self.assertOnce(member, "50000012")

    def test_two_accounts(self):
        """each operation goes out with the login of whoever made it; sync says whose is needed"""
        first, second = self.members(2)
        self.assertQueued(self.update(self.cli, first, "50000021", "--offline"))
        self.cli.login(COLLEAGUE, example.PASSWORD)
        self.assertQueued(self.update(self.cli, second, "50000022", "--offline"))
        self.assertSaid(self.cli.run("sync"), 4, CLERK)
        self.assertEqual(self.states(self.cli), [WAITING, WAITING])
        self.cli.login(CLERK, example.PASSWORD)
        self.assertSaid(self.cli.run("sync"), 4, COLLEAGUE)
        self.assertEqual(self.states(self.cli), [SAVED, WAITING])
        self.cli.login(COLLEAGUE, example.PASSWORD)
        self.assertSaid(self.cli.run("sync"), 0)
        self.assertOnce(first, "50000021")
        self.assertOnce(second, "50000022")
        accounts = self.sql("select string_agg(distinct a.login_name, ' ' order by a.login_name) from ledger.entry e "
                            f"join auth.account a on a.id = e.account_id where e.device_id is not null "
                            f"and e.touched like any (array['%{first['id']}%', '%{second['id']}%'])")
        self.assertEqual(accounts, [[f"{COLLEAGUE} {CLERK}"]])

    def test_token_alone(self):
        """whose a token is says its file: a login that was cut off half-way sends nothing in another one's name"""
        member, = self.members(1)
        self.cli.login(COLLEAGUE, example.PASSWORD)
        token, = (self.cli.directory / "state" / "chibo").glob("token-*")
        colleague = token.read_bytes()
        self.cli.login(CLERK, example.PASSWORD)
        self.assertQueued(self.update(self.cli, member, "50000026", "--offline"))
        token.write_bytes(colleague)
        self.assertSaid(self.cli.run("sync"), 4, CLERK)
        self.assertEqual(self.states(self.cli), [WAITING])

    def test_expired_login(self):
        """an expired session stops the queue and loses nothing"""
        member, = self.members(1)
        self.update(self.cli, member, "50000031", "--offline")
        self.sql("update auth.session set created_at = created_at - interval '1 day', expires_at = created_at - "
                 f"interval '1 hour' where account_id = (select id from auth.account where login_name = '{CLERK}')")
        self.assertSaid(self.cli.run("sync"), 4, "chibo login", "Còn chờ gửi: 1")
        type(self).officer.login(CLERK, example.PASSWORD)
        self.cli.login(CLERK, example.PASSWORD)
        self.assertSaid(self.cli.run("sync"), 0)
        self.assertOnce(member, "50000031")

    def test_revoked(self):
        """a revoked computer sends nothing more; its queue stays"""
        member, = self.members(1)
        self.update(self.cli, member, "50000041", "--offline")
        device, = (d for d in self.admin.read("DeviceService/List").devices
                   if d.fingerprint == self.status(self.cli, "--offline")["computer"])
        self.admin.submit("DeviceService/Revoke", id=device.id, base_version=device.version, reason="Máy bị mất")
        self.assertSaid(self.cli.run("sync"), 4, "thu hồi")
        self.assertEqual(self.states(self.cli), [WAITING])

    def test_fork(self):
        """the outbox was copied to a second place and both write: the later one is told plainly, both keep theirs"""
        first, second, third = self.members(3)
        self.update(self.cli, first, "50000051")
        copy = self.store(self.cli).read_bytes()
        self.update(self.cli, second, "50000052")
        self.store(self.cli).write_bytes(copy)
        done = self.update(self.cli, third, "50000053")
        self.assertEqual(done.returncode, 8, done.stderr)
        self.assertIn("người quản trị", done.stderr)
        self.assertIn(self.states(self.cli)[-1], (WAITING, UNKNOWN))
        self.assertEqual(self.now(third)[1], third["version"])
        again = self.cli.run("sync")
        self.assertNotEqual(again.returncode, 0)
        self.assertEqual(len(self.states(self.cli)), 2)


class Grants(WardCase):
    def test_grant_chosen_later(self):
        """made in the only grant there was, it goes out in the one that is chosen once there are two"""
        cli, (member,) = self.computer(COLLEAGUE), self.members(1)
        self.assertQueued(self.update(cli, member, "50000035", "--offline"))
        person, = self.sql(f"select person_id from auth.account where login_name = '{COLLEAGUE}'")[0]
        with example.Top(self.server) as top:
            top.give(uuid.UUID(person).bytes, "MB", self.units["NLO.TT.01"])
        self.assertSaid(cli.run("sync"), 8, "chibo grant use")
        cli.ok("grant", "use", "WO")
        self.assertSaid(cli.run("sync"), 0)
        self.assertOnce(member, "50000035")


class Decided(WardCase):
    """A refused operation, and a line that fails whoever decides about it."""

    def parked(self, card):
        """A member, and the number of the operation that came too late."""
        member, = self.members(1)
        self.assertQueued(self.update(self.cli, member, card, "--offline"))
        self.update(self.asker(), member, str(int(card) + 1000))
        self.assertSaid(self.cli.run("sync"), 3)
        return member, len(self.states(self.cli))

    def resolve(self, number, how):
        return self.cli.run("conflict", "resolve", number, how, "--yes")

    def state_there(self, member):
        return self.sql(f"select state from ledger.parked where subject_id = '{member['id']}'")

    def test_resend_without_line(self):
        """nothing is sent again to the queue alone"""
        member, number = self.parked("60000001")
        self.line.down()
        self.assertSaid(self.resolve(number, "--resend"), 9)
        self.assertEqual(self.states(self.cli), [PARKED])
        self.line.up()
        self.assertSaid(self.resolve(number, "--resend"), 0)
        self.assertOnce(member, "60000001", member["version"] + 2)
        self.assertEqual(self.states(self.cli), [RESENT, SAVED, SAVED])

    def test_line_down_before_it_is_marked(self):
        """the mark is queued, and that is said"""
        member, number = self.parked("60000011")
        self.line.down_after(4)             # the handshake, Hello, the record, the write
        self.assertSaid(self.resolve(number, "--resend"), 0, "Đã lưu", "Đã xếp hàng")
        self.assertEqual(self.states(self.cli), [RESENT, SAVED, UNKNOWN])
        self.line.up()
        self.assertSaid(self.cli.run("sync"), 0)
        self.assertOnce(member, "60000011", member["version"] + 2)
        self.assertEqual(self.state_there(member), [["resent"]])

    def test_killed_while_it_is_sent_again(self):
        """kill -9 at each flush: run again, it goes on with what it began, and the change happens once"""
        for n in range(1, 40):
            member, number = self.parked(f"600002{n:02}")
            if not self.kill_at_flush(number, n):
                break
            done = self.resolve(number, "--resend")
            self.assertIn(done.returncode, (0, 7), done.stderr)     # 7: it was decided before the kill
            self.assertOnce(member, f"600002{n:02}", member["version"] + 2)
            self.assertEqual((self.states(self.cli)[number - 1], self.state_there(member)), (RESENT, [["resent"]]))
        self.assertGreater(n, 5)

    def kill_at_flush(self, number, n):
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"inject=fsync,fdatasync:signal=KILL:when={n}",
                               CHIBO, "conflict", "resolve", str(number), "--resend", "--yes"],
                              env=self.cli.environment, text=True, capture_output=True, timeout=60, check=False)
        return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)

    def test_refused_and_never_told(self):
        """the refusal was for whoever waited, and got lost: it is decided here, and waits nowhere"""
        for how, state in (("--discard", DISCARDED), ("--resend", RESENT)):
            member, = self.members(1)
            self.line.cut_after(FIRST_REQUEST)
            self.assertSaid(self.update(self.cli, member, "60000031", version=99), 9)
            self.line.heal()
            number = len(self.states(self.cli))
            self.assertSaid(self.cli.run("sync"), 3)
            self.assertEqual((self.states(self.cli)[-1], self.state_there(member)), (PARKED, [["answered"]]))
            self.assertSaid(self.resolve(number, how), 0)
            self.assertEqual((self.states(self.cli)[number - 1], self.status(self.cli)["parked"]), (state, 0))


if __name__ == "__main__":
    tap.main()
