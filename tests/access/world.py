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

import records
import watch
from client import Client
from cluster import fingerprint
from paths import CHIBOD, ROOT, STATE
from records import SETS
from server import Server

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
# Who decides on admissions: where the actors are, and in every unit outside what lies there.
DECIDERS = ("own", *OUTSIDE)

# How the actor stands to his grant -> its days, when it was confirmed, when it ended, and when by itself.
STATES = {
    "live": "'[2026-01-01,9999-01-01)', now(), null, null",
    "ended": "'[2026-01-01,9999-01-01)', now(), now(), null",
    "expired": "'[2025-01-01,2026-01-01)', now(), null, null",
    "lapsed": "'[2026-01-01,9999-01-01)', now(), null, now() - interval '1 minute'",
    "draft": "'[2026-01-01,9999-01-01)', null, null, null",
    "none": None,
}

# A set whose member has left, whose account and grant have ended.
ARCHIVED = "archived"


def key(*parts):
    """The id of what these words name, 16 bytes; md5 because SQL has it too."""
    return hashlib.md5("/".join(map(str, parts)).encode()).digest()


def token(name, purpose=""):
    """Of the session that session(name, purpose) opens."""
    return hashlib.sha256(f"token/{name}/{purpose}".encode()).digest()


def code(unit):
    return "QQ" + unit.upper()


NAMES = {str(uuid.UUID(bytes=key("unit", unit))): unit for unit in UNITS}


class Canaries:
    """Letters of a unit in lower case: of what is said of persons in its records, of what matters they are about, of
    its name, of its code."""

    @staticmethod
    def record(unit):
        return f"zy{unit}".encode()

    @staticmethod
    def text(unit):
        return f"zx{unit}".encode()

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
            found |= {cls.record(unit), cls.text(unit), cls.unit_name(unit), cls.code(unit)}
        return found

    @classmethod
    def foreign(cls):
        """What no reply to somebody in `own` may contain."""
        seen = {cls.unit_name(unit) for unit in ABOVE}
        for unit in INSIDE:
            seen |= {cls.record(unit), cls.text(unit), cls.unit_name(unit), cls.code(unit)}
        return cls.all() - seen


def _text(value):
    return "null" if value is None else f"'{value}'"


def _units():
    for unit, (parent, kind) in UNITS.items():
        parent_id = None if parent is None else uuid.UUID(bytes=key("unit", parent))
        yield (f"select auth.add_unit('{uuid.UUID(bytes=key('unit', unit))}', {_text(parent_id)}, '{code(unit)}', "
               f"'Zz{unit}', null, '{kind}', {_text('hamlet' if kind == 'branch' else None)}, '2000-01-01', "
               f"'zy{unit}', {kind == 'grassroots_committee'}, {unit in DECIDERS}, false, false);")
    yield f"select auth.move_unit(md5('unit/former')::uuid, 1, md5('unit/nearby')::uuid, '{FORMER_UNTIL}');"


