#!/usr/bin/python3
"""The chain of a computer over the wire: every operation gets one answer, in order, whatever happens on the way."""

import signal
import threading
import time
import uuid

import enrolled
import tap
from chain_case import CLERK, OTHER_CLERK, SECRETARY, ChainCase, Queue
from client import uuid7


class Chain(ChainCase):
    def test_saved_and_replayed(self):
        """what is accepted is saved once; sent again it has the same receipt"""
        operation = self.person()
        first = self.became(operation, "saved")
        again = self.became(operation, "replayed")
        self.assertEqual((first.feed, first.position, first.head_hash), (again.feed, again.position, again.head_hash))
        self.assertEqual(self.high(), (1, operation.hash, "active"))
        row, = self.rows(f"select device_seq from ledger.entry where op_id = '{uuid.UUID(bytes=operation.op_id)}' "
                         f"and device_id = '{uuid.UUID(bytes=self.computer.id)}'")
        self.assertEqual(row, ("1",))

    def test_gap(self):
        """a hole is refused with what is expected, and nothing is lost"""
        first, second, third = (self.person() for _ in range(3))
        reply = self.became(third, "gap")
        self.assertEqual([(p.name, p.value) for p in reply.status.params], [("expected", "1")])
        for operation in (first, second, third):
            self.became(operation, "saved")
        self.assertEqual(self.high(), (3, third.hash, "active"))

    def test_envelope(self):
        """a place in the chain is whole, and of this computer"""
        operation = self.person()
        for change, rule, field in (({"device_id": None}, "required", "device_id"), ({"device_id": b"1"}, "id_length", "device_id"),
                                    ({"device_id": uuid7()}, "device_mismatch", "device_id"),
                                    ({"prev_hash": None}, "required", "prev_hash"), ({"prev_hash": b"1"}, "length", "prev_hash"),
                                    ({"device_seq": 0}, "out_of_range", "device_seq"),
                                    ({"device_seq": 2**63}, "out_of_range", "device_seq"),
                                    ({"op_id": None}, "required", "op_id")):
            with self.subTest(change):
                reply = self.became(operation, rule, **change)
                self.assertEqual((reply.status.code, reply.status.field), (3, field))
        stranger = self.login(CLERK)
        self.became(operation, "device_mismatch", client=stranger)
        self.assertEqual(self.high()[0], 0)
        self.became(operation, "saved")

    def test_rehearsal(self):
        """a dry run has no place in the chain, and its refusal is not kept"""
        self.became(self.person(Queue(self.computer)), "saved", dry_run=True)
        self.became(self.person(Queue(self.computer), given_name=""), "name", dry_run=True)
        self.assertEqual((self.high()[0], self.parked()), (0, []))

    def test_at_once(self):
        """four times the same at once: one effect, three replays"""
        operation = self.person()
        clients = [self.at(self.computer, CLERK) for _ in range(4)]
        words = []
        threads = [threading.Thread(target=lambda c=c: words.append(self.say(self.send(operation, c)))) for c in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(words), ["replayed", "replayed", "replayed", "saved"])
        self.assertEqual(self.high(), (1, operation.hash, "active"))

    def test_poison(self):
        """a thousand in a queue, one that cannot even be read: the others are saved, in order, without waiting"""
        queue = [self.person() for _ in range(999)]
        queue.insert(500, None)
        self.queue = Queue(self.computer)
        queue = [self.person() if operation else self.queue.put("PersonService/Create", b"\x0a\xff\xff") for operation in queue]
        count = "select count(*) from chibo.person"
        before, started = int(self.rows(count)[0][0]), time.monotonic()
        said = self.pump(queue)
        self.assertEqual((said.count("saved"), [w for w in said if w != "saved"]), (999, ["parked truncated"]))
        print(f"# {len(queue) / (time.monotonic() - started):.0f} operations a second")
        self.assertEqual(self.high(), (1000, queue[-1].hash, "active"))
        self.assertEqual(int(self.rows(count)[0][0]), before + 999)

    def pump(self, queue, width=8):
        """Sends what is left of the queue, `width` at a time, until all is answered; a lost line is opened again."""
        said = []
        while len(said) < len(queue):
            sent = queue[len(said):len(said) + width]
            requests = [operation.request(self.client) for operation in sent]
            try:
                for request in requests:
                    self.client.connection.send_frame(request.SerializeToString())
                for request in requests:
                    said.append(self.say(self.client.reply_to(request)))
            except OSError:
                self.client = self.at(self.computer, CLERK)
            self.assertNotIn("gap", said, "operations of a connection run in their order")
            replayed = [n for n, word in enumerate(said) if word == "replayed"]
            for n in replayed:      # answered before the line broke, unheard
                said[n] = "saved"
        return said


