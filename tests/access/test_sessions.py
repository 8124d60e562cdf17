#!/usr/bin/python3
"""Sessions and grants that end, operations, requests in flight together, and what strangers learn."""

import base64
import hashlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import Client, Refused, uuid7  # noqa: E402
from matrix import Cell  # noqa: E402
from model import (DENIED, EXISTS, INVALID, LIVE, NOT_FOUND, OK, RELATIONS, ROLES, STATE,  # noqa: E402
                   UNAUTHENTICATED, Target)
from routes import EXAMPLE_PERSON, ROUTES, fresh  # noqa: E402
from world import key, token  # noqa: E402

HEAD = token("DH/live")           # head of the organisation board
OFFICE = token("WO/live")         # the ward's office, which keeps the records of members
SYSTEM = token("SA/live")
OWN = key("unit", "own")

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

    def test_change_password(self):
        """SessionService/ChangePassword: no role gets past the present password, not even a session of the account"""
        before = self.superuser.digest()
        for role in ROLES:
            answer = self.ask(token(f"{role}/live"), "SessionService/ChangePassword",
                              old_password="không phải mật khẩu này", new_password="một mật khẩu đủ dài")
            self.assertAnswer(answer, INVALID, "wrong_password", "old_password")
        self.assertEqual(self.superuser.digest(), before)

    def test_choose_grant(self):
        """SessionService/ChooseGrant: every role x every relation; only one's own live grant"""
        before = self.superuser.digest()
        for role in ROLES:
            for relation in RELATIONS:
                name = f"{role}/{relation.grant}"
                grant = Target(relation.unit).grant if relation in LIVE else key("grant", name)
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
        self.sql("insert into auth.role_permission values ('BS', 'unit_read', 'scope')")

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
            for role in ("DH", "WO", "SA", "DO", "MB") if row.write else ():
                for relation in RELATIONS:
                    cell = Cell(row, role, relation)
                    who, envelope, fields = cell.request(cell.target(self.targets))
                    answer = self.ask(who, method, {**envelope, "dry_run": True}, **fields)
                    if (answer.code, answer.rule) != cell.expected or answer.leaks():
                        wrong.append(f"{method} {cell}: {answer} {answer.leaks()}")
        self.assertEqual(wrong, [])
        self.assertEqual(self.superuser.digest(), before)

    def test_operation(self):
        """an operation is answered again only to who did it, and only while he may"""
        name, operation = self.join("WO"), {"op_id": uuid7()}
        fields = {"id": fresh(), "unit_id": OWN, **EXAMPLE_PERSON}
        self.assertAnswer(self.ask(token(name), "PersonService/Create", operation, **fields), OK)
        for other in (OFFICE, HEAD):
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
                    search = {"name": f"zy{unit}", "limit": 100} if method.endswith("Search") else {}
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

    PASSWORD = "mật khẩu của riêng tôi"

    def refuses(self, method, **fields):
        with Client(self.server.port, self.server.pin) as client, self.assertRaises(Refused) as caught:
            client.read(method, **fields)
        self.assertEqual((caught.exception.code, caught.exception.rule), (UNAUTHENTICATED, "login_failed"))

    def invited(self):
        """Somebody with a one-time code: login name and code."""
        name = uuid7().hex()
        code = base64.b32encode(os.urandom(10)).decode()
        self.sql(world.person(name))
        answer = self.submit(SYSTEM, "AccountService/Create", id=fresh(), login_name=name,
                             person_id=key("person", name), code_hash=hashlib.sha256(code.encode()).digest())
        self.assertAnswer(answer, OK)
        return name, code

    def test_others(self):
        """a code and a password are one account's: not another's, not an ended account's"""
        (first, first_code), (second, second_code) = self.invited(), self.invited()
        self.refuses("SessionService/Redeem", login_name=first, code=second_code, new_password=self.PASSWORD)
        with Client(self.server.port, self.server.pin) as client:
            client.redeem(first, first_code, self.PASSWORD)
            client.login(first, self.PASSWORD)
        self.refuses("SessionService/Redeem", login_name=first, code=first_code, new_password=self.PASSWORD)
        self.refuses("SessionService/Login", login_name=second, password=self.PASSWORD)
        self.sql(f"update auth.account set ended_at = now() where login_name in ('{first}', '{second}')")
        self.refuses("SessionService/Login", login_name=first, password=self.PASSWORD)
        self.refuses("SessionService/Redeem", login_name=second, code=second_code, new_password=self.PASSWORD)


if __name__ == "__main__":
    tap.main()
