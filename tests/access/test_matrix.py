#!/usr/bin/python3
"""Every route x every role x every relation, over the wire, against the model: the answer, the database
beside it, and no foreign letter in the bytes of a reply."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import uuid7  # noqa: E402
from model import ENDED, NOT_FOUND, OK, RANKS, RELATIONS, ROLES, ROUTES, Target  # noqa: E402
from paths import ROOT  # noqa: E402
from world import token  # noqa: E402


class Matrix(AccessCase):
    """One case for each route; their methods are made below."""

    def check_route(self, method, row):
        cells = [(role, relation) for role in ROLES for relation in RELATIONS]
        refused = [cell for cell in cells if row.expected(*cell)[0] != OK]
        before = self.superuser.digest()
        wrong = [text for cell in refused for text in self.check_refused(method, row, *cell)]
        if (after := self.superuser.digest()) != before:
            wrong.append(f"refused, and yet changed: {sorted(set(after) ^ set(before))}")
        wrong += [text for cell in cells if cell not in refused for text in self.check_accepted(method, row, *cell)]
        if not row.write and self.superuser.digest() != after:
            wrong.append("reading changed something")
        if wrong:
            self.fail(f"{len(wrong)} wrong\n" + "\n".join(wrong[:20]))

    def ask_cell(self, method, row, role, relation, target):
        state = relation if relation in ENDED else "live"
        envelope = {"op_id": uuid7()} if row.write else {}
        return self.ask(token(f"{role}/{state}"), method, envelope, **row.fields(target))

    def judge(self, answer, cell, expected, operations):
        """What is wrong with the answer, in words. `operations` is what the ledger should have gained."""
        if (answer.code, answer.rule) != expected:
            yield f"{' x '.join(cell)}: {answer} instead of {expected}"
        for found in answer.leaks():
            yield f"{' x '.join(cell)}: {found} in the reply"
        if self.superuser.operations() - self.operations != operations:
            yield f"{' x '.join(cell)}: the ledger gained {self.superuser.operations() - self.operations} operations"

    def check_refused(self, method, row, *cell):
        role, relation = cell
        expected = row.expected(role, relation)
        target = self.targets.shared("own" if relation in ENDED else relation)
        self.operations = self.superuser.operations()
        answer = self.ask_cell(method, row, role, relation, target)
        yield from self.judge(answer, cell, expected, 0)
        if expected[0] == NOT_FOUND:
            # what is out of scope and what does not exist are the same answer, byte for byte
            ghost = self.ask_cell(method, row, role, relation, Target("nowhere"))
            if ghost.without_id() != answer.without_id():
                yield f"{' x '.join(cell)}: {answer}, but what does not exist is {ghost}"

    def check_accepted(self, method, row, *cell):
        role, relation = cell
        unit = "descendant" if relation == "descendant" else "own"
        target = self.targets.next(unit) if row.write else self.targets.shared(unit)
        self.operations = self.superuser.operations()
        answer = self.ask_cell(method, row, role, relation, target)
        yield from self.judge(answer, cell, (OK, ""), int(row.write))
        if row.shows and not answer.shows(row.shows, unit):
            yield f"{' x '.join(cell)}: the reply does not show the record"

    def test_every_route_has_its_row(self):
        """every route of routes.def has its row in the model, and no other has"""
        text = (ROOT / "server" / "routes.def").read_text(encoding="utf-8")
        routes = {f"{service}Service/{method}" for service, method in re.findall(r"^ROUTE\((\w+), +(\w+),", text, re.M)}
        self.assertEqual(routes, set(ROUTES))

    def test_roles(self):
        """the roles of the database and their ranks are the model's"""
        rows = dict(row.split("|") for row in self.superuser.rows("select code, rank from auth.role"))
        self.assertEqual({role: int(rank) for role, rank in rows.items()}, RANKS)


def make_case(method, row):
    def case(self):
        self.check_route(method, row)
    case.__doc__ = f"{method}: {len(ROLES)} roles x {len(RELATIONS)} relations, {len(ROLES) * len(RELATIONS)} cells"
    setattr(Matrix, "test_" + method.replace("/", "_"), case)


for _method, _row in ROUTES.items():
    if _row.fields:
        make_case(_method, _row)


if __name__ == "__main__":
    tap.main()
