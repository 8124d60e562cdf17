"""Who may do what, written down a second time: independent of routes.def and of the database's own rows."""

import dataclasses
import datetime
import hashlib
import itertools
import os

from world import INSIDE, OUTSIDE, SETS, code, key

OK, INVALID, NOT_FOUND, EXISTS, DENIED, STATE, UNAUTHENTICATED = 0, 3, 5, 6, 7, 9, 16

# rank: a grant gives roles below one's own
RANKS = {"MB": 10, "BD": 20, "BS": 30, "WO": 40, "WS": 50, "DO": 60, "DH": 70, "DS": 80, "IC": 55, "DG": 15,
         "SA": 0, "AU": 10}
ROLES = list(RANKS)

LEADERS = "BD BS WO WS DO DH DS IC"
RIGHTS = {right: set(roles.split()) for right, roles in {
    "read catalogues": "MB BD BS WO WS DO DH DS IC DG SA AU",
    "read units": "MB BD BS WO WS DO DH DS IC DG AU",         # all but the system administrator
    "make units": "WO DO DH",
    "change units": "WO DO DH",
    "make schemes": "WO DO DH",
    "read members": LEADERS,
    "register people": "BS WO DO DH",
    "change people": "BS WO DO DH",
    "place members": "BS WO DO DH",
    "decide status": "WO DO DH",
    "import members": "WO DO DH",
    "read figures": LEADERS,
    "read grants": "WO WS DO DH DS IC AU",
    "give grants": "DH DS",
    "keep accounts": "DH SA",
}.items()}

# How the record's unit stands to the actor's, and what became of the actor's grant: then the record is his own unit's.
ENDED = ("ended", "expired", "none")
RELATIONS = ("own", "descendant", *OUTSIDE, *ENDED)

EXAMPLE_PERSON = {"family_name": "Hoàng", "given_name": "Mới", "sex": "SEX_FEMALE", "born_on": "1999"}
EXAMPLE_MEMBER = {**EXAMPLE_PERSON, "status": "MEMBER_STATUS_PROBATIONARY", "decision_on": "2026-01-20",
                  "joined_on": "2026-02-03", "from_on": "2026-02-03"}

_numbers = itertools.count(1)
TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)).date().isoformat()


def fresh():
    """An id that nobody has."""
    return os.urandom(16)


def number():
    """A biography number that nobody has."""
    return f"{900000 + next(_numbers)}YB"


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


class Targets:
    """Hands out sets: reads and refused writes leave a set as it is, accepted writes use one up."""

    def __init__(self, versions):
        self.versions = versions
        self.used = dict.fromkeys(INSIDE, 0)

    def shared(self, unit):
        return Target(unit, 0, self.versions)

    def next(self, unit):
        self.used[unit] += 1
        assert self.used[unit] <= SETS, "world.SETS is too small"
        return Target(unit, self.used[unit], self.versions)


@dataclasses.dataclass
class Row:
    """What the model says about one route."""
    right: str | None = None    # None: every session
    fields: object = None       # target -> request; None: no matter of roles, see test_edges.py
    write: bool = False
    scoped: bool = True         # the target's unit matters
    shows: str = ""             # what an accepted reply contains: a canary of the target

    def expected(self, role, relation):
        """Code and rule; no rule for success."""
        if self.right is None:
            return OK, ""
        if relation in ENDED:
            return DENIED, "grant_ended"
        if role not in RIGHTS[self.right]:
            return DENIED, "permission_denied"
        if self.scoped and relation in OUTSIDE:
            return NOT_FOUND, "not_found"
        return OK, ""


def read(right, fields, shows="", scoped=True):
    return Row(right, fields, False, scoped, shows)


def write(right, fields, shows="", scoped=True):
    return Row(right, fields, True, scoped, shows)


def line(target, **changes):
    return {**EXAMPLE_MEMBER, "row_no": 2, "id": fresh(), "person_id": fresh(), "membership_id": fresh(),
            "unit_code": target.code, "biography_no": number(), **changes}


def one_time_code():
    return hashlib.sha256(os.urandom(16)).digest()


def of_unit(target):
    return {"unit_id": target.unit}


def moved(target):
    """`upper` and `lower` go back and forth between `own` and `descendant`, starting from the one or the other;
    somebody else's unit comes to `own`."""
    version = target.versions(target.movable)
    down = (target.movable == "upper") == (version % 2 == 1) and target.name in INSIDE
    return {"id": key("unit", target.movable), "base_version": version, "from_on": TODAY,
            "parent_id": key("unit", "descendant" if down else "own")}


