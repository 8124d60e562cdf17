#!/usr/bin/python3
"""Who reaches whom, and what one person must not do alone: ranks, and separation of duties."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import uuid7  # noqa: E402
from model import CONFIRMERS, DENIED, OK, RANKS, RIGHTS, ROLES, STATE, Target  # noqa: E402
from routes import BASIS, ROUTES, TODAY, fresh, one_time_code  # noqa: E402
from world import OUTSIDE, key, token  # noqa: E402

HEAD = token("DH/live")           # head of the organisation board
BOARD = token("DS/live")
SYSTEM = token("SA/live")
OWN = key("unit", "own")

def confirms(role, other):
    return RANKS[role] >= RANKS[CONFIRMERS[other]]


class Ranks(AccessCase):
    """Nobody reaches as high as himself."""

    def check_pairs(self, right, make, method, fields_of, reaches=None):
        """Every role with the right, and it alone, reaches those ranked below itself, or whom `reaches` says."""
        reaches = reaches or (lambda role, other: RANKS[other] < RANKS[role])
        wrong = []
        for role in ROLES:
            for other in ROLES:
                name = uuid7().hex()
                self.sql(" ".join(make(name, other)))
                before = self.superuser.operations()
                answer = self.submit(token(f"{role}/live"), method, **fields_of(name, other))
                expected = DENIED, "permission_denied"
                if role in RIGHTS[right]:
                    expected = (OK, "") if reaches(role, other) else (DENIED, "outranked")
                gained = self.superuser.operations() - before
                if (answer.code, answer.rule) != expected or answer.leaks() or gained != (expected[0] == OK):
                    wrong.append(f"{role} to {other}: {answer} instead of {expected} {answer.leaks()} {gained}")
        self.assertFalse(wrong, "\n".join(wrong))

    @staticmethod
    def proposed(name, role):
        meeting = {"meeting_id": key("meeting", "own", 0)} if role == "DG" else {}
        return {"id": fresh(), "person_id": key("person", name), "role": role, "unit_id": OWN, "basis": BASIS,
                **meeting}

    def test_asking(self):
        """who may ask for which role: 12 x 12"""
        self.check_pairs("request grants", lambda name, other: [world.person(name)], "GrantService/Request",
                         lambda name, other: {**self.proposed(name, other), "until_on": TODAY})

    def test_drafting(self):
        """who may draft a grant of which role: 12 x 12; it has no effect before it is confirmed"""
        self.check_pairs("draft grants", lambda name, other: [world.person(name)], "GrantService/Create",
                         lambda name, other: {**self.proposed(name, other), "until_on": TODAY},
                         lambda role, other: True)

    def test_confirming(self):
        """who may confirm a grant of which role: 12 x 12"""
        self.check_pairs("decide grants", lambda name, other: world.actor(name, other, "draft"), "GrantService/Confirm",
                         lambda name, other: {"id": key("grant", name)}, confirms)

    def test_ending(self):
        """who may end a grant of which role: 12 x 12"""
        self.check_pairs("decide grants", world.actor, "GrantService/End",
                         lambda name, other: {"id": key("grant", name)}, confirms)

    def test_emergency(self):
        """who may give which role alone, for a day: 12 x 12"""
        self.check_pairs("decide grants", lambda name, other: [world.person(name)], "GrantService/CreateEmergency",
                         self.proposed, lambda role, other: confirms(role, other) and RANKS[other] < RANKS[role])

    def test_opening_accounts(self):
        """who may open an account for the holder of which role, and so learn the code: 12 x 12"""
        self.check_pairs("keep accounts", lambda name, other: [world.person(name), world.grant(name, other)],
                         "AccountService/Create",
                         lambda name, other: {"id": fresh(), "login_name": name, "person_id": key("person", name),
                                              "code_hash": one_time_code()})

    def test_inviting(self):
        """who may give a new code to the holder of which role: 12 x 12"""
        self.check_pairs("keep accounts", world.actor, "AccountService/Invite",
                         lambda name, other: {"id": key("account", name), "code_hash": one_time_code()})

    def test_ending_accounts(self):
        """who may end the account of the holder of which role: 12 x 12"""
        self.check_pairs("keep accounts", world.actor, "AccountService/End",
                         lambda name, other: {"id": key("account", name)})

    def test_reach(self):
        """an account is out of reach while its holder acts somewhere outside"""
        for unit in OUTSIDE:
            name = uuid7().hex()
            self.sql(world.person(name) + world.grant(name, "MB", unit=unit))
            answer = self.submit(SYSTEM, "AccountService/Create", id=fresh(), login_name=name,
                                 person_id=key("person", name), code_hash=one_time_code())
            self.assertAnswer(answer, DENIED, "outranked", "person_id")
            self.sql(world.account(name))
            account = key("account", name)
            self.assertAnswer(self.submit(SYSTEM, "AccountService/Invite", id=account, code_hash=one_time_code()),
                              DENIED, "outranked", "id")
            self.assertAnswer(self.submit(SYSTEM, "AccountService/End", id=account), DENIED, "outranked", "id")

    def test_oneself(self):
        """nobody gives himself a grant"""
        answer = self.submit(HEAD, "GrantService/Create", id=fresh(), person_id=key("person", "DH/live"), role="MB",
                             unit_id=OWN, basis=BASIS)
        self.assertAnswer(answer, STATE, "granted_to_self")


class Holding(AccessCase):
    """People with several grants."""

    def hold(self, *roles, unit="own"):
        """Somebody with these roles in a unit: his name and, for each role, the id of his grant."""
        name = uuid7().hex()
        self.sql(world.person(name) + world.account(name) + world.session(name) +
                 "".join(world.grant(name, role, unit=unit, which=f"/{role}") for role in roles))
        return name, [key("grant", name, role) for role in roles]

    def act(self, name, grant, method, **fields):
        return self.ask(token(name), method, {"op_id": uuid7(), "grant_id": grant}, **fields)

    def someone(self):
        name = uuid7().hex()
        self.sql(world.person(name))
        return key("person", name)

    def assertRefused(self, answer, rule):
        self.assertAnswer(answer, STATE, rule)


class Duties(Holding):
    """What one person must not do alone, or at the same time: held against the person, whatever grant he acts in."""

    def test_own_draft(self):
        """(1) nobody confirms a grant that he drafted, in whichever role"""
        name, (head, board) = self.hold("DH", "DS")
        draft = fresh()
        self.assertAnswer(self.act(name, head, "GrantService/Create", id=draft, person_id=self.someone(), role="MB",
                                   unit_id=OWN, basis=BASIS), OK)
        for grant in (head, board):
            self.assertRefused(self.act(name, grant, "GrantService/Confirm", id=draft), "own_proposal")
        self.assertAnswer(self.submit(BOARD, "GrantService/Confirm", id=draft), OK)

    def test_own_request(self):
        """(1) nobody confirms a grant that he asked for"""
        name, (office, board) = self.hold("WO", "DS")
        asked = fresh()
        self.assertAnswer(self.act(name, office, "GrantService/Request", id=asked, person_id=self.someone(), role="MB",
                                   unit_id=OWN, basis=BASIS), OK)
        self.assertRefused(self.act(name, board, "GrantService/Confirm", id=asked), "not_adopted")
        self.assertAnswer(self.submit(HEAD, "GrantService/Adopt", id=asked), OK)
        self.assertRefused(self.act(name, board, "GrantService/Confirm", id=asked), "own_proposal")
        self.assertAnswer(self.submit(BOARD, "GrantService/Confirm", id=asked), OK)

    def test_own_grant(self):
        """(1) nobody adopts or confirms a grant for himself"""
        for method, columns, values in (
                ("Adopt", "requested_by, requested_at, created_at", "md5('person/WO/live')::uuid, now(), null"),
                ("Confirm", "created_by", "md5('person/DO/live')::uuid")):
            name, (head,) = self.hold("DH")
            grant = fresh()
            self.sql(f"insert into auth.\"grant\" (id, person_id, role, unit_id, feed_id, during, basis, {columns}) "
                     f"select '{grant.hex()}', md5('person/{name}')::uuid, 'MB', unit_id, feed_id, '[2026-01-01,)', "
                     f"'x', {values} from auth.tree where unit_id = md5('unit/own')::uuid")
            self.assertRefused(self.act(name, head, f"GrantService/{method}", id=grant), "granted_to_self")

    def correction(self, person):
        return {"id": fresh(), "person_id": person, "update_mask": ["native_place"], "native_place": "Nơi khác",
                "basis": BASIS}

    def test_own_correction(self):
        """(1) nobody approves or refuses a correction that he proposed"""
        name, (secretary, office) = self.hold("BS", "WO")
        fields = self.correction(Target("own").person)
        self.assertAnswer(self.act(name, secretary, "ChangeRequestService/Create", **fields), OK)
        self.assertRefused(self.act(name, office, "ChangeRequestService/Approve", id=fields["id"]), "own_proposal")
        self.assertRefused(self.act(name, office, "ChangeRequestService/Refuse", id=fields["id"], reason=BASIS),
                           "own_proposal")

    def test_own_record(self):
        """(2) nobody approves a correction of his own file that somebody else proposed"""
        name, (office,) = self.hold("WO")
        fields = self.correction(key("person", name))
        self.assertAnswer(self.submit(token("BS/live"), "ChangeRequestService/Create", **fields), OK)
        self.assertRefused(self.act(name, office, "ChangeRequestService/Approve", id=fields["id"]), "own_record")

    def test_second_person(self):
        """(9) both approvals of a correction come from different people"""
        name, (office, board) = self.hold("WO", "DO")
        fields = self.correction(Target("own").person)
        self.assertAnswer(self.submit(token("BS/live"), "ChangeRequestService/Create", **fields), OK)
        self.assertAnswer(self.act(name, office, "ChangeRequestService/Approve", id=fields["id"]), OK)
        self.assertRefused(self.act(name, board, "ChangeRequestService/Confirm", id=fields["id"]), "second_person")
        self.assertAnswer(self.submit(token("DO/live"), "ChangeRequestService/Confirm", id=fields["id"]), OK)

    def test_administrator(self):
        """(8) whoever administers the system gives no rights, in whichever role he acts"""
        name, (_, head) = self.hold("SA", "DH")
        person, drafted = self.someone(), fresh()
        proposal = {"person_id": person, "role": "MB", "unit_id": OWN, "basis": BASIS}
        self.assertAnswer(self.submit(token("DO/live"), "GrantService/Create", id=drafted, **proposal), OK)
        for method in ("Create", "CreateEmergency"):
            self.assertRefused(self.act(name, head, f"GrantService/{method}", id=fresh(), **proposal),
                               "administrator_grants")
        self.assertRefused(self.act(name, head, "GrantService/Confirm", id=drafted), "administrator_grants")

    def test_auditor(self):
        """(10) an auditor has no right that writes"""
        self.assertEqual([method for method, row in ROUTES.items() if row.write and "AU" in RIGHTS[row.right]], [])

    def test_inspector(self):
        """(11) nobody inspects where he holds an office, and the other way round"""
        for held, wanted in (("IC", "BS"), ("BS", "IC")):
            name, _ = self.hold(held)
            answer = self.submit(HEAD, "GrantService/Create", id=fresh(), person_id=key("person", name), role=wanted,
                                 unit_id=OWN, basis=BASIS)
            self.assertRefused(answer, "inspector_executive")

    def test_code(self):
        """a one-time code that is still open is no way to a role: whoever gave it could take the role"""
        name = uuid7().hex()
        self.sql(world.person(name))
        self.assertAnswer(self.submit(SYSTEM, "AccountService/Create", id=fresh(), login_name=name,
                                      person_id=key("person", name), code_hash=one_time_code()), OK)
        drafted = fresh()
        self.assertAnswer(self.submit(HEAD, "GrantService/Create", id=drafted, person_id=key("person", name), role="MB",
                                      unit_id=OWN, basis=BASIS), OK)
        self.assertAnswer(self.submit(BOARD, "GrantService/Confirm", id=drafted), OK)
        higher = fresh()
        self.assertAnswer(self.submit(HEAD, "GrantService/Create", id=higher, person_id=key("person", name), role="DH",
                                      unit_id=OWN, basis=BASIS), OK)
        self.assertRefused(self.submit(BOARD, "GrantService/Confirm", id=higher), "code_given")


if __name__ == "__main__":
    tap.main()
