#!/usr/bin/python3
"""What the matrix has no axis for: requests with two targets, ranks, guests, sessions, strangers."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import Client, Refused, uuid7  # noqa: E402
from model import (DENIED, ENDED, EXAMPLE_MEMBER, EXAMPLE_PERSON, EXISTS, INVALID, NOT_FOUND, OK, RANKS,  # noqa: E402
                   RELATIONS, RIGHTS, ROLES, ROUTES, STATE, TODAY, UNAUTHENTICATED, Target, fresh, line, number,
                   one_time_code)
from world import FORMER_UNTIL, OUTSIDE, key, token  # noqa: E402

HEAD = token("DH/live")           # head of the organisation board: the role with most rights
OWN = key("unit", "own")
BASIS = "Quyết định"


class TwoTargets(AccessCase):
    """One of the two records is the actor's, the other is not."""

    def check(self, method, fields_of, field=None, code=NOT_FOUND, rule="not_found"):
        """`fields_of` a unit's name; what lies outside is answered like what does not exist."""
        before = self.superuser.digest()
        ghost = self.submit(HEAD, method, **fields_of(Target("nowhere")))
        for unit in OUTSIDE:
            answer = self.submit(HEAD, method, **fields_of(Target(unit)))
            self.assertAnswer(answer, code, rule, field)
            self.assertEqual(answer.without_id(), ghost.without_id(), unit)
        self.assertEqual(self.superuser.digest(), before)

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
            answer = self.ask(HEAD, "MemberService/CheckImport", unit_id=OWN,
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
            own = self.submit(HEAD, method, **fields_of(Target("own")))
            self.assertAnswer(own, EXISTS, "id_taken")
            for unit in OUTSIDE:
                answer = self.submit(HEAD, method, **fields_of(Target(unit)))
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
        cls.superuser.rows(
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
            self.assertAnswer(self.submit(HEAD, method, base_version=1, **fields), NOT_FOUND, "not_found")
        self.assertEqual(self.superuser.digest(), before)


class Ranks(AccessCase):
    """Nobody reaches as high as himself."""

    def check_pairs(self, right, make, method, fields_of):
        """Every role with the right, and it alone, reaches those ranked below itself, and nobody else."""
        wrong = []
        for role in ROLES:
            for other in ROLES:
                name = uuid7().hex()
                self.sql(" ".join(make(name, other)))
                before = self.superuser.operations()
                answer = self.submit(token(f"{role}/live"), method, **fields_of(name, other))
                expected = DENIED, "permission_denied"
                if role in RIGHTS[right]:
                    expected = (OK, "") if RANKS[other] < RANKS[role] else (DENIED, "outranked")
                gained = self.superuser.operations() - before
                if (answer.code, answer.rule) != expected or answer.leaks() or gained != (expected[0] == OK):
                    wrong.append(f"{role} to {other}: {answer} instead of {expected} {answer.leaks()} {gained}")
        self.assertEqual(wrong, [])

    def test_giving(self):
        """who may give which role: 12 x 12"""
        self.check_pairs("give grants", lambda name, other: [world.person(name)], "GrantService/Create",
                         lambda name, other: {"id": fresh(), "person_id": key("person", name), "role": other,
                                              "unit_id": OWN, "basis": BASIS, "until_on": TODAY})

    def test_ending(self):
        """who may end a grant of which role: 12 x 12"""
        self.check_pairs("give grants", world.actor, "GrantService/End",
                         lambda name, other: {"id": key("grant", name)})

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
            answer = self.submit(HEAD, "AccountService/Create", id=fresh(), login_name=name,
                                 person_id=key("person", name), code_hash=one_time_code())
            self.assertAnswer(answer, DENIED, "outranked", "person_id")
            self.sql(world.account(name))
            account = key("account", name)
            self.assertAnswer(self.submit(HEAD, "AccountService/Invite", id=account, code_hash=one_time_code()),
                              DENIED, "outranked", "id")
            self.assertAnswer(self.submit(HEAD, "AccountService/End", id=account), DENIED, "outranked", "id")

    def test_oneself(self):
        """nobody gives himself a grant"""
        answer = self.submit(HEAD, "GrantService/Create", id=fresh(), person_id=key("person", "DH/live"), role="MB",
                             unit_id=OWN, basis=BASIS)
        self.assertAnswer(answer, STATE, "granted_to_self")


class Sessions(AccessCase):
    def refused_from_now_on(self, name, code, rule):
        who = token(name)
        for method in ("UnitService/List", "SessionService/WhoAmI"):
            answer = self.ask(who, method)
            if method.startswith("Unit") or code == UNAUTHENTICATED:
                self.assertAnswer(answer, code, rule)

    def change(self, text, code, rule):
        """Works, then something happens, then the next request on the open connection is refused."""
        name = self.join("BS")
        self.assertAnswer(self.ask(token(name), "UnitService/List"), OK)
        self.sql(text.format(account=f"md5('account/{name}')::uuid", grant=f"md5('grant/{name}')::uuid"))
        self.refused_from_now_on(name, code, rule)

    def test_logout(self):
        """SessionService/Logout: every role, with and without a live grant, ends this session and no other"""
        for role in ROLES:
            for state in world.STATES:
                name = f"{role}/{state}"
                self.sql(world.session(name, "other"))
                self.assertAnswer(self.ask(token(name, "other"), "SessionService/Logout"), OK)
                self.assertAnswer(self.ask(token(name, "other"), "SessionService/WhoAmI"),
                                  UNAUTHENTICATED, "login_required")
                self.assertAnswer(self.ask(token(name), "SessionService/WhoAmI"), OK)

    def test_choose_grant(self):
        """SessionService/ChooseGrant: every role x every relation; only one's own live grant"""
        before = self.superuser.digest()
        for role in ROLES:
            for relation in RELATIONS:
                name = f"{role}/{relation}" if relation in ENDED else f"{role}/live"
                grant = key("grant", name) if relation in ENDED else Target(relation).grant
                self.assertAnswer(self.ask(token(name), "SessionService/ChooseGrant", id=grant), NOT_FOUND, "not_found")
        self.assertEqual(self.superuser.digest(), before)
        for role in ROLES:
            own = key("grant", f"{role}/live")
            self.assertAnswer(self.ask(token(f"{role}/live"), "SessionService/ChooseGrant", id=own), OK)

    def test_foreign_grant(self):
        """nobody acts in a grant of somebody else, his own ended one or none that exists"""
        for grant in (Target("own").grant, key("grant", "DH/live"), key("grant", "BS/ended"), fresh()):
            answer = self.ask(token("BS/live"), "UnitService/List", {"grant_id": grant})
            self.assertAnswer(answer, DENIED, "grant_ended", "grant_id")

    def test_several_grants(self):
        """with several grants a request names one, and has only that one's rights"""
        name = self.join("MB")
        self.sql(world.grant(name, "BS", unit="descendant", which="/second"))
        self.assertAnswer(self.ask(token(name), "UnitService/List"), STATE, "grant_required", "grant_id")
        member, secretary = key("grant", name), key("grant", name, "second")
        self.assertAnswer(self.ask(token(name), "MemberService/List", {"grant_id": member}),
                          DENIED, "permission_denied")
        listed = self.ask(token(name), "MemberService/List", {"grant_id": secretary})
        self.assertAnswer(listed, OK)
        self.assertTrue(listed.shows("record", "descendant"))
        self.assertFalse(listed.shows("record", "own"))

    def test_grant_ends(self):
        """a grant that ends is over with the next request"""
        self.change('update auth."grant" set ended_at = now() where id = {grant}', DENIED, "grant_ended")

    def test_grant_expires(self):
        """a grant's last day"""
        self.change('update auth."grant" set during = daterange(lower(during), chibo.today()) where id = {grant}',
                    DENIED, "grant_ended")

    def test_grant_begins(self):
        """a grant does not hold before its first day"""
        self.change('update auth."grant" set during = daterange(chibo.today() + 1, null) where id = {grant}',
                    DENIED, "grant_ended")

    def test_revoked(self):
        """a revoked session is over with the next request"""
        self.change("update auth.session set revoked_at = now() where account_id = {account}",
                    UNAUTHENTICATED, "login_required")

    def test_account_ends(self):
        """an ended account is over with the next request"""
        self.change("update auth.account set ended_at = now() where id = {account}",
                    UNAUTHENTICATED, "login_required")

    def test_idle(self):
        """a session ends after 12 hours without a request"""
        self.change("update auth.session set last_seen_at = now() - interval '12 hours' where account_id = {account}",
                    UNAUTHENTICATED, "session_expired")

    def test_absolute(self):
        """a session ends after 7 days whatever happens"""
        self.change("update auth.session set expires_at = now() where account_id = {account}",
                    UNAUTHENTICATED, "session_expired")

    def test_role_changes(self):
        """what a role loses it loses with the next request"""
        lost = "role = 'BS' and permission = 'unit_read'"
        self.change(f"delete from auth.role_permission where {lost}", DENIED, "permission_denied")
        self.sql("insert into auth.role_permission values ('BS', 'unit_read')")

    def test_no_session(self):
        """a token that nobody was given"""
        for who in (bytes(32), token("BS/live", "never opened")):
            self.assertAnswer(self.ask(who, "UnitService/List"), UNAUTHENTICATED, "login_required")


class Envelopes(AccessCase):
    """What else a request says beside its fields."""

    def test_dry_run(self):
        """a trial run is refused like the real thing, and changes nothing"""
        before, wrong = self.superuser.digest(), []
        for method, row in ROUTES.items():
            for role in ("DH", "WO", "MB") if row.write else ():
                for relation in RELATIONS:
                    name = f"{role}/{relation}" if relation in ENDED else f"{role}/live"
                    target = self.targets.shared("descendant" if relation == "descendant" else "own"
                                                 if row.expected(role, relation)[0] != NOT_FOUND else relation)
                    answer = self.ask(token(name), method, {"op_id": uuid7(), "dry_run": True}, **row.fields(target))
                    if (answer.code, answer.rule) != row.expected(role, relation) or answer.leaks():
                        wrong.append(f"{method} {role} x {relation}: {answer} {answer.leaks()}")
        self.assertEqual(wrong, [])
        self.assertEqual(self.superuser.digest(), before)

    def test_operation(self):
        """an operation is answered again only to who did it, and only while he may"""
        name, operation = self.join("BS"), {"op_id": uuid7()}
        fields = {"id": fresh(), "unit_id": OWN, **EXAMPLE_PERSON}
        self.assertAnswer(self.ask(token(name), "PersonService/Create", operation, **fields), OK)
        for other in (token("BS/live"), HEAD):
            self.assertAnswer(self.ask(other, "PersonService/Create", operation, **fields), EXISTS, "op_id_reused")
        again = self.ask(token(name), "PersonService/Create", operation, **fields)
        self.assertAnswer(again, OK)
        self.assertTrue(again.reply.replayed)
        self.sql(f"update auth.\"grant\" set ended_at = now() where id = md5('grant/{name}')::uuid")
        self.assertAnswer(self.ask(token(name), "PersonService/Create", operation, **fields), DENIED, "grant_ended")

    def test_pipelined(self):
        """requests of two people in flight together: each gets his own rows"""
        people = {}
        for unit in ("own", "sibling"):
            name = people[unit] = uuid7().hex()
            self.sql(world.person(name) + world.account(name) + world.session(name) +
                     world.grant(name, "BS", unit=unit))
        calls = ("MemberService/List", "MemberService/Search", "UnitService/List", "ReportService/Membership")
        for _ in range(20):
            sent = {}
            for method in calls:
                for unit, name in people.items():
                    search = {"name": "zy", "limit": 100} if method.endswith("Search") else {}
                    sent[self.send(token(name), method, **search)] = unit, method
            while sent:
                answer = self.receive()
                unit, method = sent.pop(answer.reply.id)
                other = "sibling" if unit == "own" else "own"
                self.assertEqual(answer.code, OK)
                self.assertTrue(answer.shows("record", unit) or answer.shows("unit_name", unit), method)
                self.assertFalse(answer.shows("record", other) or answer.shows("unit_name", other), method)


class Strangers(AccessCase):
    """Before login nobody has a role; what is asked then says nothing about anybody."""

    def test_hello(self):
        """SessionService/Hello names the district and nothing below it"""
        with Client(self.server.port, self.server.pin) as client:
            self.assertEqual(client.server.district, "Zzroot")
            raw = client.last.body.lower()
        self.assertFalse([canary for canary in world.Canaries.all() - {b"zzroot"} if canary in raw])

    def check_stranger(self, method, fields):
        """Whatever account is named, the refusal is the same."""
        before = self.superuser.digest()
        answers = set()
        for unit in ("own", "sibling", "nowhere"):
            with Client(self.server.port, self.server.pin) as client:
                with self.assertRaises(Refused) as caught:
                    client.read(method, login_name=f"zy{unit}.0", **fields)
                self.assertEqual(caught.exception.code, UNAUTHENTICATED)
                client.last.ClearField("id")
                answers.add(client.last.SerializeToString())
        self.assertEqual(len(answers), 1)
        self.assertEqual(self.superuser.digest(), before)

    def test_login(self):
        """SessionService/Login with a wrong password"""
        self.check_stranger("SessionService/Login", {"password": "không phải mật khẩu này"})

    def test_redeem(self):
        """SessionService/Redeem with a wrong code"""
        self.check_stranger("SessionService/Redeem",
                            {"code": "0" * 16, "new_password": "một mật khẩu đủ dài"})


if __name__ == "__main__":
    tap.main()
