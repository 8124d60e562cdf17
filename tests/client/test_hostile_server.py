#!/usr/bin/python3
"""Whatever a server answers, the client ends soon, in good order, in little memory, with a message."""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.path[:0] = [str(pathlib.Path(__file__).parent),
                *(str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("lib", "integration"))]

import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import uuid7  # noqa: E402
from fake_server import FakeServer, frame, hello, reply  # noqa: E402
from paths import CHIBO  # noqa: E402

TIMEOUT = 1             # seconds that the client is told to wait
SECONDS = 8             # that it may take at most, on a busy computer
MEMORY = 200 << 20      # of address space: a few times what the largest permitted answer needs
REPLY_MAX = 8 << 20
SANITIZED = b"__asan_init" in CHIBO.read_bytes()     # then address space is no measure

SOMEONE = "01890a5d-ac96-774b-bcce-b302099a8057"
TOKEN = f"chibo1_{'A' * 43}_{zlib.crc32(b'A' * 43):08x}"
ESCAPES = "\x1b[31m", "\u009b2J", "\u202e", "\u2066", "\u200f", "\x07"


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, payload):
    """A field whose content has a length."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def final(request, *fields):
    """A frame with a Reply to the request, made of raw fields. 2 is its status, 15 its body."""
    return frame(b"\x08" + varint(request.id) + b"".join(fields))


def nested(levels):
    payload = b""
    for _ in range(levels):
        payload = field(2, payload)
    return payload


def drip(data):
    for at in range(len(data)):
        yield data[at:at + 1]
        time.sleep(0.3)


BOMBS = {
    "groups nested 100,000 deep": lambda request: final(request, b"\x3b" * 100_000),
    "messages nested 10,000 deep": lambda request: final(request, nested(10_000)),
    "a status merged from 100,000 pieces": lambda request: final(request, field(2, b"\x08\x05") * 100_000),
    "three million empty messages": lambda request: final(request, field(2, field(4, b"") * 3_000_000)),
    "a body of three million empty fields": lambda request: final(request, field(15, field(4, b"") * 3_000_000)),
    "unknown fields": lambda request: final(request, field(99, b"x") * 10_000),
    "a length of 2 GiB": lambda request: b"\x7f\xff\xff\xff" + bytes(1 << 20),
    "a length of 4 GiB": lambda request: b"\xff\xff\xff\xff" + bytes(1 << 20),
    "a length just too large": lambda request: (REPLY_MAX + 1).to_bytes(4, "big") + bytes(1 << 20),
    "a length never filled": lambda request: (REPLY_MAX - 1).to_bytes(4, "big"),
    "an endless stream": lambda request: (bytes(1 << 20) for _ in range(2000)),
    "a frame cut off": lambda request: [hello(request)[:-3], None],
    "a frame cut off in its length": lambda request: [b"\0\0", None],
    "a byte at a time": lambda request: drip(hello(request, district="x" * 1000)),
    "a field cut off": lambda request: frame(b"\x08\x01\x12\x7f"),
    "an empty frame": lambda request: frame(b""),
    "random bytes": lambda request: frame(bytes(range(7, 250))),
    "bad UTF-8": lambda request: final(request, field(15, field(2, b"chibod \xff\xc3\x28"))),
    "a surrogate in UTF-8": lambda request: final(request, field(15, field(2, b"\xed\xa0\x80"))),
    "NUL in a text": lambda request: final(request, field(15, field(2, b"chi\0bod"))),
    "a number too long": lambda request: final(request, b"\x20" + b"\xff" * 11),
    "an answer to nobody": lambda request: frame(b"\x08\x4d"),
    "a status of no known code": lambda request: reply(request, status={"code": 4_000_000_000, "rule": "x" * 10_000}),
    "a refusal full of params": lambda request: reply(request, status={
        "code": 3, "rule": "format", "field": "lines[" * 500,
        "params": [{"name": "n" * 300, "value": "v" * 9000}] * 50}),
    "a Hello without content": lambda request: reply(request, "SessionHelloResponse"),
    "silence": lambda request: (time.sleep(SECONDS) for _ in range(1)),
    "the end": lambda request: None,
}


def limit_memory():
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class HostileCase(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(tempfile.TemporaryDirectory(prefix="chibo-hostile-"))

    def cli(self, server):
        cli = Cli(self.home)
        cli.connect(server)
        return cli

    def run_limited(self, cli, *arguments):
        return subprocess.run([CHIBO, *arguments, "--timeout", str(TIMEOUT)], env=cli.environment, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=limit_memory)

    def assertPlain(self, output):
        """UTF-8 without anything that moves a cursor or turns text around."""
        text = output.decode()
        for escape in ESCAPES:
            self.assertNotIn(escape[0], text)
        return text


class Bombs(HostileCase):
    """A case for each of BOMBS."""

    def assertEndsWell(self, answer):
        with FakeServer(answer) as server:
            done = self.run_limited(self.cli(server), "status")
        self.assertGreater(done.returncode, 0, done.stderr)
        self.assertIn("chibo: ", self.assertPlain(done.stderr))
        self.assertNotIn("out of memory", done.stderr.decode())


def case_of(name, answer):
    def test(self):
        self.assertEndsWell(answer)
    test.__doc__ = f"hello is answered by {name}"
    return test


for number, (bomb, says) in enumerate(BOMBS.items()):
    setattr(Bombs, f"test_{number:02}", case_of(bomb, says))


class Busy(HostileCase):
    def test_watch(self):
        """a watch does not come again before the server wants it"""
        asked = []

        def answer(request):
            if request.method.endswith("/Hello"):
                return hello(request)
            asked.append(time.monotonic())
            return reply(request, status={"code": 14, "rule": "busy", "retry_after_ms": 3000})

        with FakeServer(answer) as server:
            cli = self.cli(server)
            token = pathlib.Path(self.home) / "state" / "chibo" / "token-test"
            token.parent.mkdir(parents=True, exist_ok=True)
            token.write_text(TOKEN, encoding="ascii")
            token.chmod(0o600)
            with subprocess.Popen([CHIBO, "watch"], env=cli.environment, stderr=subprocess.DEVNULL) as process:
                while len(asked) < 2:
                    self.assertIsNone(process.poll())
                    time.sleep(0.1)
                process.terminate()
        self.assertGreaterEqual(asked[1] - asked[0], 3)


class Words(HostileCase):
    """A server that keeps to the protocol and has bad things to say."""

    WORDS = "Lan" + "".join(ESCAPES)
    ESCAPED = "Lan\\u001b[31m\\u009b2J\\u202e\\u2066\\u200f\\u0007"

    def answer(self, request):
        if request.method == "SessionService/Hello":
            return hello(request, district=self.WORDS, program=self.WORDS)
        if request.method == "SessionService/Login":
            grant = {"id": uuid7(), "role": self.WORDS, "role_name": self.WORDS, "unit_path": self.WORDS}
            return reply(request, "SessionLoginResponse", token=bytes(32), full_name=self.WORDS, grants=[grant])
        if request.method == "UnitService/List":
            return reply(request, "UnitListResponse", units=[{"id": uuid7(), "code": self.WORDS, "name": self.WORDS}])
        if request.method == "MemberService/Get":
            return reply(request, status={"code": 3, "rule": "format", "field": self.WORDS,
                                          "params": [{"name": self.WORDS, "value": self.WORDS}]})
        return reply(request, status={"code": 9, "rule": self.WORDS})

    def login(self):
        secret = pathlib.Path(self.home) / "password"
        secret.write_text("mật khẩu dùng để thử\n", encoding="utf-8")
        return ["login", "ai", "--password-file", str(secret)]

    def test_words(self):
        """escapes and bidi controls of a server reach no terminal, in any format"""
        with FakeServer(self.answer) as server:
            cli = self.cli(server)
            login = self.run_limited(cli, *self.login())
            self.assertEqual(login.returncode, 0, login.stderr)
            self.assertIn(self.ESCAPED, self.assertPlain(login.stderr))
            for output in ("table", "wide", "tsv", "csv", "id", "json", "jsonl", "html"):
                with self.subTest(output):
                    for command in (["status"], ["unit", "list"], ["member", "get", SOMEONE],
                                    ["report", "membership"]):
                        done = self.run_limited(cli, *command, "-o", output)
                        self.assertGreaterEqual(done.returncode, 0)
                        shown = self.assertPlain(done.stdout) + self.assertPlain(done.stderr)
                        if command[0] == "unit" and output == "json":
                            self.assertEqual(json.loads(done.stdout)[0]["name"], self.WORDS)
                        elif command[0] == "unit" and output in ("tsv", "csv"):
                            self.assertIn(self.ESCAPED, shown)

    def test_empties(self):
        """answers without any content break no command"""
        def answer(request):
            return hello(request) if request.method == "SessionService/Hello" else reply(request)

        with FakeServer(self.answer) as server:
            cli = self.cli(server)
            self.assertEqual(self.run_limited(cli, *self.login()).returncode, 0)
        with FakeServer(answer) as server:
            cli.ok("context", "add", "test", "--server", f"127.0.0.1:{server.port}", "--pin", server.pin)
            for command in (["status"], ["member", "list"], ["unit", "list"], ["member", "get", SOMEONE],
                            ["report", "members-by-sector"], ["report", "membership"], ["session", "who-am-i"],
                            ["member", "update", SOMEONE, "--card-no", "1"], ["account", "list"],
                            ["account", "create", "ai", "--person-id", SOMEONE], ["scheme", "get", "x"],
                            self.login(), ["logout"]):
                for output in ("table", "tsv", "json", "id"):
                    with self.subTest(f"{' '.join(command)} -o {output}"):
                        done = self.run_limited(cli, *command, "-o", output)
                        self.assertGreaterEqual(done.returncode, 0, done.stderr)


SOME_ID = b"\1" * 16
UNIT = {"id": SOME_ID, "version": 1}
MARK = {"entity": "unit", "id": SOME_ID, "version": 1}
GOOD_PAGES = {
    "Feeds": {"feeds": [{"feed": SOME_ID, "position": 1, "hash": bytes(32)}]},
    "Copy": {"units": [UNIT], "marks": [MARK]}, "Pull": {"head_position": 1}, "Digest": {"position": 1},
}
BAD_PAGES = {
    "a feed without an id": {"Feeds": {"feeds": [{"position": 1, "hash": bytes(32)}]}},
    "a feed without a hash": {"Feeds": {"feeds": [{"feed": SOME_ID, "position": 1}]}},
    "a copy that goes on behind nothing": {"Copy": {"marks": [{"entity": "unit"}], "more": True}},
    "a copy that goes on behind a short id": {"Copy": {"marks": [{"entity": "unit", "id": b"x"}], "more": True}},
    "an entry without a hash": {"Pull": {"entries": [{"position": 2}], "head_position": 2}},
    "an entry with a short hash": {"Pull": {"entries": [{"position": 2, "hash": b"x"}], "head_position": 2}},
    "a digest of nothing": {"Digest": {"digests": [{"count": 1}], "position": 1}},
}


class Pages(HostileCase):
    """What a computer copies, from a server that leaves out what it needs."""

    def answer_with(self, bad):
        """A server where a computer enrols, logs in and syncs, with these answers instead of good ones."""
        answers = {"Hello": ("SessionHelloResponse", {"protocol": 1}), "Enrol": ("DeviceEnrolResponse", {"id": SOME_ID}),
                   "Login": ("SessionLoginResponse", {"token": bytes(32)}), "Report": ("SyncReportResponse", {}),
                   "Open": ("SyncOpenResponse", {"history_id": SOME_ID, "may_pull": True}),
                   **{name: (f"Sync{name}Response", fields) for name, fields in (GOOD_PAGES | bad).items()}}

        def answer(request):
            message, fields = answers[request.method.split("/")[1]]
            return reply(request, message, **fields)
        return answer

    def test_pages(self):
        """a page that lacks an id, a hash or an entity ends a sync in good order"""
        for number, (name, bad) in enumerate(BAD_PAGES.items()):
            with self.subTest(name), FakeServer(self.answer_with(bad)) as server:
                server.context.set_alpn_protocols(["chibo/1", "chibo-enrol/1"])
                cli = Cli(f"{self.home}/{number}")
                cli.ok("enrol", f"127.0.0.1:{server.port}#{server.pin}#AAAA-BBBB-CCCC-DDDD-EEEE-FFFF")
                cli.login("ai", "mật khẩu dùng để thử")
                done = self.run_limited(cli, "sync")
                self.assertGreater(done.returncode, 0, done.stderr)
                self.assertIn("chibo: ", self.assertPlain(done.stderr))


if __name__ == "__main__":
    tap.main()
