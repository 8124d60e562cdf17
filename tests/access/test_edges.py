#!/usr/bin/python3
"""What the matrix has no axis for: two targets, the past, guests, rights that go less far than a scope."""

import pathlib
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import Client, uuid7  # noqa: E402
from model import DENIED, EXISTS, INVALID, NOT_FOUND, OK, RIGHTS, Target  # noqa: E402
from routes import (BASIS, EXAMPLE_MEMBER, EXAMPLE_PERSON, ROUTES, TODAY, fresh, line, number,  # noqa: E402
                    one_time_code)
from world import FORMER_UNTIL, OUTSIDE, key, token  # noqa: E402

HEAD = token("DH/live")           # head of the organisation board
OFFICE = token("WO/live")         # the ward's office, which keeps the records of members
OWN = key("unit", "own")

def sender(method):
    """Somebody in `own` who may."""
    role = next(role for role in ("DH", "WO", "SA", "BS", "DS", "DO") if role in RIGHTS[ROUTES[method].right])
    return token(f"{role}/live")


class Pairs(AccessCase):
    def check(self, method, fields_of, field=None, code=NOT_FOUND, rule="not_found"):
        """`fields_of` a unit's name; what lies outside is answered like what does not exist."""
        before = self.superuser.digest()
        who = sender(method)
        ghost = self.submit(who, method, **fields_of(Target("nowhere")))
        for unit in OUTSIDE:
            answer = self.submit(who, method, **fields_of(Target(unit)))
            self.assertAnswer(answer, code, rule, field)
            self.assertEqual(answer.without_id(), ghost.without_id(), unit)
        self.assertEqual(self.superuser.digest(), before)


class TwoTargets(Pairs):
    """One of the two records is the actor's, the other is not."""

    def test_grant_person(self):
        """a grant on one's own unit for somebody else's person"""
        self.check("GrantService/Create", lambda t: {
            "id": fresh(), "person_id": t.person, "role": "MB", "unit_id": OWN, "basis": BASIS}, "person_id")

    def test_grant_unit(self):
        """a grant for one's own person on somebody else's unit"""
        self.check("GrantService/Create", lambda t: {
            "id": fresh(), "person_id": Target("own").person, "role": "MB", "unit_id": t.unit, "basis": BASIS},
            "unit_id")

    def test_place(self):
        """one's own member is placed in somebody else's unit"""
        for kind in ("PRIMARY", "TEMPORARY", "RESIDENTIAL"):
            self.check("MemberService/Place", lambda t: {
                "id": Target("own").member, "base_version": 1, "membership_id": fresh(), "unit_id": t.unit,
                "kind": f"MEMBERSHIP_KIND_{kind}", "from_on": TODAY}, "unit_id")

    def test_leave(self):
        """one's own member leaves a place of somebody else's member"""
        self.check("MemberService/Leave", lambda t: {
            "id": Target("own").member, "base_version": 1, "membership_id": t.second, "last_on": TODAY},
            "membership_id")

    def test_move(self):
        """one's own unit moves below somebody else's"""
        self.check("UnitService/Move", lambda t: {
            "id": key("unit", "upper"), "base_version": 1, "parent_id": t.unit, "from_on": TODAY}, "parent_id")

    def test_import_line(self):
        """a list for one's own unit has a line for somebody else's"""
        numbered = {"id": fresh(), "person_id": fresh(), "membership_id": fresh(), "biography_no": number()}
        self.check("MemberService/Import", lambda t: {
            "unit_id": OWN, "lines": [line(t, **numbered)]}, "lines", INVALID, "import_rows")
        for unit in OUTSIDE:
            answer = self.ask(OFFICE, "MemberService/CheckImport", unit_id=OWN,
                              lines=[line(Target(unit), unit_code="QQNOWHERE")])
            self.assertAnswer(answer, OK)

    def test_taken_ids(self):
        """an id that is taken is answered alike, whoever has it"""
        forms = {
            "PersonService/Create": lambda t: {"id": t.person, "unit_id": OWN, **EXAMPLE_PERSON},
            "MemberService/Create": lambda t: {"id": t.member, "person_id": fresh(), "unit_id": OWN,
                                               "biography_no": number(), **EXAMPLE_MEMBER},
            "UnitService/Create": lambda t: {"id": t.unit, "parent_id": OWN, "code": "TAKEN.ID",
                                             "name": "Tổ", "kind": "party_group", "founded_on": "2026-01-01",
                                             "basis": BASIS},
            "AccountService/Create": lambda t: {"id": t.account, "login_name": "taken.id", "code_hash": one_time_code(),
                                                "person_id": Target("own").person},
            "GrantService/Create": lambda t: {"id": t.grant, "person_id": Target("own").person, "role": "MB",
                                              "unit_id": OWN, "basis": BASIS},
        }
        for method, fields_of in forms.items():
            own = self.submit(sender(method), method, **fields_of(Target("own")))
            self.assertAnswer(own, EXISTS, "id_taken")
            for unit in OUTSIDE:
                answer = self.submit(sender(method), method, **fields_of(Target(unit)))
                self.assertEqual(answer.without_id(), own.without_id(), f"{method} {unit}")

    def test_whole_scope(self):
        """lists without a unit hold the actor's whole scope and nothing else"""
        for method, fields in (
                ("UnitService/List", {"limit": 500}), ("MemberService/List", {"limit": 500}),
                ("MemberService/Search", {"name": "zy", "limit": 100}), ("GrantService/List", {"limit": 200}),
                ("ReportService/MembersBySector", {}), ("ReportService/MembersBySex", {}),
                ("ReportService/Membership", {})):
            self.assertAnswer(self.ask(HEAD, method, **fields), OK)


