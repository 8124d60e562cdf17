"""A branch of 18 full members in session, made by SQL: what votes, minutes and scores need of a meeting."""

import contextlib
import hashlib
import uuid

import example
from client import Client, uuid7

MEMBERS = 18
NAMES = ("An", "Bình", "Chi", "Dũng", "Hiền", "Hoài", "Hưng", "Khánh", "Lan", "Mai", "Nam", "Nhung", "Oanh", "Phượng",
         "Quân", "Sơn", "Tôn", "Vĩnh")
OPENED, CLOSED = "2021-11-06 08:00+07", "2021-11-06 10:00+07"      # a Saturday


def quoted(id_):
    return f"'{uuid.UUID(bytes=id_)}'"


class Assembly:
    """Ward and branch of their own, with accounts for the chair, the clerk, a member without office, and others."""

    def __init__(self, case, code="XA.HOP"):
        self.case, self.code = case, code
        self.clients = contextlib.ExitStack()
        case.addClassCleanup(self.clients.close)
        self.system, self.head, self.chief = (self.log_in(example.TOP[role]) for role in ("SA", "DH", "DS"))
        self.root = self.head.read("SessionService/WhoAmI").grants[0].unit_id
        self.ward, self.branch = uuid7(), uuid7()
        unit = {"founded_on": "2000-01-01", "basis": "1-QĐ"}
        self.head.submit("UnitService/Create", id=self.ward, parent_id=self.root, code=code, name="Đảng bộ phường Mẫu",
                         kind="grassroots_committee", **unit)
        self.head.submit("UnitService/Create", id=self.branch, parent_id=self.ward, code=f"{code}.05",
                         name="Chi bộ khối 5", kind="branch", sector="residential_group", **unit)
        self.members = [uuid7() for _ in range(MEMBERS)]
        self.persons = [uuid7() for _ in range(MEMBERS)]
        self.enrol()
        self.chair = self.hire("bi.thu", self.persons[0], "BS", self.branch)
        self.clerk = self.hire("thu.ky", self.persons[1], "BD", self.branch)
        self.member = self.hire("dang.vien", self.persons[2], "MB", self.branch)

    def enrol(self):
        rows = ", ".join(f"({n}, {quoted(p)}::uuid, {quoted(m)}::uuid, '{name}')"
                         for n, (p, m, name) in enumerate(zip(self.persons, self.members, NAMES)))
        self.case.sql(f"""
            create temp table r as select x.*, u.id as unit_id, u.pos, u.feed_id
            from (values {rows}) x (n, person, member, given), chibo.unit u where u.id = {quoted(self.branch)};
            insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
            select person, unit_id, pos, feed_id, 'Lương', given, 'female', '1970' from r;
            insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on,
                full_on, card_no, biography_no)
            select member, person, unit_id, pos, feed_id, false, 'full', '2005-01-01', '2005-02-01', '2006-02-01',
                   lpad((abs(hashtext('{self.code}')) % 900000 * 100 + n)::text, 8, '0'),
                   lpad((abs(hashtext('{self.code}')) % 9000 * 100 + n)::text, 6, '0') || 'NA' from r;
            insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
            select gen_random_uuid(), member, unit_id, pos, feed_id, 'primary', '[2005-02-01,)' from r""")

    def log_in(self, login_name):
        client = self.clients.enter_context(Client(self.case.server.port, self.case.server.pin))
        client.login(login_name, example.PASSWORD)
        return client

    def again(self, client):
        """A further connection of somebody who is logged in."""
        other = self.clients.enter_context(Client(self.case.server.port, self.case.server.pin))
        other.token, other.grant_id = client.token, client.grant_id
        return other

    def hire(self, login_name, person, role, unit, **grant):
        """Opens an account and gives one role; a client who acts in it."""
        login_name = f"{self.code.lower()}.{login_name}"
        code = uuid.uuid4().hex
        self.system.submit("AccountService/Create", id=uuid7(), login_name=login_name, person_id=person,
                           code_hash=hashlib.sha256(code.encode()).digest())
        client = self.clients.enter_context(Client(self.case.server.port, self.case.server.pin))
        client.redeem(login_name, code, example.PASSWORD)
        client.grant_id = self.give(person, role, unit, **grant)
        return client

    def give(self, person, role, unit, **fields):
        grant = uuid7()
        self.head.submit("GrantService/Create", id=grant, person_id=person, role=role, unit_id=unit, basis="01-QĐ/MAU",
                         **fields)
        self.chief.submit("GrantService/Confirm", id=grant)
        return grant

    def meet(self, state="in_session", kind="regular", absent=2, **columns):
        """A meeting at which all but the last `absent` members are; excused with a reason."""
        meeting = uuid7()
        values = {"period_month": "'2021-11'", "place": "'Nhà văn hóa khối 5'", "topic": "'Công tác phát triển đảng viên'",
                  "started_at": f"'{OPENED}'" if state != "planned" else "null", **columns}
        self.case.sql(f"""
            insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, planned_at, chair_id, chair_name,
                clerk_id, clerk_name, {", ".join(values)})
            select {quoted(meeting)}, u.id, u.pos, u.feed_id, '{kind}', '{"planned" if state == "planned" else "in_session"}',
                   '{OPENED}', {quoted(self.persons[0])}, 'Lương An', {quoted(self.persons[1])}, 'Lương Bình',
                   {", ".join(values.values())}
            from chibo.unit u where u.id = {quoted(self.branch)}""")
        if state != "planned":
            self.call_the_roll(meeting, absent)
        if state == "closed":
            self.case.sql(f"update chibo.meeting set state = 'closed', ended_at = '{CLOSED}' where id = {quoted(meeting)}")
        return meeting

    def call_the_roll(self, meeting, absent):
        self.case.sql(f"""
            insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away,
                state, reason)
            select m.id, r.member_id, m.unit_id, m.unit_pos, r.full_name, r.sort_key, 'full', false,
                   case when r.n <= {MEMBERS} - {absent} then 'present' else 'excused' end::chibo.attendance_state,
                   case when r.n > {MEMBERS} - {absent} then 'ốm' end
            from chibo.meeting m
            cross join lateral (
                select d.id as member_id, p.full_name, p.given_name || ' ' || p.family_name as sort_key,
                       row_number() over (order by p.given_name collate "vi-x-icu") as n
                from chibo.member d join chibo.person p on p.id = d.person_id where d.unit_id = m.unit_id) r
            where m.id = {quoted(meeting)}""")
