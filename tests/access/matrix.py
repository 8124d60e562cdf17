"""Every route x every role x every relation, over the wire, against the model: the answer, the rows that
changed beside it, and no foreign letter in the bytes of a reply."""

import re
import time

from client import uuid7
from model import NOT_FOUND, OK, RANKS, ROLES, Target, myself
from paths import ROOT
from records import MINE
from routes import ROUTES
from world import ARCHIVED, INSIDE, OUTSIDE, token


class Cell:
    """One role, one relation, and what the model says of it."""

    def __init__(self, row, role, relation):
        self.row, self.role, self.relation = row, role, relation
        self.expected = row.expected(role, relation)
        self.accepted = self.expected[0] == OK
        # leaves something in the database
        self.writes = (row.write or row.audited) and self.accepted

    def request(self, target):
        """What Answer.ask_all takes, but for the method."""
        target.role = self.role
        fields = self.row.fields(target)
        if self.relation.which == "whole":
            del fields["unit_id"]
        return token(f"{self.role}/{self.relation.grant}"), {"op_id": uuid7()} if self.row.write else {}, fields

    def target(self, targets):
        """What a request that changes nothing is about."""
        unit, which = self.relation.unit, self.relation.which
        if which == "self":
            return Target(unit, self.role) if self.row.uses else myself(self.role)
        if self.row.in_hands and unit in INSIDE and which == "active" and self.row.reach(self.role) != "meeting":
            return targets.shared(unit, self.role)
        return targets.shared(unit, {"archived": ARCHIVED, "other": 1}.get(which, 0))

    def fresh(self):
        """Whether it uses up a set: not what is in the actor's hands, nor the one meeting of a delegate."""
        return (self.row.write and self.accepted and self.relation.unit in INSIDE and self.relation.which == "active"
                and not self.row.in_hands and self.row.reach(self.role) != "meeting")

    def judge(self, answer):
        """What is wrong with the answer, in words."""
        if (answer.code, answer.rule) != self.expected:
            yield f"{answer} instead of {self.expected}"
        elif self.accepted and self.row.shows:
            shown, hidden = answer.shows(self.row.shows, self.relation.unit), self.row.hides(self.role, self.relation)
            if shown == hidden:
                yield "another's record in the reply" if hidden else "the reply does not show the record"
        if self.accepted and self.row.reach(self.role) == "masked" and answer.shows("record", self.relation.unit):
            yield "what is said of a person in the reply"
        if self.accepted and self.row.uses and self.relation.which == "self" and self.row.shows == "record" \
                and self.row.reach(self.role) != "masked" and not answer.shows("record", MINE):
            yield "the reply does not show his own record"
        for found in answer.leaks():
            yield f"{found} in the reply"

    def __str__(self):
        return f"{self.role} x {self.relation}"


def cells(row):
    return [Cell(row, role, relation) for role in ROLES for relation in row.relations() if row.meets(role, relation)]


def sets_needed():
    """How many sets of each kind of records.py a run of the matrix uses up in a unit."""
    counts = {}
    for row in filter(lambda row: row.fields and row.uses, ROUTES.values()):
        fresh = [cell.relation.unit for cell in cells(row) if cell.fresh()]
        counts[row.uses] = counts.get(row.uses, 0) + max(map(fresh.count, INSIDE))
    return counts


def wrong_changes(row, changes):
    """What an accepted write changed and must not, or did not change although it must."""
    tables = {change.relation for change in changes if not change.relation.startswith("ledger.")}
    if (row.changes or row.audited) and tables != set(row.changes.split()):
        yield f"it changed {sorted(tables)} instead of {row.changes}"
    for change in changes:
        # numbers of the tree are taken from further up
        if change.unit in OUTSIDE and change != ("auth.tree", "update", "ancestor"):
            yield f"it changed a row out of scope: {change}"
    if sum(change[:2] == ("ledger.op", "insert") for change in changes) != 1:
        yield "it is not in the ledger"


class Matrix:
    """Mixed into an AccessCase for each run. One case for each route; their methods are made below."""

    asked = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.started = time.monotonic()

    @classmethod
    def tearDownClass(cls):
        print(f"# {cls.district.gates.title}: {cls.asked} cells in {time.monotonic() - cls.started:.1f} s", flush=True)
        super().tearDownClass()

    def check_route(self, method):
        row = ROUTES[method]
        every = cells(row)
        type(self).asked += len(every)
        before = self.superuser.digest()
        wrong = self.check_still(method, [cell for cell in every if not cell.writes])
        if (after := self.superuser.digest()) != before:
            wrong.append(f"refused or read, and yet changed: {sorted(set(after) ^ set(before))}")
        for cell in every:
            if cell.writes:
                wrong += self.check_write(method, cell)
        if wrong:
            self.fail(f"{len(wrong)} wrong\n" + "\n".join(wrong[:20]))

    def check_still(self, method, still):
        """Cells that must not change anything: refused ones, and reading."""
        requests = [(cell, cell.request(cell.target(self.targets))) for cell in still]
        answers = self.ask_all((who, method, envelope, fields) for _, (who, envelope, fields) in requests)
        wrong = [f"{cell}: {text}" for cell, answer in zip(still, answers) for text in cell.judge(answer)]
        wrong += self.check_ghosts(method, [pair for pair in zip(still, answers) if pair[0].expected[0] == NOT_FOUND])
        for change in self.superuser.changes():
            wrong.append(f"refused or read, and yet changed: {change}")
        return wrong

    def check_ghosts(self, method, pairs):
        """What is out of scope and what does not exist are the same answer, byte for byte."""
        first = {cell.role: cell for cell, _ in pairs}
        asked = [(who, method, envelope, fields) for who, envelope, fields in
                 (cell.request(Target("nowhere")) for cell in first.values())]
        ghosts = dict(zip(first, self.ask_all(asked)))
        return [f"{cell}: {answer}, but what does not exist is {ghosts[cell.role]}" for cell, answer in pairs
                if answer.without_id() != ghosts[cell.role].without_id()]

    def check_write(self, method, cell):
        target = self.targets.next(cell.relation.unit, cell.row.uses) if cell.fresh() else cell.target(self.targets)
        who, envelope, fields = cell.request(target)
        answer = self.ask(who, method, envelope, **fields)
        return [f"{cell}: {text}" for text in [*cell.judge(answer),
                                               *wrong_changes(cell.row, self.superuser.changes())]]

    def test_roles(self):
        """the roles of the database and their ranks are the model's"""
        rows = dict(row.split("|") for row in self.superuser.rows("select code, rank from auth.role"))
        self.assertEqual({role: int(rank) for role, rank in rows.items()}, RANKS)


def check_every_route(case):
    """every route of routes.def has its row in the model, and no other has"""
    text = (ROOT / "server" / "routes.def").read_text(encoding="utf-8")
    routes = {f"{service}Service/{method}" for service, method in re.findall(r"^ROUTE\((\w+), +(\w+),", text, re.M)}
    case.assertEqual(routes, set(ROUTES))


def make_case(method):
    def case(self):
        self.check_route(method)
    count = len(cells(ROUTES[method]))
    case.__doc__ = f"{method}: {len(ROLES)} roles, {count} cells"
    setattr(Matrix, "test_" + method.replace("/", "_"), case)


for _method, _row in ROUTES.items():
    if _row.fields:
        make_case(_method)
