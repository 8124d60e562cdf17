#!/usr/bin/python3
"""Roles as data over the wire: what each may do, names for those who see no records, and nobody's own record."""

import pathlib
import re
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import example  # noqa: E402
import role_table  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import CHIBOD, ROOT  # noqa: E402

NOT_FOUND, DENIED, STATE = 5, 7, 9
SCOPE, UNIT, OWN = 1, 2, 3
BRANCH = "NLO.TT.01"


class Roles(ServerCase):
    def test_list(self):
        """everybody may read the roles, the system administrator too"""
        for name in ("quan.tri", "dang.vien"):
            roles = {role.code: role.rank for role in self.login(name).read("RoleService/List").roles}
            self.assertEqual(len(roles), 12)
            self.assertLess(roles["DO"], roles["SA"])
            self.assertLess(roles["SA"], roles["DH"])

    def test_show(self):
        """a role shows its permissions by object, and how far each reaches"""
        answer = self.login("dang.vien").read("RoleService/Show", code="MB")
        self.assertEqual(answer.role.name, "Đảng viên")
        reach = {right.permission: right.reach for right in answer.rights}
        self.assertEqual((reach["unit_read"], reach["roster_read"], reach["sealed_read"]), (SCOPE, UNIT, OWN))
        self.assertNotIn("member_read", reach)

    def test_unknown(self):
        """there are no other roles"""
        with self.assertRefused(NOT_FOUND):
            self.login("dang.vien").read("RoleService/Show", code="ZZ")

    def test_commands(self):
        """chibo role list and chibo role show BS say it in words"""
        cli = Cli(self.server.directory / "dang.vien", COLUMNS="200")
        cli.connect(self.server)
        cli.login("dang.vien", example.PASSWORD)
        self.assertIn("Bí thư chi bộ", cli.ok("role", "list"))
        shown = cli.ok("role", "show", "BS", "-o", "table")
        for words in ("Bí thư chi bộ", "Xem thông tin cơ bản của đảng viên", "Đề nghị sửa thông tin của bản thân"):
            self.assertIn(words, shown)
        self.assertNotIn("Ghi, sửa, nhập danh sách đảng viên", shown)

    def test_methods(self):
        """the database knows every route by the same permission, and which of them write"""
        routes = re.findall(r'^ROUTE\((\w+),\s*(\w+),\s*(\w+),\s*"[^"]*",\s*\w+,\s*(\w+),',
                            (ROOT / "server" / "routes.def").read_text(encoding="utf-8"), re.M)
        known = {method: (permission, writes) for method, permission, writes in self.sql(
            "select method, permission, writes from auth.method")}
        for service, method, permission, kind in routes:
            name = f"{service}Service/{method}"
            self.assertEqual(known.get(name), (permission, "t" if kind == "WRITE" else "f"), name)

    def test_page(self):
        """PROTOCOL.md: the table of permissions is the one in the database"""
        self.assertEqual(role_table.printed(), role_table.table(self.cluster, self.database),
                         "run tests/lib/role_table.py --write")


class Roster(ServerCase):
    def test_names(self):
        """a member sees the names of his branch, page by page, and the record of nobody"""
        client = self.login("dang.vien")
        expected = [name for (name,) in self.sql(
            "select p.full_name from chibo.membership s join chibo.member m on m.id = s.member_id "
            "join chibo.person p on p.id = m.person_id join chibo.unit u on u.id = s.unit_id "
            f"where u.code = '{BRANCH}' and s.during @> chibo.today() order by m.id")]
        seen, after = [], {}
        while page := client.read("MemberService/Roster", limit=7, **after).members:
            seen += page
            after = {"after_id": page[-1].id}
        self.assertGreater(len(seen), 7)
        self.assertEqual([row.full_name for row in seen], expected)
        self.assertEqual({field.name for row in seen for field, _ in row.ListFields()}, {"id", "full_name", "kind"})
        for method, fields in (("MemberService/List", {}), ("MemberService/Get", {"id": seen[0].id})):
            with self.assertRefused(DENIED, "permission_denied"):
                client.read(method, **fields)

    def test_other_branch(self):
        """another branch is answered like one that does not exist"""
        client = self.login("dang.vien")
        for unit in (self.units["NLO.TT.02"], self.units["NLO.TT"], uuid7()):
            with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
                client.read("MemberService/Roster", unit_id=unit)

    def test_below(self):
        """a member of a committee sees its own unit alone, an office each branch below"""
        self.sql("update auth.\"grant\" g set unit_id = t.unit_id, feed_id = t.feed_id from auth.tree t, auth.account a "
                 f"where t.unit_id = (select id from chibo.unit where code = 'CLO.NT') and g.person_id = a.person_id "
                 "and a.login_name = 'khoi.5.dv'")
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.login("khoi.5.dv").read("MemberService/Roster", unit_id=self.units["CLO.NT.05"])
        rows = self.login("van.phong").read("MemberService/Roster", unit_id=self.units["CLO.NT.05"]).members
        self.assertEqual(len(rows), 18)


