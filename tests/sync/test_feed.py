#!/usr/bin/python3
"""What a ward pulls: complete, only its own, the same from pages of any size, and from one history alone."""

import os
import pathlib
import sys
import threading
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import enrolled  # noqa: E402
import tap  # noqa: E402
from client import Refused, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from mirror import CHANGED, LEFT, Mirror  # noqa: E402

WARD, BRANCH, SISTER, OTHER_WARD, OTHER_BRANCH = "HUE.TX", "HUE.TX.01", "HUE.TX.02", "NLO.TT", "NLO.TT.01"
NOT_FOUND, STATE, RANGE, DENIED = 5, 9, 11, 7
WRITERS, ROUNDS = 16, 12


def text(value):
    return str(uuid.UUID(bytes=value))


def settled(record):
    """Without what changes and is no change of the record: its place in the order of the tree."""
    kept = type(record)()
    kept.CopyFrom(record)
    if "pos" in record.DESCRIPTOR.fields_by_name:
        kept.ClearField("pos")
    return kept


class Listening:
    """Every byte that one client was sent."""

    def __init__(self, client):
        self.heard = b""
        read = client.connection.read_exactly

        def listen(count):
            data = read(count)
            self.heard += data or b""
            return data
        client.connection.read_exactly = listen


class FeedCase(ServerCase):
    def setUp(self):
        self.office = self.act("WO", WARD)
        self.secretary = self.act("BS", BRANCH)
        self.sister = self.act("BS", SISTER)
        self.other = self.act("WO", OTHER_WARD)
        self.officer = self.act("DO", None)

    def act(self, role, unit):
        """Known to the server at once: who shows no token for half a minute is cut off, and others take their time."""
        client = actors.act(self, role, unit)
        client.read("SessionService/WhoAmI")
        return client

    def new_member(self, unit, given_name="Mẫu"):
        """Written by its ward's office; returns the ids of member, person and place."""
        made, person, number = uuid7(), uuid7(), int.from_bytes(os.urandom(3), "big") % 1000000
        office = self.other if unit.startswith(OTHER_WARD) else self.office
        office.submit("MemberService/Create", id=made, person_id=person, unit_id=self.units[unit], biography_no=f"{number:06d}YB",
                      family_name="Lê", given_name=given_name, sex="SEX_FEMALE", born_on="1990", decision_on="2022-01-01",
                      joined_on="2022-02-01", status="MEMBER_STATUS_PROBATIONARY")
        return made, person

    def place(self, client, member, unit, from_on):
        version = int(self.sql(f"select version from chibo.member where id = '{text(member)}'")[0][0])
        client.submit("MemberService/Place", id=member, base_version=version, membership_id=uuid7(), unit_id=self.units[unit],
                      kind="MEMBERSHIP_KIND_PRIMARY", from_on=from_on)

    def assertSame(self, mirror):
        """What was copied and pulled is what is copied now."""
        fresh = Mirror(mirror.client).copy()
        self.assertEqual(set(mirror.records), set(fresh.records))
        for key, record in fresh.records.items():
            self.assertEqual(settled(mirror.records[key]), settled(record))
        self.assertEqual(mirror.parts, fresh.parts)
        self.assertEqual(mirror.digests(), mirror.server_digests())


