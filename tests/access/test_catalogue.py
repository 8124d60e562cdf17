#!/usr/bin/python3
"""The database's own rules, read from its catalogue."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import WorldCase  # noqa: E402

# Lists that are the same for everybody: no scope, so no row-level security.
OPEN = ("'{unit_kind,sector,scheme,scheme_line,rule_param,code,code_list,transition,legal_doc,agenda_template,"
        "agenda_template_line,criteria_table,criterion,grade_band,action,calendar_day,awareness_class,paper_type,"
        "clock_kind,figure_group,figure_line}'::name[]")

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

# What the statement files write: rows that change, and rows that only come.
CHANGED = ("person member membership person_sealed person_origin meeting checklist_item guest attendance plan pilot "
           "minutes scoring score_sheet resolution resolution_copy task proposal proposal_recipient post post_holding "
           "residential_registration residential_assessment sent_report candidate mentor_assignment awareness_class "
           "class_attendance admission_case file_paper background_check probation clock calendar_day term target rule_param").split()
ADDED = CHANGED + ("scheme scheme_line legal_doc agenda_template agenda_template_line agenda_item paper speech "
                   "mentor_report plan_item pilot_delegate pilot_comment vote_item vote_option criteria_table criterion "
                   "grade_band score_line sent_report_cell").split()
WRITTEN = ", ".join([*(f"('{table}', 'insert')" for table in ADDED), *(f"('{table}', 'update')" for table in CHANGED)])

# title -> query for what breaks the rule; no row must come
RULES = {
    "row-level security is on and forced for every table under scope":
        TABLES + "select relname from own where scoped and not (relrowsecurity and relforcerowsecurity)",
    "every table under scope has a position that is never null":
        TABLES + "select relname from pos where attnotnull is not true",
    "every position follows the unit's by a foreign key with cascade":
        TABLES + "select relname from pos where not exists (select from pg_constraint k where k.conrelid = pos.oid "
        "and k.contype = 'f' and pos.attnum = any (k.conkey) and k.confupdtype = 'c' and k.convalidated "
        "and k.confrelid = any ('{chibo.unit,auth.tree,chibo.person,chibo.candidate,chibo.member,chibo.probation}'"
        "::regclass[]))",
    "every position is the first column of an index":
        TABLES + "select relname from pos where not exists (select from pg_index i where i.indrelid = pos.oid "
        "and i.indkey[0] = pos.attnum and i.indisvalid and i.indpred is null)",
    "every table under scope has its policy for the server, in exactly these words":
        TABLES + ", want as (select pos.oid, pos.relname, replace('" + INSIDE + "', '{0}', "
        "case relname when 'unit' then 'pos' else 'unit_pos' end) as words from pos) "
        "select relname from want where not exists (select from pg_policy p where p.polrelid = want.oid "
        "and p.polcmd = '*' and p.polpermissive and 'chibo_app'::regrole = any (p.polroles) "
        "and pg_get_expr(p.polqual, p.polrelid) = words and pg_get_expr(p.polwithcheck, p.polrelid) = words)",
    "every table under scope is read whole by definer functions":
        TABLES + "select relname from own where scoped and not exists (select from pg_policy p "
        "where p.polrelid = own.oid and p.polcmd = 'r' and p.polroles = array['chibo_auth'::regrole::oid] "
        "and pg_get_expr(p.polqual, p.polrelid) = 'true')",
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
    "the server's role deletes nothing but lists that are written anew as a whole":
        TABLES + "select relname from own where has_table_privilege('chibo_app', oid, 'delete') "
        "and relname <> all ('{agenda_item,plan_item,score_line,proposal_recipient,file_paper}')",
    "the server's role reaches accounts and ledger by functions alone":
        TABLES + "select nspname, relname from own where nspname in ('auth', 'ledger') "
        "and has_any_column_privilege('chibo_app', oid, 'select, insert, update, references')",
    "the server's role writes only what the statement files write":
        TABLES + "select relname, privilege from own, unnest('{insert,update}'::text[]) privilege "
        "where has_any_column_privilege('chibo_app', oid, privilege) "
        f"and (relname, privilege) not in (values {WRITTEN})",
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
    """A case for each rule; their methods are made below."""


def name_of(title):
    return "test_" + re.sub(r"\W+", "_", title)


def make_case(title, query):
    def case(self):
        self.assertEqual(self.cluster.psql(self.database, query), [])
    case.__doc__ = title
    setattr(Catalogue, name_of(title), case)


for _title, _query in RULES.items():
    make_case(_title, _query)


if __name__ == "__main__":
    tap.main()
