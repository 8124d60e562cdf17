#!/usr/bin/python3
"""A file is corrected by three persons: one proposes, two approve, whoever must not is passed over."""

import contextlib
import datetime
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import threading
import time
import unicodedata
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import SERVICES, Client, Refused, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
FILE = ("family_name", "middle_name", "given_name", "sex", "born_on", "native_place")
WARD, BRANCH = "Đảng bộ mẫu › Xã Ba Người", "Đảng bộ mẫu › Xã Ba Người › Chi bộ Ba Người"


def member(unit_id, given_name, number):
    return {"id": uuid7(), "person_id": uuid7(), "unit_id": unit_id, "family_name": "Lường", "given_name": given_name,
            "sex": "SEX_FEMALE", "born_on": "1965", "status": "MEMBER_STATUS_PROBATIONARY",
            "decision_on": "2026-01-20", "joined_on": "2026-02-03", "biography_no": f"{number:06}NL"}


class ChangesCase(ServerCase):
    """A ward whose only branch has three members: secretary, deputy, and the ward's only clerk. Two officers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clients = {}
        cls.grants = {}
        cls.number = 700000
        cls.system, cls.head, cls.chief, cls.loader = (
            cls.known(name) for name in (*(example.TOP[role] for role in ("SA", "DH", "DS")), example.CLERK))
        root = cls.head.read("SessionService/WhoAmI").grants[0].unit_id
        cls.ward, cls.branch = uuid7(), uuid7()
        unit = {"founded_on": "2000-01-01", "basis": "1-QĐ"}
        cls.head.submit("UnitService/Create", id=cls.ward, parent_id=root, code="XA.BA", name="Xã Ba Người",
                        kind="grassroots_committee", **unit)
        cls.head.submit("UnitService/Create", id=cls.branch, parent_id=cls.ward, code="XA.BA.01",
                        name="Chi bộ Ba Người", kind="branch", sector="hamlet", **unit)
        cls.persons = {name: cls.register(name) for name in ("Thư", "Phó", "Văn")}
        cls.hire("thu", cls.persons["Thư"], ("BS", cls.branch))
        cls.hire("pho", cls.persons["Phó"], ("BD", cls.branch))
        cls.hire("van", cls.persons["Văn"], ("WO", cls.ward), ("MB", cls.branch))
        cls.persons["can.bo"] = cls.known("can.bo").read("SessionService/WhoAmI").person_id
        cls.persons["can.bo.2"] = uuid7()
        cls.head.submit("PersonService/Create", id=cls.persons["can.bo.2"], unit_id=root, family_name="Lê",
                        given_name="Hai", sex="SEX_MALE", born_on="1981")
        cls.hire("can.bo.2", cls.persons["can.bo.2"], ("DO", root))
        # The example's loader acts as clerk at the root, where otherwise no ward's approval would pass him.
        loader, = cls.loader.read("SessionService/WhoAmI").grants
        cls.loader_grant = loader.id

    @classmethod
    def known(cls, login_name):
        client = cls.enterClassContext(Client(cls.server.port, cls.server.pin))
        client.login(login_name, example.PASSWORD)
        cls.clients[login_name] = client
        return client

    @classmethod
    def register(cls, given_name):
        cls.number += 1
        fields = member(cls.branch, given_name, cls.number)
        cls.loader.submit("MemberService/Create", **fields)
        return fields["person_id"]

    @classmethod
    def hire(cls, login_name, person_id, *grants):
        code = uuid.uuid4().hex
        cls.system.submit("AccountService/Create", id=uuid7(), login_name=login_name, person_id=person_id,
                          code_hash=hashlib.sha256(code.encode()).digest())
        for role, unit_id in grants:
            cls.give(person_id, role, unit_id)
        client = cls.enterClassContext(Client(cls.server.port, cls.server.pin))
        client.redeem(login_name, code, example.PASSWORD)
        cls.clients[login_name] = client
        for grant in client.read("SessionService/WhoAmI").grants:
            cls.grants[login_name, grant.role] = grant.id

    @classmethod
    def give(cls, person_id, role, unit_id):
        grant = uuid7()
        cls.head.submit("GrantService/Create", id=grant, person_id=person_id, role=role, unit_id=unit_id,
                        from_on=datetime.date.today().isoformat(), basis="01-QĐ/MAU")
        if "Confirm" in SERVICES["GrantService"].methods_by_name:
            cls.chief.submit("GrantService/Confirm", id=grant)
        return grant

    @contextlib.contextmanager
    def without_root_clerk(self):
        """The district without an office of its own: what moves up from a ward reaches the officers."""
        ended = f"where id = '{uuid.UUID(bytes=self.loader_grant)}'"
        self.sql(f'update auth."grant" set ended_at = now() {ended}')
        try:
            yield
        finally:
            self.sql(f'update auth."grant" set ended_at = null {ended}')

    def act(self, login_name, role=None):
        client = self.clients[login_name]
        client.grant_id = self.grants[login_name, role] if role else None
        return client

    def submit_change(self, client, person_id, basis="Giấy khai sinh số 12/1965", op_id=None, **fields):
        answer = client.submit("ChangeRequestService/Create", id=uuid7(), person_id=person_id, basis=basis,
                               update_mask=list(fields), **fields)
        return answer.change_request

    def decide(self, client, verb, request, **fields):
        return client.submit(f"ChangeRequestService/{verb}", id=request.id, **fields).change_request

    def file_of(self, person_id):
        """Version and file fields, as the database has them."""
        row, = self.sql(f"select version, {', '.join(FILE)} from chibo.person "
                        f"where id = '{uuid.UUID(bytes=person_id)}'")
        return row

    def last_entry(self):
        row, = self.sql("select method, replace(touched, e'\\n', ' ') from ledger.entry order by at desc, feed, position desc limit 1")
        return row


class Dialogue(ChangesCase):
    def test_three_persons(self):
        """a deputy proposes, the ward approves, the district confirms, and only then the record changes"""
        person = self.register("Nụ")
        before = self.file_of(person)
        request = self.submit_change(self.act("pho"), person, born_on="1965-07-12", middle_name="Thị")
        self.assertEqual((request.state, request.waits_for_role, request.waits_for_unit_path, request.moved_up),
                         (1, "WO", WARD, False))
        self.assertEqual((request.full_name, request.unit_path, request.submitted_by),
                         ("Lường Nụ", BRANCH, "Lường Phó"))
        request = self.decide(self.act("van", "WO"), "Approve", request)
        self.assertEqual((request.state, request.first_by, request.waits_for_role, request.waits_for_unit_path),
                         (2, "Lường Văn", "DO", "Đảng bộ mẫu"))
        self.assertEqual(self.file_of(person), before)
        request = self.decide(self.act("can.bo"), "Confirm", request)
        self.assertEqual((request.state, request.second_by, request.waits_for_role), (3, "Lê Thị Hạnh", ""))
        self.assertEqual(self.file_of(person), ["2", "Lường", "Thị", "Nụ", "female", "1965-07-12", ""])
        answer = self.act("thu").read("ChangeRequestService/Get", id=request.id)
        self.assertEqual([(change.field, change.old_value, change.new_value) for change in answer.changes],
                         [(2, "", "Thị"), (5, "1965", "1965-07-12")])

    def test_ledger(self):
        """each step is an entry that names what it touched"""
        person = self.register("Sổ")
        request = self.submit_change(self.act("thu"), person, born_on="1966")
        mark = f"change_request,{uuid.UUID(bytes=request.id)}"
        self.assertEqual(self.last_entry(), ["ChangeRequestService/Create", f"{mark},1,created"])
        self.decide(self.act("van", "WO"), "Approve", request)
        self.assertEqual(self.last_entry(), ["ChangeRequestService/Approve", f"{mark},2,changed"])
        self.decide(self.act("can.bo"), "Confirm", request)
        self.assertEqual(self.last_entry(), ["ChangeRequestService/Confirm",
                                             f"{mark},3,changed person,{uuid.UUID(bytes=person)},2,changed"])
        request = self.submit_change(self.act("thu"), person, born_on="1967")
        self.decide(self.act("van", "WO"), "Refuse", request, reason="Không rõ")
        self.assertEqual(self.last_entry(), ["ChangeRequestService/Refuse",
                                             f"change_request,{uuid.UUID(bytes=request.id)},2,changed"])

    def test_again(self):
        """each step sent twice is done once and answered twice"""
        person, request = self.register("Lại"), uuid7()
        refused = self.submit_change(self.act("thu"), person, born_on="1967")
        for client, verb, fields in (
                (lambda: self.act("thu"), "Create", {"id": request, "person_id": person, "update_mask": ["born_on"],
                                                     "born_on": "1966-01", "basis": "b"}),
                (lambda: self.act("van", "WO"), "Approve", {"id": request}),
                (lambda: self.act("can.bo"), "Confirm", {"id": request}),
                (lambda: self.act("van", "WO"), "Refuse", {"id": refused.id, "reason": "Không rõ"})):
            with self.subTest(verb):
                operation, method = uuid7(), f"ChangeRequestService/{verb}"
                first = client().submit(method, op_id=operation, **fields)
                self.assertFalse(client().last.replayed)
                again = client().submit(method, op_id=operation, **fields)
                self.assertTrue(client().last.replayed)
                self.assertEqual(again, first)
        self.assertEqual(self.file_of(person)[0], "2")

    def test_update(self):
        """an update changes education and profession and names what takes a request"""
        person, clerk = self.register("Cũ"), self.act("van", "WO")
        before = self.file_of(person)
        for name in FILE:
            value = {"sex": "SEX_MALE", "born_on": "1970"}.get(name, "Khác")
            with self.subTest(name), self.assertRefused(STATE, "second_person", name):
                clerk.submit("PersonService/Update", id=person, base_version=1, update_mask=["profession", name],
                             profession="Nông dân", **{name: value})
        self.assertEqual(self.file_of(person), before)
        changed = clerk.submit("PersonService/Update", id=person, base_version=1,
                               update_mask=["education", "profession"], education="12/12", profession="Nông dân").person
        self.assertEqual((changed.version, changed.education, changed.profession), (2, "12/12", "Nông dân"))

    def test_moved_on(self):
        """a record that has moved on is not overwritten; the request is refused instead"""
        person = self.register("Đổi")
        request = self.submit_change(self.act("thu"), person, born_on="1966")
        self.act("van", "WO").submit("PersonService/Update", id=person, base_version=1, update_mask=["profession"],
                                     profession="Nông dân")
        self.decide(self.act("van", "WO"), "Approve", request)
        with self.assertRefused(ABORTED, "conflict", "person_id") as caught:
            self.decide(self.act("can.bo"), "Confirm", request)
        self.assertEqual(caught.exception.params, {"version": "2"})
        with self.assertRefused(INVALID, "required", "reason"):
            self.decide(self.act("can.bo"), "Refuse", request)
        request = self.decide(self.act("can.bo"), "Refuse", request, reason="Hồ sơ đã đổi")
        self.assertEqual((request.state, request.reason, request.refused_by), (4, "Hồ sơ đã đổi", "Lê Thị Hạnh"))
        self.assertEqual(self.file_of(person)[5], "1965")


class Rules(ChangesCase):
    def test_branch_of_three(self):
        """the only clerk's own request goes to the district, where two officers approve"""
        with self.without_root_clerk():
            request = self.submit_change(self.act("van", "MB"), self.persons["Văn"], born_on="1965-03")
            self.assertEqual((request.waits_for_role, request.waits_for_unit_path, request.moved_up),
                             ("DO", "Đảng bộ mẫu", True))
            with self.assertRefused(STATE, "own_proposal", "id"):
                self.decide(self.act("van", "WO"), "Approve", request)
            with self.assertRefused(STATE, "own_proposal", "id"):
                self.decide(self.act("van", "WO"), "Refuse", request, reason="x")
            for colleague in ("thu", "pho"):
                with self.assertRefused(DENIED, "permission_denied"):
                    self.decide(self.act(colleague), "Approve", request)
            request = self.decide(self.act("can.bo"), "Approve", request)
            self.assertEqual((request.waits_for_role, request.moved_up), ("DO", False))
            with self.assertRefused(STATE, "second_person", "id"):
                self.decide(self.act("can.bo"), "Confirm", request)
            self.decide(self.act("can.bo.2"), "Confirm", request)
        self.assertEqual(self.file_of(self.persons["Văn"])[5], "1965-03")

    def test_next_level(self):
        """an office between is asked before the officers, who are told whose turn it is"""
        request = self.submit_change(self.act("van", "MB"), self.persons["Văn"], native_place="Mường Lò")
        self.assertEqual((request.waits_for_role, request.waits_for_unit_path, request.moved_up),
                         ("WO", "Đảng bộ mẫu", True))
        with self.assertRefused(STATE, "approval_moved_up", "id") as caught:
            self.decide(self.act("can.bo"), "Approve", request)
        self.assertEqual(caught.exception.params, {"role": "WO", "unit": "Đảng bộ mẫu"})
        self.decide(self.loader, "Approve", request)

    def test_own_record(self):
        """nobody approves for himself what somebody else submitted"""
        request = self.submit_change(self.act("pho"), self.persons["Văn"], born_on="1965-09")
        self.assertTrue(request.moved_up)
        for verb, fields in (("Approve", {}), ("Refuse", {"reason": "x"})):
            with self.subTest(verb), self.assertRefused(STATE, "own_record", "id"):
                self.decide(self.act("van", "WO"), verb, request, **fields)

    def test_level(self):
        """the district does not approve in the ward's place, and the ward does not confirm"""
        request = self.submit_change(self.act("thu"), self.persons["Phó"], born_on="1965-09")
        for verb, fields in (("Approve", {}), ("Refuse", {"reason": "x"})):
            with self.subTest(verb), self.assertRefused(STATE, "not_yours_to_approve", "id") as caught:
                self.decide(self.act("can.bo"), verb, request, **fields)
            self.assertEqual(caught.exception.params, {"role": "WO", "unit": WARD})
        with self.assertRefused(STATE, "first_approval_missing", "id"):
            self.decide(self.act("can.bo"), "Confirm", request)
        self.decide(self.act("van", "WO"), "Approve", request)
        with self.assertRefused(DENIED, "permission_denied"):
            self.decide(self.act("van", "WO"), "Confirm", request)
        with self.assertRefused(STATE, "first_approval_given", "id"):
            self.decide(self.act("van", "WO"), "Approve", request)
        self.decide(self.act("can.bo"), "Confirm", request)
        for verb, fields in (("Approve", {}), ("Confirm", {}), ("Refuse", {"reason": "x"})):
            with self.subTest(verb), self.assertRefused(STATE, "request_closed", "id"):
                self.decide(self.act("can.bo.2"), verb, request, **fields)

    def test_scope(self):
        """a request elsewhere and one that does not exist get the same answer, a member sees only his own"""
        request = self.submit_change(self.act("thu"), self.persons["Phó"], born_on="1965-10")
        stranger, own = self.login("van.phong.tt"), self.act("van", "MB")
        for client, verb, fields in ((stranger, "Get", {}), (stranger, "Approve", {}),
                                     (stranger, "Refuse", {"reason": "x"}), (own, "Get", {})):
            answers = []
            for wanted in (request.id, uuid7()):
                with self.assertRaises(Refused) as caught:
                    call = client.read if verb == "Get" else client.submit
                    call(f"ChangeRequestService/{verb}", id=wanted, **fields)
                answers.append(str(caught.exception))
            self.assertEqual(answers[0], answers[1], verb)
            self.assertTrue(answers[0].startswith(f"{NOT_FOUND} not_found"), answers)
        for client, person in ((stranger, None), (own, self.persons["Phó"])):
            with self.assertRaises(Refused) as caught:
                self.submit_change(client, person or self.persons["Phó"], born_on="1970")
            self.assertIn(caught.exception.code, (NOT_FOUND, DENIED))
        with self.assertRefused(NOT_FOUND, "not_found", "person_id"):
            self.submit_change(self.login("bi.thu.1"), self.persons["Phó"], born_on="1970")

    def test_list(self):
        """pages hold every request once, open ones first; a member lists his own"""
        for number in range(4):
            person = self.register("Trang")
            request = self.submit_change(self.act("thu"), person, born_on="1970")
            if number % 2:
                self.decide(self.act("van", "WO"), "Refuse", request, reason="Thử")
        client = self.act("van", "WO")
        whole = client.read("ChangeRequestService/List", limit=200).change_requests
        closed = [row.state in (3, 4) for row in whole]
        self.assertEqual(closed, sorted(closed))
        self.assertTrue(any(closed) and not all(closed))
        for limit in (1, 3):
            paged, after = [], {}
            while page := client.read("ChangeRequestService/List", limit=limit, **after).change_requests:
                paged += page
                self.assertLessEqual(len(paged), len(whole), "a page comes again")
                after = {"after_state": page[-1].state, "after_pos": page[-1].pos, "after_id": page[-1].id}
            self.assertEqual([row.id for row in paged], [row.id for row in whole])
        self.assertEqual(len(self.login("van.phong.tt").read("ChangeRequestService/List").change_requests), 0)
        own = self.act("van", "MB").read("ChangeRequestService/List").change_requests
        self.assertLessEqual({row.person_id for row in own}, {self.persons["Văn"]})
        with self.assertRefused(INVALID, "out_of_range", "limit"):
            client.read("ChangeRequestService/List", limit=201)


