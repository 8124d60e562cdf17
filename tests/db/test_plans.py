#!/usr/bin/python3
"""Plans of every method's statements on 20,000 members: no table that grows is read from end to end."""

import hashlib
import pathlib
import re
import subprocess
import unittest

import chain
import tap
from cluster import Cluster, fingerprint
from paths import ROOT

GROWING = ("change_request|person|person_sealed|person_origin|member|membership|entry|record|op|session|account|grant|failure|"
           "event")
SQL_DIR = ROOT / "server" / "sql"
SEED = ROOT / "tests" / "bench" / "seed.sql"
TOKEN = hashlib.sha256(b"plans").hexdigest()
DISTRICT, WARD, BRANCH, OTHER = 1, 101, 1000, 1001
MEMBERS = 20_000
SEALED = "00000001" + "00" * 60


def uid(number):
    return f"'{number:032d}'"


PERSON, MEMBER, FRESH = uid(10_000_005), uid(20_000_005), uid(77_000_000)
CHANGE = uid(80_000_005)

# Values for what a method's statements name; a field that is not listed is absent.
REQUESTS = {
    "internal/identify": {"token_hash": f"'\\x{TOKEN}'", "grant_id": uid(3)},
    "internal/check_targets": {
        "entities": "'{unit,person,member,account,grant}'",
        "ids": f"array[{uid(BRANCH)}, {PERSON}, {MEMBER}, {uid(50_000_005)}, {uid(60_000_005)}]::uuid[]",
        "fields": "'{a,b,c,d,e}'"},
    "session/who_am_i": {},
    "grant/list": {},
    "unit/get": {"id": uid(BRANCH)},
    "unit/list": {"limit": "100"},
    "unit/rename": {"id": uid(BRANCH), "base_version": "1", "name": "'Chi bộ'", "from_on": "'2020-01-01'"},
    "sector/list": {},
    "scheme/list": {},
    "rule/list": {},
    "person/get": {"id": PERSON},
    "person/create": {"id": FRESH, "unit_id": uid(BRANCH), "family_name": "'Lê'", "given_name": "'An'"},
    "person/update": {"id": PERSON, "base_version": "1", "update_mask": "'{education}'", "education": "'12/12'"},
    "change_request/get": {"id": CHANGE},
    "change_request/list": {"limit": "100"},
    "change_request/create": {"id": FRESH, "person_id": PERSON, "update_mask": "'{born_on}'", "born_on": "'1940-01'",
                              "basis": "'giấy khai sinh'"},
    "person/get_sensitive": {"id": PERSON},
    "person/set_sensitive": {"id": PERSON, "base_version": "1", "update_mask": "'{phone,religion}'",
                             "sealed.phone": f"'\\x{SEALED}'", "religion": "'none'"},
    "code/list": {"list": "'ethnicity'"},
    "member/get": {"id": MEMBER},
    "member/list": {"limit": "100"},
    "member/roster": {"limit": "100"},
    "role/list": {},
    "role/show": {"code": "'BS'"},
    "member/search": {"name": "'nguyen van'", "limit": "20"},
    "member/update": {"id": MEMBER, "base_version": "1", "update_mask": "'{works_away}'", "works_away": "true"},
    "member/set_status": {"id": MEMBER, "base_version": "1", "status": "'deceased'", "from_on": "'2024-01-01'",
                          "basis": "'giấy báo'"},
    "history/list": {"entity": "'member'", "id": MEMBER, "limit": "50"},
    "ledger/check_heads": {"heads.feed": f"array[{uid(WARD)}]::uuid[]", "heads.position": "'{7}'",
                           "heads.hash": f"array['\\x{TOKEN}']::bytea[]"},
}

# Only the district's own offices manage accounts, and look for duplicates.
DISTRICT_ONLY = {
    "person/find_duplicates": {"keyed.national_id": f"'\\x{'5a' * 8}'"},
    "account/list": {},
}

# What names two branches is out of scope for one of them.
ABOVE_BRANCH = {
    "member/place": {"id": MEMBER, "base_version": "1", "membership_id": FRESH, "unit_id": uid(OTHER),
                     "kind": "'temporary'", "from_on": "'2024-01-01'"},
}

# A report over the whole scope reads the whole scope; it is bounded by the district, not by time.
WHOLE_SCOPE = {
    "report/membership": {}, "report/members_by_sex": {}, "report/members_by_sector": {},
}


