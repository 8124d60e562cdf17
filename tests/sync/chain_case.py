"""Operations of a computer, sent one by one or at once, and what the database says of them."""

import contextlib
import subprocess
import uuid

import enrolled
import example
import fixture
from client import MESSAGES, SERVICES, uuid7

WARD, CLERK, OTHER_CLERK, SECRETARY = "NLO.TT", "van.phong.tt", "van.phong.tx", "bi.thu.1"


def pack(method, **fields):
    service, verb = method.split("/")
    name = SERVICES[service].methods_by_name[verb].input_type.name
    return MESSAGES[name](**fields).SerializeToString()


class Operation:
    """As an outbox holds it: with its place in the chain, and the bytes that are sent."""

    def __init__(self, queue, method, body, **envelope):
        self.op_id, self.method, self.body = uuid7(), method, body
        self.place = {"device_id": queue.computer.id, "device_seq": queue.seq + 1, "prev_hash": queue.hash}
        self.envelope = envelope
        self.hash = enrolled.link(queue.hash, queue.seq + 1, self.op_id, enrolled.request_hash(method, body))

    def request(self, client, **changes):
        fields = {"op_id": self.op_id, **self.place, **self.envelope, **changes}
        return client.request(fields.pop("method", self.method), fields.pop("body", self.body), **fields)


class Queue:
    """What a computer has written down, in a chain without holes, sent or not."""

    def __init__(self, computer):
        self.computer, self.seq, self.hash = computer, 0, enrolled.EMPTY

    def put(self, method, body=None, envelope=(), **fields):
        operation = Operation(self, method, pack(method, **fields) if body is None else body, **dict(envelope))
        self.seq, self.hash = self.seq + 1, operation.hash
        return operation


class ChainCase(fixture.ServerCase):
    def setUp(self):
        self.ward = self.units[WARD]
        with enrolled.administrator(self.server) as admin:
            self.computer = enrolled.computer(self.server, self.ward, by=admin)
        self.addCleanup(self.computer.directory.cleanup)
        self.queue = Queue(self.computer)
        self.client = self.at(self.computer, CLERK)

    def at(self, computer, login_name):
        """Somebody who is logged in on the computer."""
        client = fixture.Client(self.server.port, self.server.pin, key=computer.key)
        self.addCleanup(client.connection.close)
        client.login(login_name, example.PASSWORD)
        return client

    # ---- operations ----

    def person(self, queue=None, envelope=(), **fields):
        """One that is accepted unless `fields` say otherwise."""
        return (queue or self.queue).put("PersonService/Create", envelope=envelope, **{
            "id": uuid7(), "unit_id": self.ward, "family_name": "Lê", "given_name": "Thử", "sex": "SEX_FEMALE",
            "born_on": "1980", **fields})

    def send(self, operation, client=None, **changes):
        client = client or self.client
        return client.exchange(operation.request(client, **changes))

    def say(self, reply):
        """One word for what became of it."""
        word = reply.status.rule if reply.status.code else "replayed" if reply.replayed else "saved"
        return f"parked {word}" if reply.parked else word

    def became(self, operation, word, **changes):
        reply = self.send(operation, **changes)
        self.assertEqual(self.say(reply), word, reply)
        return reply

    # ---- the database ----

    def rows(self, text):
        return [tuple(row) for row in self.sql(text)]

    def high(self, computer=None):
        row, = self.rows(f"select high_seq, encode(high_hash, 'hex'), state from auth.device "
                         f"where id = '{uuid.UUID(bytes=(computer or self.computer).id)}'")
        return int(row[0]), bytes.fromhex(row[1]), row[2]

    def parked(self):
        return self.rows(f"""select device_seq, state, code, rule from ledger.parked
            where device_id = '{uuid.UUID(bytes=self.computer.id)}' order by device_seq""")

    @contextlib.contextmanager
    def held(self):
        """The computer's row is locked by somebody else."""
        psql = subprocess.Popen(["psql", "-X", "-q", "-t", "-U", "postgres", "-d", self.database],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.cluster.environment)
        psql.stdin.write(f"begin; select 'locked' from auth.device where id = '{uuid.UUID(bytes=self.computer.id)}' for update;\n")
        psql.stdin.flush()
        while "locked" not in psql.stdout.readline():
            pass
        try:
            yield
        finally:
            psql.communicate("rollback;\n", timeout=10)
