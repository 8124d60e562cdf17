#!/usr/bin/python3
"""Bugs that somebody might write one day, each planted once: a test that lets them pass proves nothing."""

import contextlib
import unittest

import scenarios
import tap
from paths import BUILD
from world import District

CHIBO_PLANTED, CHIBOD_PLANTED = BUILD / "bin" / "chibo_planted", BUILD / "bin" / "chibod_planted"

# Function of the database -> what is there, and what a careless hand makes of it.
DROPPED_CLAIM = {
    "ledger.take": (("if found and d.id is null then\n\t\treturn;\n\telsif found then", "if d.id is null then\n\t\treturn;\n\telse"),)}
NO_HASH = {
    "ledger.take": (("o.account_id = v_account and o.request_hash = p_request_hash", "o.account_id = v_account"),),
    "ledger.replay": (("o.op_id = p_op_id and o.request_hash = p_request_hash", "o.op_id = p_op_id"),)}
XMIN = {
    "auth.page_end": (("where e.feed = p_feed and", "where e.xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint and e.feed = p_feed and"),)}
NUMBER_FIRST = {
    "ledger.append": (("select h.position + 1, h.hash into e.position, e.prev_hash\n\tfrom ledger.feed_head h where h.feed = e.feed for update;",
                       "select nextval('ledger.planted'), h.hash into e.position, e.prev_hash\n\tfrom ledger.feed_head h where h.feed = e.feed;"),)}
NO_LEFT_SCOPE = {"ledger.touch": (("when o.feed_id <> n.feed_id", "when false"),)}
NO_FORK = {
    "ledger.require_next": (("elsif p_seq <= d.high_seq or p_prev_hash is distinct from d.high_hash then", "elsif false then"),)}


class Planted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.district = cls.enterClassContext(District())

    @contextlib.contextmanager
    def changed(self, functions):
        """These functions are other ones, until the end of the block."""
        before = []
        try:
            for function, changes in functions.items():
                (hexed,), = self.district.sql(f"select encode(convert_to(pg_get_functiondef('{function}'::regproc), 'UTF8'), 'hex')")
                text = bytes.fromhex(hexed).decode()
                before.append(text)
                for old, new in changes:
                    self.assertIn(old, text)
                    text = text.replace(old, new)
                self.district.sql(text)
            yield
        finally:
            for text in before:
                self.district.sql(text)

    def caught(self, story, **planted):
        """It is well without the bug, and is not with it."""
        self.assertEqual(story(self.district), [])
        self.red(story, self.district, **planted)

    def red(self, story, district, **planted):
        try:
            problems = story(district, **planted)
        except Exception as error:  # noqa: BLE001: what cannot go on is caught, too
            problems = [f"{type(error).__name__}: {error}"]
        self.assertNotEqual(problems, [], "the bug was not seen")
        print(f"# caught: {problems[0].splitlines()[0][:160]}", flush=True)

    def caught_in_the_database(self, story, functions):
        self.assertEqual(story(self.district), [])
        with self.changed(functions):
            self.red(story, self.district)

    def caught_at_the_ward(self, story, bug):
        self.caught(story, chibo=CHIBO_PLANTED, environment={"CHIBO_PLANT": bug})

    def test_reply_before_sync(self):
        """replies before Sync came back"""
        self.assertEqual(scenarios.commit_fails(self.district), [])
        with self.served_by({"CHIBO_PLANT": "reply_before_sync"}):
            self.red(scenarios.commit_fails, self.district)

    @contextlib.contextmanager
    def served_by(self, environment):
        """The planted server, over the same database."""
        server, good = self.district.server, self.district.server.program
        usual = dict(server.environment)
        server.stop()
        server.program = CHIBOD_PLANTED
        server.environment.update(environment)
        server.start()
        try:
            yield
        finally:
            server.stop()
            server.program, server.environment = good, usual
            server.start()

    def test_claim_dropped(self):
        """no claim of the op_id"""
        (name,), = self.district.sql("select conname from pg_constraint where conrelid = 'ledger.entry'::regclass and "
                                     "contype = 'u'")
        self.district.sql(f"alter table ledger.entry drop constraint {name}")
        try:
            self.caught_in_the_database(scenarios.repeated, DROPPED_CLAIM)
        finally:
            self.district.sql(f"alter table ledger.entry add constraint {name} unique (op_id, feed)")

    def test_xmin(self):
        """a feed that is read up to the oldest open transaction"""
        self.caught_in_the_database(scenarios.idle_elsewhere, XMIN)

    def test_position_first(self):
        """a position that is taken before the feed is locked"""
        self.district.sql("create sequence ledger.planted; grant all on ledger.planted to chibo_ledger")
        try:
            self.caught_in_the_database(scenarios.racing, NUMBER_FIRST)
        finally:
            self.district.sql("drop sequence ledger.planted")

    def test_synchronous_commit(self):
        """synchronous_commit = off: the server does not start"""
        server = self.district.server
        server.stop()
        self.district.sql("alter role chibo_app set synchronous_commit = off")
        try:
            with self.assertRaises(RuntimeError):
                server.start(patience=5)
        finally:
            self.district.sql("alter role chibo_app reset synchronous_commit")
            server.start()

    def test_request_hash(self):
        """the request's hash is ignored"""
        self.caught_in_the_database(scenarios.other_bytes, NO_HASH)

    def test_left_scope(self):
        """the old feed is not told who left"""
        self.caught_in_the_database(scenarios.left_with_a_queue, NO_LEFT_SCOPE)

    def test_fork(self):
        """a fork is not detected"""
        self.caught_in_the_database(scenarios.copied, NO_FORK)

    def test_pruned(self):
        """the outbox forgets what was acknowledged"""
        self.caught_at_the_ward(self.restored_once, "prune_at_acknowledgement")

    @staticmethod
    def restored_once(district, **options):
        return scenarios.restored(district, wards=1, **options)

    def test_cursor(self):
        """the cursor stands one behind the last entry that was applied"""
        self.caught_at_the_ward(scenarios.follows, "cursor_plus_one")

    def test_queued(self):
        """queued is said without a commit"""
        self.caught_at_the_ward(scenarios.full_disk, "queued_without_commit")


if __name__ == "__main__":
    tap.main()
