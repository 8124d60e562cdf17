"""The small district of world.py in a database, and a server on it that everybody asks on one connection."""

import os
import unittest

import world
from client import MESSAGES, SERVICES, Client, Reply, uuid7
from cluster import Cluster
from model import OK, ROLES, Targets
from server import Server
from world import OUTSIDE, Canaries, Superuser, key

# SQL that breaks the rules before anything is asked; `mutate` sets it and wants to see failures.
MUTATION = os.environ.get("CHIBO_MUTATION", "")

FOREIGN = Canaries.foreign()
ALL = Canaries.all()
FOREIGN_IDS = {key(what, unit, 0): f"the {what} of {unit}" for unit in OUTSIDE
               for what in ("person", "holder", "grantee", "member", "home", "second", "account", "grant")}


class Answer:
    """A reply and its bytes."""

    def __init__(self, raw):
        self.raw = raw
        self.lower = raw.lower()
        self.reply = Reply.FromString(raw)
        status = self.reply.status
        self.code, self.rule, self.field = status.code, status.rule, status.field

    def without_id(self):
        """The bytes but for the number of the request."""
        rest = Reply.FromString(self.raw)
        rest.ClearField("id")
        return rest.SerializeToString()

    def shows(self, kind, unit):
        return getattr(Canaries, kind)(unit) in self.lower

    def leaks(self):
        """What the reply contains and must not. A refusal contains nothing of any record."""
        found = sorted(canary.decode() for canary in (FOREIGN if self.code == OK else ALL) if canary in self.lower)
        return found + [name for record, name in FOREIGN_IDS.items() if record in self.raw]

    def __str__(self):
        return f"{self.code} {self.rule} {self.field}".strip()


class WorldCase(unittest.TestCase):
    """The district in a database of its own."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.database = cls.enterClassContext(cls.cluster.database(world.template(cls.cluster, ROLES)))
        # The template's sessions are as old as the template.
        cls.cluster.psql(cls.database, "update auth.session set last_seen_at = now(), expires_at = now() + '1 hour';"
                         + MUTATION)

    def run(self, result=None):
        super().run(result)
        if MUTATION and not result.wasSuccessful():
            result.stop()


class AccessCase(WorldCase):
    """A server on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Server(cls.cluster, cls.database))
        cls.superuser = Superuser(cls.cluster, cls.database)
        cls.addClassCleanup(cls.superuser.close)
        # One connection for all actors: whatever the server knows of a caller came with the request.
        cls.client = cls.enterClassContext(Client(cls.server.port, cls.server.pin))
        cls.targets = Targets(cls.version)

    @classmethod
    def version(cls, unit):
        return int(cls.superuser.value(
            f"select coalesce((select version from chibo.unit where id = md5('unit/{unit}')::uuid), 1)"))

    def send(self, who, method, envelope=None, **fields):
        """Sends a request with token `who` and returns its id."""
        service, verb = method.split("/")
        message = MESSAGES[SERVICES[service].methods_by_name[verb].input_type.name]
        request = self.client.request(method, message(**fields).SerializeToString(), token=who, **envelope or {})
        self.client.connection.send_frame(request.SerializeToString())
        return request.id

    def receive(self):
        header = self.client.connection.read_exactly(4)
        self.assertIsNotNone(header, "the server closed the connection")
        return Answer(self.client.connection.read_exactly(int.from_bytes(header, "big")))

    def ask(self, who, method, envelope=None, **fields):
        sent = self.send(who, method, envelope, **fields)
        answer = self.receive()
        self.assertEqual(answer.reply.id, sent)
        return answer

    def submit(self, who, method, **fields):
        return self.ask(who, method, {"op_id": uuid7()}, **fields)

    def assertAnswer(self, answer, code, rule="", field=None):
        self.assertEqual((answer.code, answer.rule), (code, rule), answer)
        if field is not None:
            self.assertEqual(answer.field, field, answer)
        self.assertEqual(answer.leaks(), [])

    def sql(self, text):
        self.superuser.rows(text)

    def join(self, role, state="live"):
        """Another person with a role; returns his name."""
        name = uuid7().hex()
        self.sql(" ".join(world.actor(name, role, state)))
        return name
