#!/usr/bin/python3
"""What a hostile peer sends: refused at once, memory flat, and the rule about the connection kept."""

import pathlib
import re
import socket
import ssl
import struct
import sys
import time
from statistics import median

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import tap  # noqa: E402
from client import Connection, Request, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import BUILD  # noqa: E402

INVALID, DENIED, UNIMPLEMENTED = 3, 7, 12
NEW_MAX, FULL_MAX = 4096, 262144
ROUNDS = 40
ROUND_TRIP_S = 0.05        # generous: the other end is Python
# The promise is 1 ms for an optimised build; the others show that nothing grows out of hand.
REFUSAL_MS = {"asan": 30, "dev": 8}.get(BUILD.name, 1)
# AddressSanitizer keeps up to 256 MiB of freed memory.
GROWTH_KIB = 4096 + (262144 if BUILD.name == "asan" else 0)


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, content):
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested(depth, number):
    """A message in a message in a message."""
    message = b""
    for _ in range(depth):
        message = field(number, message)
    return message


class Frames(ServerCase):
    def refused(self, data):
        """The answer to raw bytes after hello; the connection must end with it."""
        client = self.connect()
        client.connection.send_bytes(data)
        reply = client.connection.read_reply()
        self.assertEqual(reply.status.code, INVALID)
        self.assertIsNone(client.connection.read_reply())

    def test_lengths(self):
        """frames of length 0, 4 GiB - 1 and one too many end the connection"""
        for length in (0, 0xFFFFFFFF, NEW_MAX + 1):
            with self.subTest(length=length):
                self.refused(struct.pack(">I", length))

    def test_length_after_login(self):
        """after login frames may be larger, up to their limit"""
        client = self.login("bi.thu.1")
        long = client.request("MemberService/Search", field(1, b"x" * 100_000))
        client.exchange(long)
        client.read("SessionService/WhoAmI")
        client.connection.send_bytes(struct.pack(">I", FULL_MAX + 1))
        self.assertEqual(client.connection.read_reply().status.code, INVALID)
        self.assertIsNone(client.connection.read_reply())

    def test_cut(self):
        """a frame cut off anywhere has no effect"""
        whole = Request(id=2, method="SessionService/Login", body=b"").SerializeToString()
        frame = struct.pack(">I", len(whole)) + whole
        for length in (1, 3, 4, 5, len(frame) // 2, len(frame) - 1):
            client = self.connect()
            client.connection.send_bytes(frame[:length])
            client.connection.close()
        self.connect()

    def test_garbage(self):
        """a frame that is no message ends the connection"""
        for junk in (b"\xff" * 64, b"\x00", b"GET / HTTP/1.1\r\n\r\n"):
            with self.subTest(junk=junk[:4]):
                self.refused(struct.pack(">I", len(junk)) + junk)


    def test_no_method(self):
        """an envelope that has everything but a method is refused"""
        client = self.connect()
        whole = {"token": bytes(32), "op_id": uuid7(), "device_id": uuid7(), "device_seq": 1, "prev_hash": bytes(32)}
        reply = client.exchange(client.request(None, **whole))
        self.assertEqual((reply.status.code, reply.status.rule), (UNIMPLEMENTED, "unknown_method"))
        self.assertEqual(client.exchange(client.request("SessionService/WhoAmI", token=bytes(32))).status.rule, "login_required")


class Bombs(ServerCase):
    def attack(self, method, body, rule, closes=True, code=INVALID, **envelope):
        """Sends the body ROUNDS times, after a fresh login where the connection must end with the answer."""
        client, times = self.login("van.phong.tt"), []
        before = self.server.resident_kib()
        for _ in range(ROUNDS):
            request = client.request(method, body, **envelope).SerializeToString()
            start = time.monotonic()
            client.connection.send_frame(request)
            reply = client.connection.read_reply()
            times.append(time.monotonic() - start)
            self.assertEqual((reply.status.code, reply.status.rule), (code, rule))
            if closes:
                self.assertIsNone(client.connection.read_reply())
                client = self.login("van.phong.tt")
            else:
                client.read("SessionService/WhoAmI")
        self.assertLess(median(times), ROUND_TRIP_S)
        took = re.findall(rf'rule="?{rule}"? ms=([0-9.]+)', self.server.log_text())[-ROUNDS:]
        print(f"# {method}, {len(body)} bytes, {rule}: {median(map(float, took)):.3f} ms by the server's log")
        self.assertGreaterEqual(len(took), ROUNDS)
        self.assertLess(median(map(float, took)), REFUSAL_MS, "milliseconds by the server's own log")
        self.assertLess(self.server.resident_kib() - before, GROWTH_KIB)
        return reply

    def test_depth(self):
        """10,000 levels of nesting"""
        deep = nested(10_000, 2)
        self.assertGreater(len(deep), 30_000)
        self.attack("MemberService/CheckImport", field(1, self.units["NLO.TT"]) + deep, "id_length", closes=False)

    def test_groups(self):
        """17,000 open groups"""
        self.attack("MemberService/CheckImport", b"\x13" * 17_000, "group")

    def test_merge(self):
        """a field that may stand once, repeated to 64 KiB"""
        self.attack("UnitService/List", field(1, b"u" * 16) * 3_600, "duplicate_field")

    def test_empty_messages(self):
        """256 KiB of empty messages"""
        self.attack("SchemeService/Create", field(4, b"") * 130_000, "elements", op_id=uuid7())

    def test_empty_lines(self):
        """the same where a list may be long: read up to its cap of 24,000 elements"""
        self.attack("MemberService/CheckImport", field(2, b"") * 130_000, "elements")

    def test_unknown(self):
        """many fields of a newer client"""
        self.attack("UnitService/List", field(99, b"") * 17, "unknown_fields")

    def test_few_unknown(self):
        """sixteen fields of a newer client are ignored"""
        client = self.login("van.phong.tt")
        reply = client.exchange(client.request("UnitService/List", field(99, b"news") * 16))
        self.assertFalse(reply.HasField("status"), reply.status)

    def test_varint(self):
        """a varint of eleven bytes"""
        self.attack("UnitService/List", b"\x30" + b"\x80" * 10 + b"\x01", "varint")

    def test_text(self):
        """text that is no UTF-8, or holds NUL: the field is named and the connection goes on"""
        for text in (b"\xff\xfe", b"a\x00b", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe1\xbb"):
            with self.subTest(text=text):
                reply = self.attack("MemberService/Search", field(1, text), "nul" if b"\0" in text else "utf8",
                                    closes=False)
                self.assertEqual(reply.status.field, "name")

    def test_enum(self):
        """a value that no enum has"""
        self.attack("MemberService/List", b"\x18\x63", "enum_value", closes=False)


class Transport(ServerCase):
    settings = {"handshake_timeout_ms": 700, "token_timeout_ms": 1200, "frame_timeout_ms": 1500}

    def closed_after(self, connection):
        """Seconds until the server ends it."""
        start = time.monotonic()
        connection.settimeout(10)
        try:
            while connection.recv(4096):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        return time.monotonic() - start

    def plain(self):
        connection = socket.create_connection(("127.0.0.1", self.server.port), 10)
        self.addCleanup(connection.close)
        return connection

    def test_silence(self):
        """a connection that says nothing is closed"""
        self.assertLess(self.closed_after(self.plain()), 3)

    def test_http(self):
        """plain HTTP is closed at once, and the log keeps its words out"""
        connection = self.plain()
        connection.sendall(b"GET /secret-word HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertLess(self.closed_after(connection), 0.6)
        self.assertNotIn("secret-word", self.server.log_text())

    def test_never_logged_in(self):
        """a connection that never logs in is closed, however busy it is"""
        client = self.connect()
        self.assertLess(self.closed_after(client.connection.socket), 4)

    def test_nothing_allowed(self):
        """who has a session is no stranger, although whatever he asks for is refused"""
        client = self.connect()
        client.token = self.login("khoi.5").token
        with self.assertRefused(DENIED, "permission_denied"):
            client.read("AccountService/List")
        client.connection.socket.settimeout(2 * self.settings["token_timeout_ms"] / 1000)
        with self.assertRaises(TimeoutError):
            client.connection.socket.recv(1)

    def handshake(self, version, alpn):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = version
        if alpn:
            context.set_alpn_protocols([alpn])
        with context.wrap_socket(self.plain()) as connection:
            connection.recv(1)

    def test_old_tls(self):
        """TLS 1.2 is refused"""
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.handshake(ssl.TLSVersion.TLSv1_2, "chibo/1")

    def test_alpn(self):
        """another protocol, or none, in ALPN is refused"""
        for alpn in ("h2", None):
            with self.subTest(alpn=alpn), self.assertRaises((ssl.SSLError, ConnectionError)):
                self.handshake(ssl.TLSVersion.TLSv1_3, alpn)

    def test_still_there(self):
        """after all that the server serves"""
        Connection(self.server.port, self.server.pin).close()
        self.assertTrue(self.server.alive())


if __name__ == "__main__":
    tap.main()
