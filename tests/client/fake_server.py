"""A server that says what a test tells it to, in TLS and frames as the real one."""

import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile
import threading

from client import MESSAGES, Reply, Request
from paths import CHIBOD

PATIENCE = 30


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


def reply(request, message="", status=None, **fields):
    """A whole answer to a request: a message by name, or a refusal."""
    body = MESSAGES[message](**fields).SerializeToString() if message else b""
    return frame(Reply(id=request.id, body=body, status=status).SerializeToString())


def hello(request, **fields):
    return reply(request, "SessionHelloResponse", **{"protocol": 1, "program": "chibod 0", **fields})


class FakeServer:
    """`answer` takes a request and returns bytes, or an iterable of bytes. The connection is closed
    after an answer that is None or ends with it; else the next request is awaited."""

    def __init__(self, answer):
        self.answer = answer
        self.scratch = tempfile.TemporaryDirectory(prefix="chibo-fake-")
        key = pathlib.Path(self.scratch.name) / "tls.key"
        certificate = key.with_suffix(".crt")
        self.pin = subprocess.run([CHIBOD, "make-key", key], check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["openssl", "req", "-x509", "-key", key, "-subj", "/CN=chibo", "-out", certificate],
                       check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["chibo/1"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.listener.close()
        self.scratch.cleanup()

    def serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:         # the listener was closed: the test is over
                return
            threading.Thread(target=self.converse, args=(plain,), daemon=True).start()

    def converse(self, plain):
        plain.settimeout(PATIENCE)
        try:
            with self.context.wrap_socket(plain, server_side=True) as connection:
                while self.respond(connection):
                    pass
        except (OSError, EOFError):
            pass                    # the client went away, which is what most tests want of it

    def respond(self, connection):
        length, = struct.unpack(">I", self.read_exactly(connection, 4))
        pieces = self.answer(Request.FromString(self.read_exactly(connection, length)))
        for piece in [pieces] if isinstance(pieces, bytes) else pieces or [None]:
            if piece is None:
                return False
            connection.sendall(piece)
        return True

    @staticmethod
    def read_exactly(connection, count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data