class Forks(ChainCase):
    def test_other_content(self):
        """another operation at a number that was answered: both computers stop, and what was sent is kept"""
        self.became(self.person(), "saved")
        double = Queue(self.computer)
        theirs = self.person(double)
        self.became(theirs, "fork")
        self.assertEqual(self.high()[2], "quarantined")
        self.assertEqual(self.parked(), [("1", "open", "9", "fork")])
        self.became(self.person(), "device_quarantined")
        self.became(self.person(double), "device_quarantined")
        self.assertEqual(len(self.parked()), 1)

    def test_other_predecessor(self):
        """a number in turn behind another past"""
        self.became(self.person(), "saved")
        double = Queue(self.computer)
        self.person(double)
        self.became(self.person(double), "fork")
        self.assertEqual(self.high()[2], "quarantined")

    def test_seen_by_a_refusal(self):
        """a fork that is refused before it comes to the chain is a fork all the same"""
        self.became(self.person(), "saved")
        self.became(Queue(self.computer).put("AccountService/Create", id=uuid7(), login_name="a"), "fork")
        self.assertEqual((self.high()[2], [row[3] for row in self.parked()]), ("quarantined", ["fork"]))

    def test_reads(self):
        """a computer in quarantine reads, and knows what was saved; it writes nothing, in the chain or past it"""
        saved = self.person()
        self.became(saved, "saved")
        self.became(self.person(Queue(self.computer)), "fork")
        self.became(saved, "replayed")
        self.assertTrue(self.client.read("UnitService/List", limit=1).units)
        with self.assertRefused(9, "device_quarantined"):
            self.client.submit("PersonService/Create", id=uuid7(), unit_id=self.ward, family_name="Lê", given_name="Thử",
                               sex="SEX_FEMALE", born_on="1980")
        with enrolled.administrator(self.server) as admin:
            device, = [d for d in admin.read("DeviceService/List").devices if d.id == self.computer.id]
        self.assertEqual((device.state, device.reason, device.high_seq), (4, "fork", 1))

    def test_enrolled_anew(self):
        """under a new key the queue is offered again: known, refused, kept and new ones get their places"""
        saved, refused, forked = self.person(), self.person(given_name=""), None
        self.became(saved, "saved")
        self.became(refused, "parked name")
        forked = self.person(Queue(self.computer))
        self.became(forked, "fork")
        with enrolled.administrator(self.server) as admin:
            computer = enrolled.computer(self.server, self.ward, by=admin)
        self.addCleanup(computer.directory.cleanup)
        client, queue = self.at(computer, CLERK), Queue(computer)
        for old, word in ((saved, "replayed"), (refused, "parked name"), (forked, "saved"), (None, "saved")):
            operation = self.person(queue) if old is None else queue.put(old.method, old.body)
            if old is not None:
                operation.op_id = old.op_id
                operation.hash = queue.hash = enrolled.link(operation.place["prev_hash"], queue.seq, old.op_id,
                                                            enrolled.request_hash(old.method, old.body))
            self.became(operation, word, client=client)
        self.assertEqual(self.high(computer), (4, queue.hash, "active"))


