#!/usr/bin/python3
"""The server's own gate: enough alone, asked once for a connection, never behind what has changed."""

import pathlib
import subprocess
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import example  # noqa: E402
import tap  # noqa: E402
from client import MESSAGES, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import CHIBOD, CHIBOD_OPEN_GATE  # noqa: E402
from server import Server  # noqa: E402

INVALID, NOT_FOUND, DENIED, STATE, INTERNAL, UNAUTHENTICATED = 3, 5, 7, 9, 13, 16
EX_CONFIG = 78

# Each with what it replaces in auth.enter.
NO_PERMISSION_ASKED = ("elsif s.reach is null then", "elsif false then")
NO_SESSION_ASKED = ("if not found or s.session_rule is not null then", "if false then")
BROKEN = ("select x.permission,", "raise exception 'broken'; select x.permission,")

SCOPED = "unit unit_name unit_parent unit_closure person member membership".split()


def text_of(record):
    return str(uuid.UUID(bytes=record))


class GateCase(ServerCase):
    @classmethod
    def change_function(cls, name, old, new):
        """Replaces a text in a function of the database."""
        cls.cluster.psql(cls.database, f"""
            do $do$
            declare
                definition text := pg_get_functiondef('{name}'::regproc);
            begin
                if position($old${old}$old$ in definition) = 0 then
                    raise 'no such text in {name}';
                end if;
                execute replace(definition, $old${old}$old$, $new${new}$new$);
            end
            $do$""")

    def change_enter(self, old, new):
        """The same in auth.enter, until the test is over."""
        self.change_function("auth.enter", old, new)
        self.addCleanup(self.change_function, "auth.enter", new, old)

    def secretary(self, *grants):
        """A branch secretary with a session of his own, and with more grants: (role, unit's code)."""
        client = self.login("bi.thu.1")
        client.ids = {"BS": client.read("SessionService/WhoAmI").grants[0].id}
        for role, code in grants:
            client.ids[role] = uuid7()
            self.sql(f"""
                insert into auth."grant"
                select (jsonb_populate_record(g, jsonb_build_object('id', '{text_of(client.ids[role])}',
                        'role', '{role}', 'unit_id', '{text_of(self.units[code])}'))).*
                from auth."grant" g where g.id = '{text_of(client.ids["BS"])}'""")
            self.addCleanup(self.sql, f"""update auth."grant" set ended_at = now()
                                          where id = '{text_of(client.ids[role])}'""")
        self.addCleanup(self.sql, "update auth.session set grant_id = null")
        return client

    def second_connection(self, client):
        other = self.connect()
        other.token = client.token
        return other

    def login_at(self, server, name):
        own, type(self).server = self.server, server
        try:
            return self.login(name)
        finally:
            type(self).server = own

    def rename(self, client, **changes):
        """What a ward's office may do and a branch secretary may not; always refused for the version."""
        return client.submit("UnitService/Rename", **{
            "id": self.units["NLO.TT.01"], "base_version": 99, "name": "Chi bộ mới", "from_on": "2020-01-01", **changes})

    def assertMayRename(self, client):
        with self.assertRefused(10, "conflict"):
            self.rename(client)

    def assertMayNotRename(self, client):
        with self.assertRefused(DENIED, "permission_denied") as caught:
            self.rename(client)
        self.assertEqual(caught.exception.params, {"permission": "unit_change"})

    def foreign_member(self):
        return self.login("bi.thu.2").read("MemberService/List", limit=1).members[0].id