class Past(AccessCase):
    DAY = "2025-06-01"             # before FORMER_UNTIL

    def test_former_members(self):
        """a unit lists those who belonged to it then, and reads nothing more of them"""
        self.assertLess(self.DAY, FORMER_UNTIL)
        listed = self.ask(HEAD, "MemberService/List", as_of_on=self.DAY, limit=500)
        self.assertEqual(listed.code, OK)
        self.assertIn(key("member", "former", 0), listed.raw)
        now = self.ask(HEAD, "MemberService/List", limit=500)
        self.assertAnswer(now, OK)
        for method, what in (("MemberService/Get", "member"), ("PersonService/Get", "person")):
            self.assertAnswer(self.ask(HEAD, method, id=key(what, "former", 0)), NOT_FOUND, "not_found")

    def test_former_unit(self):
        """a unit that has moved away is out of sight on every day"""
        unit = key("unit", "former")
        for fields in ({"as_of_on": self.DAY}, {"as_of_on": self.DAY, "unit_id": OWN}):
            listed = self.ask(HEAD, "UnitService/List", limit=500, **fields)
            self.assertAnswer(listed, OK)
            self.assertNotIn(unit, listed.raw)
        self.assertAnswer(self.ask(HEAD, "UnitService/Get", id=unit, as_of_on=self.DAY), NOT_FOUND, "not_found")
        for method in ("UnitService/List", "MemberService/List", "ReportService/Membership",
                       "ReportService/MembersBySex", "ReportService/MembersBySector"):
            answer = self.ask(HEAD, method, unit_id=unit, as_of_on=self.DAY)
            self.assertAnswer(answer, NOT_FOUND, "not_found", "unit_id")

    def test_former_tree(self):
        """figures of a past tree count only what lies in today's scope"""
        counted = "select count(*) from chibo.membership s join chibo.unit u on u.id = s.unit_id " \
                  f"where s.kind = 'primary' and s.during @> '{self.DAY}'::date and u.code in " \
                  "('QQOWN', 'QQDESCENDANT', 'QQUPPER', 'QQLOWER')"
        for tree in ("TREE_THEN", "TREE_NOW"):
            with Client(self.server.port, self.server.pin) as client:
                client.token = HEAD
                figures = client.read("ReportService/Membership", as_of_on=self.DAY, tree=tree)
                branches = client.read("ReportService/MembersBySector", as_of_on=self.DAY, tree=tree).totals[0].branches
            self.assertEqual(figures.members, int(self.superuser.value(counted)))
            self.assertEqual(branches, len(world.INSIDE))