def session(sql):
    """Runs as chibo_app after auth.enter, with every nested statement's plan on stderr."""
    return f"""
load 'auto_explain';
set auto_explain.log_min_duration = 0;
set auto_explain.log_nested_statements = on;
set search_path = chibo, public;
set plan_cache_mode = force_generic_plan;
set random_page_cost = 1.1;
set jit = off;
set enable_bitmapscan = off;
set session authorization chibo_app;
begin;
{sql}
rollback;
"""


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        mark = fingerprint(ROOT / "migrations", SEED, pathlib.Path(__file__))
        template = cls.cluster.keep("plans", mark, cls.seed)
        cls.database = cls.enterClassContext(cls.cluster.database(template))

    @classmethod
    def seed(cls, database):
        cls.cluster.create(database, cls.cluster.migrated())
        grants = ",".join(
            f"({uid(n)}, {uid(10_000_000)}, '{role}', {uid(unit)}, {uid(feed)}, '[2020-01-01,)', '01-QĐ/MAU', now())"
            for n, role, unit, feed in ((2, "WO", WARD, WARD), (3, "BS", BRANCH, WARD)))
        cls.cluster.psql(database, f"\\set members {MEMBERS}\n" + SEED.read_text(encoding="utf-8") + f"""
            insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at) values {grants};
            insert into auth.session (token_hash, account_id) values ('\\x{TOKEN}', {uid(1)});
            insert into auth.account (id, feed_id, login_name, person_id)
            select lpad((50000000 + n)::text, 32, '0')::uuid, {uid(1)}, 'nguoi.' || n,
                   lpad((10000000 + n)::text, 32, '0')::uuid from generate_series(1, 4999) n;
            insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
            select lpad((60000000 + n)::text, 32, '0')::uuid, m.person_id, 'BS', m.unit_id, m.feed_id, '[2020-01-01,)',
                   '01-QĐ/MAU', now()
            from generate_series(1, 4999) n join chibo.member m on m.id = lpad((20000000 + n)::text, 32, '0')::uuid;
            insert into auth.session (token_hash, account_id)
            select sha256(n::text::bytea), lpad((50000000 + n)::text, 32, '0')::uuid from generate_series(1, 4999) n;
            insert into chibo.change_request (id, unit_id, unit_pos, feed_id, person_id, person_version, state, fields,
                before, born_on, basis, submitted_by, refused_by, refused_at, reason)
            select lpad((80000000 + n)::text, 32, '0')::uuid, p.unit_id, p.unit_pos, p.feed_id, p.id, 1,
                   (case when n % 20 = 5 then 'submitted' else 'refused' end)::chibo.change_state, '{{born_on}}', '{{1950}}',
                   '1951', 'giấy khai sinh', {uid(10_000_001)}, case when n % 20 <> 5 then {uid(10_000_000)}::uuid end,
                   now(), case when n % 20 <> 5 then 'không rõ' end
            from generate_series(0, {MEMBERS} - 1) n
            join chibo.person p on p.id = lpad((10000000 + n)::text, 32, '0')::uuid where n > 1;
            insert into chibo.person_sealed (id, unit_id, unit_pos, feed_id, national_id, national_id_hash)
            select id, unit_id, unit_pos, feed_id, '\\x{SEALED}', substr(sha256(id::text::bytea), 1, 8) from chibo.person;
            insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity)
            select id, unit_id, unit_pos, feed_id, 'kinh' from chibo.person;
            insert into ledger.op (op_id, account_id, request_hash)
            select gen_random_uuid(), {uid(1)}, '\\x{TOKEN}' from generate_series(1, 20000);
            insert into ledger.entry (feed, position, op_id, at, account_id, method, request_hash, touched, body,
                                      prev_hash, hash)
            select {uid(WARD)}, row_number() over (), o.op_id, o.at, o.account_id, 'MemberService/Update', o.request_hash,
                   '', '', '', '' from ledger.op o;
            insert into ledger.record (entity, id, at, feed, position, version, kind)
            select 'member', m.id, e.at, e.feed, e.position, 1, 'changed'
            from (select id, row_number() over () as n from chibo.member) m join ledger.entry e on e.position = m.n;
            vacuum analyze;""")

    def plans(self, name, values, grant):
        """The plans of a method's statements at a grant, nested ones included."""
        enter = f"""select from auth.enter('\\x{TOKEN}', {uid(grant)}, 'MemberService/List', false, 60000)"""
        parts = [f"{enter};"]
        for number, statement in enumerate(chain.read(SQL_DIR, name)):
            bound = [path for path in statement.args if not path.startswith(("session.", "op."))]
            sql = chain.render(statement, {path: f"${at}" for at, path in enumerate(bound, 1)})
            arguments = ", ".join(values.get(path, "null") for path in bound)
            parts.append(f"prepare s{number} as {sql};")
            parts.append(f"execute s{number}{f'({arguments})' if bound else ''};")
        done = subprocess.run(
            ["psql", "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", self.database],
            input=session("set client_min_messages = log;\n" + "\n".join(parts)),
            env=self.cluster.environment, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn("plan:", done.stderr)
        return done.stderr

    def check(self, name, values, grants):
        for grant in grants:
            with self.subTest(grant=grant):
                scans = re.findall(rf'Seq Scan on "?(?:{GROWING})"?\b.*', self.plans(name, values, grant))
                self.assertEqual(scans, [])


def add_case(name, values, grants, where):
    def case(self):
        self.check(name, values, grants)
    case.__doc__ = f"{name}: no sequential scan {where}"
    setattr(Plans, f"test_{name.replace('/', '_')}", case)


for method, request in REQUESTS.items():
    add_case(method, request, (1, 2, 3), "at district, ward and branch scope")
for method, request in DISTRICT_ONLY.items():
    add_case(method, request, (1,), "at district scope")
for method, request in ABOVE_BRANCH.items():
    add_case(method, request, (1, 2), "at district and ward scope")
for method, request in WHOLE_SCOPE.items():
    add_case(method, request, (2, 3), "at ward and branch scope")

if __name__ == "__main__":
    tap.main()
