"""A small district in which every relation between a record and an actor occurs once.

Everybody acts in unit `own`. Each unit's records carry a canary of their own, letters that occur nowhere
else, so that a leak is found in the raw bytes of a reply:

    root ── ancestor ──┬── own ──┬── descendant ── lower
                       │         └── upper
                       └── sibling
         └─ nearby ────┬── otherward
                       ├── elsewhere
                       └── former             stood below own until FORMER_UNTIL, its members were own's
"""

import hashlib
import pathlib
import subprocess
import uuid

from cluster import fingerprint
from paths import ROOT

FORMER_UNTIL = "2026-01-01"
INSIDE = ("own", "descendant", "upper", "lower")
OUTSIDE = ("ancestor", "sibling", "otherward", "former")
# Of these a unit's name may be seen: the path to one's own unit leads through them.
ABOVE = ("root", "ancestor")

# name -> parent, kind
UNITS = {
    "root": (None, "district_committee"),
    "ancestor": ("root", "grassroots_committee"),
    "own": ("ancestor", "branch"),
    "descendant": ("own", "branch"),
    "upper": ("own", "branch"),
    "lower": ("descendant", "branch"),
    "sibling": ("ancestor", "branch"),
    "nearby": ("root", "grassroots_committee"),
    "otherward": ("nearby", "branch"),
    "elsewhere": ("nearby", "branch"),
    "former": ("own", "branch"),
}

# How the actor stands to his grant -> what is inserted for it.
STATES = {
    "live": "'[2026-01-01,)', null",
    "ended": "'[2026-01-01,)', now()",
    "expired": "'[2025-01-01,2026-01-01)', null",
    "none": None,
}

# Every accepted write uses up one set of records, so that each meets a fresh one.
SETS = 64


def key(*parts):
    """The id of what these words name, 16 bytes; md5 because SQL has it too."""
    return hashlib.md5("/".join(map(str, parts)).encode()).digest()


def token(name, purpose=""):
    """Of the session that session(name, purpose) opens."""
    return hashlib.sha256(f"token/{name}/{purpose}".encode()).digest()


def code(unit):
    return "QQ" + unit.upper()


class Canaries:
    """Letters of a unit in lower case: of its records, of its name, of its code."""

    @staticmethod
    def record(unit):
        return f"zy{unit}".encode()

    @staticmethod
    def unit_name(unit):
        return f"zz{unit}".encode()

    @staticmethod
    def code(unit):
        return code(unit).lower().encode()

    @classmethod
    def all(cls):
        found = set()
        for unit in UNITS:
            found |= {cls.record(unit), cls.unit_name(unit), cls.code(unit)}
        return found

    @classmethod
    def foreign(cls):
        """What no reply to somebody in `own` may contain."""
        seen = {cls.unit_name(unit) for unit in ABOVE}
        for unit in INSIDE:
            seen |= {cls.record(unit), cls.unit_name(unit), cls.code(unit)}
        return cls.all() - seen


def _text(value):
    return "null" if value is None else f"'{value}'"


def _units():
    for unit, (parent, kind) in UNITS.items():
        parent_id = None if parent is None else uuid.UUID(bytes=key("unit", parent))
        yield (f"select auth.add_unit('{uuid.UUID(bytes=key('unit', unit))}', {_text(parent_id)}, '{code(unit)}', "
               f"'Zz{unit}', null, '{kind}', {_text('hamlet' if kind == 'branch' else None)}, '2000-01-01', "
               f"'zy{unit}', {kind == 'grassroots_committee'}, false, false, false);")
    yield f"select auth.move_unit(md5('unit/former')::uuid, 1, md5('unit/nearby')::uuid, '{FORMER_UNTIL}');"