ROUTES = {
    "AccountService/Create": write("keep accounts", lambda t: {
        "id": fresh(), "login_name": "zn" + fresh().hex(), "person_id": t.person, "code_hash": one_time_code()},
        shows="record"),
    "AccountService/Invite": write("keep accounts", lambda t: {"id": t.account, "code_hash": one_time_code()},
                                   shows="record"),
    "AccountService/End": write("keep accounts", lambda t: {"id": t.account}, shows="record"),
    "AccountService/List": read("keep accounts", lambda t: {"limit": 200}, scoped=False),
    "GrantService/Create": write("give grants", lambda t: {
        "id": fresh(), "person_id": t.person, "role": "MB", "unit_id": t.unit, "basis": "Quyết định"},
        shows="record"),
    "GrantService/End": write("give grants", lambda t: {"id": t.grant}, shows="record"),
    "GrantService/List": read("read grants", of_unit, shows="record"),
    "UnitService/Create": write("make units", lambda t: {
        "id": fresh(), "parent_id": t.unit, "code": f"NEW.{next(_numbers)}", "name": "Tổ đảng mới",
        "kind": "party_group", "founded_on": "2026-01-01", "basis": "Quyết định"}, shows="unit_name"),
    "UnitService/Get": read("read units", lambda t: {"id": t.unit}, shows="unit_name"),
    "UnitService/List": read("read units", of_unit, shows="unit_name"),
    "UnitService/Rename": write("change units", lambda t: {
        "id": t.unit, "base_version": t.versions(t.name), "name": f"Zz{t.name} {next(_numbers)}", "from_on": TODAY},
        shows="unit_name"),
    "UnitService/Move": write("change units", moved),
    "SectorService/List": read("read catalogues", lambda t: {}, scoped=False),
    "SchemeService/Create": write("make schemes", lambda t: {
        "id": fresh(), "code": f"moi-{next(_numbers)}", "name": "Mẫu mới",
        "lines": [{"sector": "hamlet", "label": "Thôn"}]}, scoped=False),
    "SchemeService/Get": read("read catalogues", lambda t: {"code": "mau-thu"}, scoped=False),
    "SchemeService/List": read("read catalogues", lambda t: {}, scoped=False),
    "RuleService/List": read("read catalogues", lambda t: {}, scoped=False),
    "PersonService/Create": write("register people", lambda t: {
        "id": fresh(), "unit_id": t.unit, "native_place": f"zy{t.name}", **EXAMPLE_PERSON}, shows="record"),
    "PersonService/Get": read("read members", lambda t: {"id": t.person}, shows="record"),
    "PersonService/Update": write("change people", lambda t: {
        "id": t.person, "base_version": 1, "update_mask": ["profession"], "profession": "Giáo viên"}, shows="record"),
    "MemberService/Create": write("register people", lambda t: {
        "id": fresh(), "person_id": fresh(), "unit_id": t.unit, "biography_no": number(), **EXAMPLE_MEMBER},
        shows="unit_name"),
    "MemberService/Get": read("read members", lambda t: {"id": t.member}, shows="record"),
    "MemberService/Update": write("change people", lambda t: {
        "id": t.member, "base_version": 1, "update_mask": ["works_away"], "works_away": True}, shows="record"),
    "MemberService/List": read("read members", of_unit, shows="record"),
    "MemberService/Search": read("read members", lambda t: {"name": "zy", "limit": 100, **of_unit(t)}, shows="record"),
    "MemberService/SetStatus": write("decide status", lambda t: {
        "id": t.member, "base_version": 1, "status": "MEMBER_STATUS_RESIGNED", "from_on": TODAY,
        "basis": "Quyết định"}, shows="record"),
    "MemberService/Place": write("place members", lambda t: {
        "id": t.member, "base_version": 1, "membership_id": fresh(), "unit_id": t.inside, "from_on": TODAY,
        "kind": "MEMBERSHIP_KIND_TEMPORARY"}, shows="record"),
    "MemberService/Leave": write("place members", lambda t: {
        "id": t.member, "base_version": 1, "membership_id": t.second, "last_on": TODAY}, shows="record"),
    "MemberService/Import": write("import members", lambda t: {**of_unit(t), "lines": [line(t)]}),
    "MemberService/CheckImport": read("import members", lambda t: {**of_unit(t), "lines": [line(t)]}),
    "ReportService/MembersBySector": read("read figures", of_unit),
    "ReportService/MembersBySex": read("read figures", of_unit),
    "ReportService/Membership": read("read figures", of_unit, shows="unit_name"),
    "SessionService/WhoAmI": read(None, lambda t: {}, scoped=False),
    "SessionService/Hello": Row(),
    "SessionService/Login": Row(),
    "SessionService/Redeem": Row(),
    "SessionService/Logout": Row(),
    "SessionService/ChooseGrant": Row(),
}
