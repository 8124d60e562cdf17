"""The small district of world.py in a database, and a server on it that everybody asks on one connection."""

import contextlib
import pathlib
import tempfile
import unittest

import world
from client import MESSAGES, SERVICES, Client, Reply, uuid7
from cluster import Cluster
from gates import BOTH
from matrix import sets_needed
from model import OK, ROLES, Targets
from paths import CHIBOD, CHIBOD_OPEN_GATE
from records import KINDS
from server import Server
from watch import Superuser
from world import ABOVE, ARCHIVED, INSIDE, OUTSIDE, Canaries, key

FOREIGN = Canaries.foreign()
# The path to a unit of one's own may be named in a refusal.
UNASKED = FOREIGN | {canary(unit) for unit in INSIDE for canary in (Canaries.record, Canaries.text)}
# Rules that name whoever has to act instead, to who may read the record.
TELLING = ("not_assignee", "not_assigner", "not_recipient", "vote_on_other")
FOREIGN_IDS = {key(what, unit, index): f"the {what} of {unit}" for unit in OUTSIDE for index in (0, ARCHIVED)
               for what in ("person", "holder", "grantee", "member", "home", "second", "account", "grant", "term", *KINDS)}
FOREIGN_IDS.update({key("unit", unit): f"the unit {unit}" for unit in OUTSIDE if unit not in ABOVE})

# How many requests a client has under way at once.
IN_FLIGHT = 8


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
        """What the reply contains and must not. A refusal contains nothing of any record, but for who has to act."""
        forbidden = FOREIGN if self.code == OK or self.rule in TELLING else UNASKED
        found = sorted(canary.decode() for canary in forbidden if canary in self.lower)
        return found + [name for record, name in FOREIGN_IDS.items() if record in self.raw]

    def __str__(self):
        return f"{self.code} {self.rule} {self.field}".strip()


class District(contextlib.ExitStack):
    """A database, its server, a client for everybody, and a superuser who looks on."""

    def __init__(self, cluster, gates=BOTH):
        super().__init__()
        self.cluster, self.gates = cluster, gates
        self.database = self.enter_context(copied_world(cluster))
        if gates.prepare:
            cluster.psql(self.database, gates.prepare)
        self.superuser = Superuser(cluster, self.database, world.NAMES)
        self.callback(self.superuser.close)
        self.serving = self.enter_context(contextlib.ExitStack())
        self.serve()
        self.superuser.changes()        # a copied database is in a history of its own
        self.targets = Targets(self.version, sets_needed())

    def open(self, routes):
        """The server lets these methods through from now on."""
        self.open_routes.write_text(routes, encoding="utf-8")

    def serve(self):
        """Starts the server."""
        self.serving.close()
        program, environment = CHIBOD, {}
        if self.gates.open_routes is not None:
            self.open_routes = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory())) / "open-routes"
            self.open(self.gates.open_routes)
            program, environment = CHIBOD_OPEN_GATE, {"CHIBO_OPEN_ROUTES_FILE": str(self.open_routes)}
        self.server = self.serving.enter_context(
            Server(self.cluster, self.database, program=program, environment=environment,
                   seal_key_file=world.SEAL_KEY))
        # One connection for all actors: whatever the server knows of a caller came with the request.
        self.client = self.serving.enter_context(Client(self.server.port, self.server.pin))
        # at once: who shows no token within half a minute is cut off, and other programs may have their turn first
        self.ask(world.token("MB/live"), "SessionService/WhoAmI")

    def version(self, unit):
        return int(self.superuser.value(
            f"select coalesce((select version from chibo.unit where id = md5('unit/{unit}')::uuid), 1)"))

    def send(self, who, method, envelope=None, /, **fields):
        """Sends a request with token `who` and returns its id."""
        service, verb = method.split("/")
        message = MESSAGES[SERVICES[service].methods_by_name[verb].input_type.name]
        request = self.client.request(method, message(**fields).SerializeToString(), token=who, **envelope or {})
        self.client.connection.send_frame(request.SerializeToString())
        return request.id

    def receive(self):
        header = self.client.connection.read_exactly(4)
        if header is None:
            raise ConnectionError("the server closed the connection")
        return Answer(self.client.connection.read_exactly(int.from_bytes(header, "big")))

    def ask(self, who, method, envelope=None, /, **fields):
        sent = self.send(who, method, envelope, **fields)
        answer = self.receive()
        assert answer.reply.id == sent, "an answer to another request"
        return answer

    def ask_all(self, requests):
        """(who, method, envelope, fields) for each -> the answers in the same order; several are under way at once."""
        requests, answers, sent = list(requests), {}, []
        for who, method, envelope, fields in requests:
            if len(sent) - len(answers) == IN_FLIGHT:
                self.keep(answers)
            sent.append(self.send(who, method, envelope, **fields))
        while len(answers) < len(sent):
            self.keep(answers)
        # those that waited for each other too long, on a slow machine: alone
        return [self.ask(*request[:3], **request[3]) if answers[number].rule == "busy" else answers[number]
                for number, request in zip(sent, requests)]

    def keep(self, answers):
        answer = self.receive()
        answers[answer.reply.id] = answer


@contextlib.contextmanager
def copied_world(cluster):
    with cluster.database(world.template(cluster, ROLES, sets_needed())) as database:
        # The template's sessions are as old as the template.
        cluster.psql(database, "update auth.session set last_seen_at = now(), expires_at = now() + '1 hour'; "
                               "delete from watch.change;")
        yield database


class WorldCase(unittest.TestCase):
    """The district in a database of its own, or in the one that is standing."""

    standing = None

    @classmethod
    def setUpClass(cls):
        if cls.standing:
            cls.cluster, cls.database = cls.standing.cluster, cls.standing.database
        else:
            cls.cluster = Cluster()
            cls.database = cls.enterClassContext(copied_world(cls.cluster))


class AccessCase(unittest.TestCase):
    """A server on it."""

    gates = BOTH

    @classmethod
    def setUpClass(cls):
        cls.district = WorldCase.standing or cls.enterClassContext(District(Cluster(), cls.gates))

    def __getattr__(self, name):
        """What a district can do, its cases can do."""
        if name == "district":
            raise AttributeError(name)
        return getattr(self.district, name)

    def submit(self, who, method, /, **fields):
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
