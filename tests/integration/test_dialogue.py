#!/usr/bin/python3
"""A person's dialogue with the server, spoken by a client written from the protocol alone."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import example  # noqa: E402
import tap  # noqa: E402
from client import Client, Connection, PinMismatch, Refused, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

CANCELLED, INVALID, DEADLINE, NOT_FOUND, EXISTS, DENIED = 1, 3, 4, 5, 6, 7
STATE, ABORTED, UNIMPLEMENTED, UNAUTHENTICATED = 9, 10, 12, 16

NEW_MEMBER = {
    "family_name": "Nguyễn", "middle_name": "Thị", "given_name": "Thử", "sex": "SEX_FEMALE", "born_on": "1999-05",
    "status": "MEMBER_STATUS_PROBATIONARY", "decision_on": "2026-01-20", "joined_on": "2026-02-03",
    "from_on": "2026-02-03"}


def new_member(unit_id, biography_no, **changes):
    return {"id": uuid7(), "person_id": uuid7(), "unit_id": unit_id, "biography_no": biography_no,
            **NEW_MEMBER, **changes}


class Greeting(ServerCase):
    def test_hello(self):
        """hello tells protocol, schema level and district"""
        server = self.connect().server
        self.assertEqual(server.protocol, 1)
        self.assertGreaterEqual(server.schema_level, 1)
        self.assertEqual(server.district, example.places.ROOT_NAME)
        self.assertRegex(server.program, "^chibod ")

    def test_versions(self):
        """a client of another protocol is refused with the range that would do"""
        client = self.connect(hello=False)
        with self.assertRaises(Refused) as caught:
            client.read("SessionService/Hello", protocol_min=7, protocol_max=9)
        self.assertIn(caught.exception.code, (STATE, UNIMPLEMENTED))

    def test_pin(self):
        """another key than the pinned one is noticed by the client"""
        with self.assertRaises(PinMismatch):
            Connection(self.server.port, "A" * 43)

    def test_hello_comes_first(self):
        """anything before hello is refused, then the connection ends"""
        client = self.connect(hello=False)
        with self.assertRefused(STATE):
            client.read("SessionService/WhoAmI")
        self.assertIsNone(client.connection.read_reply())

    def test_login_comes_second(self):
        """anything before login is refused, then the connection ends"""
        client = self.connect()
        with self.assertRefused(STATE):
            client.read("UnitService/List")
        self.assertIsNone(client.connection.read_reply())


class LoggingIn(ServerCase):
    def test_login(self):
        """a login gives a token and the grants to choose from"""
        client = self.connect()
        answer = client.login("bi.thu.1", example.PASSWORD)
        self.assertEqual(len(answer.token), 32)
        self.assertEqual([grant.role for grant in answer.grants], ["BS"])
        self.assertEqual(answer.grants[0].unit_path,
                         "Đảng bộ mẫu › Thị ủy Nghĩa Lộ › Phường Trung Tâm › Tổ dân phố 1")
        self.assertEqual(client.read("SessionService/WhoAmI").login_name, "bi.thu.1")

    def test_wrong_password(self):
        """a wrong password and an unknown account get the same answer"""
        answers = []
        for name in ("bi.thu.1", "khong.co.ai"):
            with self.assertRaises(Refused) as caught:
                self.connect().login(name, "sai mật khẩu")
            answers.append(str(caught.exception))
        self.assertEqual(answers[0], answers[1])
        self.assertTrue(answers[0].startswith(str(UNAUTHENTICATED)))

    def test_logout(self):
        """after logout the token is worth nothing, on any connection"""
        client, other = self.login("bi.thu.1"), self.connect()
        other.token = client.token
        other.read("SessionService/WhoAmI")
        client.read("SessionService/Logout")
        for late in (client, other):
            with self.assertRefused(UNAUTHENTICATED):
                late.read("SessionService/WhoAmI")

    def test_foreign_grant(self):
        """nobody acts in somebody else's grant"""
        client, other = self.login("bi.thu.1"), self.login("can.bo")
        client.grant_id = other.read("SessionService/WhoAmI").grants[0].id
        with self.assertRaises(Refused) as caught:
            client.read("UnitService/List")
        self.assertIn(caught.exception.code, (DENIED, NOT_FOUND))


