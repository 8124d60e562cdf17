"""Who may do what, written down a second time: independent of routes.def and of the database's own rows."""

import dataclasses
import re

from records import SPARE
from world import OUTSIDE, SETS, code, key

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
    "read computers": "WO WS DO DH SA AU",
    "keep computers": "SA",
    "read conflicts": "BD BS WO WS DO",
    "decide conflicts": "BS WO WS DO",
    "read histories": "MB(own) IC AU",
    "write documents": "WO DO DH",
    "read meetings": "MB(unit) BD BS WO WS DO(masked) DH(masked) DS(masked) IC DG(meeting)",
    "hold meetings": "BD BS WO(unit) DO(unit)",
    "sign minutes": "MB(unit) BD BS WO(unit) WS(unit) DO(unit) DH(unit) DS(unit)",
    "submit meetings": "BS WS(unit) DS(unit)",
    "receive meetings": "WO DO",
    "register pilots": "WO WS",
    "send delegates": "DO DH",
    "comment pilots": "DO DG(meeting)",
    "publish lessons": "DH DS",
    "read scores": "MB(unit) BD BS WO WS DO(masked) DH(masked) DS(masked) IC DG(meeting)",
    "score one's own meetings": "BD BS",
    "submit one's own scores": "BS",
    "score others' meetings": "WO DO DG(meeting)",
    "confirm scores": "WS DH",
    "write criteria": "DO DH",
    "read resolutions": "MB(unit) BD BS WO WS DO DH DS IC DG(meeting)",
    "draft resolutions": "BD BS WO(unit) DS(unit)",
    "issue resolutions": "BS WS(unit) DS(unit)",
    "read tasks": "MB(own) BD BS WO WS DO DH DS IC DG(meeting)",
    "assign tasks": "BD BS WO WS DS",
    "report tasks": "MB(own) BD BS WO WS",
    "read proposals": "MB(own) BD BS WO WS DO DH DS IC",
    "draft proposals": "MB(unit) BD BS WO(unit) DO(unit)",
    "send proposals": "BS WS(unit) DS(unit)",
    "route proposals": "WO DO",
    "answer proposals": "WS DH DS",
    "read posts": "BD BS WO WS DO DH DS IC",
    "write posts": "WO DO",
    "read residents": "MB(own) BD BS WO WS DO DH DS(masked) IC",
    "write residents": "BD BS WO",
    "confirm residents": "WS",
    "make reports": "BS(unit) WO(unit) DO(unit)",
    "send reports": "BS(unit) WS(unit) DH(unit)",
    "decide reports": "WO DO",
    "keep the calendar": "DO DH",
    "write rules": "DH",
    "read candidates": "MB(own) BD BS WO WS DO DH DS(masked) IC",
    "write candidates": "BD BS WO",
    "advance candidates": "BS",
    "move candidates": "WO DO",
    "report candidates": "MB(own) BD BS",
    "hold classes": "DO DH",
    "send to classes": "WO WS",
    "read checks": "BS WO WS DO DH IC(inspection)",
    "ask for checks": "WO",
    "conclude checks": "WS",
    "prepare files": "BD BS WO",
    "vote on files": "BS",
    "send files": "WO",
    "approve files": "WS",
    "review files": "DO DH",
    "decide on files": "WS DS",
    "read what is due": "BD BS WO WS DO DH DS(masked) IC",
    "read targets": "MB(unit) BD BS WO WS DO DH DS IC",
    "write targets": "WO DO",
    "agree to targets": "BS(unit) WS(unit) DH(unit)",
    "issue targets": "WS DS",
    "keep copies": "BD BS WO WS",
    "read sync states": "WO WS DO DH DS SA AU",
    "follow changes": "BD BS WO WS DO DH DS IC",
}.items()}


