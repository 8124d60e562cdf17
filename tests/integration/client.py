"""A second client, written from PROTOCOL.md and the .proto files alone; shares no code with ours."""

import base64
import hashlib
import importlib
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
import uuid

from paths import ROOT, STATE

PROTOCOL = 1
UNAUTHENTICATED, INVALID_ARGUMENT, NOT_FOUND = 16, 3, 5


def load_contract():
    """Compiles the .proto files for this interpreter and returns the modules' symbols by full name."""
    out = STATE / "python"
    protos = sorted((ROOT / "proto" / "chibo" / "v1").glob("*.proto"))
    out.mkdir(parents=True, exist_ok=True)
    made = [out / "chibo" / "v1" / f"{proto.stem}_pb2.py" for proto in protos]
    if not all(file.exists() and file.stat().st_mtime > proto.stat().st_mtime for file, proto in zip(made, protos)):
        subprocess.run(["protoc", f"--python_out={out}", "-I", ROOT / "proto", *protos], check=True)
    sys.path.insert(0, str(out))
    services, messages = {}, {}
    for proto in protos:
        module = importlib.import_module(f"chibo.v1.{proto.stem}_pb2")
        services.update(module.DESCRIPTOR.services_by_name)
        messages.update({name: getattr(module, name) for name in module.DESCRIPTOR.message_types_by_name})
    return services, messages


SERVICES, MESSAGES = load_contract()
Request, Reply = MESSAGES["Request"], MESSAGES["Reply"]


def uuid7():
    """16 bytes: milliseconds since 1970, version 7, random."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big")
    value &= ~(0xF << 76 | 0x3 << 62)
    return (value | 7 << 76 | 2 << 62).to_bytes(16, "big")


def id_bytes(text):
    return uuid.UUID(text).bytes


# --- TLS with a pinned key -----------------------------------------------------------------------

def der_element(data, at):
    """(start of the element, start of its content, end) of the DER element at an offset."""
    length, content = data[at + 1], at + 2
    if length >= 0x80:
        width = length & 0x7F
        length = int.from_bytes(data[content:content + width], "big")
        content += width
    return at, content, content + length


def key_pin(certificate):
    """base64url of the SHA-256 of the certificate's SubjectPublicKeyInfo."""
    _, outer, _ = der_element(certificate, 0)
    _, at, _ = der_element(certificate, outer)
    elements = []
    while len(elements) < 7:           # version, serial, algorithm, issuer, validity, subject, key
        start, _, at = der_element(certificate, at)
        elements.append(certificate[start:at])
    digest = hashlib.sha256(elements[6]).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class PinMismatch(Exception):
    """The server's key is not the expected one."""


class Refused(Exception):
    """The server's answer is a status."""

    def __init__(self, status):
        self.code, self.rule, self.field = status.code, status.rule, status.field
        self.params = {param.name: param.value for param in status.params}
        self.retry_after_ms = status.retry_after_ms
        super().__init__(f"{self.code} {self.rule} {self.field} {self.params}")


class Connection:
    """Frames over TLS 1.3: four bytes of length, big endian, then a message."""

    def __init__(self, port, pin, host="127.0.0.1", timeout=30, source=None, key=None, alpn="chibo/1"):
        """`key` is a PEM file with key and certificate of this computer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE        # the pin below takes its place
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols([alpn] if alpn else [])
        if key is not None:
            context.load_cert_chain(key)
        plain = socket.create_connection((host, port), timeout, source and (source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain)
        if key_pin(self.socket.getpeercert(binary_form=True)) != pin:
            self.close()
            raise PinMismatch()

    def close(self):
        self.socket.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send_frame(self, message):
        self.send_bytes(struct.pack(">I", len(message)) + message)

    def read_exactly(self, count):
        """None at the end of the stream."""
        data = b""
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except (ssl.SSLError, ConnectionError):
                return None
            if not piece:
                return None
            data += piece
        return data

    def read_reply(self):
        """The next reply; None if the server closed the connection."""
        header = self.read_exactly(4)
        if header is None:
            return None
        body = self.read_exactly(struct.unpack(">I", header)[0])
        return None if body is None else Reply.FromString(body)


class Client:
    """One person's dialogue. Refusals are exceptions; `last` is the whole last reply."""

    def __init__(self, port, pin, hello=True, source=None, **connection):
        self.connection = Connection(port, pin, source=source, **connection)
        self.next_id = 0
        self.token = None
        self.grant_id = None
        self.last = None
        if hello:
            self.server = self.read("SessionService/Hello", protocol_min=PROTOCOL, protocol_max=PROTOCOL,
                                    program="tests/integration/client.py")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.connection.close()

    def request(self, method, body=b"", **envelope):
        """An envelope with a fresh id; envelope fields may be given or, with None, left out."""
        self.next_id += 1
        fields = {"id": self.next_id, "method": method, "token": self.token, "grant_id": self.grant_id,
                  "body": body, **envelope}
        return Request(**{name: value for name, value in fields.items() if value is not None})

    def exchange(self, request):
        """Sends a request and returns the reply with its id."""
        self.connection.send_frame(request.SerializeToString())
        return self.reply_to(request)

    def reply_to(self, request):
        while True:
            reply = self.connection.read_reply()
            if reply is None:
                raise ConnectionError("the server closed the connection")
            if reply.id == request.id:
                self.last = reply
                return reply

    def call(self, method, envelope, fields):
        service, verb = method.split("/")
        descriptor = SERVICES[service].methods_by_name[verb]
        body = MESSAGES[descriptor.input_type.name](**fields).SerializeToString()
        reply = self.exchange(self.request(method, body, **envelope))
        if reply.HasField("status") and reply.status.code != 0:
            raise Refused(reply.status)
        return MESSAGES[descriptor.output_type.name].FromString(reply.body)

    def read(self, method, **fields):
        return self.call(method, {}, fields)

    def submit(self, method, op_id=None, dry_run=None, envelope=(), **fields):
        """A write: the same op_id is the same operation for ever. `envelope`: its place in a computer's chain."""
        return self.call(method, {"op_id": op_id or uuid7(), "dry_run": dry_run, **dict(envelope)}, fields)

    def login(self, login_name, password, patience=0):
        """`patience` is the number of times that "busy" is waited for."""
        while True:
            try:
                answer = self.read("SessionService/Login", login_name=login_name, password=password)
                break
            except Refused as refusal:
                if refusal.rule != "busy" or patience == 0:
                    raise
                patience -= 1
                time.sleep(refusal.retry_after_ms / 1000)
        self.token = answer.token
        return answer

    def redeem(self, login_name, code, new_password):
        answer = self.read("SessionService/Redeem", login_name=login_name, code=code, new_password=new_password)
        self.token = answer.token
        return answer