class Reading(ServerCase):
    def test_own_branch_only(self):
        """a branch secretary lists his own branch and nothing beside it"""
        units = self.login("bi.thu.1").read("UnitService/List").units
        self.assertEqual([unit.code for unit in units], ["NLO.TT.01"])

    def test_tree_order(self):
        """a list of units has every parent before its children"""
        units = self.login("van.phong.tt").read("UnitService/List", limit=500).units
        self.assertEqual(len(units), 21)
        seen = {units[0].id}
        for unit in units[1:]:
            self.assertIn(unit.parent_id, seen)
            seen.add(unit.id)

    def test_pages(self):
        """pages of a list hold every row exactly once"""
        client = self.login("van.phong.tt")
        whole = client.read("MemberService/List", as_of_on="2020-07-07", limit=500).members
        self.assertEqual(len(whole), 470)
        paged, after = [], {}
        while page := client.read("MemberService/List", as_of_on="2020-07-07", limit=100, **after).members:
            paged += page
            after = {"after_pos": page[-1].pos, "after_id": page[-1].id}
        self.assertEqual([row.id for row in paged], [row.id for row in whole])

    def test_sibling(self):
        """a neighbour's member and one that does not exist get the same answer"""
        foreign = self.login("bi.thu.2").read("MemberService/List", limit=1).members[0].id
        client, answers = self.login("bi.thu.1"), []
        for member in (foreign, uuid7()):
            with self.assertRaises(Refused) as caught:
                client.read("MemberService/Get", id=member)
            answers.append(str(caught.exception))
        self.assertEqual(answers[0], answers[1])
        self.assertTrue(answers[0].startswith(f"{NOT_FOUND} not_found"))

    def test_search(self):
        """a search without accents finds the name with them"""
        client = self.login("can.bo")
        rows = client.read("MemberService/Search", name="nguyen thi thuy", limit=100).members
        self.assertTrue(rows)
        for row in rows:
            self.assertIn("Th", row.full_name)

    def test_unknown_method(self):
        """an unknown method is refused and the connection goes on"""
        client = self.login("bi.thu.1")
        reply = client.exchange(client.request("MemberService/Explode"))
        self.assertEqual(reply.status.code, UNIMPLEMENTED)
        client.read("SessionService/WhoAmI")

    def test_in_flight(self):
        """requests sent together are each answered once"""
        client = self.login("bi.thu.1")
        requests = [client.request("SessionService/WhoAmI") for _ in range(8)]
        for request in requests:
            client.connection.send_frame(request.SerializeToString())
        answered = sorted(client.connection.read_reply().id for _ in requests)
        self.assertEqual(answered, [request.id for request in requests])

    def test_used_id(self):
        """a request id used twice ends the connection"""
        client = self.login("bi.thu.1")
        request = client.request("SessionService/WhoAmI")
        client.exchange(request)
        client.connection.send_frame(request.SerializeToString())
        self.assertEqual(client.connection.read_reply().status.code, STATE)
        self.assertIsNone(client.connection.read_reply())