class Pulling(FeedCase):
    def test_tail(self):
        """copy and pull are what a copy is afterwards, for the ward, its branches and another ward"""
        mirrors = [Mirror(client).copy(limit) for client, limit in
                   ((self.office, 500), (self.secretary, 7), (self.sister, 1000), (self.other, 500))]
        ward, branch, sister, other = mirrors
        self.assertGreater(len(ward.of("member")), len(branch.of("member")))
        self.assertGreater(len(branch.of("member")), 10)
        member, person = self.new_member(BRANCH)
        for mirror in mirrors:
            mirror.pull()
        self.assertEqual([("member", member) in mirror.records for mirror in mirrors], [True, True, False, False])
        # a name, which the member shows
        self.office.submit("PersonService/Update", id=person, base_version=1, update_mask=["profession"], profession="Giáo viên")
        # to the branch beside, and to another ward
        self.place(self.office, member, SISTER, "2023-01-01")
        for mirror in mirrors:
            mirror.pull(1)
        self.assertEqual([("member", member) in mirror.records for mirror in mirrors], [True, False, True, False])
        self.assertIn((LEFT, member), [(mark.kind, mark.id) for mark in branch.told])
        self.place(self.officer, member, OTHER_BRANCH, "2024-01-01")
        for mirror in mirrors:
            mirror.pull(2)
        self.assertEqual([("member", member) in mirror.records for mirror in mirrors], [False, False, False, True])
        self.assertIn((LEFT, member), [(mark.kind, mark.id) for mark in ward.told])
        self.assertIn((CHANGED, member), [(mark.kind, mark.id) for mark in other.told])
        for mirror in mirrors:
            self.assertSame(mirror)

    def test_long_agendas(self):
        """meetings with long agendas come in pages that an answer holds"""
        mirror = Mirror(self.secretary).copy()
        chair, clerk = [uuid.UUID(row[0]).bytes for row in self.sql(
            f"select person_id from chibo.member where unit_id = '{text(self.units[BRANCH])}' and status = 'full' limit 2")]
        (kind,), = self.sql("select code from chibo.code where list = 'agenda_item' limit 1")
        lines = [{"item_no": number, "kind": kind, "title": "ệ" * 300} for number in range(1, 51)]
        for month in range(1, 9):
            meeting = uuid7()
            self.secretary.submit("MeetingService/Create", id=meeting, unit_id=self.units[BRANCH], kind=1, period_month=f"2022-{month:02}",
                                  planned_at_us=1650000000000000 + month, chair_id=chair, clerk_id=clerk)
            self.secretary.submit("MeetingService/SetAgenda", id=meeting, base_version=1, lines=lines)
        mirror.pull()
        self.assertGreaterEqual(len(mirror.of("meeting")), 8)
        self.assertSame(mirror)

    def test_unit_moves(self):
        """a branch that goes to another ward takes everything along"""
        unit = uuid7()
        self.office.submit("UnitService/Create", id=unit, parent_id=self.units[WARD], code=f"ĐI.{os.urandom(3).hex()}".upper()
                           .replace("Đ", "D"), name="Chi bộ đi", kind="branch", sector="hamlet", founded_on="2020-01-01", basis="1-QĐ")
        self.units["GOES"] = unit
        member, _ = self.new_member("GOES")
        candidate = actors.candidate(self, f"'{text(unit)}'")
        ward, other = Mirror(self.office).copy(), Mirror(self.other).copy()
        self.assertIn(("candidate", candidate), ward.records)
        self.officer.submit("UnitService/Move", id=unit, base_version=1, parent_id=self.units[OTHER_WARD], from_on="2024-01-01")
        for mirror in (ward.pull(), other.pull()):
            self.assertSame(mirror)
        for key in (("unit", unit), ("member", member), ("candidate", candidate)):
            self.assertNotIn(key, ward.records)
            self.assertIn(key, other.records)

    def test_canary(self):
        """no byte of another ward's record reaches this one"""
        listening = Listening(self.secretary)
        mirror = Mirror(self.secretary).copy()
        for unit in (SISTER, OTHER_BRANCH, BRANCH):
            self.new_member(unit, "Kwanari" if unit != BRANCH else "Mình")
        mirror.pull()
        self.assertIn("Mình".encode(), listening.heard)
        self.assertNotIn(b"Kwanari", listening.heard)

    def test_pages(self):
        """pages of every size tell the same"""
        wide, narrow, one = (Mirror(self.office).copy() for _ in range(3))
        for n in range(5):
            self.new_member(BRANCH if n % 2 else SISTER)
        # one entry that is larger than a page
        self.sql("create or replace function auth.page_bytes() returns bigint language sql immutable as $$ select 2000::bigint $$")
        self.addCleanup(self.sql, "create or replace function auth.page_bytes() returns bigint language sql immutable "
                                  "as $$ select 200000::bigint $$")
        self.restart()
        unit = next(code for code in ("HUE.TX.03", "HUE.TX.04") if code in self.units)
        self.officer.submit("UnitService/Move", id=self.units[unit], base_version=1, parent_id=self.units[BRANCH],
                            from_on="2024-01-01")
        narrow.pull()
        one.pull(1)
        small = Mirror(self.office).copy()
        self.assertGreater(narrow.pages, wide.pages)
        self.sql("create or replace function auth.page_bytes() returns bigint language sql immutable as $$ select 200000::bigint $$")
        self.restart()
        wide.pull()
        for mirror in (narrow, one, small):
            self.assertEqual({key: settled(record) for key, record in mirror.records.items()},
                             {key: settled(record) for key, record in wide.records.items()})
            self.assertEqual({feed: cursor for feed, cursor in mirror.cursors.items()}, wide.cursors)
        self.assertSame(wide)

    def restart(self):
        """New connections to the database, which have planned nothing yet."""
        self.server.stop()
        self.server.start()
        for client in (self.office, self.secretary, self.sister, self.other, self.officer):
            token = client.token
            client.__init__(self.server.port, self.server.pin)
            self.addCleanup(client.connection.close)
            client.token = token
            client.read("SessionService/WhoAmI")

    def test_cursor(self):
        """a position ahead, another hash, another history, another feed"""
        mirror = Mirror(self.office).copy()
        self.new_member(BRANCH)
        feed = self.units[WARD]
        position, hash_ = mirror.cursors[feed]
        known = {"history_id": mirror.history, "feed": feed, "position": position, "hash": hash_}
        head = position + 1
        with self.assertRefused(RANGE, "out_of_range", "position") as caught:
            self.office.read("SyncService/Pull", **{**known, "position": head + 1})
        self.assertEqual(caught.exception.params, {"min": "0", "max": str(head)})
        with self.assertRefused(STATE, "history", "hash"):
            self.office.read("SyncService/Pull", **{**known, "hash": bytes(32)})
        with self.assertRefused(STATE, "history", "history_id") as caught:
            self.office.read("SyncService/Pull", **{**known, "history_id": bytes(16)})
        self.assertEqual(caught.exception.params, {"history_id": text(mirror.history)})
        for method, fields in (("Pull", known), ("Copy", {"entity": "member"}), ("Digest", {})):
            with self.assertRefused(NOT_FOUND, "not_found", "feed"):
                self.office.read(f"SyncService/{method}", **{**fields, "feed": self.units[OTHER_WARD]})
        with self.assertRefused(3, "unknown_entity", "entity"):
            self.office.read("SyncService/Copy", feed=feed, entity="account")
        self.assertEqual({feed.feed for feed in mirror.feeds()}, {feed, uuid.UUID(self.sql(actors.ROOT_UNIT)[0][0]).bytes})
        with self.assertRefused(DENIED, "permission_denied"):
            self.officer.read("SyncService/Feeds")
        self.assertFalse(self.officer.read("SyncService/Open").may_pull)

    def test_restore(self):
        """a database that was restored is in another history; a cold copy put back when somebody says so"""
        before = self.office.read("SyncService/Open").history_id
        self.restart()
        self.assertEqual(self.office.read("SyncService/Open").history_id, before)
        self.server.chibod("new-history", "-c", self.server.config)
        said = self.office.read("SyncService/Open").history_id
        self.assertNotEqual(said, before)
        self.assertEqual(self.sql("select local_uid from ledger.history order by started_at desc limit 1")[0][0], str(os.getuid()))
        self.server.stop()
        restored = f"{self.database}_restored"
        self.cluster.create(restored, self.database)
        self.addCleanup(self.cluster.drop, restored)
        self.server.settings["db_name"] = restored
        try:
            self.restart()
            seen = self.office.read("SyncService/Open").history_id
            self.assertNotIn(seen, (before, said))
        finally:
            self.server.settings["db_name"] = self.database
            self.restart()


