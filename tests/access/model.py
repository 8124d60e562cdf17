"""Who may do what, written down a second time: independent of routes.def and of the database's own rows."""

import dataclasses
import re

from world import INSIDE, OUTSIDE, SETS, code, key

OK, INVALID, NOT_FOUND, EXISTS, DENIED, STATE, UNAUTHENTICATED = 0, 3, 5, 6, 7, 9, 16

# rank: nobody reaches as high as himself
RANKS = {"MB": 10, "BD": 20, "BS": 30, "WO": 40, "WS": 50, "DO": 60, "DH": 70, "DS": 80, "IC": 55, "DG": 15,
         "SA": 65, "AU": 10}
ROLES = list(RANKS)

# the lowest of those who may confirm a grant of the role, or end it
CONFIRMERS = {"MB": "DH", "BD": "DH", "BS": "DH", "WO": "DH", "WS": "DH", "DG": "DH",
              "IC": "DS", "DO": "DS", "DH": "DS", "DS": "DS", "SA": "DS", "AU": "DS"}

# role, and in brackets how far the right reaches where that is less than the grant's scope
RIGHTS = {right: dict(re.findall(r"(\w\w)(?:\((\w+)\))?", roles)) for right, roles in {
    "read catalogues": "MB BD BS WO WS DO DH DS IC DG SA AU",
    "read units": "MB BD BS WO WS DO DH DS IC DG AU",         # all but the system administrator
    "make units": "WO DO DH",
    "change units": "WO DO DH",
    "make schemes": "WO DO DH",
    "read figures": "BD BS WO WS DO DH DS IC",
    "read members": "BD BS WO WS DO DH DS IC",
    "read names": "MB(unit) BD BS WO WS DO DH DS IC DG(unit)",
    "register people": "WO DO DH",
    "write members": "WO",
    "place members": "WO DO",
    "read sealed fields": "MB(own) BS WO WS DO DH DS(masked) IC(inspection) DG(masked)",
    "write sealed fields": "WO",
    "find duplicates": "DO DH",
    "propose corrections": "MB(own) BD BS",
    "read corrections": "MB(own) BD BS WO DO IC",
    "approve corrections": "WO DO",
    "confirm corrections": "DO",
    "request grants": "WO WS",
    "draft grants": "DO DH",
    "decide grants": "DH DS",
    "read grants": "WO WS DO DH DS IC AU",
    "keep accounts": "SA",
    "read accounts": "SA AU",
    "read histories": "MB(own) IC AU",
}.items()}


@dataclasses.dataclass(frozen=True)
class Relation:
    """How the actor and his grant stand to the record."""
    name: str
    unit: str = ""            # whose record it is
    grant: str = "live"       # what became of the actor's grant
    which: str = "active"     # or archived: closed; whole: no unit is named; self: the actor's own

    def __str__(self):
        return self.name if self.which == "active" else f"{self.name}, {self.which}"


ENDED = ("ended", "expired", "lapsed", "draft", "none")
# The eight; a grant that has ended was ended, has run out, as one for an emergency does within a day, or was never
# confirmed. Then the record is of the unit that the grant was for.
RELATIONS = [Relation("own", "own"), Relation("descendant", "descendant"),
             *(Relation(unit, unit) for unit in OUTSIDE), *(Relation(grant, "own", grant) for grant in ENDED)]
LIVE = [relation for relation in RELATIONS if relation.grant == "live"]


@dataclasses.dataclass
class Row:
    """What the model says about one route."""
    right: str | None = None    # None: every session
    fields: object = None       # target -> request; None: no matter of roles, see test_sessions.py
    write: bool = False
    scoped: bool = True         # the target's unit matters
    shows: str = ""             # what an accepted reply contains: a canary of the target
    changes: str = ""           # tables that an accepted write changes, beside the ledger
    audited: bool = False       # who reads goes into the ledger
    archived: tuple = ()        # what becomes of a request about closed records; (): nothing is closed here
    whole: bool = False         # a list: without a unit the request is about the actor's whole scope
    but: dict = dataclasses.field(default_factory=dict)   # role -> what becomes of it, although it has the right
    myself: tuple = ()          # what becomes of it where the record is the actor's own; (): that cannot be

    def relations(self):
        """All that this route can meet."""
        found = list(RELATIONS)
        if self.archived:
            found += [dataclasses.replace(relation, which="archived") for relation in LIVE]
        if self.whole:
            found += [Relation("own", "own", which="whole"), Relation("ended", "own", "ended", which="whole")]
        if self.myself:
            found.append(Relation("own", "own", which="self"))
        return found

    def reach(self, role):
        """How far the role's right goes: "" to the end of the grant's scope."""
        return RIGHTS[self.right].get(role, "") if self.right else ""

    def hides(self, role, relation):
        """Whether an accepted request shows less than all there is."""
        return relation.which == "self" or self.reach(role) in ("own", "masked")

    def expected(self, role, relation):
        """Code and rule; no rule for success."""
        if self.right is None:
            return OK, ""
        if relation.grant != "live":
            return DENIED, "grant_ended"
        if role not in RIGHTS[self.right]:
            return DENIED, "permission_denied"
        if self.scoped and relation.unit in OUTSIDE:
            return NOT_FOUND, "not_found"
        if relation.which == "self":
            return (OK, "") if self.reach(role) == "own" else self.myself
        if not self.whole and self.reach(role) == "own" or self.reach(role) == "unit" and relation.unit != "own":
            return NOT_FOUND, "not_found"
        if relation.which == "archived":
            return self.archived
        return self.but.get(role, (OK, ""))


class Target:
    """The records of one set in a unit. One in `nowhere` does not exist at all."""

    def __init__(self, unit, index=0, versions=None):
        self.name, self.index = unit, index
        self.unit = key("unit", unit)
        self.code = code(unit)
        # a unit of the actor's own scope other than this one, to go to
        self.inside = key("unit", "descendant" if unit == "own" else "own")
        self.versions = versions or (lambda unit: 1)

    def __getattr__(self, what):
        """The id of the set's person, member, account, ..."""
        return key(what, self.name, self.index)

    @property
    def movable(self):
        """Inside, a unit below this one, so that it can go back and forth."""
        return {"own": "upper", "descendant": "lower"}.get(self.name, self.name)


def myself(role):
    """The actor's own records, kept by his own unit."""
    target = Target(role, "live")
    target.unit = key("unit", "own")
    return target


class Targets:
    """Hands out sets: reads and refused writes leave a set as it is, accepted writes use one up."""

    def __init__(self, versions):
        self.versions = versions
        self.used = dict.fromkeys(INSIDE, 0)

    def shared(self, unit, index=0):
        return Target(unit, index, self.versions)

    def next(self, unit):
        self.used[unit] += 1
        assert self.used[unit] <= SETS, "world.SETS is too small"
        return Target(unit, self.used[unit], self.versions)