class Permissions(GateCase):
    def test_enter_asks_nothing(self):
        """a missing permission is refused although the database asks for none"""
        client = self.secretary()
        self.change_enter(*NO_PERMISSION_ASKED)
        self.assertMayNotRename(client)
        client.read("UnitService/List")
        self.assertMayNotRename(client)

    def test_enter_breaks(self):
        """a missing permission is refused before anything else is asked of the database"""
        client = self.secretary()
        self.change_enter(*BROKEN)
        self.assertMayNotRename(client)
        with self.assertRefused(INTERNAL):
            client.read("UnitService/List")

    def test_enter_asks_for_no_session(self):
        """a session that has ended is refused although the database lets it in"""
        client = self.secretary()
        client.read("SessionService/Logout")
        self.change_enter(*NO_SESSION_ASKED)
        for method in ("SessionService/WhoAmI", "UnitService/List"):
            with self.assertRefused(UNAUTHENTICATED, "login_required"):
                self.second_connection(client).read(method)

    def test_open_gate(self):
        """with the server's gate open the database refuses, in the same words"""
        answers = []
        for program in (CHIBOD, CHIBOD_OPEN_GATE):
            with Server(self.cluster, self.database, program, {"CHIBO_OPEN_ROUTES": "*"}) as server:
                client = self.login_at(server, "bi.thu.1")
                with self.assertRefused(DENIED, "permission_denied") as caught:
                    self.rename(client)
                answers.append(str(caught.exception))
                client.connection.close()
        self.assertEqual(answers[0], answers[1])

    def test_some_routes_open(self):
        """a gate that is open for one method is shut for the others"""
        self.change_enter(*NO_PERMISSION_ASKED)
        with Server(self.cluster, self.database, CHIBOD_OPEN_GATE,
                    {"CHIBO_OPEN_ROUTES": "UnitService/Get UnitService/Rename"}) as server:
            client = self.login_at(server, "bi.thu.1")
            self.assertMayRename(client)
            with self.assertRefused(DENIED, "permission_denied"):
                client.submit("UnitService/Move", id=self.units["NLO.TT.01"], parent_id=self.units["NLO.TT"],
                              base_version=99, from_on="2020-01-01")
            client.connection.close()

    def test_refused_before_its_fields(self):
        """who may not use a method is not told what is wrong with his request"""
        with self.assertRefused(DENIED, "permission_denied"):
            self.rename(self.secretary(), id=b"short", name=None)

    def test_dry_run(self):
        """a dry run needs the permission as well"""
        client = self.secretary()
        self.change_enter(*NO_PERMISSION_ASKED)
        with self.assertRefused(DENIED, "permission_denied"):
            self.rename(client, dry_run=True)

    def test_no_session(self):
        """an unknown token is refused, for what needs a grant and for what does not"""
        client = self.connect()
        client.token = b"x" * 32
        for method in ("UnitService/List", "SessionService/WhoAmI", "SessionService/Logout"):
            with self.assertRefused(UNAUTHENTICATED, "login_required"):
                client.read(method)


class Changes(GateCase):
    def test_ended_grant(self):
        """an ended grant is refused at the next request on the open connection"""
        client = self.secretary(("WO", "NLO.TT"))
        client.grant_id = client.ids["WO"]
        self.assertMayRename(client)
        self.sql(f"""update auth."grant" set ended_at = now() where id = '{text_of(client.grant_id)}'""")
        with self.assertRefused(DENIED, "grant_ended", "grant_id"):
            self.rename(client)
        client.read("SessionService/WhoAmI")

    def test_ended_session(self):
        """a session that ends elsewhere is refused at the next request on the open connection"""
        client = self.secretary()
        other = self.second_connection(client)
        client.read("UnitService/List")
        other.read("SessionService/Logout")
        for method in ("UnitService/List", "SessionService/WhoAmI"):
            with self.assertRefused(UNAUTHENTICATED, "login_required"):
                client.read(method)

    def test_choose_grant(self):
        """another grant is chosen, and counts from the next request on"""
        client = self.secretary(("WO", "NLO.TT"))
        with self.assertRefused(STATE, "grant_required", "grant_id"):
            self.rename(client)
        for _ in range(2):
            client.read("SessionService/ChooseGrant", id=client.ids["WO"])
            self.assertMayRename(client)
            client.read("SessionService/ChooseGrant", id=client.ids["BS"])
            self.assertMayNotRename(client)

    def test_choose_grant_alone(self):
        """the server's gate knows of the choice by itself"""
        client = self.secretary(("WO", "NLO.TT"))
        self.change_enter(*NO_PERMISSION_ASKED)
        client.read("SessionService/ChooseGrant", id=client.ids["WO"])
        self.assertMayRename(client)
        client.read("SessionService/ChooseGrant", id=client.ids["BS"])
        self.assertMayNotRename(client)

    def test_two_connections(self):
        """a grant that is chosen on one connection counts on the other"""
        client = self.secretary(("WO", "NLO.TT"))
        other = self.second_connection(client)
        for _ in range(2):
            client.read("SessionService/ChooseGrant", id=client.ids["BS"])
            self.assertMayNotRename(other)
            client.read("SessionService/ChooseGrant", id=client.ids["WO"])
            self.assertMayRename(other)

    def test_new_permission(self):
        """a role that gains a permission has it at once, and loses it at once"""
        client = self.secretary()
        self.assertMayNotRename(client)
        self.sql("insert into auth.role_permission (role, permission, reach) values ('BS', 'unit_change', 'scope')")
        try:
            self.assertMayRename(client)
        finally:
            self.sql("delete from auth.role_permission where role = 'BS' and permission = 'unit_change'")
        self.assertMayNotRename(client)

    def test_named_grants(self):
        """on one connection each request acts in the grant that it names"""
        client = self.secretary(("WO", "NLO.TT"))
        for _ in range(3):
            client.grant_id = client.ids["WO"]
            self.assertMayRename(client)
            client.grant_id = client.ids["BS"]
            self.assertMayNotRename(client)

    def test_without_a_grant(self):
        """a session whose grants have ended may still ask who it is, and nothing else"""
        client = self.login("khoi.5")
        self.sql("""update auth."grant" g set ended_at = now() from auth.account a
                    where a.person_id = g.person_id and a.login_name = 'khoi.5'""")
        for _ in range(2):
            self.assertEqual(len(client.read("SessionService/WhoAmI").grants), 0)
            with self.assertRefused(DENIED, "grant_ended", "grant_id"):
                client.read("UnitService/List")