class Races(ChangesCase):
    @contextlib.contextmanager
    def held(self, table, record):
        """The row is locked until two requests wait for it."""
        psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-U", "postgres", "-d", self.database],
                                env=self.cluster.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        psql.stdin.write(f"begin; select 'held' from {table} where id = '{uuid.UUID(bytes=record)}' for update;\n")
        psql.stdin.flush()
        self.assertEqual(psql.stdout.readline().strip(), "held")
        try:
            yield
            until = time.monotonic() + 1.5
            while self.sql("select count(*) from pg_stat_activity where application_name = 'chibod' and "
                           "datname = current_database() and wait_event_type = 'Lock'") != [["2"]]:
                self.assertLess(time.monotonic(), until, "the requests do not meet")
                time.sleep(0.02)
        finally:
            psql.stdin.write("commit;\n")
            psql.stdin.close()
            psql.wait()
            psql.stdout.close()

    def at_once(self, table, record, *calls):
        """Runs the calls against each other; the rules of those refused, "" for a success, in order."""
        results = [None] * len(calls)

        def run(number, call):
            try:
                call()
                results[number] = ""
            except Refused as refusal:
                results[number] = refusal.rule

        threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
        with self.held(table, record):
            for thread in threads:
                thread.start()
        for thread in threads:
            thread.join()
        return sorted(results)

    def second_clerk(self):
        person = self.register("Hai")
        if "hai" not in self.clients:
            self.hire("hai", person, ("WO", self.ward))
        return self.act("hai")

    def test_two_approvers(self):
        """of two clerks who approve at once one gives the first approval"""
        request = self.submit_change(self.act("thu"), self.persons["Phó"], born_on="1965-11")
        one, two = self.act("van", "WO"), self.second_clerk()
        self.assertEqual(self.at_once("chibo.change_request", request.id,
                                      lambda: self.decide(one, "Approve", request),
                                      lambda: self.decide(two, "Approve", request)), ["", "first_approval_given"])

    def test_two_confirmations(self):
        """of two officers who confirm at once one changes the record, once"""
        person = self.register("Đôi")
        request = self.submit_change(self.act("thu"), person, born_on="1965-11")
        self.decide(self.act("van", "WO"), "Approve", request)
        one, two = self.act("can.bo"), self.act("can.bo.2")
        self.assertEqual(self.at_once("chibo.change_request", request.id,
                                      lambda: self.decide(one, "Confirm", request),
                                      lambda: self.decide(two, "Confirm", request)), ["", "request_closed"])
        self.assertEqual(self.file_of(person)[0], "2")

    def test_confirmation_and_update(self):
        """a confirmation and an update at once: one of them finds that the record has moved on"""
        person = self.register("Đua")
        request = self.submit_change(self.act("thu"), person, born_on="1965-11")
        self.decide(self.act("van", "WO"), "Approve", request)
        one, two = self.act("can.bo"), self.act("van", "WO")
        self.assertEqual(self.at_once("chibo.person", person,
                                      lambda: self.decide(one, "Confirm", request),
                                      lambda: two.submit("PersonService/Update", id=person, base_version=1,
                                                         update_mask=["profession"], profession="x")),
                         ["", "conflict"])
        self.assertEqual(self.file_of(person)[0], "2")

    def test_two_updates(self):
        """of two updates at once from the same version one is a conflict"""
        person = self.register("Kép")
        (member_id,), = self.sql(f"select id from chibo.member where person_id = '{uuid.UUID(bytes=person)}'")
        one, two = self.act("van", "WO"), self.loader
        for table, record, method, fields in (
                ("chibo.person", person, "PersonService/Update", {"update_mask": ["profession"], "profession": "x"}),
                ("chibo.member", uuid.UUID(member_id).bytes, "MemberService/Update", {"update_mask": ["works_away"], "works_away": True})):
            with self.subTest(method):
                self.assertEqual(self.at_once(table, record,
                                              lambda: one.submit(method, id=record, base_version=1, **fields),
                                              lambda: two.submit(method, id=record, base_version=1, **fields)),
                                 ["", "conflict"])


