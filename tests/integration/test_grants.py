#!/usr/bin/python3
"""The life of a grant over the wire: who asks, drafts, confirms and ends, and what has effect meanwhile."""

import concurrent.futures
import hashlib
import os
import subprocess
import time
import uuid

import actors
import example
import tap
from client import Refused, uuid7
from fixture import ServerCase

NOT_FOUND, DENIED, STATE, UNAUTHENTICATED = 5, 7, 9, 16

# Who may do what to a grant of which role: written down here a second time, from the rules and not from the data.
ALL = "MB BD BS WO WS DO DH DS IC DG SA AU".split()
WARD = "MB BD BS WO WS DG".split()
CONFIRMS = {"DH": WARD, "DS": ALL}
DRAFTS = {"DO": ALL, "DH": ALL}
ASKS = {"WO": "MB AU DG BD BS".split(), "WS": "MB AU DG BD BS WO".split()}
ALONE = {"DH": WARD, "DS": [role for role in ALL if role != "DS"]}


class GrantCase(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.enterClassContext(example.Top(cls.server))
        cls.officer = cls.top.logged_in("can.bo")
        cls.ward = cls.units["NLO.TT"]
        cls.branch = cls.units["NLO.TT.01"]
        cls.meetings = {}

    def uuid(self, value):
        return str(uuid.UUID(bytes=value))

    @classmethod
    def delegate(cls, unit):
        """What a delegate's grant at the unit has besides."""
        if unit not in cls.meetings:
            cls.meetings[unit] = actors.meeting(cls, f"'{uuid.UUID(bytes=unit)}'")
        return {"until_on": "2999-12-31", "meeting_id": cls.meetings[unit]}

    def person(self, unit=None):
        return self.top.register(unit or self.branch)

    def account(self, person):
        """A client of the person, who has logged in."""
        name = f"x{os.urandom(6).hex()}"
        self.top.open_account(name, person)
        return name, self.login(name)

    def proposal(self, role="BS", person=None, unit=None, **fields):
        delegate = self.delegate(unit or self.branch) if role == "DG" else {}
        return {"id": uuid7(), "person_id": person or self.person(), "role": role, "unit_id": unit or self.branch,
                "basis": "07-QĐ/MAU", **delegate, **fields}

    def draft(self, client=None, **fields):
        return (client or self.officer).submit("GrantService/Create", **self.proposal(**fields)).grant.id

    def urgent(self, role="BS", **fields):
        fields = self.proposal(role, **fields)
        fields.pop("until_on", None)
        return fields

    def give(self, person, role="BS", unit=None, **fields):
        return self.top.give(person, role, unit or self.branch, **fields)

    def outcome(self, client, method, **fields):
        """"" or the rule that refused."""
        try:
            client.submit(method, **fields)
            return ""
        except Refused as refused:
            return refused.rule


class Life(GrantCase):
    def test_life(self):
        """a ward asks, an officer adopts, the head confirms, and only then does the holder act"""
        clerk, person = self.login("van.phong.tt"), self.person()
        name, holder = self.account(person)
        asked = clerk.submit("GrantService/Request", **self.proposal("BD", person)).grant
        self.assertEqual((asked.state, asked.confirmed_at_us, asked.created_at_us), (1, 0, 0))
        self.assertTrue(asked.requested_by)
        with self.assertRefused(DENIED, "grant_ended"):
            holder.read("UnitService/List")
        adopted = self.officer.submit("GrantService/Adopt", id=asked.id).grant
        self.assertEqual((adopted.state, adopted.created_by), (2, "Lê Thị Hạnh"))
        answer = self.connect().login(name, example.PASSWORD)
        self.assertEqual([(w.role, w.waits_for) for w in answer.waiting],
                         [("BD", "Trưởng ban tổ chức / Bí thư, thường trực cấp ủy")])
        self.assertFalse(answer.grants)
        with self.assertRefused(DENIED, "grant_ended"):
            holder.read("UnitService/List")
        confirmed = self.top.head.submit("GrantService/Confirm", id=asked.id).grant
        self.assertEqual((confirmed.state, confirmed.emergency), (4, False))
        self.assertEqual([unit.code for unit in holder.read("UnitService/List").units], ["NLO.TT.01"])
        self.assertFalse(holder.read("SessionService/WhoAmI").waiting)
        ended = self.top.head.submit("GrantService/End", id=asked.id).grant
        self.assertEqual(ended.state, 6)
        with self.assertRefused(DENIED, "grant_ended"):
            holder.read("UnitService/List")

    def test_refusal(self):
        """a draft that is ended is refused for ever"""
        draft = self.draft()
        self.assertEqual(self.top.head.submit("GrantService/End", id=draft).grant.state, 7)
        with self.assertRefused(STATE, "grant_ended", "id"):
            self.top.chief.submit("GrantService/Confirm", id=draft)

    def test_own_proposal(self):
        """nobody confirms what he drafted, adopted or asked for"""
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.top.head.submit("GrantService/Confirm", id=self.draft(self.top.head))
        asked = self.login("van.phong.tt").submit("GrantService/Request", **self.proposal("BD")).grant.id
        self.top.head.submit("GrantService/Adopt", id=asked)
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.top.head.submit("GrantService/Confirm", id=asked)

    def test_own_request(self):
        """nor in another grant than the one in which he asked"""
        person = self.person()
        _, both = self.account(person)
        clerk, head = self.give(person, "WO", self.ward), self.give(person, "DH", self.top.root)
        both.grant_id = clerk
        asked = both.submit("GrantService/Request", **self.proposal("BD")).grant.id
        self.officer.submit("GrantService/Adopt", id=asked)
        both.grant_id = head
        with self.assertRefused(STATE, "own_proposal", "id"):
            both.submit("GrantService/Confirm", id=asked)

    def test_to_self(self):
        """nobody asks for, drafts, confirms or takes in an emergency a role of his own"""
        for client, method, make in (
                (self.login("van.phong.tx"), "Request", lambda own: self.proposal(person=own, unit=self.units["HUE.TX"])),
                (self.officer, "Create", lambda own: self.proposal(person=own)),
                (self.top.head, "Confirm", lambda own: {"id": self.draft(person=own)}),
                (self.top.head, "CreateEmergency", lambda own: self.urgent(person=own))):
            own = client.read("SessionService/WhoAmI").person_id
            with self.assertRefused(STATE, "granted_to_self"):
                client.submit(f"GrantService/{method}", **make(own))

    def test_system_administrator(self):
        """whoever is system administrator too gives nothing, whichever grant he acts in"""
        person = self.person()
        _, both = self.account(person)
        both.grant_id = self.give(person, "DH", self.top.root)
        draft, asked = self.draft(), self.login("van.phong.tt").submit("GrantService/Request", **self.proposal("BD"))
        system = self.give(person, "SA", self.top.root)
        for method, fields in (("Create", self.proposal()), ("Adopt", {"id": asked.grant.id}), ("Confirm", {"id": draft}),
                               ("CreateEmergency", self.urgent())):
            with self.assertRefused(STATE, "administrator_grants"):
                both.submit(f"GrantService/{method}", **fields)
        self.top.chief.submit("GrantService/End", id=system)
        both.submit("GrantService/Confirm", id=draft)

    def test_out_of_scope(self):
        """a draft in another ward is not to be found by who could confirm it at home"""
        person = self.person()
        _, chief = self.account(person)
        self.give(person, "DS", self.units["HUE.TX"])
        draft, answers = self.draft(), []
        for grant in (draft, uuid7()):
            for method in ("Confirm", "End"):
                with self.assertRaises(Refused) as caught:
                    chief.submit(f"GrantService/{method}", id=grant)
                answers.append(str(caught.exception))
        self.assertEqual(len(set(answers)), 1, answers)
        self.assertTrue(answers[0].startswith(f"{NOT_FOUND} not_found"))

    def test_meeting(self):
        """a delegate's grant names a meeting of its own unit, and a ward no meeting of another ward"""
        clerk, elsewhere = self.login("van.phong.tt"), self.delegate(self.units["HUE.TX"])
        for client, method, fields, refusal in (
                (clerk, "Request", elsewhere, (NOT_FOUND, "not_found", "meeting_id")),
                (clerk, "Request", {"meeting_id": uuid7()}, (NOT_FOUND, "not_found", "meeting_id")),
                (self.officer, "Create", elsewhere, (STATE, "meeting_unit", "meeting_id")),
                (self.officer, "Create", self.delegate(self.ward), (STATE, "meeting_unit", "meeting_id"))):
            with self.subTest(method=method), self.assertRefused(*refusal):
                client.submit(f"GrantService/{method}", **self.proposal("DG", **fields))
        with self.assertRefused(STATE, "meeting_unit", "meeting_id"):
            urgent = {**self.urgent("DG"), "meeting_id": elsewhere["meeting_id"]}
            self.top.head.submit("GrantService/CreateEmergency", **urgent)

    def test_names_from_above(self):
        """a ward's list names nobody whose record lies above it"""
        grant = self.give(self.person())
        clerk, found, after = self.login("van.phong.tt"), None, {}
        while found is None:
            page = clerk.read("GrantService/List", limit=200, **after).grants
            found = next((row for row in page if row.id == grant), None)
            after = {"after": page[-1].id}
            for name in ("SA", "DH", "DS"):
                full = self.sql(f"select p.full_name from auth.account a join chibo.person p on p.id = a.person_id "
                                f"where a.login_name = '{example.TOP[name]}'")[0][0]
                self.assertNotIn(full.encode(), clerk.last.body)
        self.assertEqual((found.created_by, found.confirmed_by), ("", ""))
        self.assertTrue(found.created_at_us and found.confirmed_at_us)
        rows = self.top.head.read("GrantService/List", unit_id=self.branch, limit=200).grants
        row = next(row for row in rows if row.id == grant)
        self.assertTrue(row.created_by and row.confirmed_by)

    def test_pending(self):
        """what waits can be listed by itself"""
        unit = self.units["NLO.TT.03"]
        live, waits = self.give(self.person(), unit=unit), self.draft(unit=unit)
        asked = self.login("van.phong.tt").submit("GrantService/Request", **self.proposal("BD", unit=unit)).grant.id

        def listed(**fields):
            return [row.id for row in self.top.head.read("GrantService/List", unit_id=unit, **fields).grants]
        self.assertEqual(listed(), sorted([live, waits, asked]))
        self.assertEqual(listed(pending=True), sorted([waits, asked]))
        self.assertEqual(listed(pending=False), sorted([live, waits, asked]))

    def test_code(self):
        """the system administrator cannot hand himself an account that is about to outrank him"""
        person = self.person()
        name, _ = self.account(person)
        account, = self.sql(f"select id from auth.account where login_name = '{name}'")[0]
        draft, code = self.draft(role="DH", person=person, unit=self.top.root), os.urandom(16).hex()
        self.top.system.submit("AccountService/Invite", id=uuid.UUID(account).bytes,
                               code_hash=hashlib.sha256(code.encode()).digest())
        with self.assertRefused(STATE, "code_given", "person_id"):
            self.top.chief.submit("GrantService/Confirm", id=draft)
        self.connect().redeem(name, code, example.PASSWORD)
        with self.assertRefused(STATE, "code_given", "person_id"):
            self.top.chief.submit("GrantService/Confirm", id=draft)
        again = self.draft(role="DH", person=person, unit=self.top.root)
        self.top.chief.submit("GrantService/Confirm", id=again)
        with self.assertRefused(DENIED, "outranked"):
            self.top.system.submit("AccountService/Invite", id=uuid.UUID(account).bytes, code_hash=os.urandom(32))


class Endings(GrantCase):
    """Every way in which a grant ends: the next request on the open connection is refused."""

    def holder(self, **fields):
        person = self.person()
        _, client = self.account(person)
        grant = self.give(person, **fields)
        client.read("UnitService/List")
        return person, client, grant

    def assertOver(self, client, code=DENIED, rule="grant_ended"):
        with self.assertRefused(code, rule):
            client.read("UnitService/List")
        with self.assertRefused(code, rule):
            client.submit("PersonService/Create", id=uuid7(), unit_id=self.branch, family_name="Lê", given_name="An",
                          sex="SEX_FEMALE", born_on="1980")

    def test_ended(self):
        """ended by somebody"""
        _, client, grant = self.holder()
        self.top.head.submit("GrantService/End", id=grant)
        self.assertOver(client)

    def test_last_day(self):
        """its last day is over"""
        today, = self.sql("select chibo.today()")[0]
        _, client, grant = self.holder(until_on=today)
        self.sql(f"update auth.\"grant\" set during = daterange('2020-01-01', chibo.today()) "
                 f"where id = '{self.uuid(grant)}'")
        self.assertOver(client)

    def test_emergency(self):
        """24 hours of an emergency are over"""
        person = self.person()
        _, client = self.account(person)
        grant = self.top.head.submit("GrantService/CreateEmergency", **self.urgent(person=person)).grant
        self.assertTrue(grant.emergency)
        self.assertEqual(grant.expires_at_us - grant.confirmed_at_us, 24 * 3600 * 1_000_000)
        key = f"where id = '{self.uuid(grant.id)}'"
        self.sql(f"update auth.\"grant\" set expires_at = now() + '2 seconds' {key}")
        client.read("UnitService/List")
        self.sql(f"update auth.\"grant\" set expires_at = now() {key}")
        self.assertOver(client)
        with self.assertRefused(STATE, "emergency_again", "person_id"):
            self.top.chief.submit("GrantService/CreateEmergency", **self.urgent(person=person))
        self.sql(f"update auth.\"grant\" set created_at = now() - interval '7 days' {key}")
        self.top.head.submit("GrantService/CreateEmergency", **self.urgent(person=person))
        client.read("UnitService/List")

    def test_account(self):
        """his account is ended"""
        person, client, _ = self.holder()
        account, = self.sql(f"select id from auth.account where person_id = '{self.uuid(person)}'")[0]
        self.top.system.submit("AccountService/End", id=uuid.UUID(account).bytes)
        self.assertOver(client, UNAUTHENTICATED, "login_required")

    def test_unit(self):
        """its unit is closed"""
        unit = self.units["NLO.TT.02"]
        _, client, _ = self.holder(unit=unit)
        self.sql(f"update chibo.unit set closed_on = chibo.today() where id = '{self.uuid(unit)}'")
        self.assertOver(client)
        with self.assertRefused(STATE, "closed", "unit_id"):
            self.draft(unit=unit)

    def test_one_of_two(self):
        """the other grant of the same person goes on"""
        person, client, first = self.holder()
        second = self.give(person, "WO", self.ward)
        client.grant_id = first
        self.top.head.submit("GrantService/End", id=first)
        self.assertOver(client)
        client.grant_id = second
        client.read("UnitService/List")

    def test_choice(self):
        """of several grants one is chosen, and the ledger tells which"""
        person, client, first = self.holder(role="WO", unit=self.ward)
        second = self.give(person, "WO", self.units["HUE.TX"])
        with self.assertRefused(STATE, "grant_required", "grant_id"):
            client.read("UnitService/List")
        for grant, unit in ((first, self.branch), (second, self.units["HUE.TX"])):
            client.read("SessionService/ChooseGrant", id=grant)
            operation = uuid7()
            client.submit("PersonService/Create", op_id=operation, id=uuid7(), unit_id=unit, family_name="Lê", sex="SEX_FEMALE",
                          given_name="An", born_on="1980")
            self.assertEqual(self.sql(f"select grant_id from ledger.entry where op_id = '{self.uuid(operation)}'"),
                             [[self.uuid(grant)]])


class Roles(GrantCase):
    """Every role at every step, against the tables above."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.actors = {"SA": cls.top.system, "DH": cls.top.head, "DS": cls.top.chief}
        for role in ALL:
            if role not in cls.actors:
                delegate = cls.delegate(cls.top.root) if role == "DG" else {}
                cls.top.hire(f"vai.{role.lower()}", role, cls.top.root, ("Trần", "Thị", role), **delegate)
                cls.actors[role] = cls.top.logged_in(f"vai.{role.lower()}")

    def assertTable(self, table, allowed, step):
        """`step(actor, role)` answers as the table says: a role that is no key has no permission, one that lacks
        an entry is ranked too low."""
        for actor in ALL:
            for role in ALL:
                expected = "permission_denied" if actor not in table else "" if role in table[actor] else "outranked"
                with self.subTest(f"{actor} {allowed} {role}"):
                    self.assertEqual(step(actor, role), expected)

    def test_request(self):
        """who asks for what"""
        person = self.person()
        self.assertTable(ASKS, "asks for", lambda actor, role: self.outcome(
            self.actors[actor], "GrantService/Request", **self.proposal(role, person)))

    def test_draft(self):
        """who drafts what"""
        person = self.person()
        self.assertTable(DRAFTS, "drafts", lambda actor, role: self.outcome(
            self.actors[actor], "GrantService/Create", **self.proposal(role, person)))

    def test_adopt(self):
        """who adopts what a ward asks for"""
        person, clerk = self.person(), self.login("van.phong.tt")

        def adopt(actor, role):
            asked = clerk.submit("GrantService/Request", **self.proposal("BD", person)).grant.id
            return self.outcome(self.actors[actor], "GrantService/Adopt", id=asked)
        self.assertTable(DRAFTS, "adopts", adopt)

    def test_confirm(self):
        """who confirms what"""
        drafts = {}

        def confirm(actor, role):
            draft = drafts.pop(role, None) or self.draft(role=role)
            rule = self.outcome(self.actors[actor], "GrantService/Confirm", id=draft)
            if rule:
                drafts[role] = draft
            return rule
        self.assertTable(CONFIRMS, "confirms", confirm)

    def test_emergency(self):
        """who gives what alone"""
        self.assertTable(ALONE, "gives in an emergency", lambda actor, role: self.outcome(
            self.actors[actor], "GrantService/CreateEmergency", **self.urgent(role)))

    def test_end(self):
        """who ends what"""
        live = {}

        def end(actor, role):
            delegate = self.delegate(self.branch) if role == "DG" else {}
            grant = live.pop(role, None) or self.give(self.person(), role, **delegate)
            rule = self.outcome(self.actors[actor], "GrantService/End", id=grant)
            if rule:
                live[role] = grant
            return rule
        self.assertTable(CONFIRMS, "ends", end)

    def test_refuse(self):
        """who refuses what"""
        drafts = {}

        def refuse(actor, role):
            draft = drafts.pop(role, None) or self.draft(role=role)
            rule = self.outcome(self.actors[actor], "GrantService/End", id=draft)
            if rule:
                drafts[role] = draft
            return rule
        self.assertTable({"DH": ALL, "DS": ALL}, "refuses", refuse)


class Races(GrantCase):
    """Two connections, both as far as they come before either has committed: the heads of all feeds are held."""

    def together(self, *steps):
        """What each step answers: (client, method, fields)."""
        holder = subprocess.Popen(["psql", "-X", "-q", "-At", "-U", "postgres", "-d", self.database], env=self.cluster.environment, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdin.write("begin; select count(*) from (select from ledger.feed_head for update) h;\n")
        holder.stdin.flush()
        holder.stdout.readline()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = [pool.submit(self.outcome, client, f"{method}", **fields) for client, method, fields in steps]
            try:
                self.wait_for_waiting(len(steps))
            finally:
                holder.communicate("commit;\n")
            return sorted(answer.result(20) for answer in answers)

    def wait_for_waiting(self, count):
        until = time.monotonic() + 10
        while True:
            waiting, = self.sql("select count(*) from pg_stat_activity where application_name = 'chibod' "
                                "and datname = current_database() and wait_event_type = 'Lock'")[0]
            if int(waiting) == count:
                return
            self.assertLess(time.monotonic(), until, f"{waiting} of {count} wait")
            time.sleep(0.02)

    def test_inspector(self):
        """of two roles that exclude each other one is confirmed"""
        for first, second in (("IC", "BS"), ("BS", "IC")):
            person = self.person()
            steps = [(client, "GrantService/Confirm", {"id": self.draft(role=role, person=person)})
                     for client, role in ((self.login("thuong.truc"), first), (self.top.chief, second))]
            self.assertEqual(self.together(*steps), ["", "inspector_executive"])

    def test_emergency(self):
        """of two emergency grants alike one is given"""
        person = self.person()
        steps = [(client, "GrantService/CreateEmergency", self.urgent(person=person))
                 for client in (self.top.head, self.top.chief)]
        self.assertEqual(self.together(*steps), ["", "emergency_again"])

    def test_confirm_twice(self):
        """of two confirmations of one draft one counts"""
        draft = self.draft()
        steps = [(client, "GrantService/Confirm", {"id": draft}) for client in (self.top.head, self.top.chief)]
        self.assertEqual(self.together(*steps), ["", "grant_confirmed"])

    def test_confirm_and_refuse(self):
        """of a confirmation and a refusal the first counts; a grant may be ended after it was confirmed"""
        draft = self.draft()
        answers = self.together((self.top.head, "GrantService/Confirm", {"id": draft}),
                                (self.top.chief, "GrantService/End", {"id": draft}))
        self.assertIn(answers, (["", ""], ["", "grant_ended"]))
        with self.assertRefused(STATE, "grant_ended"):
            self.top.chief.submit("GrantService/End", id=draft)

    def test_code(self):
        """a one-time code and a rise above its giver exclude each other"""
        person = self.person()
        name, _ = self.account(person)
        account, = self.sql(f"select id from auth.account where login_name = '{name}'")[0]
        draft = self.draft(role="DH", person=person, unit=self.top.root)
        answers = self.together(
            (self.top.chief, "GrantService/Confirm", {"id": draft}),
            (self.top.system, "AccountService/Invite", {"id": uuid.UUID(account).bytes, "code_hash": os.urandom(32)}))
        self.assertIn(answers, (["", "code_given"], ["", "outranked"]))


if __name__ == "__main__":
    tap.main()
