#!/usr/bin/python3
"""Streams of changes: what is committed is told once, in order, to whoever may hear it, and to nobody else."""

import collections
import socket
import threading
import time
import unittest
import uuid

import example
import fixture
import tap
from client import MESSAGES, Client, Refused, uuid7

Follow, Told = MESSAGES["WatchFollowRequest"], MESSAGES["WatchFollowResponse"]
SOON = 1.0              # within this a change has arrived


class Ended(Exception):
    """The stream's last reply."""

    def __init__(self, status):
        self.code, self.rule, self.field = status.code, status.rule, status.field
        super().__init__(f"{self.code} {self.rule} {self.field}")


class Stream:
    """A client that follows."""

    def __init__(self, client, unit=None, after=(), since=None):
        self.client = client
        fields = {"unit_id": unit, "since_at_us": since}
        request = Follow(after=[{"feed": feed, "position": position} for feed, position in after], **fields)
        self.request = client.request("WatchService/Follow", request.SerializeToString())
        self.raw = b""
        if not hasattr(client, "streams"):
            client.streams = collections.defaultdict(collections.deque)     # replies by the request's id
        client.connection.send_frame(self.request.SerializeToString())
        self.cursors = {}

    def next(self, timeout=10):
        """The next reply; None if none comes in time. Ended if it is the last."""
        self.client.connection.socket.settimeout(timeout)
        mine = self.client.streams[self.request.id]
        try:
            while not mine:
                header = self.client.connection.read_exactly(4)
                if header is None:
                    raise ConnectionError("the server closed the connection")
                raw = self.client.connection.read_exactly(int.from_bytes(header, "big"))
                reply = MESSAGES["Reply"].FromString(raw)
                self.client.streams[reply.id].append((raw, reply))
        except TimeoutError:
            return None
        raw, reply = mine.popleft()
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
        self.since = told.at_us
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
        client.submit("PersonService/Create", **self.new_person(made, unit, given))
        return made

    def new_person(self, made, unit="NLO.TT.01", given="Thử"):
        return {"id": made, "unit_id": self.units[unit], "family_name": "Lò", "given_name": given, "sex": 1,
                "born_on": "1990-05-01"}


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


    def test_what_was_only_tried_or_read_is_not_told(self):
        stream = self.follow("bi.thu.1")
        self.office.submit("PersonService/Create", dry_run=True, **self.new_person(uuid7()))
        made = self.person(self.office)
        self.office.read("PersonService/GetSensitive", id=made)
        self.assertEqual(stream.entry().marks[0].id, made)
        self.assertIsNone(stream.entry(1))

    def test_a_repeated_operation_is_told_once(self):
        stream, op_id, made = self.follow("bi.thu.1"), uuid7(), uuid7()
        for _ in range(3):
            self.office.submit("PersonService/Create", op_id=op_id, **self.new_person(made))
        self.assertEqual(stream.entry().marks[0].id, made)
        self.assertIsNone(stream.entry(1))

    def test_sixteen_writers_are_heard_in_order_and_once(self):
        stream = self.follow("bi.thu.1")
        made, per_writer = [], 12

        def write(number):
            client = Client(self.server.port, self.server.pin)
            client.token = self.office.token
            with client:
                for _ in range(per_writer):
                    person = self.person(client)
                    made.append((client.last.position, person))

        writers = [threading.Thread(target=write, args=(number,)) for number in range(16)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(len(made), 16 * per_writer)
        heard = [stream.entry() for _ in made]
        self.assertEqual([(told.position, told.marks[0].id) for told in heard], sorted(made))
        self.assertIsNone(stream.entry(1))

    def test_a_stream_goes_on_where_an_earlier_one_stood(self):
        stream = self.follow("bi.thu.1")
        stood = dict(stream.cursors)
        stream.client.connection.close()
        missed = [self.person(self.office) for _ in range(3)]
        again = Stream(self.login("bi.thu.1"), after=stood.items())
        self.assertEqual([again.entry().marks[0].id for _ in missed], missed)
        now = self.person(self.office)
        self.assertEqual(again.entry().marks[0].id, now)
        self.assertIsNone(again.entry(1))

    def test_a_feed_begun_meanwhile_is_told_whole(self):
        """to whoever says since when he knows the feeds"""
        stream = self.follow("truong.ban")
        stood, since = dict(stream.cursors), stream.since
        stream.client.connection.close()
        head, ward = self.login("truong.ban"), uuid7()
        root = head.read("SessionService/WhoAmI").grants[0].unit_id
        head.submit("UnitService/Create", id=ward, parent_id=root, code="XA.MOI", name="Xã Mới", founded_on="2000-01-01",
                    kind="grassroots_committee", basis="1-QĐ")
        feed = head.last.feed
        self.assertNotIn(feed, stood)
        again = Stream(self.login("truong.ban"), after=stood.items(), since=since)
        self.assertEqual((again.entry().feed, again.cursors[feed]), (feed, 1))
        again = self.follow("truong.ban", after=again.cursors.items())
        self.assertIsNone(again.entry(1))

    def test_a_place_ahead_of_the_feed_is_refused(self):
        stream = self.follow("bi.thu.1")
        (feed, position), = stream.cursors.items()
        ahead = Stream(self.login("bi.thu.1"), after=[(feed, position + 1000)])
        self.assertEqual(ahead.end(), (11, "out_of_range"))

    def test_the_district_hears_all_wards(self):
        stream = self.follow("truong.ban")
        self.assertGreater(len(stream.cursors), 2)
        there, here = self.login("van.phong.tx"), self.person(self.office)
        yonder = uuid7()
        there.submit("PersonService/Create", **self.new_person(yonder, "HUE.TX"))
        self.assertEqual({stream.entry().marks[0].id, stream.entry().marks[0].id}, {here, yonder})

    def test_a_unit_below_is_followed_alone(self):
        stream = self.follow("van.phong.tt", "NLO.TT.02")
        self.person(self.office, "NLO.TT.01")
        made = self.person(self.office, "NLO.TT.02")
        self.assertEqual(stream.entry().marks[0].id, made)
        self.assertIsNone(stream.entry(1))

    def test_names_are_for_whoever_may_read_histories(self):
        """and one's own"""
        others, own = self.follow("bi.thu.1"), self.follow("van.phong.tt")
        self.person(self.office)
        self.assertEqual(others.entry().full_name, "")
        self.assertEqual(own.entry().full_name, "Cầm Thị Yến")

    def test_who_moves_to_a_sibling_left_here_and_came_there(self):
        moved = self.person(self.office)
        left, came = self.follow("bi.thu.1"), self.follow("bi.thu.2")
        self.sql(f"""
            begin;
            select set_config('app.account_id', (select id::text from auth.account where login_name = 'van.phong.tt'), true),
                   set_config('app.method', 'MemberService/Place', true);
            select ledger.claim(gen_random_uuid(), sha256('y'));
            update chibo.person p set unit_id = u.id, unit_pos = u.pos, version = p.version + 1
            from chibo.unit u
            where u.id = '{uuid.UUID(bytes=self.units["NLO.TT.02"])}' and p.id = '{uuid.UUID(bytes=moved)}';
            select ledger.publish();
            commit;""")
        gone, here = left.entry().marks, came.entry().marks
        self.assertEqual({mark.kind for mark in gone}, {3})
        self.assertEqual({mark.unit_id for mark in gone}, {self.units["NLO.TT.01"]})
        self.assertEqual({mark.kind for mark in here}, {1})
        self.assertNotIn(self.units["NLO.TT.02"], left.raw)
        self.assertNotIn(self.units["NLO.TT.01"], came.raw)


class ScopeTest(WatchCase):
    def test_of_a_sibling_no_byte_arrives(self):
        stream, office = self.follow("bi.thu.2"), self.login("van.phong.tt")
        made = [self.person(office, "NLO.TT.01", "Kinđăng") for _ in range(5)]
        own = self.person(office, "NLO.TT.02")
        told = stream.entry()
        self.assertEqual([mark.id for mark in told.marks], [own])
        self.assertIsNone(stream.entry(1))
        for canary in [*made, "Kinđăng".encode(), self.units["NLO.TT.01"]]:
            self.assertNotIn(canary, stream.raw)

    def test_a_unit_out_of_scope_is_like_none(self):
        for unit in (self.units["NLO.TT.01"], self.units["HUE.TX"], uuid7()):
            self.assertEqual(Stream(self.login("bi.thu.2"), unit).end(), (5, "not_found"))

    def test_a_foreign_feed_is_not_told(self):
        """although the request says that one stood there"""
        office = self.login("van.phong.tx")
        yonder = self.person(office, "HUE.TX")
        stream = Stream(self.login("bi.thu.2"), after=[(office.last.feed, 0)]).opened()
        self.assertNotIn(office.last.feed, stream.cursors)
        self.assertNotIn(yonder, stream.raw)

    def test_a_member_may_not_follow(self):
        self.assertEqual(Stream(self.login("dang.vien")).end(), (7, "permission_denied"))


class EndTest(WatchCase):
    settings = {"watch_check_ms": 300}

    def account(self, login_name):
        return f"(select id from auth.account where login_name = '{login_name}')"

    def test_logging_out_ends_it(self):
        stream = self.follow("bi.thu.1")
        other = self.connect()
        other.token = stream.client.token
        other.read("SessionService/Logout")
        self.assertEqual(stream.end(SOON), (16, "login_required"))

    def test_a_session_that_expires_ends_it(self):
        stream = self.follow("bi.thu.1")
        self.sql("update auth.session set last_seen_at = now() - interval '13 hours' "
                 f"where account_id = {self.account('bi.thu.1')}")
        self.assertEqual(stream.end(3), (16, "session_expired"))

    def test_a_grant_that_ends_ends_it(self):
        stream = self.follow("bi.thu.2")
        head = self.login(example.TOP["DH"])
        grant = next(grant for grant in head.read("GrantService/List", unit_id=self.units["NLO.TT.02"]).grants
                     if grant.role == "BS")
        head.submit("GrantService/End", id=grant.id)
        self.assertEqual(stream.end(SOON)[0], 7)

    def test_others_hear_on(self):
        stream, ended = self.follow("van.phong.tt"), self.follow("van.phong.tt")
        ended.client.connection.close()
        made = self.person(self.login("van.phong.tt"))
        self.assertEqual(stream.entry().marks[0].id, made)


class WakeTest(WatchCase):
    settings = {"watch_check_ms": 60000, "watch_poll_ms": 60000}

    def test_a_login_wakes_nobody(self):
        """it takes no rights; a logout may"""
        stream, other = self.follow("bi.thu.1"), self.login("bi.thu.2")
        self.sql("update auth.session set last_seen_at = now() - interval '13 hours' "
                 "where account_id = (select id from auth.account where login_name = 'bi.thu.1')")
        self.login("bi.thu.2")
        self.assertIsNone(stream.next(SOON))
        other.read("SessionService/Logout")
        self.assertEqual(stream.end(SOON), (16, "session_expired"))


class LineTest(WatchCase):
    settings = {"watch_ping_ms": 400, "idle_timeout_ms": 900, "watch_check_ms": 60000}

    def test_a_silent_stream_lives(self):
        stream = self.follow("bi.thu.1")
        began = time.monotonic()
        pings = 0
        while time.monotonic() - began < 3:
            told = stream.next(2)
            self.assertIsNotNone(told)
            self.assertEqual(told.ByteSize(), 0)
            pings += 1
        self.assertGreaterEqual(pings, 3)
        made = self.person(self.login("van.phong.tt"))
        self.assertEqual(stream.entry().marks[0].id, made)

    def test_requests_go_on_beside_it(self):
        stream = self.follow("van.phong.tt")
        self.assertEqual(stream.client.read("SessionService/WhoAmI").login_name, "van.phong.tt")

    def test_a_connection_has_four_streams(self):
        client = self.login("bi.thu.1")
        streams = [Stream(client) for _ in range(4)]
        for stream in streams:
            stream.opened()
        self.assertEqual(Stream(client).end(), (14, "busy"))
        self.assertEqual(client.read("SessionService/WhoAmI").login_name, "bi.thu.1")


class CrowdTest(WatchCase):
    settings = {"streams_max": 200}

    def test_two_hundred_streams(self):
        token = self.login("bi.thu.1").token
        streams = []
        for _ in range(50):
            client = self.connect()
            client.token = token
            streams += [Stream(client) for _ in range(4)]
            for stream in streams[-4:]:
                stream.opened()
        surplus = self.connect()
        surplus.token = token
        self.assertEqual(Stream(surplus).end(), (14, "busy"))
        office = self.login("van.phong.tt")
        made = self.person(office)
        began = time.monotonic()
        office.read("MemberService/List", limit=20)
        self.assertLess(time.monotonic() - began, SOON)         # the others are not in the way
        for stream in streams:
            self.assertEqual(stream.entry().marks[0].id, made)
        for stream in streams:
            stream.client.connection.close()
        until = time.monotonic() + 5
        while time.monotonic() < until:                         # their places are free again
            stream = Stream(self.login("bi.thu.1"))
            try:
                stream.opened()
                break
            except Ended:
                time.sleep(0.1)
        else:
            self.fail("no place became free")


class SlowTest(WatchCase):
    settings = {"queue_stop": 16384, "queue_resume": 8192, "socket_buffer": 4096}

    def test_a_slow_reader_costs_nobody_anything(self):
        office = self.login("van.phong.tt")
        slow = self.follow("bi.thu.1")
        slow.client.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        quick = self.follow("bi.thu.1")
        before = self.server.resident_kib()
        self.sql(f"""
            do $$ begin
            for i in 1 .. 3000 loop
                perform set_config('app.account_id', (select id::text from auth.account where login_name = 'van.phong.tt'), true),
                        set_config('app.method', 'UnitService/Rename', true), ledger.claim(gen_random_uuid(), sha256('x'));
                update chibo.unit set version = version + 1 where id = '{uuid.UUID(bytes=self.units["NLO.TT.01"])}';
                perform ledger.publish();
                commit;
            end loop;
            end $$""")
        heard = [quick.entry().position for _ in range(3000)]
        self.assertEqual(heard, list(range(heard[0], heard[0] + 3000)))
        self.assertLess(self.server.resident_kib() - before, 4096)
        made = self.person(office)
        self.assertEqual(quick.entry().marks[0].id, made)
        self.assertEqual([slow.entry().position for _ in heard], heard)
        self.assertEqual(slow.entry().marks[0].id, made)
        self.assertIsNone(slow.entry(1))


class StopTest(WatchCase):
    def test_a_server_that_stops_takes_leave(self):
        streams = [self.follow("bi.thu.1") for _ in range(3)]
        began = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - began, 5)
        for stream in streams:
            self.assertEqual(stream.end(), (14, "goaway"))


if __name__ == "__main__":
    tap.main()