class Refusals(ChainCase):
    def refused(self, operation, code, rule):
        reply = self.became(operation, f"parked {rule}")
        self.assertEqual(reply.status.code, code)
        self.assertTrue(reply.position and reply.feed and reply.head_hash)
        again = self.became(operation, f"parked {rule}")
        self.assertEqual((again.status, again.position, again.head_hash), (reply.status, reply.position, reply.head_hash))
        return reply

    def test_each_code(self):
        """wherever it arises, a definite refusal is kept, is an answer, and is given again"""
        known, taken, other = uuid7(), uuid7(), uuid7()     # what is refused is waited for: a record of its own for each
        self.became(self.person(id=known), "saved")
        self.became(self.person(id=taken), "saved")
        self.became(self.person(id=other), "saved")
        put = self.queue.put
        for code, rule, make in (
                (3, "required", lambda: put("PersonService/Create", unit_id=self.ward)),
                (3, "name", lambda: self.person(given_name="")),
                (3, "utf8", lambda: put("PersonService/Create", b"\x1a\x01\xff")),
                (5, "not_found", lambda: put("PersonService/Update", id=uuid7(), base_version=1, update_mask=["education"])),
                (6, "id_taken", lambda: self.person(id=taken)),
                (7, "permission_denied", lambda: put("AccountService/Create", id=uuid7(), login_name="ai.do")),
                (9, "second_person", lambda: put("PersonService/Update", id=other, base_version=1, update_mask=["given_name"])),
                (10, "conflict", lambda: put("PersonService/Update", id=known, base_version=9, update_mask=["education"])),
                (12, "unknown_method", lambda: put("PersonService/Fly", b"")),
                (3, "not_a_write", lambda: put("UnitService/List", b""))):
            with self.subTest(rule):
                self.refused(make(), code, rule)
        self.assertEqual(self.high(), (13, self.queue.hash, "active"))
        self.assertEqual({state for _, state, *_ in self.parked()}, {"open"})
        self.became(self.person(), "saved")

    def test_attended(self):
        """who is there has been told: nothing waits for a decision"""
        self.became(self.person(given_name="", envelope={"attended": True}), "parked name")
        self.assertEqual(self.parked(), [("1", "answered", "3", "name")])
        self.assertEqual(self.rows("select count(*) from ledger.parked where state = 'answered' and body is not null"), [("0",)])

    def test_not_definite(self):
        """what may be answered otherwise later keeps its place in the queue"""
        operation = self.person()
        self.became(operation, "login_required", token=bytes(32))
        self.assertEqual((self.high()[0], self.parked()), (0, []))
        self.became(operation, "saved")

    def test_permission_lost(self):
        """what was saved is saved, although whoever sends it again may not do it any more"""
        operation = self.person()
        first = self.became(operation, "saved")
        grant, = self.rows("select g.id from auth.\"grant\" g join auth.account a on a.person_id = g.person_id "
                           f"where a.login_name = '{CLERK}'")
        was = self.rows(f"select role from auth.\"grant\" where id = '{grant[0]}'")[0][0]
        self.sql(f"update auth.\"grant\" set role = 'BD' where id = '{grant[0]}'")
        self.addCleanup(self.sql, f"update auth.\"grant\" set role = '{was}' where id = '{grant[0]}'")
        client = self.at(self.computer, CLERK)
        again = self.became(operation, "replayed", client=client)
        self.assertEqual((again.position, again.head_hash), (first.position, first.head_hash))
        self.became(self.person(), "parked permission_denied", client=client)

    def test_waiting(self):
        """what builds on a refused operation waits for it, and all of them are told apart"""
        record = uuid7()
        create = self.person(id=record, given_name="")
        update = self.queue.put("PersonService/Update", id=record, base_version=1, update_mask=["education"], education="12/12")
        further = self.queue.put("PersonService/Update", id=record, base_version=2, update_mask=["profession"])
        self.became(create, "parked name")
        for operation in (update, further):
            reply = self.became(operation, "parked waits_for_operation")
            self.assertEqual(uuid.UUID({p.name: p.value for p in reply.status.params}["op"]).bytes,
                             create.op_id if operation is update else update.op_id)
        lines = [{"row_no": n, "id": uuid7(), "person_id": person, "membership_id": uuid7(), "unit_code": "NLO.TT.01",
                  "family_name": "Lê", "given_name": "Thử", "sex": "SEX_FEMALE", "born_on": "1999", "joined_on": "2022-01-01",
                  "status": "MEMBER_STATUS_PROBATIONARY"} for n, person in ((2, uuid7()), (3, record))]
        for method, fields in (("ClassService/Send", {"class_id": uuid7(), "candidate_ids": [uuid7(), record]}),
                               ("MemberService/Import", {"unit_id": self.ward, "lines": lines}),
                               ("MemberService/Update", {"id": record, "base_version": 1, "update_mask": ["works_away"]})):
            with self.subTest(method):
                self.became(self.queue.put(method, **fields), "parked waits_for_operation")
        self.became(self.person(), "saved")

    def test_killed_in_between(self):
        """kill -9 of the server after the refusal and before it is kept: sent again it is answered alike"""
        operation = self.queue.put("AccountService/Create", id=uuid7(), login_name="ai.do")
        self.became(self.person(Queue(self.computer)), "saved", dry_run=True)     # the gate knows the caller
        with self.held():
            self.client.connection.send_frame(operation.request(self.client).SerializeToString())
            waits = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'ledger.park' and datname = current_database()"
            until = time.monotonic() + 10
            while not self.rows(waits) and time.monotonic() < until:
                time.sleep(0.01)
            self.assertTrue(self.rows(waits))
            self.server.kill()
            self.sql(f"select pg_terminate_backend(pid) from ({waits}) w")
        self.assertEqual(self.parked(), [])
        self.server.start()
        self.client = self.at(self.computer, CLERK)
        self.refused(operation, 7, "permission_denied")
        self.became(self.person(), "saved")