class Writers(FeedCase):
    def test_writers(self):
        """16 writers, some of whom are refused, and a reader who pulls meanwhile: no hole, nothing lost"""
        clients = [self.act("WO", WARD) for _ in range(WRITERS)]
        mirror = Mirror(self.office).copy()
        members = [self.new_member(BRANCH if n % 2 else SISTER)[0] for n in range(WRITERS)]
        written, refused, done = [], [], threading.Event()

        def write(n):
            for round_ in range(ROUNDS):
                try:
                    clients[n].submit("MemberService/Update", id=members[n], base_version=round_ + 1 if round_ % 4 != 3 else 99,
                                      update_mask=["works_away"], works_away=round_ % 2 == 0)
                    written.append((members[n], round_ + 2))
                except Refused:
                    refused.append(n)

        def pull():
            while not done.is_set():
                mirror.pull(3)
        reader = threading.Thread(target=pull)
        writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
        reader.start()
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        reader.join()
        mirror.pull()
        self.assertTrue(written and refused)
        feed = self.units[WARD]
        positions = [int(row[0]) for row in self.sql(f"select position from ledger.entry where feed = '{text(feed)}' order by 1")]
        self.assertEqual(positions, list(range(1, len(positions) + 1)))
        first = min(mirror.entries[feed])
        self.assertEqual(sorted(mirror.entries[feed]), list(range(first, len(positions) + 1)))
        told = {mark.id for mark in mirror.told}
        self.assertEqual({member for member, _ in written} - told, set())
        self.assertSame(mirror)