class Asking(GateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster.psql(cls.database, "create sequence public.identified; "
                                       "grant usage on sequence public.identified to chibo_auth")
        cls.change_function("auth.identify", "grant_id := ", "perform nextval('public.identified'); grant_id := ")

    def identified(self):
        """How often auth.identify ran."""
        return int(self.sql("select case when is_called then last_value else 0 end from public.identified")[0][0])

    def test_once(self):
        """a connection asks once for all its requests, and once more for each refusal"""
        client = self.login("bi.thu.1")
        before = self.identified()
        for _ in range(30):
            client.read("UnitService/List")
            client.read("SessionService/WhoAmI")
        self.assertEqual(self.identified() - before, 1)
        for _ in range(3):
            self.assertMayNotRename(client)
        self.assertEqual(self.identified() - before, 4)

    def test_at_once(self):
        """requests sent before the first is answered are each answered, the refused ones refused"""
        client = self.login("bi.thu.1")
        sent = []
        for number in range(8):
            method = "UnitService/Rename" if number % 2 else "UnitService/List"
            body = MESSAGES[method.replace("Service/", "") + "Request"]()
            request = client.request(method, body.SerializeToString(), op_id=uuid7())
            client.connection.send_frame(request.SerializeToString())
            sent.append(request.id)
        codes = {reply.id: reply.status.code for reply in (client.connection.read_reply() for _ in sent)}
        self.assertEqual([codes[number] for number in sent], [0, DENIED] * 4)

    def test_gone(self):
        """a connection that goes while its caller is looked up takes nobody along"""
        for _ in range(20):
            client = self.login("bi.thu.1")
            for _ in range(4):
                request = client.request("UnitService/List")
                client.connection.send_frame(request.SerializeToString())
            client.connection.close()
        self.login("bi.thu.1").read("UnitService/List")

    def test_deadline(self):
        """a deadline that has passed is told as such"""
        with self.cluster_locked("auth.session"):
            client = self.connect()
            client.token = self.token
            request = client.request("UnitService/List", deadline_ms=300)
            self.assertIn(client.exchange(request).status.code, (4, 14))
        client.read("UnitService/List")

    def cluster_locked(self, table):
        self.token = self.login("bi.thu.1").token
        process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-U", "postgres", "-d", self.database], env=self.cluster.environment,
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(f"begin; lock {table} in access exclusive mode; select 1;\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "1\n")
        return process


class Targets(GateCase):
    """Without row-level security: what the gate and the statements hold by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open = cls.enterClassContext(Server(cls.cluster, cls.database, CHIBOD_OPEN_GATE,
                                                {"CHIBO_OPEN_ROUTES": "MemberService/Get"}))
        for table in SCOPED:        # the servers run: none would start on such a database
            cls.cluster.psql(cls.database, f"alter table chibo.{table} disable row level security")

    def refusals(self, client, method, **fields_of):
        """The answers to somebody else's record and to one that nobody has."""
        field, foreign = fields_of.popitem()
        answers = []
        for record in (foreign, uuid7()):
            with self.assertRefused(NOT_FOUND, "not_found", field) as caught:
                client.call(method, {"op_id": uuid7()}, {**fields_of, field: record})
            answers.append(client.last.SerializeToString()[2:])
            self.assertEqual(caught.exception.params, {})
        self.assertEqual(answers[0], answers[1])

    def test_read(self):
        """somebody else's record is not found, like one that does not exist"""
        client = self.secretary()
        self.refusals(client, "MemberService/Get", id=self.foreign_member())
        self.refusals(client, "UnitService/Get", id=self.units["NLO.TT.02"])
        self.refusals(client, "MemberService/List", unit_id=self.units["NLO.TT.02"])
        self.refusals(client, "ReportService/Membership", unit_id=self.units["NLO.TT"])

    def test_write(self):
        """nor is it changed"""
        client = self.login("van.phong.tx")
        member = self.foreign_member()
        row = f"select * from chibo.member where id = '{text_of(member)}'"
        before = self.sql(row)
        self.refusals(client, "MemberService/Update", update_mask=["works_away"], base_version=1, id=member)
        self.assertEqual(self.sql(row), before)

    def test_open_gate(self):
        """with the gate open and without row-level security it would have been"""
        client, foreign = self.login_at(self.open, "bi.thu.1"), self.foreign_member()
        self.assertEqual(client.read("MemberService/Get", id=foreign).member.id, foreign)
        client.connection.close()

    def test_id_length(self):
        """an id of another length is told so, by its field"""
        client = self.secretary()
        for record in (b"", b"x" * 15, b"x" * 17):
            with self.assertRefused(INVALID, "id_length", "id"):
                client.read("MemberService/Get", id=record)

    def test_again(self):
        """an operation sent again shows no record that has left the scope meanwhile"""
        client, operation = self.login("van.phong.tt"), uuid7()
        person = uuid7()
        fields = {"id": person, "unit_id": self.units["NLO.TT.01"], "family_name": "Lò", "given_name": "Thử",
                  "sex": "SEX_MALE", "born_on": "1990"}
        first = client.submit("PersonService/Create", op_id=operation, **fields)
        self.assertEqual(first.person.id, person)
        self.sql(f"""update chibo.person p set unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id from chibo.unit u
                     where p.id = '{text_of(person)}' and u.id = '{text_of(self.units["CLO.NT.05"])}'""")
        again = client.submit("PersonService/Create", op_id=operation, **fields)
        self.assertTrue(client.last.replayed)
        self.assertFalse(again.HasField("person"))

    def test_target_again(self):
        """and what was done to it while it was in scope stays done: the receipt comes, without the record"""
        client, operation = self.login("van.phong.tt"), uuid7()
        member = self.login("bi.thu.1").read("MemberService/List", limit=2).members[1].id
        fields = {"id": member, "base_version": 1, "update_mask": ["works_away"], "works_away": True}
        self.assertEqual(client.submit("MemberService/Update", op_id=operation, **fields).member.id, member)
        receipt = client.last.position, client.last.feed
        self.sql(f"""update chibo.member m set unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id from chibo.unit u
                     where m.id = '{text_of(member)}' and u.id = '{text_of(self.units["CLO.NT.05"])}'""")
        again = client.submit("MemberService/Update", op_id=operation, **fields)
        self.assertEqual((client.last.replayed, client.last.position, client.last.feed), (True, *receipt))
        self.assertFalse(again.HasField("member"))
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            client.submit("MemberService/Update", **fields)

    def guest_elsewhere(self):
        """A member of branch 1 with a second place in a ward that he alone knows; both ids."""
        member, place = self.login("bi.thu.1").read("MemberService/List", limit=1).members[0].id, uuid7()
        self.sql(f"""insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
                     select '{text_of(place)}', '{text_of(member)}', u.id, u.pos, u.feed_id, 'residential', '[2026-01-01,)'
                     from chibo.unit u where u.id = '{text_of(self.units["CLO.NT.05"])}'""")
        self.addCleanup(self.sql, f"delete from chibo.membership where id = '{text_of(place)}'")
        return member, place

    def test_places(self):
        """a member's places elsewhere are neither listed nor left"""
        member, place = self.guest_elsewhere()
        client = self.login("van.phong.tt")
        found = client.read("MemberService/Get", id=member)
        self.assertEqual({item.unit_id for item in found.memberships}, {self.units["NLO.TT.01"]})
        with self.assertRefused(NOT_FOUND, "not_found", "membership_id"):
            client.submit("MemberService/Leave", id=member, base_version=found.member.version, membership_id=place,
                          last_on="2026-02-01")

    def test_import(self):
        """a list is not matched with records outside, whatever ids and numbers it names"""
        foreign = self.foreign_member()
        number, = self.sql(f"select biography_no from chibo.member where id = '{text_of(foreign)}'")[0]
        client = self.login("bi.thu.1")
        client.ids = {"BS": client.read("SessionService/WhoAmI").grants[0].id}
        self.sql(f"""update auth."grant" set role = 'WO' where id = '{text_of(client.ids["BS"])}'""")
        self.addCleanup(self.sql, f"""update auth."grant" set role = 'BS' where id = '{text_of(client.ids["BS"])}'""")
        line = {"row_no": 2, "id": uuid7(), "person_id": uuid7(), "membership_id": uuid7(), "unit_code": "NLO.TT.01",
                "family_name": "Lò", "given_name": "Thử", "sex": "SEX_MALE", "born_on": "1990", "biography_no": number,
                "status": "MEMBER_STATUS_PROBATIONARY", "decision_on": "2026-01-20", "joined_on": "2026-02-03"}
        with self.assertRefused(6, "taken", "biography_no"):
            client.submit("MemberService/Import", unit_id=self.units["NLO.TT.01"], lines=[line])
        for line["unit_code"] in ("NLO.TT.02", "NLO.TT"):
            with self.assertRefused(INVALID, "import_rows"):
                client.submit("MemberService/Import", unit_id=self.units["NLO.TT.01"], lines=[line])


class Starting(GateCase):
    def refused(self, change, undo, *words):
        """The server does not start, nor says --verify that it would, and both name the difference."""
        self.sql(change)
        try:
            with Server(self.cluster, self.database) as server:
                pass
        except RuntimeError as error:
            said = str(error)
        else:
            self.fail("it has opened its port")
        finally:
            verified = subprocess.run([CHIBOD, "-c", self.server.config, "--verify"], env=self.server.environment,
                                      text=True, capture_output=True)
            self.sql(undo)
        self.assertEqual(verified.returncode, EX_CONFIG)
        for word in words:
            self.assertIn(word, said)
            self.assertIn(word, verified.stdout + verified.stderr)

    def test_unknown_to_the_database(self):
        """a method that auth.method has not"""
        rows = self.sql("delete from auth.method where method = 'UnitService/Move' returning permission, writes, moves_tree")
        permission, writes, moves_tree = rows[0]
        self.refused("", f"insert into auth.method values ('UnitService/Move', '{permission}', '{writes}', '{moves_tree}')",
                     "auth.method has no UnitService/Move")

    def test_unknown_to_the_server(self):
        """a method that routes.def has not"""
        self.refused("insert into auth.method values ('UnitService/Explode', 'unit_change', true, true)",
                     "delete from auth.method where method = 'UnitService/Explode'",
                     "routes.def has no UnitService/Explode")

    def test_other_permission(self):
        """a method that needs something else there"""
        self.refused("update auth.method set permission = 'unit_read' where method = 'UnitService/Move'",
                     "update auth.method set permission = 'unit_change' where method = 'UnitService/Move'",
                     "UnitService/Move needs unit_read in auth.method and unit_change in routes.def")

    def test_other_kind(self):
        """a method that only reads there"""
        self.refused("update auth.method set writes = false where method = 'UnitService/Move'",
                     "update auth.method set writes = true where method = 'UnitService/Move'",
                     "UnitService/Move only reads by auth.method, and not by routes.def")

    def test_held_by_nobody(self):
        """a permission that no role has"""
        self.refused("create table public.kept as select * from auth.role_permission where permission = 'scheme_create';"
                     "delete from auth.role_permission where permission = 'scheme_create'",
                     "insert into auth.role_permission select * from public.kept; drop table public.kept",
                     "SchemeService/Create needs scheme_create, which no role has")

    def test_rules(self):
        """a rule of its own that the database breaks"""
        self.refused("create table chibo.bare (id uuid primary key)", "drop table chibo.bare", "meta.lint", "bare")

    def test_unchanged(self):
        """and nothing else is in the way"""
        with Server(self.cluster, self.database) as server:
            self.assertTrue(server.alive())


if __name__ == "__main__":
    tap.main()