class Sequences(ChangesCase):
    STEPS = 400

    def test_random(self):
        """whoever does whatever in whatever order: a file changes by two approvals of two further persons"""
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        actors = [("thu", None), ("pho", None), ("van", "WO"), ("van", "MB"), ("can.bo", None), ("can.bo.2", None)]
        self.grants["can.bo.2", "MB"] = self.give(self.persons["can.bo.2"], "MB", self.ward)
        who = {"thu": "Thư", "pho": "Phó", "van": "Văn", "can.bo": "can.bo", "can.bo.2": "can.bo.2"}
        self.grants["can.bo.2", "DO"] = next(g.id for g in self.clients["can.bo.2"].read("SessionService/WhoAmI").grants
                                             if g.role == "DO")
        actors[-1:] = [("can.bo.2", "DO"), ("can.bo.2", "MB")]
        people = list(self.persons.values())
        files = {person: self.file_of(person) for person in people}
        requests = {}                                       # id -> [person, submitter, values, first approver]
        done = dict.fromkeys(("Create", "Approve", "Confirm", "Refuse"), 0)
        with self.without_root_clerk():
            for step in range(10 * self.STEPS):
                if step >= self.STEPS and all(done.values()):
                    break
                actor = dice.choice(actors)
                client, me = self.act(*actor), self.persons[who[actor[0]]]
                verb = dice.choice(("Create", "Get", "List", "Approve", "Approve", "Confirm", "Confirm", "Refuse"))
                note = f"seed {seed}, step {step}: {actor} {verb}"
                request = dice.choice(list(requests)[-3:] or [uuid7()])    # of the newest, so that some meet twice
                try:
                    if verb == "Create":
                        request, person = uuid7(), dice.choice(people)
                        value = f"19{dice.randrange(50, 99)}-{dice.randrange(1, 13):02}"
                        client.submit("ChangeRequestService/Create", id=request, person_id=person, basis="b",
                                      update_mask=["born_on"], born_on=value)
                        requests[request] = [person, me, value, None]
                    elif verb in ("Get", "List"):
                        client.read(f"ChangeRequestService/{verb}", **({"id": request} if verb == "Get" else {}))
                        continue
                    else:
                        client.submit(f"ChangeRequestService/{verb}", id=request,
                                      **({"reason": "x"} if verb == "Refuse" else {}))
                except Refused as refusal:
                    self.assertIn(refusal.code, (NOT_FOUND, DENIED, STATE, ABORTED), f"{note}: {refusal}")
                    self.assertEqual({person: self.file_of(person) for person in people}, files, note)
                    continue
                done[verb] += 1
                person, submitter, value, first = requests[request]
                if verb == "Approve":
                    requests[request][3] = me
                if verb == "Confirm":
                    self.assertEqual(len({submitter, first, me}), 3, note)
                    files[person] = [str(int(files[person][0]) + 1), *files[person][1:5], value, files[person][6]]
                if verb in ("Approve", "Confirm", "Refuse"):
                    self.assertNotIn(me, (submitter, person), note)
                self.assertEqual({person: self.file_of(person) for person in people}, files, note)
        self.assertTrue(all(done.values()), f"seed {seed}: {done}")