class Decisions(ChainCase):
    def conflict(self):
        """A change that came too late, and the record that it is about."""
        record = uuid7()
        self.became(self.person(id=record), "saved")
        late = self.queue.put("PersonService/Update", id=record, base_version=9, update_mask=["education"], education="12/12")
        self.became(late, "parked conflict")
        return record, late

    def listed(self, client=None, **fields):
        return [o for o in (client or self.client).read("ConflictService/List", **fields).operations
                if o.device_id == self.computer.id]

    def test_shown(self):
        """who may decide sees what was sent, and the reading is on record"""
        record, late = self.conflict()
        row, = self.listed()
        self.assertEqual((row.id, row.version, row.state, row.method, row.subject_id, row.device_seq, row.code, row.rule, row.params),
                         (late.op_id, 1, 1, "PersonService/Update", record, 2, 10, "conflict", "version=1"))
        self.assertEqual((row.full_name, row.device_name), ("Cầm Thị Yến", "Máy thử"))
        shown = self.client.read("ConflictService/Show", id=late.op_id)
        self.assertEqual((shown.operation, shown.body), (row, late.body))
        read = self.rows(f"select e.method from ledger.record r join ledger.entry e on e.feed = r.feed and e.position = r.position "
                         f"where r.entity = 'parked_operation' and r.id = '{uuid.UUID(bytes=late.op_id)}' and r.kind = 'read'")
        self.assertEqual(read, [("ConflictService/Show",)])
        self.assertEqual(self.rows(f"select position('{late.body.hex()}' in encode(body, 'hex')) from ledger.parked "
                                   f"where id = '{uuid.UUID(bytes=late.op_id)}'"), [("0",)])

    def test_out_of_scope(self):
        """nobody else sees it"""
        _, late = self.conflict()
        for login_name in (SECRETARY, OTHER_CLERK):
            other = self.login(login_name)
            self.assertEqual(self.listed(other), [])
            with self.assertRefused(5, "not_found", "id"):
                other.read("ConflictService/Show", id=late.op_id)
            with self.assertRefused(5, "not_found", "id"):
                other.submit("ConflictService/Resolve", id=late.op_id, base_version=1)

    def test_sent_anew(self):
        """the same change, made again by who sees the record as it is, ends the waiting"""
        record, late = self.conflict()
        behind = self.queue.put("PersonService/Update", id=record, base_version=1, update_mask=["education"], education="9/12")
        self.became(behind, "parked waits_for_operation")
        anew = self.queue.put("PersonService/Update", id=record, base_version=1, update_mask=["education"], education="12/12",
                              envelope={"attended": True})
        self.became(anew, "saved")
        with self.assertRefused(9, "resent_unknown", "resent_id"):
            self.client.submit("ConflictService/Resolve", id=late.op_id, base_version=1, resent_id=behind.op_id)
        with self.assertRefused(10, "conflict", "base_version"):
            self.client.submit("ConflictService/Resolve", id=late.op_id, base_version=2, resent_id=anew.op_id)
        resolve = self.queue.put("ConflictService/Resolve", id=late.op_id, base_version=1, resent_id=anew.op_id)
        self.became(resolve, "saved")
        self.became(resolve, "replayed")
        self.assertEqual([(o.id, o.version) for o in self.listed(state="PARKED_STATE_RESENT")], [(late.op_id, 2)])
        self.client.submit("ConflictService/Resolve", id=behind.op_id, base_version=1, note="Đã ghi lại")
        self.assertEqual(self.listed(), [])
        row, = self.listed(state="PARKED_STATE_DISCARDED")
        self.assertEqual((row.id, row.note, row.waits_for_id), (behind.op_id, "Đã ghi lại", late.op_id))
        with self.assertRefused(9, "parked_closed", "id"):
            self.client.submit("ConflictService/Resolve", id=behind.op_id, base_version=2)
        self.became(self.queue.put("PersonService/Update", id=record, base_version=2, update_mask=["education"],
                                   education="10/12"), "saved")

    def test_counted_nowhere(self):
        """what was refused is in no table of records"""
        tables = ("person", "member", "membership", "meeting", "candidate")
        counts = lambda: [self.rows(f"select count(*) from chibo.{table}") for table in tables]
        before = counts()
        for _ in range(3):
            self.became(self.person(given_name=""), "parked name")
        self.assertEqual(counts(), before)

    def test_keys(self):
        """what is kept is sealed, and moves to a newer key like everything else"""
        _, late = self.conflict()
        self.server.chibod("make-seal-key", self.server.seal_key)
        self.server.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        self.server.chibod("reseal", "-c", self.server.config)
        key, = self.rows(f"select chibo.seal_key(body) from ledger.parked where id = '{uuid.UUID(bytes=late.op_id)}'")
        self.assertGreater(int(key[0]), 1)
        self.assertEqual(self.client.read("ConflictService/Show", id=late.op_id).body, late.body)


if __name__ == "__main__":
    tap.main()