_RECORDS = f"""
create temporary table place as
select u.*, lower(substr(u.code, 3)) as name, i, row_number() over (order by u.code, i) as number
from chibo.unit u
cross join lateral (
	select n::text from generate_series(0, case when u.code in ('QQOWN', 'QQDESCENDANT') then {SETS} else 0 end) n
	union all select '{ARCHIVED}') s (i);

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
join chibo.unit u on u.code = case p.name when 'own' then 'QQUPPER' when 'descendant' then 'QQLOWER' else 'QQELSEWHERE' end
where p.id <> u.id;

insert into auth.account (id, feed_id, login_name, person_id)
select md5(format('account/%s/%s', name, i))::uuid, md5('unit/root')::uuid, format('zy%s.%s', name, i),
       md5(format('holder/%s/%s', name, i))::uuid
from place;

-- one that holds, confirmed from above, one that a ward asks for, one that the board has drafted
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at, confirmed_by,
	requested_by, requested_at, created_at)
select md5(format('%s/%s/%s', what, name, i))::uuid, md5(format('grantee/%s/%s', name, i))::uuid, 'MB', id, feed_id,
       '[2026-01-01,)', 'zy' || name, case when what = 'grant' then now() end,
       case when what = 'grant' then md5('person/ancestor/0')::uuid end,
       case when what = 'requested' then md5(format('holder/%s/%s', name, i))::uuid end,
       case when what = 'requested' then now() end, case when what <> 'requested' then now() end
from place cross join unnest('{{grant,requested,drafted}}'::text[]) as what;

-- one that waits for its first approval, one for the second
insert into chibo.change_request (id, unit_id, unit_pos, feed_id, person_id, person_version, fields, before,
	native_place, basis, submitted_by, state, first_by, first_at, refused_by, refused_at, reason)
select md5(format('%s/%s/%s', what, name, i))::uuid, id, pos, feed_id, md5(format('person/%s/%s', name, i))::uuid, 1,
       '{{native_place}}', array['zy' || name], 'zy' || name || ' mới', 'zy' || name,
       md5(format('holder/%s/%s', name, i))::uuid,
       case when i = '{ARCHIVED}' then 'refused' when what = 'approved' then 'approved' else 'submitted'
       end::chibo.change_state,
       case when what = 'approved' then md5(format('grantee/%s/%s', name, i))::uuid end,
       case when what = 'approved' then now() end,
       case when i = '{ARCHIVED}' then md5(format('grantee/%s/%s', name, i))::uuid end,
       case when i = '{ARCHIVED}' then now() end, case when i = '{ARCHIVED}' then 'zy' || name end
from place cross join unnest('{{change,approved}}'::text[]) as what;

-- a computer that works, and one that nothing was heard from
insert into auth.device (id, unit_id, feed_id, name, state, key_hash, invited_by, enrolled_at, seen_at)
select md5(format('%s/%s/%s', what, name, i))::uuid, id, feed_id, 'zy' || name,
       case when i = '{ARCHIVED}' then 'revoked' else 'active' end::auth.device_state,
       sha256(format('%s/%s/%s', what, name, i)::bytea), md5(format('account/%s/%s', name, i))::uuid, '2026-01-01',
       case when what = 'silent' then '2026-01-02' else now() end
from place cross join unnest('{{device,silent}}'::text[]) as what;

-- of the one that works: an operation that was refused and waits for a decision, and one of which its maker was told
insert into ledger.op (op_id, account_id, request_hash)
select md5(format('%s/%s/%s', what, name, i))::uuid, md5(format('account/%s/%s', name, i))::uuid, sha256('')
from place cross join unnest('{{kept,told}}'::text[]) as what;
insert into ledger.parked (id, feed_id, state, device_id, device_seq, account_id, method, body, code, rule)
select md5(format('%s/%s/%s', what, name, i))::uuid, feed_id,
       case when what = 'told' then 'answered' when i = '{ARCHIVED}' then 'discarded' else 'open' end::ledger.parked_state,
       md5(format('device/%s/%s', name, i))::uuid, case what when 'kept' then 1 else 2 end,
       md5(format('account/%s/%s', name, i))::uuid, 'PersonService/Create',
       case when what = 'kept' then decode(repeat('00', 44), 'hex') end, 3, 'name'
from place cross join unnest('{{kept,told}}'::text[]) as what;

update chibo.membership s set during = daterange(lower(s.during), '2026-02-01')
from place p where p.i = '{ARCHIVED}' and s.member_id = md5(format('member/%s/%s', p.name, p.i))::uuid
	and upper_inf(s.during);
update chibo.member m set status = 'resigned', status_on = '2026-02-01', status_basis = 'Quyết định'
from place p where p.i = '{ARCHIVED}' and m.id = md5(format('member/%s/%s', p.name, p.i))::uuid;
update auth.account a set ended_at = now()
from place p where p.i = '{ARCHIVED}' and a.id = md5(format('account/%s/%s', p.name, p.i))::uuid;
update auth."grant" g set ended_at = now()
from place p where p.i = '{ARCHIVED}' and g.person_id = md5(format('grantee/%s/%s', p.name, p.i))::uuid;

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
    """He has a password, which nobody knows."""
    return (f"insert into auth.account (id, feed_id, login_name, person_id, password_hash) values "
            f"(md5('account/{name}')::uuid, md5('unit/root')::uuid, 'x.' || substr(md5('{name}'), 1, 30), "
            f"md5('person/{name}')::uuid, 'no hash');")


def session(name, purpose=""):
    return (f"insert into auth.session (token_hash, account_id) values "
            f"(sha256(sha256('token/{name}/{purpose}'::bytea)), md5('account/{name}')::uuid);")


def grant(name, role, state="live", unit="own", which=""):
    meeting = "md5('meeting/own/0')::uuid" if role == "DG" else "null"
    return (f"insert into auth.\"grant\" (id, person_id, role, unit_id, feed_id, during, confirmed_at, ended_at, "
            f"expires_at, basis, meeting_id) select md5('grant/{name}{which}')::uuid, md5('person/{name}')::uuid, "
            f"'{role}', t.unit_id, t.feed_id, {STATES[state]}, 'Quyết định', {meeting} from auth.tree t where t.unit_id = md5('unit/{unit}')::uuid;")


def actor(name, role, state="live"):
    """SQL for somebody with account, session and, but for 'none', a grant."""
    return [person(name), account(name), session(name), *([grant(name, role, state)] if STATES[state] else [])]


def file(name, home="own"):
    """SQL for the other records of a person: he is a member, at home in a unit, and wants a correction."""
    return f"""
insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on,
	biography_no)
select md5('member/{name}')::uuid, p.id, p.unit_id, p.unit_pos, p.feed_id, false, 'probationary', '2021-12-01',
       '2022-01-01', (select lpad((800000 + count(*))::text, 6, '0') || 'YB' from chibo.member)
from chibo.person p where p.id = md5('person/{name}')::uuid;
insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select md5('home/{name}')::uuid, m.id, u.id, u.pos, u.feed_id, 'primary', '[2022-01-01,)'
from chibo.member m, chibo.unit u where m.id = md5('member/{name}')::uuid and u.code = '{code(home)}';
insert into chibo.change_request (id, unit_id, unit_pos, feed_id, person_id, person_version, fields, before,
	native_place, basis, submitted_by)
select md5('change/{name}')::uuid, p.unit_id, p.unit_pos, p.feed_id, p.id, 1, '{{native_place}}', '{{null}}',
       'Nơi khác', 'Giấy khai sinh', p.id
from chibo.person p where p.id = md5('person/{name}')::uuid;"""


def template(cluster, roles, counts):
    """The district as a database to copy; made anew whenever a migration or this directory has changed.
    `counts` tells how many sets of each kind of records.py are used up."""
    here = pathlib.Path(__file__).resolve()
    mark = fingerprint(ROOT / "migrations", ROOT / "deploy" / "migrate", ROOT / "server", here,
                       *(here.with_name(name) for name in ("records.py", "watch.py", "model.py")))
    mark += hashlib.md5(repr(sorted(counts.items())).encode()).hexdigest()[:6]

    def make(database):
        cluster.create(database, cluster.migrated())
        _build(cluster, database, roles, counts)
        _seal(cluster, database, roles)

    return cluster.keep("access", mark, make)


def _build(cluster, database, roles, counts):
    actors = [(f"{role}/{state}", role, state) for role in roles for state in STATES]
    people = [person(name) for name, _, _ in actors] + [
        file(f"{role}/live", "elsewhere" if role == "DG" else "own") for role in roles]    # a delegate comes from outside
    cluster.psql(database, "\n".join([
        "begin;", "set local jit = off;", "select set_config('app.lo', '1', true), set_config('app.hi', '2147483647', true);",
        *_units(), _RECORDS, *people, records.sql(counts, roles, ARCHIVED),
        *(line for who in actors for line in actor(*who)[1:]), watch.SQL, "commit;", "analyze;"]))


# The keys of what the template has sealed.
SEAL_KEY = STATE / "access-seal.key"


def _seal(cluster, database, roles):
    """Notes about the first person of each unit, the one whose file is closed, and every actor: sealed, so that only
    a server can write them."""
    SEAL_KEY.unlink(missing_ok=True)
    subprocess.run([CHIBOD, "make-seal-key", SEAL_KEY], env=cluster.environment, check=True, stdout=subprocess.DEVNULL)
    office = "office"
    cluster.psql(database, person(office) + account(office) + session(office) + grant(office, "WO", unit="root"))
    sealed = [(key("person", unit, index), unit) for unit in UNITS for index in (0, ARCHIVED)]
    sealed += [(key("person", role, "live"), "nobody") for role in roles]
    with Server(cluster, database, seal_key_file=SEAL_KEY) as server, Client(server.port, server.pin) as client:
        client.token = token(office)
        for record, unit in sealed:
            client.submit("PersonService/SetSensitive", id=record, base_version=1, update_mask=["notes", "ethnicity"],
                          notes=f"zy{unit}, kín", ethnicity="kinh")
    cluster.psql(database, "update chibo.person set version = 1 where version > 1")
