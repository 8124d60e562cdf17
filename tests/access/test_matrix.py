#!/usr/bin/python3
"""Every route x every role x every relation, over the wire, against the model: the answer, the database
beside it, and no foreign letter in the bytes of a reply."""

import os
import pathlib
import re
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from client import MESSAGES, SERVICES, Client, Reply, uuid7  # noqa: E402
from cluster import Cluster  # noqa: E402
from model import (DENIED, ENDED, EXISTS, INVALID, NOT_FOUND, OK, OUTSIDE, RANKS, RELATIONS, RIGHTS, ROLES,  # noqa: E402
                   ROUTES, STATE, TODAY, UNAUTHENTICATED, Target, Targets, fresh, line, number, one_time_code)
from paths import ROOT  # noqa: E402
from server import Server  # noqa: E402
from world import Canaries, Superuser, key, token  # noqa: E402

# SQL that breaks the rules before anything is asked; mutate.py sets it and wants to see failures.
MUTATION = os.environ.get("CHIBO_MUTATION", "")


class Answer:
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

    def __str__(self):
        return f"{self.code} {self.rule} {self.field}".strip()


class AccessCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.database = cls.enterClassContext(cls.cluster.database())
        world.build(cls.cluster, cls.database, ROLES)
        if MUTATION:
            cls.cluster.psql(cls.database, MUTATION)
        cls.server = cls.enterClassContext(Server(cls.cluster, cls.database))
        cls.super = Superuser(cls.cluster, cls.database)
        cls.addClassCleanup(cls.super.close)
        # All actors share one connection: what the server knows of a caller comes with the request.
        cls.client = cls.enterClassContext(Client(cls.server.port, cls.server.pin))
        cls.targets = Targets(cls.version)

    @classmethod
    def version(cls, unit):
        """Of a unit; of 'UNIT/parent', 1 if it stands below `own` today."""
        unit, _, parent = unit.partition("/")
        of = f"md5('unit/{unit}')::uuid"
        if parent:
            return int(cls.super.value(f"select (parent_id = md5('unit/own')::uuid)::int from auth.tree where unit_id = {of}"))
        return int(cls.super.value(f"select coalesce((select version from chibo.unit where id = {of}), 1)"))

    def ask(self, who, method, fields, **envelope):
        """`who` is the token."""
        service, verb = method.split("/")
        message = MESSAGES[SERVICES[service].methods_by_name[verb].input_type.name]
        request = self.client.request(method, message(**fields).SerializeToString(), token=who, **envelope)
        self.client.connection.send_frame(request.SerializeToString())
        header = self.client.connection.read_exactly(4)
        self.assertIsNotNone(header, f"the server closed the connection at {method}")
        answer = Answer(self.client.connection.read_exactly(int.from_bytes(header, "big")))
        self.assertEqual(answer.reply.id, request.id)
        return answer

    def submit(self, who, method, fields, **envelope):
        return self.ask(who, method, fields, op_id=uuid7(), **envelope)


FOREIGN = Canaries.foreign()
FOREIGN_IDS = {key(what, unit, 0): f"{what} of {unit}" for unit in OUTSIDE
               for what in ("person", "holder", "grantee", "member", "home", "second", "account", "grant")}


def leaks(answer, fields):
    """What a reply contains and must not. A refusal contains nothing of any record."""
    forbidden = FOREIGN if answer.code == OK else Canaries.all()
    found = sorted(canary.decode() for canary in forbidden if canary in answer.lower)
    asked = set(fields.values()) if answer.code == OK else set()
    found += [name for record, name in FOREIGN_IDS.items()
              if record in answer.raw and record not in [value for value in asked if isinstance(value, bytes)]]
    return found


class Matrix(AccessCase):
    """One case for each route; the methods are made below."""

    def check_route(self, method, row):
        wrong = []
        refused, accepted = [], []
        for role in ROLES:
            for relation in RELATIONS:
                cell = role, relation, row.expected(role, relation)
                (accepted if cell[2][0] == OK else refused).append(cell)
        before = self.super.digest()
        for cell in refused:
            wrong += self.check_refused(method, row, *cell)
        if (after := self.super.digest()) != before:
            wrong.append(f"refused, and yet changed: {sorted(set(after) ^ set(before))}")
        for cell in accepted:
            wrong += self.check_accepted(method, row, *cell)
        if wrong:
            self.fail(f"{len(wrong)} wrong\n" + "\n".join(wrong[:20]))

    def send(self, method, row, role, relation, target):
        state = relation if relation in ENDED else "live"
        envelope = {"op_id": uuid7()} if row.write else {}
        fields = row.fields[0](target)
        return self.ask(token(role, state), method, fields, **envelope), fields

    def judge(self, answer, fields, cell, expected, before):
        """What is wrong with an answer, in words."""
        name = " x ".join(cell)
        code, rule = expected
        if (answer.code, answer.rule) != (code, rule):
            yield f"{name}: {answer} instead of {code} {rule}"
        for found in leaks(answer, fields):
            yield f"{name}: {found} in the reply"
        after = self.super.operations()
        if (answer.code == OK and before[0] + 1 != after[0]) if before[2] else before[:2] != after:
            yield f"{name}: operations and entries were {before[:2]} and are {after}"

    def check_refused(self, method, row, role, relation, expected):
        unit = "own" if relation in ENDED else relation
        target = self.targets.shared(unit)
        before = *self.super.operations(), False
        answer, fields = self.send(method, row, role, relation, target)
        yield from self.judge(answer, fields, (role, relation), expected, before)
        if expected[0] == NOT_FOUND:
            # a record out of scope and one that does not exist are the same answer, byte for byte
            ghost, _ = self.send(method, row, role, relation, Target("nowhere"))
            if ghost.without_id() != answer.without_id():
                yield f"{role} x {relation}: {answer}, but what does not exist is {ghost}"

    def check_accepted(self, method, row, role, relation, expected):
        unit = "own" if relation not in ("own", "descendant") else relation
        target = self.targets.next(unit) if row.write else self.targets.shared(unit)
        before = *self.super.operations(), row.write
        answer, fields = self.send(method, row, role, relation, target)
        yield from self.judge(answer, fields, (role, relation), expected, before)
        if row.shows and getattr(Canaries, row.shows)(unit) not in answer.lower:
            yield f"{role} x {relation}: the reply does not show the record"

    def test_every_route_has_its_row(self):
        """every route of routes.def has its row in the model, and no other has"""
        text = (ROOT / "server" / "routes.def").read_text(encoding="utf-8")
        routes = {f"{service}Service/{method}" for service, method in re.findall(r"^ROUTE\((\w+), +(\w+),", text, re.M)}
        self.assertEqual(routes, set(ROUTES))

    def test_roles(self):
        """the roles of the database and their ranks are the model's"""
        rows = dict(row.split("|") for row in self.super.rows("select code, rank from auth.role"))
        self.assertEqual({role: int(rank) for role, rank in rows.items()}, RANKS)


def make_case(method, row):
    def case(self):
        self.check_route(method, row)
    case.__doc__ = f"{method}: {len(ROLES)} roles x {len(RELATIONS)} relations = {len(ROLES) * len(RELATIONS)} cells"
    setattr(Matrix, "test_" + method.replace("/", "_"), case)


for _method, _row in ROUTES.items():
    if _row:
        make_case(_method, _row)


if __name__ == "__main__":
    tap.main()