class Reports(FeedCase):
    def test_status(self):
        """the district sees what each computer holds, and how far it is behind"""
        device, code = enrolled.invite(enrolled.administrator(self.server), self.units[WARD], "Máy phường Mẫu")
        computer = enrolled.Computer()
        computer.enrol(self.server, code)
        client = computer.login(self.server, "van.phong.tx", patience=5)
        self.addCleanup(client.connection.close)
        opened = client.read("SyncService/Open")
        self.assertEqual((opened.device_id, opened.high_seq, opened.high_hash, opened.may_pull), (device, 0, bytes(32), True))
        head = Mirror(self.office).copy().cursors[self.units[WARD]][0]
        client.read("SyncService/Report", waiting=3, oldest_at_us=1700000000000000, parked=1, feed=self.units[WARD], position=head,
                    proven_at_us=1700000001000000)
        self.new_member(BRANCH)
        row, = [row for row in self.officer.read("SyncService/Status", unit_id=self.units[WARD]).rows if row.device_id == device]
        self.assertEqual((row.name, row.state, row.waiting, row.oldest_at_us, row.parked, row.position, row.behind, row.proven_at_us),
                         ("Máy phường Mẫu", "active", 3, 1700000000000000, 0, head, 1, 1700000001000000))
        self.assertGreater(row.reported_at_us, row.proven_at_us)
        self.assertEqual([row for row in self.other.read("SyncService/Status").rows if row.device_id == device], [])
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.other.read("SyncService/Status", unit_id=self.units[WARD])
        with self.assertRefused(STATE, "device_unknown"):
            self.office.read("SyncService/Report", waiting=0, parked=0)
        self.sql(f"update auth.device set seen_at = now() - interval '91 days' where id = '{text(device)}'")
        row, = [row for row in self.officer.read("SyncService/Status", unit_id=self.units[WARD]).rows if row.device_id == device]
        self.assertEqual(row.state, "suspended")


if __name__ == "__main__":
    tap.main()