_RECORDS = f"""
create temporary table place as
select u.*, lower(substr(u.code, 3)) as name, i,
       row_number() over (order by u.code, i) as number
from chibo.unit u
cross join lateral generate_series(0, case when u.code in ('QQOWN', 'QQDESCENDANT') then {SETS} else 0 end) i;

insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on, native_place)
select md5(format('%s/%s/%s', what, name, i))::uuid, id, pos, feed_id, 'Họ', 'Zy' || name, 'female', '1980',
       'zy' || name
from place cross join unnest('{{person,holder,grantee}}'::text[]) as what;

insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on,
	biography_no)
select md5(format('member/%s/%s', name, i))::uuid, md5(format('person/%s/%s', name, i))::uuid, id, pos, feed_id,
       false, 'probationary', '2021-12-01', '2022-01-01', lpad(number::text, 6, '0') || 'YB'
from place;

-- primary at home; those of `former` spent their first years in `own`
insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select md5(format('%s/%s/%s', d.what, p.name, p.i))::uuid, md5(format('member/%s/%s', p.name, p.i))::uuid,
       u.id, u.pos, u.feed_id, 'primary', d.during
from place p
cross join lateral (values
	('home', p.name, case when p.name = 'former' then '[{FORMER_UNTIL},)' else '[2022-01-01,)' end::daterange),
	('past', 'own', '[2022-01-01,{FORMER_UNTIL})'::daterange)) as d (what, unit, during)
join chibo.unit u on u.code = 'QQ' || upper(d.unit)
where d.what = 'home' or p.name = 'former';

-- a second place that a member can leave: inside the actor's scope for those inside, outside for the others
insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select md5(format('second/%s/%s', p.name, p.i))::uuid, md5(format('member/%s/%s', p.name, p.i))::uuid,
       u.id, u.pos, u.feed_id, 'residential', '[2024-01-01,)'
from place p
join chibo.unit u on u.code = case when p.name in ('own', 'descendant') then 'QQUPPER' else 'QQELSEWHERE' end
where p.id <> u.id;

insert into auth.account (id, feed_id, login_name, person_id)
select md5(format('account/%s/%s', name, i))::uuid, md5('unit/root')::uuid, format('zy%s.%s', name, i),
       md5(format('holder/%s/%s', name, i))::uuid
from place;

insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis)
select md5(format('grant/%s/%s', name, i))::uuid, md5(format('grantee/%s/%s', name, i))::uuid, 'MB', id, feed_id,
       '[2026-01-01,)', 'zy' || name
from place;

insert into chibo.scheme (id, feed_id, code, name)
values (md5('scheme')::uuid, md5('unit/root')::uuid, 'mau-thu', 'Mẫu thử');
insert into chibo.scheme_line (scheme_id, sector, label) select md5('scheme')::uuid, code, name from chibo.sector;
"""


def person(name):
    """SQL for somebody whose record `own` keeps."""
    return (f"insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name) "
            f"select md5('person/{name}')::uuid, id, pos, feed_id, 'Người', 'Dùng' from chibo.unit "
            f"where code = '{code('own')}';")


def account(name):
    return (f"insert into auth.account (id, feed_id, login_name, person_id) values (md5('account/{name}')::uuid, "
            f"md5('unit/root')::uuid, 'x.' || substr(md5('{name}'), 1, 30), md5('person/{name}')::uuid);")


def session(name, purpose=""):
    return (f"insert into auth.session (token_hash, account_id) values "
            f"(sha256(sha256('token/{name}/{purpose}'::bytea)), md5('account/{name}')::uuid);")


def grant(name, role, state="live", unit="own", which=""):
    return (f"insert into auth.\"grant\" (id, person_id, role, unit_id, feed_id, during, ended_at, basis) "
            f"select md5('grant/{name}{which}')::uuid, md5('person/{name}')::uuid, '{role}', t.unit_id, t.feed_id, "
            f"{STATES[state]}, 'Quyết định' from auth.tree t where t.unit_id = md5('unit/{unit}')::uuid;")


def actor(name, role, state="live"):
    """SQL for somebody with account, session and, but for 'none', a grant."""
    return [person(name), account(name), session(name), *([grant(name, role, state)] if STATES[state] else [])]


def template(cluster, roles):
    """The district as a database to copy; made anew whenever a migration or this directory has changed."""
    here = pathlib.Path(__file__).resolve()
    mark = fingerprint(ROOT / "migrations", ROOT / "deploy" / "migrate", here, here.with_name("model.py"))

    def make(database):
        cluster.create(database, cluster.migrated())
        _build(cluster, database, roles)

    return cluster.keep("access", mark, make)


def _build(cluster, database, roles):
    people = [line for role in roles for state in STATES for line in actor(f"{role}/{state}", role, state)]
    cluster.psql(database, "\n".join([
        "begin;", "select set_config('app.lo', '1', true), set_config('app.hi', '2147483647', true);",
        *_units(), _RECORDS, *people, "commit;", "analyze;"]))


class Superuser:
    """One open psql beside the server: sees everything, whatever row-level security says."""

    def __init__(self, cluster, database):
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database],
            env=cluster.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        tables = self.rows("select format('%I.%I', schemaname, tablename) from pg_tables "
                           "where schemaname in ('chibo', 'auth', 'ledger') and tablename <> 'failure' order by 1")
        self.digest_sql = " union all ".join(
            f"select '{table}', count(*), sum(hashtextextended(t::text, 0)) from {table} t" for table in tables)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def rows(self, sql):
        """Lines of the result."""
        self.process.stdin.write(f"{sql};\n\\echo ---\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != "---\n":
            if not line:
                raise RuntimeError(f"psql ended at: {sql}")
            lines.append(line.rstrip("\n"))
        return lines

    def value(self, sql):
        return self.rows(sql)[0]

    def digest(self):
        """Name, count and hash of every table."""
        return self.rows(self.digest_sql)

    def operations(self):
        """How many operations the ledger knows; each must have its entry."""
        known, entered = self.value("select count(*), count(distinct e.op_id) from ledger.op o "
                                    "left join ledger.entry e using (op_id)").split("|")
        assert known == entered, f"{known} operations, {entered} of them in the ledger"
        return int(known)