class Writing(ServerCase):
    def test_submit(self):
        """a member is registered and listed"""
        client = self.login("van.phong.tt")
        branch = self.units["NLO.TT.01"]
        before = len(client.read("MemberService/List", unit_id=branch, limit=500).members)
        member = client.submit("MemberService/Create", **new_member(branch, "900001YB")).member
        self.assertEqual((member.full_name, member.version), ("Nguyễn Thị Thử", 1))
        self.assertEqual(len(client.last.head_hash), 32)
        self.assertEqual(len(client.read("MemberService/List", unit_id=branch, limit=500).members), before + 1)

    def test_again(self):
        """the same operation again changes nothing and gives the same answer"""
        client, operation = self.login("van.phong.tt"), uuid7()
        fields = new_member(self.units["NLO.TT.01"], "900002YB")
        first = client.submit("MemberService/Create", op_id=operation, **fields)
        position, head = client.last.position, client.last.head_hash
        again = client.submit("MemberService/Create", op_id=operation, **fields)
        self.assertTrue(client.last.replayed)
        self.assertEqual((again, client.last.position, client.last.head_hash), (first, position, head))
        with self.assertRefused(EXISTS):
            client.submit("MemberService/Create", op_id=operation, **{**fields, "given_name": "Khác"})

    def test_dry_run(self):
        """a dry run answers like the real thing and leaves nothing"""
        client = self.login("van.phong.tt")
        before = self.sql("select count(*) from chibo.member union all select count(*) from ledger.op")
        fields = new_member(self.units["NLO.TT.01"], "900003YB")
        tried = client.submit("MemberService/Create", dry_run=True, **fields).member
        self.assertEqual(tried.full_name, "Nguyễn Thị Thử")
        after = self.sql("select count(*) from chibo.member union all select count(*) from ledger.op")
        self.assertEqual(before, after)

    def test_operation_id(self):
        """a write without operation id is refused"""
        client = self.login("van.phong.tt")
        with self.assertRefused(INVALID, "required", "op_id"):
            client.read("MemberService/Create", **new_member(self.units["NLO.TT.01"], "900004YB"))

    def test_missing_field(self):
        """a missing field is named"""
        client = self.login("van.phong.tt")
        fields = new_member(self.units["NLO.TT.01"], "900005YB")
        del fields["family_name"]
        with self.assertRefused(INVALID, "required", "family_name"):
            client.submit("MemberService/Create", **fields)

    def test_values(self):
        """wrong values are refused by field and rule, and nothing is half done"""
        client = self.login("van.phong.tt")
        before = self.sql("select count(*) from chibo.person")
        for field, value, code in (
                ("born_on", "1999-02-30", INVALID), ("joined_on", "3/2/2026", INVALID),
                ("biography_no", "12345", INVALID), ("given_name", "R2D2", INVALID),
                ("decision_on", "2026-03-01", INVALID)):
            with self.subTest(field=field):
                fields = {**new_member(self.units["NLO.TT.01"], "900006YB"), field: value}
                with self.assertRefused(code, field=field):
                    client.submit("MemberService/Create", **fields)
        self.assertEqual(self.sql("select count(*) from chibo.person"), before)

    def test_neighbour(self):
        """a ward cannot register a member next door, and no trace is left"""
        client = self.login("van.phong.tt")
        before = self.sql("select count(*) from ledger.op")
        with self.assertRefused(NOT_FOUND):
            client.submit("MemberService/Create", **new_member(self.units["HUE.TX.01"], "900007YB"))
        self.assertEqual(self.sql("select count(*) from ledger.op"), before)

    def test_no_permission(self):
        """a branch secretary makes no units"""
        client = self.login("bi.thu.1")
        with self.assertRefused(DENIED):
            client.submit("UnitService/Create", id=uuid7(), parent_id=self.units["NLO.TT.01"], code="NLO.TT.01.X",
                          name="Tổ đảng", kind="party_group", founded_on="2026-01-01", basis="1-QĐ")

    def test_stale_version(self):
        """a change based on an old version is a conflict"""
        client = self.login("van.phong.tt")
        member = client.submit("MemberService/Create", **new_member(self.units["NLO.TT.01"], "900008YB")).member
        changed = client.submit("MemberService/Update", id=member.id, base_version=1, update_mask=["works_away"],
                                works_away=True).member
        self.assertEqual((changed.version, changed.works_away), (2, True))
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            client.submit("MemberService/Update", id=member.id, base_version=1, update_mask=["works_away"],
                          works_away=False)

    def test_text(self):
        """hostile text is stored as it is or refused by its field"""
        client = self.login("van.phong.tt")
        person = {"unit_id": self.units["NLO.TT.01"], "family_name": "Lò", "given_name": "Thử", "sex": "SEX_MALE",
                  "born_on": "1990"}
        for text in ("'; DROP TABLE member; --", "100 % \\ _", "“ngoặc lệch", "🙂"):
            stored = client.submit("PersonService/Create", id=uuid7(), native_place=text, **person).person
            self.assertEqual(client.read("PersonService/Get", id=stored.id).person.native_place, text)
        for text in ("x" * 10240, "a\x1b[31mb"):
            with self.assertRefused(INVALID, field="native_place"):
                client.submit("PersonService/Create", id=uuid7(), native_place=text, **person)


if __name__ == "__main__":
    tap.main()
