"""What writers asked for and what they were told. Three outcomes, never two."""

import hashlib
import itertools
import threading
import time
from dataclasses import dataclass

from client import MESSAGES, uuid7

OK, FAIL, UNKNOWN = "ok", "fail", "unknown"
METHOD = "PersonService/Create"


@dataclass
class Operation:
    op_id: bytes
    person_id: bytes
    body: bytes              # packed once: the hash is over these very bytes
    outcome: str = UNKNOWN
    position: int = 0        # the receipt of an outcome OK
    head_hash: bytes = b""
    replayed: bool = False
    answers: int = 0

    def request_hash(self):
        return hashlib.sha256(METHOD.encode() + b"\0" + self.body).digest()


def operation(fields):
    body = MESSAGES["PersonCreateRequest"](**fields).SerializeToString()
    return Operation(uuid7(), fields["id"], body)


def attempt(client, op, **envelope):
    """Sends it once more. OSError: the connection is gone, and what happened stays unknown."""
    op.outcome = UNKNOWN
    reply = client.exchange(client.request(METHOD, op.body, op_id=op.op_id, **envelope))
    op.answers += 1
    if not reply.HasField("status"):
        op.outcome, op.replayed = OK, reply.replayed
        op.position, op.head_hash = reply.position, reply.head_hash
    elif reply.status.rule != "outcome_unknown":
        op.outcome = FAIL
    return reply


class Writers:
    """Threads that write one person after the other until told to stop, through every fault."""

    def __init__(self, case, count=4):
        self.case, self.stopping = case, threading.Event()
        self.operations = [[] for _ in range(count)]
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def write(self, number):
        """A new connection after every lost one."""
        while not self.stopping.is_set():
            try:
                client = self.case.connect()
                for branch in itertools.cycle(range(len(self.case.branches))):
                    if self.stopping.is_set():
                        return
                    op = operation(self.case.person(branch))
                    self.operations[number].append(op)
                    reply = attempt(client, op, deadline_ms=3000)
                    if reply.status.rule == "goaway":
                        raise ConnectionError("the server is stopping")
            except Exception:  # noqa: BLE001: whatever the fault made of the connection, a new one is tried
                time.sleep(0.05)

    def all(self):
        return list(itertools.chain(*self.operations))

    def count(self, outcome):
        return sum(op.outcome == outcome for op in self.all())

    def wait_for(self, count, seconds=20):
        """Until so many more operations have succeeded."""
        target, until = self.count(OK) + count, time.monotonic() + seconds
        while self.count(OK) < target:
            if time.monotonic() > until:
                raise AssertionError(f"writers got only {self.count(OK)} of {target} operations done")
            time.sleep(0.02)


def drain(client, operations):
    """Retries what is unknown, under the same op_id and with the same bytes, until it is known."""
    for op in operations:
        until = time.monotonic() + 10
        while op.outcome == UNKNOWN and time.monotonic() < until:
            attempt(client, op)
