#!/usr/bin/python3
"""Replays the exchange that PROTOCOL.md prints in hex."""

import re
import struct

import tap
from client import MESSAGES, Connection, Reply
from fixture import ServerCase
from paths import ROOT


def printed_exchange():
    """[(side, bytes)] in order: lines of one side that follow each other are one frame."""
    frames = []
    for line in (ROOT / "PROTOCOL.md").read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"    ([CS])((?: [0-9a-f]{2})+)", line)
        if not match:
            continue
        side, data = match[1], bytes.fromhex(match[2])
        if frames and frames[-1][0] == side:
            frames[-1][1].extend(data)
        else:
            frames.append((side, bytearray(data)))
    return [(side, bytes(data)) for side, data in frames]


class ProtocolPage(ServerCase):
    def test_exchange(self):
        """PROTOCOL.md: the exchange in hex is what the server says"""
        connection = Connection(self.server.port, self.server.pin)
        self.addCleanup(connection.close)
        frames = printed_exchange()
        self.assertEqual([side for side, _ in frames], ["C", "S"] * 3)
        for number, (side, data) in enumerate(frames):
            self.assertEqual(struct.unpack(">I", data[:4])[0], len(data) - 4, "length of a printed frame")
            if side == "C":
                connection.send_bytes(data)
                continue
            reply = connection.read_reply()
            if number == 1:
                self.assert_hello(reply)
                self.assert_hello(Reply.FromString(data[4:]))
            else:
                self.assertEqual(reply, Reply.FromString(data[4:]))
                self.assertEqual(reply.SerializeToString(), data[4:])

    def test_methods(self):
        """PROTOCOL.md: the table of methods is the route table"""
        kinds = {"READ": "read", "READ_AUDITED": "audited", "WRITE": "write", "SESSION": "session", "HANDLER": "session"}
        routes = re.findall(r'^ROUTE\((\w+),\s*(\w+),\s*(\w+),\s*"[^"]*",\s*\w+,\s*(\w+),',
                            (ROOT / "server" / "routes.def").read_text(encoding="utf-8"), re.M)
        printed = re.findall(r"^\| `(\w+)Service/(\w+)` \| (\w+) \| (\w+) \|", self.page(), re.M)
        self.assertEqual(printed, [(service, method, permission.lower(), kinds[kind])
                                   for service, method, permission, kind in routes])

    @staticmethod
    def page():
        return (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")

    def assert_hello(self, reply):
        self.assertFalse(reply.HasField("status"))
        hello = MESSAGES["SessionHelloResponse"].FromString(reply.body)
        self.assertEqual(hello.protocol, 1)
        self.assertTrue(hello.program.startswith("chibod "))


if __name__ == "__main__":
    tap.main()
