"""People with a role at a unit of the example, made by SQL: logged in, without password and hashing."""

import hashlib
import os
import uuid

from client import Client

ROOT_UNIT = "select id from chibo.unit where id = (select unit_id from auth.tree where parent_id is null)"


def unit(code):
    """The id of a unit, as an SQL expression; None: the root."""
    return f"({ROOT_UNIT})" if code is None else f"(select id from chibo.unit where code = '{code}')"


def person(case, unit_code, given_name="Mẫu", sex="female", born_on="1985"):
    """A person whose record this unit keeps; returns the id's 16 bytes."""
    made = uuid.uuid4()
    case.sql(f"""insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
                 select '{made}', id, pos, feed_id, 'Thử', '{given_name}', '{sex}', '{born_on}'
                 from chibo.unit where id = {unit(unit_code)}""")
    return made.bytes


def admission(case, unit_id, stage="ready"):
    """The open file of such a candidate; returns the case's 16 bytes."""
    made, who = uuid.uuid4(), uuid.UUID(bytes=candidate(case, unit_id, stage=stage))
    case.sql(f"""insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by)
        select '{made}', c.id, c.unit_id, c.unit_pos, c.feed_id, '2021-01-04', c.person_id
        from chibo.candidate c where c.id = '{who}'""")
    return made.bytes


def candidate(case, unit_id, mentor_id=None, stage="mentored", given_name="Mẫu", since="2020-01-01"):
    """A candidate of the unit that an SQL expression names, listed on the day `since` and helped by this member from then
    on. Returns the id's 16 bytes."""
    made, who = uuid.uuid4(), uuid.uuid4()
    columns = "u.id, u.pos, u.feed_id"
    case.sql(f"""
        insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on)
        select '{who}', {columns}, 'Lê', 'Thị', '{given_name}', 'female', '1998-03-02' from chibo.unit u where u.id = {unit_id};
        insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on, listed_on,
            listing_resolution, stage_on)
        select '{made}', {columns}, '{who}', '{stage}', 'teacher', '{since}', '{since}', '03-NQ/CB', '{since}'
        from chibo.unit u where u.id = {unit_id}""")
    if mentor_id:
        case.sql(f"""
            insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id,
                mentor_name, resolution, together_since_on, during)
            select gen_random_uuid(), '{made}', {columns}, m.id, m.person_id, p.full_name, '04-NQ/CB', date '{since}' - 400,
                   daterange('{since}', null)
            from chibo.unit u, chibo.member m join chibo.person p on p.id = m.person_id
            where u.id = {unit_id} and m.id = '{uuid.UUID(bytes=mentor_id)}'""")
    return made.bytes


def meeting(case, unit_id, kind="regular", month="2022-06", **columns):
    """A planned meeting of the unit that an SQL expression names; columns take SQL expressions. Returns the id's 16 bytes."""
    made = uuid.uuid4()
    names, values = "".join(f", {name}" for name in columns), "".join(f", {value}" for value in columns.values())
    case.cluster.psql(case.database, f"""
        insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, period_month, planned_at, chair_id, chair_name,
            clerk_id, clerk_name, topic{names})
        select '{made}', u.id, u.pos, u.feed_id, '{kind}', '{month}', '{month}-20 08:00+07', officers.two[1], 'Chủ Trì',
               officers.two[2], 'Thư Ký', 'Chủ đề mẫu'{values}
        from chibo.unit u, (select array(select p.id from chibo.person p order by p.id limit 2) as two) officers
        where u.id = {unit_id}""")
    return made.bytes


def act(case, role, unit_code, who=None, meeting_id=None):
    """A client logged in as a person with one grant; `client.person_id` tells whose it is. A delegate has the meeting
    that is given, or one of its own."""
    if role == "DG":
        meeting_id = meeting_id or meeting(case, unit(unit_code))
    who = who or person(case, unit_code)
    account, token = uuid.uuid4(), os.urandom(32)
    case.sql(f"""
        insert into auth.account (id, feed_id, login_name, person_id)
        values ('{account}', {unit(None)}, 'thu.{account.hex[:20]}', '{uuid.UUID(bytes=who)}');
        insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at,
            meeting_id)
        select gen_random_uuid(), '{uuid.UUID(bytes=who)}', '{role}', t.unit_id, t.feed_id, {"'[2020-01-01,2100-01-01)'" if role == 'DG' else "'[2020-01-01,)'"},
               '01-QĐ/MAU', now(), {f"'{uuid.UUID(bytes=meeting_id)}'" if role == 'DG' else 'null'}
        from auth.tree t where t.unit_id = {unit(unit_code)};
        insert into auth.session (token_hash, account_id)
        values ('\\x{hashlib.sha256(token).hexdigest()}', '{account}')""")
    client = Client(case.server.port, case.server.pin)
    case.addCleanup(client.connection.close)
    client.token, client.person_id = token, who
    return client