class Commands(ChangesCase):
    def computer(self, login_name, **settings):
        cli = Cli(self.server.directory / f"{login_name}-{len(settings)}", COLUMNS="80", **settings)
        cli.connect(self.server)
        cli.login(login_name, example.PASSWORD)
        return cli

    def as_grant(self, login_name, role):
        return {"CHIBO_AS": str(uuid.UUID(bytes=self.grants[login_name, role]))}

    def test_commands(self):
        """create, list, get, approve, confirm and refuse, in plain words in both languages, on 80 columns"""
        person = str(uuid.UUID(bytes=self.persons["Văn"]))
        with self.without_root_clerk():
            own = self.computer("van", **self.as_grant("van", "MB"))
            said = own.run("change-request", "create", "--person-id", person, "--born-on", "12/7/1965", "--sex", "male",
                           "--basis", "Giấy khai sinh số 12/1965", "-o", "json")
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertIn(f"không ai ở {BRANCH} được duyệt việc này, nay chờ DO ở Đảng bộ mẫu.", said.stderr)
            request = json.loads(said.stdout)["change_request"]["id"]
            english = self.computer("can.bo", CHIBO_LANG="en")
            listed = english.run("change-request", "list", "-o", "table")
            self.assertRegex(listed.stdout, r"Lường Văn +female; 1965 +male; 12/07/1965 +waits for")
            self.assertIn(f"nobody at {BRANCH} may approve this: it now waits for DO at Đảng bộ mẫu.", listed.stderr)
            shown = english.ok("change-request", "get", request, "-o", "table")
            self.assertRegex(shown, r"Sex +female +male")
            self.assertRegex(shown, r"Born on +1965 +12/07/1965")
            self.assertIn("nữ", own.ok("change-request", "get", request, "-o", "table"))
            for text in (listed.stdout, shown):
                for line in text.splitlines():
                    self.assertLessEqual(sum(not unicodedata.combining(letter) for letter in line), 80, line)
            refused = self.computer("van", **self.as_grant("van", "WO"), CHIBO_LANG="en").run(
                "change-request", "approve", request)
            self.assertEqual(refused.returncode, 8)
            self.assertIn("Nobody approves what he proposed himself", refused.stderr)
            approved = english.run("change-request", "approve", request)
            self.assertIn("\nIt now waits for DO at Đảng bộ mẫu.\n", approved.stderr)
            english.run("change-request", "confirm", request, "--yes")
            second = self.computer("can.bo.2")
            second.ok("change-request", "confirm", request, "--yes")
            self.assertEqual(self.file_of(self.persons["Văn"])[4:6], ["male", "1965-07-12"])
            late = second.run("change-request", "refuse", request, "--reason", "Muộn")
            self.assertEqual(late.returncode, 8)
            self.assertIn("đã xong", late.stderr)

    def test_update(self):
        """an update of a file field says which command does it"""
        clerk = self.computer("van", **self.as_grant("van", "WO"))
        said = clerk.run("person", "update", str(uuid.UUID(bytes=self.persons["Phó"])), "--given-name", "Khác")
        self.assertEqual(said.returncode, 8)
        self.assertIn("chibo change-request create", said.stderr)


if __name__ == "__main__":
    tap.main()
