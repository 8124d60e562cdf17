#!/usr/bin/python3
"""What the server's role sees and changes by straight SQL, without the statement files: with and without auth.enter,
every table and every definer function of the catalogue."""

import hashlib
import json
import pathlib
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from access_case import WorldCase  # noqa: E402
from test_catalogue import OPEN, TABLES  # noqa: E402
from world import INSIDE, NAMES, OUTSIDE, Canaries, key  # noqa: E402

# What each parameter is given; a uuid is the id of a record.
VALUES = {"text": "'zy'", "integer": "100", "bigint": "1", "boolean": "false", "date": "chibo.today()",
          "bytea": "sha256('x')", "text[]": "'{person}'", "timestamp with time zone": "now()"}
RECORDS = ("unit", "person", "member", "home", "second", "account", "grant", "requested", "drafted", "change", "approved",
           "meeting", "post", "registration", "report_sent", "resolution", "task", "wish", "candidate_helped",
           "candidate_under_review", "probation_under_review", "target_issued", "term")
# The name of the district is for strangers; whoever has proved his password to the server learns his own.
FOR_STRANGERS = ("auth.hello", "auth.open_session")
TELLS_TIME = (*FOR_STRANGERS, "auth.sync_open")

# What a new row has that a copy of an old one cannot have.
NEW = {"member": {"person_id": str(uuid.UUID(bytes=key("grantee", "own", 0))), "biography_no": "999999YB"},
       "person_sealed": {"id": str(uuid.UUID(bytes=key("holder", "sibling", 0)))},
       "person_origin": {"id": str(uuid.UUID(bytes=key("holder", "sibling", 0)))}}

# Rows that stand where their members are guests.
GUESTS = ("membership", "residential_registration", "residential_assessment")

# Nothing is added to a closed one, wherever it is.
OF_OPEN_MEETING = ("exists (select from chibo.meeting m where m.id = (to_jsonb(t) ->> 'meeting_id')::uuid "
                   "and m.state = 'in_session')")

FUNCTIONS = """
select p.oid::regproc, to_jsonb(array(select format_type(t, null) from unnest(p.proargtypes) t))
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('chibo', 'auth', 'ledger', 'meta') and p.prosecdef and p.prorettype <> 'trigger'::regtype
  and has_function_privilege('chibo_app', p.oid, 'execute')
order by 1"""

# Everything that it does is undone; only what it says stays.
CALL = """
do $call$ declare r text; begin
	select string_agg(f::text, ' ') into r from {call} f;
	raise exception '%', r using errcode = 'CB999';
exception
	when sqlstate 'CB999' then perform set_config('test.said', coalesce(sqlerrm, ''), true);
	when others then perform set_config('test.said', 'refused: ' || sqlerrm, true);
end $call$;
select $name${name}$name$, current_setting('test.said');
"""


def enter(name="WO/live", method="MemberService/List", read_only=True):
    return (f"select from auth.enter('\\x{hashlib.sha256(world.token(name)).hexdigest()}', null, '{method}', "
            f"{read_only}, 60000);")


