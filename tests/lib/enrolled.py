"""Computers that are known by their key: one of the second client's, and one with the real client on it."""

import contextlib
import hashlib
import pathlib
import secrets
import subprocess
import tempfile
import uuid

import example
from cli import Cli
from client import Client, key_pin, uuid7

EMPTY = bytes(32)           # the hash before the first operation of a chain


def make_key(file):
    """A P-256 key and a certificate for it, as `chibo enrol` makes them, in one PEM file."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "36500", "-subj", "/CN=chibo", "-keyout", f"{file}.key", "-out", f"{file}.crt"],
                   check=True, capture_output=True)
    key, certificate = pathlib.Path(f"{file}.key"), pathlib.Path(f"{file}.crt")
    pathlib.Path(file).write_text(key.read_text() + certificate.read_text(), encoding="ascii")


def fingerprint(file):
    """base64url of the SHA-256 of the key, as the server tells it."""
    der = subprocess.run(["openssl", "x509", "-in", f"{file}.crt", "-outform", "der"], check=True,
                         capture_output=True).stdout
    return key_pin(der)


def request_hash(method, body):
    return hashlib.sha256(method.encode() + b"\0" + body).digest()


def link(before, seq, op_id, hashed):
    """The next hash of a chain."""
    return hashlib.sha256(before + seq.to_bytes(8, "big") + op_id + hashed).digest()


def administrator(server):
    """Somebody who may invite computers; without one of his own, so only where keys are optional."""
    client = Client(server.port, server.pin)
    client.login(example.TOP["SA"], example.PASSWORD)
    return client


def invite(client, unit_id, name="Máy thử"):
    """The device's id and the one-time code."""
    device, letters = uuid7(), secrets.token_hex(12).upper()
    code = "-".join(letters[at:at + 4] for at in range(0, 24, 4))       # as the client makes and mends them
    client.submit("DeviceService/Invite", id=device, unit_id=unit_id, name=name,
                  code_hash=hashlib.sha256(code.encode()).digest())
    return device, code


def first_invitation(server, name="Máy quản trị"):
    """For a server where keys are required, and nobody has one: asked for at its admin socket."""
    return server.chibod("invite-device", "-c", server.config, "--login-name", example.TOP["SA"],
                         "--address", f"127.0.0.1:{server.port}", "--name", name).strip()


def computer_of(server, invitation):
    """An enrolled computer of the second client, from an invitation."""
    made = Computer()
    made.enrol(server, invitation.split("#")[2])
    return made


class EnrolledCli(Cli):
    """The real client on a computer that was invited and has enrolled by its real commands. `inviter` is a Cli of
    somebody who may invite; without one, the server is asked at its admin socket. `unit` is an id or its 16 bytes."""

    def __init__(self, directory, server, unit=None, inviter=None, name="Máy thử", **settings):
        super().__init__(directory, **settings)
        if inviter is None:
            invitation = first_invitation(server, name)
        else:
            place = uuid.UUID(bytes=unit) if isinstance(unit, bytes) else unit
            invitation = inviter.ok("device", "invite", "--unit-id", place, "--name", name).strip()
        self.ok("enrol", invitation)


class Computer:
    """A key and, once enrolled, the device's id; and the chain of what it sent."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="computer-")
        self.key = f"{self.directory.name}/key.pem"
        make_key(self.key)
        self.id = None
        self.seq, self.hash = 0, EMPTY      # of the last operation that was answered

    @property
    def fingerprint(self):
        return fingerprint(self.key)

    def enrol(self, server, code):
        """Takes the code's place; returns the answer. Refused if it is wrong."""
        with Client(server.port, server.pin, key=self.key, alpn="chibo-enrol/1") as client:
            answer = client.read("DeviceService/Enrol", code=code)
        self.id = answer.id
        return answer

    def connect(self, server, **options):
        """A client that has said hello and not logged in."""
        return ChainedClient(self, server.port, server.pin, **options)

    def login(self, server, login_name, password=example.PASSWORD, patience=0):
        client = self.connect(server)
        client.login(login_name, password, patience)
        return client

    def place(self):
        """Envelope fields of the next operation in the chain."""
        return {"device_id": self.id, "device_seq": self.seq + 1, "prev_hash": self.hash}

    def advance(self, op_id, method, body):
        """It was answered: saved, or kept."""
        self.seq += 1
        self.hash = link(self.hash, self.seq, op_id, request_hash(method, body))


class ChainedClient(Client):
    """A client of an enrolled computer: each write gets its place in the chain, unless the test gives one."""

    def __init__(self, computer, port, pin, **options):
        self.computer = computer
        super().__init__(port, pin, key=computer.key, **options)

    def exchange(self, request):
        computer = self.computer
        chained = request.HasField("op_id") and not request.HasField("device_seq") and not request.dry_run
        if chained:
            for name, value in computer.place().items():
                setattr(request, name, value)
        reply = super().exchange(request)
        if chained and (reply.status.code == 0 or reply.parked):
            computer.advance(request.op_id, request.method, request.body)
        return reply


def computer(server, unit_id, name="Máy thử", by=None):
    """An enrolled computer at the unit, invited by a client that may; without one, by the administrator."""
    with contextlib.ExitStack() as own:
        client = by or own.enter_context(administrator(server))
        _, code = invite(client, unit_id, name)
    made = Computer()
    made.enrol(server, code)
    return made
