#!/usr/bin/python3
"""Lines that break, hang and crowd: every request is answered once or has no effect, nothing is left over."""

import contextlib
import pathlib
import socket
import ssl
import struct
import sys
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import example  # noqa: E402
import tap  # noqa: E402
from client import MESSAGES, SERVICES, Client, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from test_limits import field  # noqa: E402

EXHAUSTED, STATE, UNAUTHENTICATED = 8, 9, 16
GROWTH_KIB = 8192
STOP_S = 4                  # far below stop_timeout_ms: a call left over would take all of that


def packed(method, **fields):
    service, verb = method.split("/")
    return MESSAGES[SERVICES[service].methods_by_name[verb].input_type.name](**fields).SerializeToString()


def frame(request):
    data = request.SerializeToString()
    return struct.pack(">I", len(data)) + data


def reset(client):
    """The line is cut: no goodbye, no FIN."""
    client.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.connection.close()


class Lines(ServerCase):
    settings = {"unadmitted_per_source": 1000, "unadmitted_max": 1000, "write_stall_ms": 1500,
                "login_source_burst": 1000}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.stop_cleanly)

    @classmethod
    def stop_cleanly(cls):
        start = time.monotonic()
        code = cls.server.stop()
        assert code == 0, f"exit {code}"
        assert time.monotonic() - start < STOP_S, "a call was left over"

    def person(self, **changes):
        return {"id": uuid7(), "unit_id": self.units["NLO.TT.01"], "family_name": "Lò", "given_name": "Thử",
                "sex": "SEX_FEMALE", "born_on": "1999", **changes}

    def persons(self, column, value):
        return int(self.sql(f"select count(*) from chibo.person where {column} = '{value}'")[0][0])

    def test_cut(self):
        """a dialogue cut at every byte has no effect before its last one"""
        token, operation = self.login("van.phong.tt").token, uuid7()
        body = packed("PersonService/Create", **self.person(given_name="Cắt"))
        hello = packed("SessionService/Hello", protocol_min=1, protocol_max=1)
        login = packed("SessionService/Login", login_name="van.phong.tt", password=example.PASSWORD)

        def dialogue(client):
            yield frame(client.request("SessionService/Hello", hello))
            yield frame(client.request("SessionService/Login", login))
            yield frame(client.request("PersonService/Create", body, op_id=operation, token=token))

        lengths = [len(data) for data in dialogue(Client(self.server.port, self.server.pin, hello=False))]
        for cut in range(sum(lengths)):
            client, left = self.connect(hello=False), cut
            for data in dialogue(client):
                client.connection.send_bytes(data[:left])
                if left < len(data):
                    break
                self.assertFalse(client.connection.read_reply().HasField("status"))
                left -= len(data)
            (reset if cut % 2 else lambda client: client.connection.close())(client)
        self.assertEqual(self.persons("given_name", "Cắt"), 0)

    def test_lost_after_sending(self):
        """a line lost right after the request: the same operation again has one effect"""
        for number in range(20):
            client, operation = self.login("van.phong.tt"), uuid7()
            fields = self.person(profession=f"mất {number}")
            request = client.request("PersonService/Create", packed("PersonService/Create", **fields), op_id=operation)
            client.connection.send_bytes(frame(request))
            reset(client)
            self.login("van.phong.tt").submit("PersonService/Create", op_id=operation, **fields)
            self.assertEqual(self.persons("profession", f"mất {number}"), 1)

    def test_pipeline(self):
        """requests without waiting: every one is answered, exactly once"""
        client, count = self.login("can.bo"), 120
        methods = ["SessionService/WhoAmI", "MemberService/Explode", "UnitService/List", "MemberService/Get"]
        requests = [client.request(methods[number % 4]) for number in range(count)]
        client.connection.send_bytes(b"".join(map(frame, requests)))
        answered = [client.connection.read_reply().id for _ in requests]
        self.assertEqual(sorted(answered), [request.id for request in requests])
        client.read("SessionService/WhoAmI")

    def test_ids(self):
        """an id that does not grow ends the connection"""
        for again in (0, 1):
            with self.subTest(again=again):
                client = self.login("bi.thu.1")
                client.connection.send_bytes(frame(client.request("SessionService/WhoAmI", id=again)))
                status = client.connection.read_reply().status
                self.assertEqual((status.code, status.rule), (STATE, "request_id"))
                self.assertIsNone(client.connection.read_reply())

    def test_reset_in_flight(self):
        """lines cut while requests, and logins, are in flight"""
        login = packed("SessionService/Login", login_name="khong.co.ai", password=example.PASSWORD)
        for _ in range(25):
            client = self.login("can.bo", patience=20)
            for method, body in [("MemberService/List", b""), ("ReportService/MembersBySex", b""),
                                 ("SessionService/Login", login)] * 4:
                client.connection.send_bytes(frame(client.request(method, body)))
            reset(client)
        self.login("bi.thu.1").read("SessionService/WhoAmI")

    def test_broken_last(self):
        """a broken frame behind good ones ends the connection, and them with it"""
        for _ in range(10):
            client = self.login("can.bo")
            good = [frame(client.request("MemberService/List")) for _ in range(6)]
            client.connection.send_bytes(b"".join(good) + struct.pack(">I", 3) + b"\xff\xff\xff")
            while client.connection.read_reply() is not None:
                pass

    def test_slow_reader(self):
        """a client that asks and never reads is held, then closed; memory stays flat"""
        client, before = self.login("van.phong.tt"), self.server.resident_kib()
        asked = b"".join(frame(client.request("MemberService/List", packed("MemberService/List", limit=500)))
                         for _ in range(3000))
        client.connection.socket.settimeout(8)
        with contextlib.suppress(OSError, ssl.SSLError):
            client.connection.send_bytes(asked)
            time.sleep(3)
        self.assertLess(self.server.resident_kib() - before, GROWTH_KIB)
        self.assertIn("reason=write_stalled", self.server.log_text())

    def test_crowd(self):
        """two hundred connections at once"""
        failures = []

        def visit():
            try:
                clients = [self.login("bi.thu.1", patience=20) for _ in range(10)]
                for client in clients:
                    self.assertEqual(len(client.read("UnitService/List").units), 1)
            except Exception as problem:     # an assertion in a thread would be lost
                failures.append(problem)

        threads = [threading.Thread(target=visit) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_two_users(self):
        """two people interleaved over every database connection never see each other's branch"""
        seen = {}

        def read(login_name, code):
            client, wrong = self.login(login_name), set()
            for _ in range(150):
                wrong |= {unit.code for unit in client.read("UnitService/List").units} - {code}
            seen[login_name] = wrong

        people = {"bi.thu.1": "NLO.TT.01", "bi.thu.2": "NLO.TT.02", "khoi.5": "CLO.NT.05"}
        threads = [threading.Thread(target=read, args=person) for person in people.items() for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, dict.fromkeys(people, set()))


class Strangers(ServerCase):
    """Who has no token may not fill the memory, nor the queue of those who have one."""

    settings = {"unadmitted_per_source": 1000, "unadmitted_max": 1000}

    def test_batches_without_a_token(self):
        """small requests that unpack large, on many connections, with a token that is none"""
        member, before = self.login("van.phong.tt"), self.server.resident_kib()
        body = field(1, b"u" * 16) + field(2, b"") * 1900
        clients = [self.connect() for _ in range(100)]
        for client in clients:
            client.connection.send_bytes(b"".join(
                frame(client.request("MemberService/CheckImport", body, token=b"t" * 32)) for _ in range(8)))
        member.read("MemberService/List", limit=1)
        for client in clients:
            for _ in range(8):
                status = client.connection.read_reply().status
                self.assertIn((status.code, status.rule),
                              [(EXHAUSTED, "request_memory"), (UNAUTHENTICATED, "login_required")])
        self.assertLess(self.server.resident_kib() - before, 4 * GROWTH_KIB)


class Memory(ServerCase):
    """Requests have so little memory that a padded one fills it."""

    settings = {"arena_live_max": 65536, "arena_total_max": 65536}

    def test_answer_of_a_full_request(self):
        """a write is refused before it is done, or answered: never done and refused"""
        client, done, least, most = self.login("van.phong.tt"), 0, 2_000, 60_000

        def write(padding):
            fields = {"id": uuid7(), "unit_id": self.units["NLO.TT.01"], "family_name": "Lò", "given_name": "Đầy",
                      "sex": "SEX_FEMALE", "born_on": "1999"}
            body = packed("PersonService/Create", **fields) + field(100, b"x" * padding)
            return client.exchange(client.request("PersonService/Create", body, op_id=uuid7()))

        def is_done(padding):
            nonlocal done
            accepted = not write(padding).HasField("status")
            done += accepted
            there = int(self.sql("select count(*) from chibo.person where given_name = 'Đầy'")[0][0])
            self.assertEqual(there, done, f"padding {padding}: answered {'' if accepted else 'un'}done")
            return accepted

        while most - least > 16:
            middle = (least + most) // 2
            least, most = (middle, most) if is_done(middle) else (least, middle)
        for padding in range(least - 800, most, 16):
            is_done(padding)
        self.assertGreater(done, 10)


if __name__ == "__main__":
    tap.main()