class Guests(AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.district.superuser.rows(
            "insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during) "
            "select md5('visit')::uuid, md5('member/elsewhere/0')::uuid, id, pos, feed_id, 'residential', "
            "'[2026-01-01,)' from chibo.unit where code = 'QQOWN'")
        cls.guest = Target("elsewhere")

    def test_seen(self):
        """a guest is listed where he is a guest"""
        listed = self.ask(HEAD, "MemberService/List", kind="MEMBERSHIP_KIND_RESIDENTIAL")
        self.assertEqual(listed.code, OK)
        self.assertIn(self.guest.member, listed.raw)

    def test_not_touched(self):
        """a guest's records are his own unit's"""
        before = self.superuser.digest()
        self.assertAnswer(self.ask(HEAD, "MemberService/Get", id=self.guest.member), NOT_FOUND, "not_found")
        self.assertAnswer(self.ask(HEAD, "PersonService/Get", id=self.guest.person), NOT_FOUND, "not_found")
        for method, fields in (
                ("PersonService/Update", {"id": self.guest.person, "update_mask": ["profession"]}),
                ("MemberService/Update", {"id": self.guest.member, "update_mask": ["works_away"]}),
                ("MemberService/SetStatus", {"id": self.guest.member, "status": "MEMBER_STATUS_RESIGNED",
                                             "from_on": TODAY, "basis": BASIS}),
                ("MemberService/Place", {"id": self.guest.member, "membership_id": fresh(), "from_on": TODAY,
                                         "unit_id": OWN, "kind": "MEMBERSHIP_KIND_PRIMARY"}),
                ("MemberService/Leave", {"id": self.guest.member, "membership_id": key("visit"), "last_on": TODAY})):
            self.assertAnswer(self.submit(OFFICE, method, base_version=1, **fields), NOT_FOUND, "not_found")
        self.assertEqual(self.superuser.digest(), before)


class Reaches(AccessCase):
    """Rights that go less far than the scope of the grant."""

    def test_inspection(self):
        """an inspector reads sealed fields under the number of an open inspection file, and the ledger keeps it"""
        who, fields = token("IC/live"), {"id": Target("own").person}
        self.assertAnswer(self.ask(who, "PersonService/GetSensitive", **fields), INVALID, "required", "inspection_no")
        read = self.ask(who, "PersonService/GetSensitive", inspection_no="7-KT/2026", **fields)
        self.assertAnswer(read, OK)
        self.assertTrue(read.shows("record", "own"))
        self.assertIn(f"inspection 7-KT/2026,{uuid.UUID(bytes=fields['id'])}", "\n".join(self.superuser.rows(
            "select touched from ledger.entry where method = 'PersonService/GetSensitive' order by at desc limit 1")))

    def test_duplicates(self):
        """only who acts in the whole district looks for duplicates in it"""
        for role in ("DO", "DH"):
            name = uuid7().hex()
            self.sql(world.person(name) + world.account(name) + world.session(name) +
                     world.grant(name, role, unit="root"))
            self.assertEqual(self.ask(token(name), "PersonService/FindDuplicates").code, OK)
        # acts at the root, too, in another role
        self.assertAnswer(self.ask(token("office"), "PersonService/FindDuplicates"), DENIED, "permission_denied")

    def test_masked(self):
        """who sees sealed fields masked learns which of them there are"""
        for role in ("DS", "DG"):
            masked = self.ask(token(f"{role}/live"), "PersonService/GetSensitive", id=Target("own").person)
            self.assertAnswer(masked, OK)
            self.assertFalse(masked.shows("record", "own"))
            self.assertIn(b"notes", masked.raw)

    def test_names_from_above(self):
        """whoever confirmed a grant from above is not named to those below"""
        listed = self.ask(HEAD, "GrantService/List", unit_id=OWN, limit=200)
        self.assertAnswer(listed, OK)
        self.assertTrue(listed.shows("record", "own"))


class Leaving(AccessCase):
    def test_places(self):
        """whoever leaves the Party leaves all his places, even those out of the sight of who writes it down"""
        member = Target("own").member
        for place, unit, during in (("now", "elsewhere", "[2026-01-01,9999-01-01)"),
                                    ("later", "otherward", "[9999-01-01,)")):
            self.sql(f"insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during) "
                     f"select md5('{place}')::uuid, '{member.hex()}', id, pos, feed_id, 'temporary', '{during}' "
                     f"from chibo.unit where code = '{world.code(unit)}'")
        self.assertAnswer(self.submit(OFFICE, "MemberService/SetStatus", id=member, base_version=1, basis=BASIS,
                                      status="MEMBER_STATUS_RESIGNED", from_on=TODAY), OK)
        self.assertEqual(self.superuser.value(
            f"select count(*) from chibo.membership where member_id = '{member.hex()}' and coalesce(upper(during) > "
            f"'{TODAY}', true)"), "0")


class Trees(AccessCase):
    def test_path(self):
        """the path to one's own records is named whole, although it begins out of scope"""
        for method, fields in (("MemberService/Get", {"id": Target("own").member}), ("UnitService/Get", {"id": OWN})):
            answer = self.ask(HEAD, method, **fields)
            self.assertAnswer(answer, OK)
            for unit in world.ABOVE:
                self.assertTrue(answer.shows("unit_name", unit), f"{method} {unit}")

    def test_new_unit(self):
        """a new unit stands below all the units that its parent stands below, even those out of scope"""
        unit = fresh()
        self.assertAnswer(self.submit(HEAD, "UnitService/Create", id=unit, parent_id=OWN, code="NEW.TREE",
                                      name="Tổ đảng", kind="party_group", founded_on="2026-01-01", basis=BASIS), OK)
        above = self.superuser.value(f"select count(*) from chibo.unit_closure where unit_id = '{unit.hex()}'")
        self.assertEqual(int(above), 4)


if __name__ == "__main__":
    tap.main()
