#!/usr/bin/python3
"""A checker that never saw anything proves nothing: each is shown a thing that is spoilt, and the same thing mended."""

import contextlib
import sqlite3
import subprocess
import unittest
import uuid
from unittest import mock

import chaos
import judge
import scenarios
import tap
from book import FAIL, OK, seal_of
from client import Client
from world import District, World, uuid7

UNSEEN = "set session_replication_role = replica;"      # by the triggers that keep the ledger as it is


class Judge(unittest.TestCase):
    """Two wards in calm weather: what they wrote was saved, or refused and kept."""

    @classmethod
    def setUpClass(cls):
        cls.district = cls.enterClassContext(District())
        cls.baseline = judge.baseline(cls.district)
        cls.world = cls.enterClassContext(World(cls.district, 0, wards=2))
        for ward in cls.world.wards:
            ward.sync()
            cls.saved = ward.write(*scenarios.task(ward, "Việc"))[1]
            cls.refused = ward.write(*scenarios.update(uuid7(), 1))[1]
            ward.write(*scenarios.update(ward.members[0], 1), "--offline")
        cls.other, cls.ward = cls.world.wards
        cls.world.drain()

    # ---- spoil, look, mend ----

    def seen(self, spoilt, look, *words):
        """Nothing is wrong, then this is, in these words, and then nothing again."""
        self.assertEqual(list(look()), [])
        with spoilt:
            found = [str(line) for line in look()]
        for word in words:
            self.assertTrue(any(word in line for line in found), f"{word}: {found}")
        self.assertEqual(list(look()), [])

    @contextlib.contextmanager
    def at_the_server(self, table, change):
        """In the district's database, by somebody who may do anything there."""
        self.district.sql(f"create table public.kept as table {table}; {UNSEEN} {change}")
        try:
            yield
        finally:
            self.district.sql(f"{UNSEEN} delete from {table}; insert into {table} table public.kept; "
                              "drop table public.kept")

    def changed(self, table, change, where):
        return self.at_the_server(table, f"update {table} set {change} where {where}")

    def deleted(self, table, where):
        return self.at_the_server(table, f"delete from {table} where {where}")

    @contextlib.contextmanager
    def at_the_ward(self, change):
        """In the file of its computer's store, past all checks: by SQL, or by what makes new bytes of the old."""
        path = self.ward.store.path
        kept = path.read_bytes()
        try:
            if callable(change):
                path.write_bytes(change(kept))
            else:
                with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as store:
                    store.create_function("seal_of", -1, seal_of, deterministic=True)
                    store.executescript(f"pragma ignore_check_constraints = on; {change}")
            yield
        finally:
            path.write_bytes(kept)

    def remembered(self, op, outcome):
        """Another outcome of it than the one that was told."""
        return mock.patch.dict(self.world.ops, {op.op_id: (self.ward, op, outcome)})

    def forgotten(self, op):
        others = {op_id: kept for op_id, kept in self.world.ops.items() if op_id != op.op_id}
        return mock.patch.object(self.world, "ops", others)

    # ---- one world ----

    def test_clean(self):
        """a world where all is well is found well"""
        self.assertEqual(sorted(op.state for op in self.ward.store.outbox()), ["saved", "saved", "told"])
        self.assertEqual(judge.of_world(self.world) + judge.feeds(self.district), [])

    def test_operations(self):
        """an operation that is lost, unasked for, another one, without an entry, or not what was told"""
        def look():
            return judge.operations(self.world)
        saved, refused = f"op_id = '{self.saved.op_id.hex()}'", f"id = '{self.refused.op_id.hex()}'"
        for spoilt, word in (
                (self.deleted("ledger.op", saved), "does not have it"),
                (self.changed("ledger.op", "device_seq = 99", saved), "has another one"),
                (self.changed("ledger.op", "request_hash = sha256('')", saved), "has another one"),
                (self.changed("ledger.entry", "request_hash = sha256('')", saved), "has another one"),
                (self.deleted("ledger.entry", saved), "has no entry"),
                (self.deleted("ledger.parked", refused), "took effect"),
                (self.at_the_ward(f"update op set state = 3 where seq = {self.saved.seq}"), "here parked, there saved"),
                (self.remembered(self.saved, FAIL), "took effect"),
                (self.remembered(self.refused, OK), "was refused"),
                (self.forgotten(self.saved), "nobody asked for")):
            with self.subTest(word=word):
                self.seen(spoilt, look, word)

    def test_journal(self):
        """a memory that says something else than the journal on disk"""
        self.seen(self.forgotten(self.saved), lambda: judge.journal(self.world), "differ")

    def test_outbox(self):
        """an outbox with a row that is missing, another one or unanswered, and a server that stands elsewhere"""
        def look():
            return judge.outbox(self.world, self.ward)
        device = f"id = '{uuid.UUID(bytes=self.ward.device)}'"
        for spoilt, word in (
                (self.at_the_ward("delete from op where seq = 2"), "the chain of the outbox breaks"),
                (self.at_the_ward("delete from op where seq = 3"), "it is at 2"),
                (self.at_the_ward("update op set body = zeroblob(9) where seq = 2"), "the hash of 2"),
                (self.at_the_ward("update op set state = 0 where seq = 2"), "not drained"),
                (self.changed("auth.device", "high_seq = high_seq - 1", device), "chain at 2"),
                (self.changed("auth.device", "high_hash = sha256('')", device), "chain at 3"),
                (self.changed("auth.device", "state = 'quarantined'", device), "quarantined")):
            with self.subTest(word=word):
                self.seen(spoilt, look, word)

    def test_store(self):
        """a file with a byte that flipped in a row, a file that is none, and an index that lacks a row"""
        def flipped(kept):
            at = kept.index(self.ward.code.encode())
            return kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1:]
        for spoilt, word in (
                (self.at_the_ward(flipped), "CHECK constraint failed"),
                (self.at_the_ward(lambda kept: b"\xff" * 100 + kept[100:]), "not a database"),
                (self.at_the_ward(lambda kept: kept[:len(kept) // 2]), "malformed"),
                (self.at_the_ward("pragma writable_schema = on; delete from sqlite_schema where name = 'record_feed'; "
                                  "pragma writable_schema = off"), "never used")):
            with self.subTest(word=word):
                self.seen(spoilt, self.ward.store.problems, word)

    def test_heads(self):
        """a cursor or a mark that is not on the chain, a cursor behind its feed, and none at all"""
        own = f"where feed = x'{self.ward.unit.hex()}'"
        for change, word in ((f"update cursor set hash = randomblob(32) {own}", "is not on the chain"),
                             (f"update checkpoint set hash = randomblob(32) {own}", "is not on the chain"),
                             (f"update cursor set position = 1 {own}", "up to 1 of"),
                             (f"delete from cursor {own}", "it does not read its feed")):
            with self.subTest(change=change):
                self.seen(self.at_the_ward(change), lambda: judge.heads(self.world, self.ward), word)

    def test_replica(self):
        """a record that is missing, is an older one, is there twice, or has another digest"""
        member = f"where entity = 'member' and id = x'{self.ward.members[0].hex()}'"
        for change, word in (
                (f"delete from record {member}", "is at None in its copy"),
                (f"update record set version = version - 1 {member}", "is at 1 in its copy and at 2 on the server"),
                (f"update record set id = randomblob(16) {member}", "in its copy and at None on the server"),
                (f"update record set digest = digest + 1 {member}", "digests")):
            with self.subTest(change=change):
                self.seen(self.at_the_ward(change), lambda: judge.replica(self.world, self.ward), word)

    def test_canaries(self):
        """another ward's name in a file or on the terminal, and a scan that sees nothing"""
        (name,), = self.district.sql("select min(given_name) from chibo.person where unit_id = "
                                     f"'{uuid.UUID(bytes=self.other.unit)}'")
        for spoilt, word in (
                (self.at_the_ward(lambda kept: kept + name.encode()), f"keeps the name {name}"),
                (self.lying_about(name), f"keeps the name {name}"),
                (mock.patch.object(self.ward, "said", [f"Trần Văn {name}\n"]), f"printed the name {name}"),
                (mock.patch.object(self.ward, "home", self.world.directory / "nowhere"), "sees nothing")):
            with self.subTest(spoilt=spoilt):
                self.seen(spoilt, lambda: judge.canaries(self.world), word)

    @contextlib.contextmanager
    def lying_about(self, name):
        """In a file that nobody took away."""
        file = self.ward.home / "left.tmp"
        file.write_text(f"… {name}", encoding="utf-8")
        try:
            yield
        finally:
            file.unlink()

    # ---- all worlds of a district ----

    def test_feeds(self):
        """a hole, a byte that flipped, a head that is not the end, an operation without an entry; chibod says so"""
        second = f"feed = '{uuid.UUID(bytes=self.ward.unit)}' and position = 2"
        saved, head = f"op_id = '{self.saved.op_id.hex()}'", f"feed = '{uuid.UUID(bytes=self.ward.unit)}'"
        for spoilt, *words in (
                (self.deleted("ledger.entry", second), "follows 1", "positions", "chibod ledger: exit"),
                (self.changed("ledger.entry", "body = set_byte(body, 5, get_byte(body, 5) # 1)", second),
                 "hash", "bytes"),
                (self.changed("ledger.feed_head", "position = position - 1", head), "is not the end"),
                (self.deleted("ledger.entry", saved), "claimed and without an entry")):
            with self.subTest(words=words):
                self.seen(spoilt, lambda: judge.feeds(self.district), *words)

    def test_database(self):
        """an index that lacks a row"""
        self.seen(self.indexed_badly(), lambda: judge.database(self.district), "lacks matching index tuple")

    @contextlib.contextmanager
    def indexed_badly(self):
        ready = "update pg_index set indisready = {} where indexrelid = 'public.lacking_pkey'::regclass;"
        self.district.sql(f"create table public.lacking (id int primary key); {ready.format(False)} "
                          f"insert into public.lacking values (1); {ready.format(True)}")
        try:
            yield
        finally:
            self.district.sql("drop table public.lacking")

    def test_left_open(self):
        """connections that nobody closed, to the server and to its database"""
        def look():
            return chaos.left_open(self.district, self.baseline, patience=3)
        self.seen(self.visitors(4), look, "left open")
        self.seen(self.backend(), look, "left open")

    @contextlib.contextmanager
    def visitors(self, count):
        with contextlib.ExitStack() as them:
            for _ in range(count):
                them.enter_context(Client(self.district.server.port, self.district.server.pin))
            yield

    @contextlib.contextmanager
    def backend(self):
        """One that says it is chibod's."""
        with subprocess.Popen(["psql", "-X", "-q", "-U", "postgres", "-d", self.district.database],
                              env={**self.district.cluster.environment, "PGAPPNAME": "chibod"}, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as psql:
            print(r"\echo connected", file=psql.stdin, flush=True)
            psql.stdout.readline()
            yield


if __name__ == "__main__":
    tap.main()
