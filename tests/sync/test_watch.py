"""Streams of changes: what is committed is told once, in order, to whoever may hear it, and to nobody else."""

import collections
import os
import select
import socket
import threading
import time
import unittest
import uuid

import example
import fixture
from client import MESSAGES, Client, Refused, uuid7

Follow, Told = MESSAGES["WatchFollowRequest"], MESSAGES["WatchFollowResponse"]
SOON = 1.0              # within this a change has arrived
FAMILY = ["Lò", "Cầm", "Quàng", "Lường", "Tòng"]


class Ended(Exception):
    """The stream's last reply."""

    def __init__(self, status):
        self.code, self.rule, self.field = status.code, status.rule, status.field
        super().__init__(f"{self.code} {self.rule} {self.field}")


class Stream:
    """A client that follows."""

    def __init__(self, client, unit=None, after=()):
        self.client = client
        fields = {"unit_id": unit} if unit else {}
        request = Follow(after=[{"feed": feed, "position": position} for feed, position in after], **fields)
        self.request = client.request("WatchService/Follow", request.SerializeToString())
        self.raw = b""
        client.connection.send_frame(self.request.SerializeToString())
        self.cursors = {}

    def next(self, timeout=10):
        """The next reply; None if none comes in time. Ended if it is the last."""
        self.client.connection.socket.settimeout(timeout)
        try:
            while True:
                header = self.client.connection.read_exactly(4)
                if header is None:
                    raise ConnectionError("the server closed the connection")
                raw = self.client.connection.read_exactly(int.from_bytes(header, "big"))
                reply = MESSAGES["Reply"].FromString(raw)
                if reply.id == self.request.id:
                    break
        except TimeoutError:
            return None
        self.raw += raw
        if not reply.more:
            raise Ended(reply.status)
        told = Told.FromString(reply.body)
        self.cursors.update({cursor.feed: cursor.position for cursor in told.cursors})
        if told.method:
            self.cursors[told.feed] = told.position
        return told

    def opened(self):
        told = self.next()
        assert told is not None and told.cursors and not told.method, told
        return self

    def entry(self, timeout=10):
        """The next entry; silence is skipped."""
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            told = self.next(left)
            if told is None or told.method:
                return told
        return None

    def end(self, timeout=15):
        """How it ends."""
        try:
            while self.next(timeout) is not None:
                pass
        except Ended as end:
            return end.code, end.rule
        return None


class WatchCase(fixture.ServerCase):
    def follow(self, login_name, unit=None, after=()):
        return Stream(self.login(login_name), unit and self.units[unit], after).opened()

    def person(self, client, unit="NLO.TT.01", given="Thử"):
        """A write in a unit; returns the id."""
        made = uuid7()
        client.submit("PersonService/Create", id=made, unit_id=self.units[unit], family_name="Lò", given_name=given, sex=1)
        return made


class FollowTest(WatchCase):
    def setUp(self):
        self.office = self.login("van.phong.tt")

    def test_a_change_of_this_server_arrives_at_once(self):
        stream = self.follow("bi.thu.1")
        began = time.monotonic()
        made = self.person(self.office)
        told = stream.entry()
        self.assertLess(time.monotonic() - began, SOON)
        self.assertEqual((told.method, told.records), ("PersonService/Create", 1))
        mark, = told.marks
        self.assertEqual((mark.entity, mark.id, mark.version, mark.kind, mark.unit_id, mark.position),
                         ("person", made, 1, 1, self.units["NLO.TT.01"], told.position))
        self.assertEqual((told.feed, told.position), (self.office.last.feed, self.office.last.position))

    def test_what_others_commit_is_seen_by_the_poll(self):
        stream = self.follow("bi.thu.1")
        began = time.monotonic()
        self.sql(f"""
            begin;
            select set_config('app.account_id', (select id::text from auth.account where login_name = 'van.phong.tt'), true),
                   set_config('app.method', 'PersonService/Update', true);
            select ledger.claim(gen_random_uuid(), sha256('x'));
            update chibo.unit set version = version + 1 where id = '{uuid.UUID(bytes=self.units["NLO.TT.01"])}';
            select ledger.publish();
            commit;""")
        told = stream.entry()
        self.assertLess(time.monotonic() - began, 2 * SOON)     # psql starts slowly
        self.assertEqual([mark.entity for mark in told.marks], ["unit"])


if __name__ == "__main__":
    unittest.main()