class OwnRecord(ServerCase):
    def setUp(self):
        self.clerk = self.login("van.phong.tt")
        self.person = self.clerk.read("SessionService/WhoAmI").person_id

    def test_person(self):
        """nobody changes his own person record"""
        with self.assertRefused(STATE, "own_record", "id"):
            self.clerk.submit("PersonService/Update", id=self.person, base_version=1, update_mask=["profession"],
                              profession="Giáo viên")
        other = self.login("van.phong").submit("PersonService/Update", id=self.person, base_version=1,
                                               update_mask=["profession"], profession="Giáo viên")
        self.assertEqual(other.person.profession, "Giáo viên")

    def test_member(self):
        """nor himself as a member: data, status, places"""
        row = self.clerk.read("MemberService/List", unit_id=self.units[BRANCH], limit=1).members[0]
        member = self.clerk.read("MemberService/Get", id=row.id)
        base = {"id": row.id, "base_version": member.member.version}
        self.sql(f"update chibo.member set person_id = '{self.person.hex()}' where id = '{row.id.hex()}'")
        for method, fields in (
                ("Update", {"update_mask": ["works_away"], "works_away": True}),
                ("SetStatus", {"status": "MEMBER_STATUS_RESIGNED", "from_on": "2026-01-01", "basis": "01-QĐ/MAU"}),
                ("Place", {"membership_id": uuid7(), "unit_id": self.units["NLO.TT.02"], "from_on": "2026-01-01",
                           "kind": "MEMBERSHIP_KIND_TEMPORARY"}),
                ("Leave", {"membership_id": member.memberships[0].id, "last_on": "2026-01-01"})):
            with self.subTest(method), self.assertRefused(STATE, "own_record", "id"):
                self.clerk.submit(f"MemberService/{method}", **base, **fields)


class Top(ServerCase):
    def test_accounts(self):
        """accounts are the system administrator's, and he has no say over records or grants"""
        system = self.login("quan.tri")
        self.assertTrue(system.read("AccountService/List").accounts)
        for method in ("UnitService/List", "MemberService/List", "MemberService/Roster", "GrantService/List"):
            with self.assertRefused(DENIED, "permission_denied"):
                system.read(method)
        with self.assertRefused(DENIED, "permission_denied"):
            self.login("truong.ban").read("AccountService/List")

    def test_those_above(self):
        """he gives no new code to those ranked above him"""
        system = self.login("quan.tri")
        accounts = {row.login_name: row.id for row in system.read("AccountService/List").accounts}
        for name in ("truong.ban", "thuong.truc", "quan.tri"):
            with self.assertRefused(DENIED, "outranked"):
                system.submit("AccountService/Invite", id=accounts[name], code_hash=bytes(32))

    def test_bootstrap(self):
        """a role whose holder can log in is not given again, nor any other role"""
        for role, code in (("SA", 69), ("DH", 69), ("DS", 69), ("WO", 64)):
            done = subprocess.run([CHIBOD, "bootstrap-admin", "-c", self.server.config, "--role", role, "--login-name",
                                   "x.y.z", "--family-name", "Quản", "--given-name", "Trị"],
                                  env=self.server.environment, text=True, capture_output=True)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn("administrator_exists" if code == 69 else "enum_value", done.stderr)


if __name__ == "__main__":
    tap.main()
