#!/usr/bin/python3
"""The database's own rules, read from its catalogue, and what the server's role sees of the data by itself."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from access_case import WorldCase  # noqa: E402

# Lists that are the same for everybody: no scope, so no row-level security.
OPEN = "'{unit_kind,sector,scheme,scheme_line,rule_param}'::name[]"

# Our tables: those of chibo with their position column where they are under scope.
TABLES = f"""
with own as (
	select c.oid, c.relname, n.nspname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relowner,
	       n.nspname = 'chibo' and not c.relname = any ({OPEN}) as scoped
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where n.nspname in ('chibo', 'auth', 'ledger', 'meta') and c.relkind in ('r', 'p')
), pos as (
	select own.oid, own.relname, a.attnum, a.attnotnull
	from own left join pg_attribute a on a.attrelid = own.oid
		and a.attname = case own.relname when 'unit' then 'pos' else 'unit_pos' end
	where own.scoped
)
"""
FUNCTIONS = """
with own as (
	select p.oid, p.oid::regprocedure::text as name, p.prosecdef, p.proleakproof, p.proacl, p.proconfig, p.prorettype
	from pg_proc p join pg_namespace n on n.oid = p.pronamespace
	where n.nspname in ('chibo', 'auth', 'ledger', 'meta')
)
"""
BOUND = "( SELECT (NULLIF(current_setting(''app.%s''::text, true), ''''::text))::integer AS \"nullif\")"
INSIDE = "(({0} >= " + BOUND % "lo" + ") AND ({0} <= " + BOUND % "hi" + "))"

# title -> query for what breaks the rule; no row must come
RULES = {
    "row-level security is on and forced for every table under scope":
        TABLES + "select relname from own where scoped and not (relrowsecurity and relforcerowsecurity)",
    "every table under scope has a position that is never null":
        TABLES + "select relname from pos where attnotnull is not true",
    "every position follows the unit's by a foreign key with cascade":
        TABLES + "select relname from pos where not exists (select from pg_constraint k where k.conrelid = pos.oid "
        "and k.contype = 'f' and pos.attnum = any (k.conkey) and k.confupdtype = 'c' and k.convalidated "
        "and k.confrelid = any ('{chibo.unit,auth.tree}'::regclass[]))",
    "every position is the first column of an index":
        TABLES + "select relname from pos where not exists (select from pg_index i where i.indrelid = pos.oid "
        "and i.indkey[0] = pos.attnum and i.indisvalid and i.indpred is null)",
    "every table under scope has its policy for the server, in exactly these words":
        TABLES + ", want as (select pos.oid, pos.relname, replace('" + INSIDE + "', '{0}', "
        "case relname when 'unit' then 'pos' else 'unit_pos' end) as words from pos) "
        "select relname from want where not exists (select from pg_policy p where p.polrelid = want.oid "
        "and p.polcmd = '*' and p.polpermissive and 'chibo_app'::regrole = any (p.polroles) "
        "and pg_get_expr(p.polqual, p.polrelid) = words and pg_get_expr(p.polwithcheck, p.polrelid) = words)",
    "no second policy lets the server in":
        "select polrelid::regclass, polname from pg_policy "
        "where polroles && array['chibo_app'::regrole::oid] and polname <> 'scope'",
    "no policy is for everybody":
        "select polrelid::regclass, polname from pg_policy where 0 = any (polroles)",
    "a policy without a condition is for the owner of the definer functions alone":
        "select polrelid::regclass, polname from pg_policy where 'true' in (pg_get_expr(polqual, polrelid), "
        "pg_get_expr(polwithcheck, polrelid)) and polroles <> array['chibo_auth'::regrole::oid]",
    "definer functions have a search path that ends in pg_temp":
        FUNCTIONS + "select name from own where prosecdef and not exists (select from unnest(proconfig) c "
        "where c like 'search_path=%, pg_temp')",
    "the search path of a definer function has no schema where others create":
        FUNCTIONS + "select name, s from own, unnest(proconfig) c, regexp_split_to_table(substr(c, 13), ', *') s "
        "where prosecdef and c like 'search_path=%' and s not in ('pg_catalog', 'pg_temp') "
        "and (has_schema_privilege('chibo_app', s, 'create') or has_schema_privilege('public', s, 'create'))",
    "no function of ours is for everybody":
        FUNCTIONS + "select name from own where exists (select from aclexplode(coalesce(proacl, acldefault('f', "
        "(select proowner from pg_proc p where p.oid = own.oid)))) a where a.grantee = 0)",
    "no function of ours claims to be leakproof": FUNCTIONS + "select name from own where proleakproof",
    "no definer function makes SQL from text":
        FUNCTIONS + "select name from own where prosecdef and (select prosrc from pg_proc p where p.oid = own.oid) "
        "~* '\\mexecute\\M'",
    "settings are local to the transaction":
        FUNCTIONS + "select name from own where (select prosrc from pg_proc p where p.oid = own.oid) "
        "~* 'set_config\\s*\\([^;]*,\\s*false\\s*\\)'",
    "there is no view that shows what its owner sees, and no materialised view":
        "select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('chibo', 'auth', 'ledger', 'meta') and (c.relkind = 'm' or c.relkind = 'v' "
        "and not coalesce(c.reloptions @> '{security_invoker=true}', false))",
    "everything belongs to the three owners":
        TABLES + "select relname from own where relowner <> all ('{chibo_owner,chibo_auth,chibo_ledger}'::regrole[]) "
        "union all select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname in ('chibo', 'auth', 'ledger', 'meta') "
        "and p.proowner <> all ('{chibo_owner,chibo_auth,chibo_ledger}'::regrole[])",
    "the server's role owns nothing":
        "select classid::regclass, objid from pg_shdepend where refobjid = 'chibo_app'::regrole and deptype = 'o'",
    "the server's role has no power of its own":
        "select rolname from pg_roles where rolname = 'chibo_app' and (rolsuper or rolinherit or rolcreaterole "
        "or rolcreatedb or rolreplication or rolbypassrls or rolconnlimit < 0)",
    "the server's role is a member of nothing, and nobody of it":
        "select roleid::regrole, member::regrole from pg_auth_members where 'chibo_app'::regrole in (roleid, member)",
    "the owners do not log in and bypass nothing":
        "select rolname from pg_roles where rolname in ('chibo_owner', 'chibo_auth', 'chibo_ledger') "
        "and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole)",
    "the server's role creates nothing, not even temporary tables":
        "select nspname from pg_namespace where has_schema_privilege('chibo_app', oid, 'create') union all "
        "select datname from pg_database where datname = current_database() "
        "and has_database_privilege('chibo_app', oid, 'create, temporary')",
    "the server's role truncates, references and triggers nothing":
        TABLES + "select relname, privilege from own, unnest('{truncate,references,trigger}'::text[]) privilege "
        "where has_table_privilege('chibo_app', oid, privilege)",
    "the server's role deletes nothing":
        TABLES + "select relname from own where has_table_privilege('chibo_app', oid, 'delete')",
    "the server's role reaches accounts and ledger by functions alone":
        TABLES + "select nspname, relname from own where nspname in ('auth', 'ledger') "
        "and has_any_column_privilege('chibo_app', oid, 'select, insert, update, references')",
    "the server's role writes only what the statement files write":
        TABLES + "select relname, privilege from own, unnest('{insert,update}'::text[]) privilege "
        "where has_any_column_privilege('chibo_app', oid, privilege) and (relname, privilege) not in (values "
        "('person', 'insert'), ('person', 'update'), ('member', 'insert'), ('member', 'update'), "
        "('membership', 'insert'), ('membership', 'update'), ('scheme', 'insert'), ('scheme_line', 'insert'))",
    "nothing of ours is granted to everybody":
        TABLES + "select relname from own where exists (select from pg_class c, aclexplode(c.relacl) a "
        "where c.oid = own.oid and a.grantee = 0) union all select nspname from pg_namespace, aclexplode(nspacl) a "
        "where nspname in ('chibo', 'auth', 'ledger', 'meta', 'public') and a.grantee = 0",
    "the intervals of the tree nest and do not overlap":
        "select t.unit_id from auth.tree t join auth.tree p on p.unit_id = t.parent_id "
        "where not (t.pos > p.pos and t.last <= p.last) union all "
        "select a.unit_id from auth.tree a join auth.tree b on b.parent_id = a.parent_id and b.unit_id <> a.unit_id "
        "and b.pos between a.pos and a.last",
}


class Catalogue(WorldCase):
    """The database is filled, so that nothing is empty by chance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scoped = [row[0] for row in cls.cluster.psql(
            cls.database, TABLES + "select relname from own where scoped order by 1")]

    def app(self, sql):
        """What the server's role gets, as rows."""
        return self.cluster.psql(self.database, sql, user="chibo_app")

    def enter(self, name="DH/live", permission="member_read"):
        return (f"select from auth.enter('\\x{world.hashlib.sha256(world.token(name)).hexdigest()}', null, 'test', "
                f"'{permission}', true, 5000);")

    def count(self):
        return "".join(f"select '{table}', count(*) from chibo.{table};" for table in self.scoped)

    def test_tables(self):
        """there is something under scope, and the server's role may read it"""
        self.assertGreaterEqual(len(self.scoped), 7)
        for table in self.scoped:
            self.assertNotEqual(self.cluster.value(self.database, f"select count(*) from chibo.{table}"), "0", table)

    def test_without_enter(self):
        """without auth.enter the server's role sees no row under scope"""
        for table, count in self.app(self.count()):
            self.assertEqual(count, "0", table)

    def test_functions_without_enter(self):
        """without auth.enter the definer functions that read find nothing"""
        for call in ("account_rows(null, null, 200)", "grant_rows(null, null, null, 200)", "own_grants()",
                     "member_page(md5('unit/own')::uuid, chibo.today(), 'primary', null, null, null, 500)",
                     "member_search('zy', null, 100)", "unit_figures(md5('unit/own')::uuid, chibo.today(), 'then')"):
            self.assertEqual(self.app(f"select count(*) from auth.{call}"), [["0"]], call)
        unit = "md5('unit/own')::uuid"
        self.assertEqual(self.app(f"select auth.in_scope({unit}), auth.unit_path({unit}, chibo.today())"), [["f", ""]])

    def test_transaction(self):
        """what auth.enter opens ends with its transaction"""
        inside = self.app("begin;" + self.enter() + self.count() + "commit;")
        for table, count in inside:
            self.assertNotEqual(count, "0", table)
        after = self.app(self.enter() + self.count())
        self.assertEqual(len(after), len(self.scoped))
        for table, count in after:
            self.assertEqual(count, "0", table)

    def test_scope(self):
        """after auth.enter straight SQL sees the actor's units and no others"""
        seen = self.app("begin;" + self.enter() + "".join(
            f"select '{table}', {'id' if table == 'unit' else 'unit_id'}::text from chibo.{table};"
            for table in self.scoped) + "commit;")
        inside = {str(world.uuid.UUID(bytes=world.key("unit", unit))) for unit in world.INSIDE}
        self.assertEqual({unit for _, unit in seen}, inside)
        for table in self.scoped:
            self.assertLessEqual({unit for found, unit in seen if found == table}, inside, table)

    def test_self(self):
        """a session without a permission opens no scope"""
        for table, count in self.app("begin;" + self.enter(permission="SELF") + self.count() + "commit;"):
            self.assertEqual(count, "0", table)

    def test_read_only(self):
        """a reading request cannot write"""
        with self.assertRaisesRegex(RuntimeError, "read-only"):
            self.app("begin;" + self.enter() + "update chibo.person set profession = 'x'; commit;")

    def test_outside_writes(self):
        """straight SQL cannot move a record out of scope, nor touch one there"""
        opened = "begin;" + self.enter(permission="member_change").replace("true, 5000", "false, 5000")
        with self.assertRaisesRegex(RuntimeError, "row-level security"):
            self.app(opened + "update chibo.person p set unit_id = md5('unit/sibling')::uuid, "
                     "unit_pos = unit_pos + 1000000 where id = md5('person/own/1')::uuid; commit;")
        with self.assertRaisesRegex(RuntimeError, "foreign key|row-level security"):
            self.app(opened + "update chibo.person p set unit_id = md5('unit/sibling')::uuid "
                     "where id = md5('person/own/1')::uuid; commit;")
        touched = self.app(opened + "update chibo.person set profession = 'x' where id = md5('person/sibling/0')::uuid "
                           "returning id; commit;")
        self.assertEqual(touched, [])

    def test_outside_functions(self):
        """definer functions that write refuse what is out of scope, even called by themselves"""
        opened = "begin;" + self.enter("DH/live", "member_change").replace("true, 5000", "false, 5000")
        other, own = "md5('unit/sibling')::uuid", "md5('unit/own')::uuid"
        for call in ("end_places(md5('member/sibling/0')::uuid, chibo.today())",
                     "end_grant(md5('grant/sibling/0')::uuid)", "end_account(md5('account/sibling/0')::uuid)",
                     f"rename_unit({other}, 1, 'Zz', null, chibo.today())",
                     f"move_unit({other}, 1, {own}, chibo.today())",
                     f"move_unit(md5('unit/upper')::uuid, 1, {other}, chibo.today())",
                     "choose_grant(md5('grant/sibling/0')::uuid)"):
            with self.subTest(call), self.assertRaisesRegex(RuntimeError, "not_found"):
                self.app(f"{opened} select auth.{call}; rollback;")

    def test_hijack(self):
        """the server's role cannot slip a function or table of its own under a definer function"""
        for attempt in ("create temporary table session (token_hash bytea)", "create schema mine",
                        "create function chibo.mine() returns int language sql as 'select 1'",
                        "create function public.mine() returns int language sql as 'select 1'",
                        "alter table chibo.person disable row level security", "set role chibo_auth",
                        "set role chibo_owner", "set session authorization postgres",
                        "truncate chibo.person", "select * from auth.session", "select * from ledger.entry",
                        "delete from chibo.person", "copy chibo.person to program 'true'"):
            with self.subTest(attempt):
                with self.assertRaisesRegex(RuntimeError, "permission denied|must be (owner|superuser)"):
                    self.app(attempt)


def make_case(number, title, query):
    def case(self):
        self.assertEqual(self.cluster.psql(self.database, query), [])
    case.__doc__ = title
    setattr(Catalogue, f"test_rule_{number:02}", case)


for _number, (_title, _query) in enumerate(RULES.items()):
    make_case(_number, _title, _query)


if __name__ == "__main__":
    tap.main()