class Straight(WorldCase):
    """Everything is rolled back: the district stays as it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = {name: open_ == "t" for name, open_ in cls.cluster.psql(
            cls.database, TABLES + f"select format('%I.%I', nspname, relname), "
                                   f"relname = any ({OPEN}) or nspname = 'meta' from own order by 1")}
        cls.functions = [(name, json_list(types)) for name, types in cls.cluster.psql(cls.database, FUNCTIONS)]

    def app(self, sql):
        """What the server's role gets, as rows."""
        return self.cluster.psql(self.database, sql, user="chibo_app")

    def changed(self, opened, attempts):
        """What the server's role changes with each of these, in words, and what it was told: one by one, after `opened`."""
        script = "".join(f"savepoint s; delete from watch.change; set local role chibo_app; {sql} reset role; "
                         f"select $name${name}$name$, 'said', current_setting('test.said', true), ''; "
                         f"select $name${name}$name$, relation, verb, unit_id from watch.change; rollback to s;"
                         for name, sql in attempts)
        found = {name: ([], []) for name, _ in attempts}
        for name, *row in self.cluster.psql(self.database, "begin; set local role chibo_app; "
                                            f"{opened} reset role; {script} rollback;"):
            changes, said = found[name]
            if row[0] == "said":
                said.append(row[1])
            else:
                changes.append((*row[:2], NAMES.get(row[2], row[2])))
        return found

    def seen(self):
        """SQL for how many rows the server's role sees of each table not open to everybody, if it may at all."""
        return "".join(CALL.format(name=table, call=f"(select count(*) from {table})")
                       for table, is_open in self.tables.items() if not is_open)

    def assertNothing(self, rows):
        self.assertGreaterEqual(len(rows), 15)
        for table, said in rows:
            self.assertTrue(said == "(0)" or said.startswith("refused: permission denied"), f"{table}: {said}")

    def test_filled(self):
        """nothing is empty by chance"""
        empty = [table for table, is_open in self.tables.items() if not is_open
                 and self.cluster.value(self.database, f"select exists (select from {table})") == "f"]
        # what only logins fill
        self.assertLessEqual(set(empty), {"auth.code", "auth.event", "auth.failure", "auth.reset"})

    def test_tables_without_enter(self):
        """without auth.enter the server's role sees no row of any table"""
        self.assertNothing(self.app("begin;" + self.seen() + "rollback;"))

    def test_tables_after_enter(self):
        """what auth.enter opens ends with its transaction"""
        inside = dict(self.app("begin;" + enter() + self.seen() + "commit;"))
        self.assertGreaterEqual(sum(said.strip("()").isdigit() and said != "(0)" for said in inside.values()), 7)
        self.assertNothing(self.app(enter() + "begin;" + self.seen() + "commit;"))

    def test_self(self):
        """a session that asks for no permission opens no scope"""
        self.assertNothing(self.app("begin;" + enter(method="SessionService/WhoAmI") + self.seen() + "commit;"))

    def test_methods(self):
        """nothing is entered by the name of a method that needs no session, or of none"""
        for method in ("SessionService/Hello", "SessionService/Login", "MemberService/Nothing", ""):
            with self.subTest(method), self.assertRaisesRegex(RuntimeError, "permission_denied"):
                self.app("begin;" + enter(method=method) + "rollback;")

    def test_roster(self):
        """who reaches over his own unit alone has no names of another one, whatever the statement file asks"""
        for unit, count in (("own", 100), ("descendant", 0)):
            rows = self.app("begin;" + enter("MB/live", "MemberService/Roster") +
                            f"select count(*) from auth.roster_page(md5('unit/{unit}')::uuid, null, 100); rollback;")
            self.assertEqual(rows, [[str(count)]])

    def test_scope(self):
        """after auth.enter the server's role sees rows of the actor's units and of no others"""
        scoped = self.cluster.psql(self.database, TABLES + "select relname, has_table_privilege('chibo_app', oid, "
                                                           "'select') from own where scoped")
        self.assertGreaterEqual(len(scoped), 7)
        readable = [name for name, may in scoped if may == "t"]
        seen = self.app("begin;" + enter() + "".join(
            f"select distinct '{table}', {'id' if table == 'unit' else 'unit_id'}::text from chibo.{table};"
            for table in readable) + "commit;")
        for table in readable:
            found = {NAMES.get(unit, unit) for name, unit in seen if name == table}
            self.assertLessEqual(found, set(INSIDE), table)
            self.assertTrue(found, table)

    def test_read_only(self):
        """a reading request cannot write"""
        with self.assertRaisesRegex(RuntimeError, "read-only"):
            self.app("begin;" + enter() + "update chibo.person set profession = 'x'; rollback;")

    def test_moving_out(self):
        """the server's role cannot move a row out of the actor's scope, nor touch one there"""
        tables = [row[0] for row in self.cluster.psql(
            self.database, TABLES + "select relname from own where scoped and has_column_privilege('chibo_app', oid, "
            "case relname when 'unit' then 'pos' else 'unit_pos' end, 'update')")]
        self.assertGreaterEqual(len(tables), 3)
        position = "(select pos from auth.tree where unit_id = md5('unit/sibling')::uuid)"
        position = self.cluster.value(self.database, f"select {position}")
        places = {table: ("upper", "elsewhere") if table in GUESTS else ("own", "sibling") for table in tables}
        rows = self.cluster.psql(self.database, "".join(
            f"(select '{table}', '{unit}', ctid from chibo.{table} where unit_id = md5('unit/{unit}')::uuid "
            "order by ctid limit 20);" for table, units in places.items() for unit in units))
        self.assertEqual({(table, unit) for table, unit, _ in rows},
                         {(table, unit) for table, units in places.items() for unit in units})
        changes_of = {"own": f"unit_id = md5('unit/sibling')::uuid, unit_pos = {position}", "sibling": "unit_id = unit_id"}
        changes_of.update(upper=changes_of["own"], elsewhere=changes_of["sibling"])
        tried = self.changed(enter(method="MemberService/Update", read_only=False), [
            (f"{table} of {unit}, {row}", CALL_KEPT.format(
                sql=f"update chibo.{table} set {changes_of[unit]} where ctid = '{row}'")) for table, unit, row in rows])
        for name, (changes, said) in tried.items():
            self.assertEqual([change for change in changes if change[2] in OUTSIDE], [], f"{name}: {said}")

    def test_moving_in(self):
        """the server's role cannot add a row to somebody else's unit"""
        tables = [row[0] for row in self.cluster.psql(
            self.database, TABLES + "select relname from own where scoped and has_table_privilege('chibo_app', oid, "
            "'insert')")]
        self.assertGreaterEqual(len(tables), 3)
        place = dict(zip(("unit_id", "unit_pos", "feed_id"), self.cluster.psql(
            self.database, "select id, pos, feed_id from chibo.unit where code = 'QQSIBLING'")[0]))
        rows = self.cluster.psql(self.database, "".join(f"""
            (select '{table}', (select string_agg(attname, ', ') from pg_attribute where attrelid = 'chibo.{table}'::regclass
                    and attnum > 0 and not attisdropped and attgenerated = ''), to_jsonb(t)
            from chibo.{table} t where unit_id = md5('unit/{"upper" if table in GUESTS else "own"}')::uuid
            order by {OF_OPEN_MEETING} desc, ctid limit 1);""" for table in tables))
        self.assertEqual([table for table, _, _ in rows], tables)
        attempts = []
        for table, columns, row in rows:
            row = json.loads(row)
            row = json.dumps({**row, **({"id": str(uuid.uuid4())} if "id" in row else {}), **place,
                              **NEW.get(table, {})})
            attempts.append((table, CALL_KEPT.format(sql=(
                f"insert into chibo.{table} ({columns}) select {columns} "
                f"from jsonb_populate_record(null::chibo.{table}, $row${row}$row$)"))))
        tried = self.changed(enter(method="MemberService/Create", read_only=False), attempts)
        for table, (changes, said) in tried.items():
            self.assertEqual(changes, [], table)
            # cells of a report come with it and never later
            self.assertRegex(said[0], "frozen" if table == "sent_report_cell" else "row-level security", table)

    def calls(self, *units):
        """Every definer function with the ids of every kind of record of these units: name and call."""
        for name, types in self.functions:
            for unit in units:
                for record in RECORDS if "uuid" in types or "uuid[]" in types else RECORDS[:1]:
                    found = key("unit", unit) if record == "unit" else key(record, unit, 0)
                    values = {**VALUES, "uuid": f"'{found.hex()}'", "uuid[]": f"array['{found.hex()}']::uuid[]",
                              "text": f"'{record}'" if "history" in name or "targets" in name else "'zy'"}
                    arguments = ", ".join(f"({values.get(type_, 'null')})::{type_}" for type_ in types)
                    yield f"{name} {record}", f"{name}({arguments})"

    def assertTells(self, rows, forbidden):
        self.assertGreater(len(rows), len(self.functions))
        told = [f"{name}: {canary.decode()}" for name, said in rows for canary in forbidden
                if canary.decode() in said.lower() and not name.startswith(FOR_STRANGERS)]
        self.assertEqual(told, [])

    def test_functions(self):
        """there are definer functions to try"""
        self.assertGreaterEqual(len(self.functions), 25)

    def test_functions_without_enter(self):
        """without auth.enter no definer function tells anything of anybody"""
        script = "".join(CALL.format(name=name, call=call) for name, call in self.calls("own", "sibling"))
        self.assertTells(self.app("begin;" + script + "rollback;"), Canaries.all())

    def test_functions_outside(self):
        """after auth.enter no definer function tells anything of what is out of scope"""
        script = "".join(CALL.format(name=name, call=call) for name, call in self.calls("own", "sibling"))
        self.assertTells(self.app("begin;" + enter() + script + "rollback;"), Canaries.foreign())

    def test_functions_write(self):
        """after auth.enter no definer function changes what is out of scope"""
        opened = enter("DH/live", "UnitService/Move", read_only=False)
        tried = self.changed(opened, [(call, CALL_KEPT.format(sql=f"perform from {call}"))
                                      for _, call in self.calls("sibling")])
        for call, (changes, said) in tried.items():
            self.assertEqual([change for change in changes if change[2] in OUTSIDE], [], f"{call}: {said}")

    def test_outside_functions(self):
        """definer functions that write refuse what is out of scope, even called by themselves"""
        opened = "begin;" + enter("DH/live", "UnitService/Move", read_only=False)
        other, own = "md5('unit/sibling')::uuid", "md5('unit/own')::uuid"
        for call in ("end_places(md5('member/sibling/0')::uuid, chibo.today())",
                     "end_grant(md5('grant/sibling/0')::uuid)", "end_account(md5('account/sibling/0')::uuid)",
                     f"rename_unit({other}, 1, 'Zz', null, chibo.today())",
                     f"move_unit({other}, 1, {own}, chibo.today())",
                     f"move_unit(md5('unit/upper')::uuid, 1, {other}, chibo.today())",
                     "choose_grant(md5('grant/sibling/0')::uuid)", "stale_values(9, 10)", "stale_records(9)"):
            with self.subTest(call), self.assertRaisesRegex(RuntimeError, "not_found|permission_denied"):
                self.app(f"{opened} select auth.{call}; rollback;")

    def test_pg_temp(self):
        """a definer function takes no table of pg_temp for its own, even if the server's role could make one"""
        script = "".join(CALL.format(name=name, call=call) for name, call in self.calls("own"))
        shadows = "".join(f"create temporary table \"{table}\" as select 'zyshadow'::text as id;" for table in
                          {name.split(".")[1].strip('"') for name in self.tables})
        said = []
        for prepared in ("", shadows):
            said.append(self.cluster.psql(self.database, "begin; grant temporary on database "
                        f"\"{self.database}\" to chibo_app; set local role chibo_app; {prepared} {enter()} {script} "
                        "rollback;"))
        self.assertGreater(len(said[0]), len(self.functions))
        different = [f"{before}, with tables of pg_temp {after[1]}" for before, after in zip(*said)
                     if without_time(before) != without_time(after)]
        self.assertEqual(different, [])

    def test_hijack(self):
        """the server's role cannot slip a function or table of its own under a definer function"""
        for attempt in ("create temporary table session (token_hash bytea)", "create schema mine",
                        "create function pg_temp.today() returns date language sql as 'select now()::date'",
                        "create function chibo.mine() returns int language sql as 'select 1'",
                        "create function public.mine() returns int language sql as 'select 1'",
                        "create operator public.= (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
                        "alter table chibo.person disable row level security", "set role chibo_auth",
                        "set role chibo_owner", "set session authorization postgres",
                        "truncate chibo.person", "select * from auth.session", "select * from ledger.entry",
                        "update auth.method set permission = 'SELF'", "select * from auth.role_permission",
                        "delete from chibo.person", "copy chibo.person to program 'true'"):
            with self.subTest(attempt):
                with self.assertRaisesRegex(RuntimeError, "permission denied|must be (owner|superuser)"):
                    self.app(attempt)


# As CALL, but what it does stays until the end of the transaction.
CALL_KEPT = """
do $call$ begin
	{sql};
	perform set_config('test.said', 'done', true);
exception
	when others then perform set_config('test.said', 'refused: ' || sqlerrm, true);
end $call$;
"""


def json_list(text):
    return [] if text == "[]" else [word.strip('"') for word in text.strip("[]").split(", ")]


def without_time(row):
    """Instants are those of the call."""
    name, said = row
    return name, "now" if name.startswith(TELLS_TIME) else said


if __name__ == "__main__":
    tap.main()