@dataclasses.dataclass(frozen=True)
class Relation:
    """How the actor and his grant stand to the record."""
    name: str
    unit: str = ""            # whose record it is
    grant: str = "live"       # what became of the actor's grant
    # or archived: closed; whole: no unit is named; self: the actor's own; other: not the meeting of his grant
    which: str = "active"

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
    # role, or unit of the record -> what becomes of it, although the role has the right
    but: dict = dataclasses.field(default_factory=dict)
    myself: tuple = ()          # what becomes of it where the record is the actor's own; (): that cannot be
    uses: str = ""              # kind of records.py that it is about, of which a write uses up a set; "": people
    blind: tuple = ()           # roles that see nothing in a list, although they have the right
    in_hands: bool = False      # only who holds the record may: each actor has one of his own

    def relations(self):
        """All that this route can meet."""
        found = list(RELATIONS)
        if self.archived:
            found += [dataclasses.replace(relation, which="archived") for relation in LIVE]
        if self.whole:
            found += [Relation("own", "own", which="whole"), Relation("ended", "own", "ended", which="whole")]
        if self.myself:
            found.append(Relation("own", "own", which="self"))
        if self.right and "meeting" in RIGHTS[self.right].values() and self.scoped and not self.whole:
            found.append(Relation("own", "own", which="other"))
        return found

    def meets(self, role, relation):
        """Whether the role can stand so to a record: only a delegate has a meeting of his own."""
        return relation.which != "other" or self.reach(role) == "meeting"

    def reach(self, role):
        """How far the role's right goes: "" to the end of the grant's scope."""
        return RIGHTS[self.right].get(role, "") if self.right else ""

    def hides(self, role, relation):
        """Whether an accepted request shows less than all there is."""
        reach = self.reach(role)
        of_persons = self.shows == "record"
        return (role in self.blind or of_persons and (relation.which == "self" or reach in ("own", "masked"))
                or reach in ("unit", "meeting") and relation.unit != "own")

    def expected(self, role, relation):
        """Code and rule; no rule for success."""
        if self.right is None:
            return OK, ""
        if relation.grant != "live":
            return DENIED, "grant_ended"
        if role not in RIGHTS[self.right]:
            return DENIED, "permission_denied"
        if self.scoped and relation.unit in OUTSIDE or self.beyond(role, relation):
            return NOT_FOUND, "not_found"
        if relation.which == "self":
            return (OK, "") if self.reach(role) == "own" else self.myself
        if self.scoped and not self.whole and self.reach(role) == "own":
            return NOT_FOUND, "not_found"
        if relation.which == "archived":
            return self.but.get(relation.unit, self.archived)
        return self.but.get(role) or self.but.get(relation.unit, (OK, ""))


    def beyond(self, role, relation):
        """A record in the scope of the grant that the right does not reach."""
        reach = self.reach(role)
        if not self.scoped or self.whole and self.uses:
            return False
        return (reach in ("unit", "meeting") and relation.unit != "own"
                or reach == "meeting" and relation.which in ("other", "archived", "self"))


class Target:
    """The records of one set in a unit. One in `nowhere` does not exist at all."""

    def __init__(self, unit, index=0, versions=None):
        self.name, self.index, self.role = unit, index, ""      # of whoever asks
        self.unit = key("unit", unit)
        self.code = code(unit)
        # a unit of the actor's own scope other than this one, to go to
        self.inside = key("unit", "descendant" if unit == "own" else "own")
        self.versions = versions or (lambda unit: 1)

    def __getattr__(self, what):
        """The id of the set's person, member, account, ..."""
        return key(what, self.name, self.index)

    def part(self, kind, what):
        """The id of a part of such a record."""
        return key(f"{kind}.{what}", self.name, self.index)

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

    def __init__(self, versions, counts):
        """`counts` tells how many there are of each kind of records.py."""
        self.versions = versions
        self.counts = {kind: count + SPARE for kind, count in counts.items()}
        self.used = {}

    def shared(self, unit, index=0):
        return Target(unit, index, self.versions)

    def next(self, unit, kind=""):
        number = self.used[unit, kind] = self.used.get((unit, kind), 0) + 1
        assert number <= (self.counts.get(kind, SPARE) if kind else SETS), f"too few sets of {kind or 'people'}"
        return Target(unit, number, self.versions)
