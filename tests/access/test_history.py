#!/usr/bin/python3
"""Histories: who changed or read what, told to those who may know, and to nobody else."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import MESSAGES, uuid7  # noqa: E402
from ledger_case import BRANCH, FOREIGN_BRANCH, NAMES, OTHER_WARD, WARD, LedgerCase, text  # noqa: E402

READ, CHANGED, CREATED, DELETED, LEFT_SCOPE = 1, 2, 3, 4, 5
NOT_FOUND = (5, "not_found", "id")


class History(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.member, cls.person = case.new_member()
        case.change(cls.member)
        cls.clerk.submit("PersonService/Update", id=cls.person, base_version=1, update_mask=["profession"],
                         profession="Nông dân")
        cls.other, cls.other_person = case.new_member(BRANCH)

    def acting_inspector(self, unit=WARD):
        return self.acting("IC", unit)

    def of(self, client, entity="member", id=None, **fields):
        return client.read("HistoryService/List", entity=entity, id=id or self.member, **fields).rows

    def refusal(self, client, **fields):
        """Of a history that is not given: the whole status but for the number of the request."""
        body = MESSAGES["HistoryListRequest"](**fields).SerializeToString()
        reply = client.exchange(client.request("HistoryService/List", body))
        self.assertTrue(reply.HasField("status"), f"answered: {fields}")
        return reply.status.SerializeToString(), (reply.status.code, reply.status.rule, reply.status.field)

    def read_by(self, client, person):
        """Somebody reads sensitive fields under audit: the entry that such a route leaves."""
        self.sql(f"""begin;
            select set_config('app.account_id', a.id::text, true), set_config('app.grant_id', g.id::text, true),
                   set_config('app.unit_id', g.unit_id::text, true),
                   set_config('app.method', 'PersonService/GetSensitive', true)
            from auth.session s join auth.account a on a.id = s.account_id join auth."grant" g on g.person_id = a.person_id
            where s.token_hash = sha256('\\x{client.token.hex()}');
            select from ledger.claim(gen_random_uuid(), sha256('')), chibo.person p,
                ledger.mark(p.feed_id, 'person', p.id, p.version, 'read') where p.id = '{text(person)}';
            select from ledger.publish(); commit""")

    def test_story(self):
        """a member's history: member, person and place, newest first, each with actor, role, unit and method"""
        rows = self.of(self.acting_inspector())
        self.assertEqual([(row.method, row.entity, row.kind, row.version) for row in rows], [
            ("PersonService/Update", "person", CHANGED, 2), ("MemberService/Update", "member", CHANGED, 2),
            ("MemberService/Create", "person", CREATED, 1), ("MemberService/Create", "membership", CREATED, 1),
            ("MemberService/Create", "member", CREATED, 1)])
        self.assertEqual({(row.full_name, row.role) for row in rows}, {("Cầm Thị Yến", "WO")})
        self.assertEqual(len({row.unit_path for row in rows}), 1)
        self.assertIn(" › ", rows[0].unit_path)
        self.assertEqual([row.at_us for row in rows], sorted((row.at_us for row in rows), reverse=True))
        self.assertEqual({row.id for row in rows if row.entity != "membership"}, {self.member, self.person})
        self.assertEqual([row.SerializeToString() for row in self.of(self.acting_inspector(), "person", self.person)],
                         [row.SerializeToString() for row in rows])

    def test_pages(self):
        """pages join into the whole, whatever their size"""
        client = self.acting_inspector()
        whole = [row.SerializeToString() for row in self.of(client)]
        for size in (1, 2, 3):
            found, after = [], None
            while page := self.of(client, limit=size, after=after):
                self.assertLessEqual(len(page), size)
                found += [row.SerializeToString() for row in page]
                after = page[-1].cursor
            self.assertEqual(found, whole)
        for bad in ("x", "1.2.3.4.5", "", after + "0", after.replace(".", ":"), "9" * 30, "'; drop table x; --"):
            with self.subTest(bad), self.assertRefused(3, "format", "after"):
                self.of(client, after=bad)
        for bad in (0, -1, 201):
            with self.subTest(bad), self.assertRefused(3, "out_of_range", "limit"):
                self.of(client, limit=bad)

    def test_scope(self):
        """out of scope is not_found, byte for byte like what does not exist; also without row-level security"""
        unit = self.units[BRANCH]
        account, grant = (bytes.fromhex(self.value(
            f"select replace(x.id::text, '-', '') from auth.{table} x join auth.account a on a.person_id = x.person_id "
            "where a.login_name = 'van.phong.tt'")) for table in ("account", '"grant"'))
        for disabled in (False, True):
            self.sql("".join(f"alter table {table} {'disable' if disabled else 'enable'} row level security;"
                             for (table,) in self.sql("select c.oid::regclass from pg_class c "
                                                      "join pg_policy p on p.polrelid = c.oid group by c.oid")))
            inside, outside = self.acting_inspector(), self.acting_inspector(OTHER_WARD)
            with self.subTest(disabled=disabled):
                for entity, id_ in (("member", self.member), ("person", self.person), ("unit", unit),
                                    ("account", account), ("grant", grant)):
                    self.of(inside, entity, id_)
                    refused = self.refusal(outside, entity=entity, id=id_)
                    self.assertEqual(refused[1], NOT_FOUND)
                    self.assertEqual(refused, self.refusal(outside, entity=entity, id=uuid7()))
                for entity, id_ in (("nothing", self.member), ("person", self.member), ("member", self.person)):
                    self.assertEqual(self.refusal(inside, entity=entity, id=id_)[1], NOT_FOUND)

    def test_foreign_content(self):
        """who reads one record's history sees nothing of the others in the same entries"""
        import_ids = [uuid7() for _ in range(3)]
        lines = [{"row_no": n, "id": id_, "person_id": uuid7(), "membership_id": uuid7(), "unit_code": BRANCH,
                  "family_name": NAMES[0], "given_name": "Nhập", "sex": "SEX_MALE", "born_on": "1980",
                  "status": "MEMBER_STATUS_PROBATIONARY", "decision_on": "2021-12-01", "joined_on": "2022-01-01",
                  "biography_no": f"{next(self.numbers)}NA"} for n, id_ in enumerate(import_ids)]
        self.clerk.submit("MemberService/Import", unit_id=self.units[WARD], lines=lines)
        rows = self.of(self.acting_inspector(), "member", import_ids[1])
        self.assertEqual({row.id for row in rows}, {lines[1][name] for name in ("id", "person_id", "membership_id")})

    def test_move(self):
        """a member who moves to another ward: the old feed tells that he left, the story goes with him"""
        member, person = self.new_member()
        old, new = self.acting_inspector(), self.acting_inspector(OTHER_WARD)
        self.of(old, "member", member)
        self.officer.submit("MemberService/Place", id=member, base_version=1, membership_id=uuid7(),
                            unit_id=self.units[FOREIGN_BRANCH], kind="MEMBERSHIP_KIND_PRIMARY", from_on="2024-01-01")
        self.assertEqual(self.refusal(old, entity="member", id=member)[1], NOT_FOUND)
        rows = self.of(new, "member", member)
        left = {(row.entity, row.id) for row in rows if row.kind == LEFT_SCOPE}
        self.assertEqual(left, {("member", member), ("person", person)})
        self.assertEqual([row.kind for row in rows if row.entity == "membership"].count(CREATED), 2)
        self.assertEqual({row.method for row in rows}, {"MemberService/Create", "MemberService/Place"})

    def test_own(self):
        """a member sees who read and changed his own records, and no others, not even those of his branch"""
        member, person = self.new_member()
        self.change(member)
        self.read_by(self.acting_inspector(), person)
        own = self.acting("MB", BRANCH, person)
        newest = own.read("HistoryService/List").rows
        self.assertEqual((newest[0].kind, newest[0].method, newest[0].role, newest[0].full_name),
                         (READ, "PersonService/GetSensitive", "IC", "Người Xem"))
        self.assertEqual(len(newest), 5)
        for entity, id_ in (("person", person), ("member", member)):
            self.assertEqual([row.SerializeToString() for row in self.of(own, entity, id_)],
                             [row.SerializeToString() for row in newest])
        for entity, id_ in (("person", self.other_person), ("member", self.other), ("unit", self.units[BRANCH]),
                            ("membership", next(row.id for row in newest if row.entity == "membership"))):
            with self.subTest(entity):
                refused = self.refusal(own, entity=entity, id=id_)
                self.assertEqual(refused[1], NOT_FOUND)
                self.assertEqual(refused, self.refusal(own, entity=entity, id=uuid7()))

    def test_auditor(self):
        """an auditor reads histories and not the name of whom they are about"""
        member, person = self.new_member()
        subject = self.acting("MB", WARD, person)
        subject.read("PersonService/GetSensitive", id=person)
        seen = self.of(self.acting_inspector(), "member", member)[0]
        self.assertEqual(seen.full_name, " ".join(NAMES))
        auditor = self.acting("AU", WARD)
        rows = self.of(auditor, "member", member)
        self.assertEqual((rows[0].full_name, rows[0].role, rows[0].method), ("", "MB", "PersonService/GetSensitive"))
        self.assertEqual(rows[1].full_name, "Cầm Thị Yến")
        self.assertNotIn(NAMES[2].encode(), auditor.last.body)

    def test_command(self):
        """chibo history: a table of 80 columns in either language, without ids or numbers to puzzle over"""
        person = bytes.fromhex(self.value("select replace(person_id::text, '-', '') from auth.account "
                                          "where login_name = 'bi.thu.1'"))
        grant = self.grant(person, "IC", WARD)
        for lang, words in (("vi", ("Sửa đảng viên", "tạo mới", "nơi sinh hoạt")),
                            ("en", ("Change a member", "created", "place held"))):
            cli = Cli(self.server.directory / f"history-{lang}", CHIBO_LANG=lang, CHIBO_AS=grant, COLUMNS="80")
            cli.connect(self.server)
            cli.login("bi.thu.1", example.PASSWORD)
            table = cli.ok("history", "member", text(self.member), "-o", "table")
            self.assertLessEqual(max(map(len, table.splitlines())), 80)
            for word in (*" ".join(words).split(), "Yến", "WO"):
                self.assertIn(word, table)
            self.assertRegex(table.splitlines()[1], r"^\d\d/\d\d/\d{4} \d\d:\d\d  ")
            self.assertEqual(len(cli.json("history", "member", text(self.member), "--limit", "2")), 2)
            rows = cli.json("history", "unit", BRANCH)
            self.assertEqual(rows[-1]["method"], "UnitService/Create")
            self.assertEqual(cli.run("history", "member", text(uuid7())).returncode, 6)
            self.assertEqual(cli.run("history", "member", "x").returncode, 8)
            self.assertEqual(cli.run("history", "member").returncode, 2)

    def test_permission(self):
        """other roles read no history; a reader without an own record finds none"""
        for role in ("BS", "WO", "DH", "SA"):
            with self.subTest(role), self.assertRefused(7, "permission_denied"):
                self.of(self.acting(role, WARD))
        self.assertEqual(self.refusal(self.acting("IC", WARD), entity="member")[1], NOT_FOUND)
        with self.assertRefused(16, "login_required"):
            stranger = self.connect()
            stranger.token = bytes(32)
            self.of(stranger)

    def test_without_reach(self):
        """the function gives nothing to a caller whose reach or interval is not set"""
        for settings in ("", "set local app.reach = 'scope';", "set local app.reach = 'own';",
                         "set local app.reach = 'all'; set local app.lo = 1; set local app.hi = 2147483647;"):
            with self.subTest(settings), self.assertRaisesRegex(RuntimeError, "not_found"):
                self.sql(f"begin; set session authorization chibo_app; {settings} "
                         f"select from auth.history('member', '{text(self.member)}', null, 10); commit")


if __name__ == "__main__":
    tap.main()
