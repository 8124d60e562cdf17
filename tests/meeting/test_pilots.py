#!/usr/bin/python3
"""Plans and pilot meetings over the wire: the branch proposes, the ward registers, the district sends delegates, who say
afterwards what it taught."""

import concurrent.futures
import subprocess
import time
import uuid

import actors
import tap
from client import Refused, uuid7
from fixture import ServerCase

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
WARD, BRANCH, NEXT, OTHER_WARD, OTHER = "NLO.TT", "NLO.TT.01", "NLO.TT.02", "CLO.NT", "CLO.NT.05"


def label(message, field):
    """The name of an enum field's value, without its prefix."""
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    return kind.values_by_number[getattr(message, field)].name.split("_STATE_")[-1].split("_KIND_")[-1].lower()


class PilotCase(ServerCase):
    def act(self, role, unit_code, who=None, meeting=None):
        return actors.act(self, role, unit_code, who, meeting)

    def meeting(self, unit_code=BRANCH, kind="regular", month="2022-06"):
        return actors.meeting(self, actors.unit(unit_code), kind, month)

    def proposed(self, unit_code=BRANCH, kind="regular", month="2022-06"):
        """A pilot that the branch has proposed."""
        meeting = self.meeting(unit_code, kind, month)
        self.act("BS", unit_code).submit("PilotService/Propose", id=meeting)
        return meeting

    def registered(self, unit_code=BRANCH, ward=WARD, **meeting):
        pilot = self.proposed(unit_code, **meeting)
        self.act("WO", ward).submit("PilotService/Enrol", id=pilot)
        return pilot

    def close(self, meeting, day="2022-06-20"):
        """What the meeting's own services do, step by step."""
        for change in ("state = 'prepared'", "state = 'notified'", f"state = 'in_session', started_at = '{day} 08:00+07'",
                       f"state = 'closed', ended_at = '{day} 10:00+07'"):
            self.sql(f"update chibo.meeting set {change}, version = version + 1 where id = '{uuid.UUID(bytes=meeting)}'")

    def assign(self, client, pilot, person, capacity="Trưởng Ban Nội chính Thị ủy"):
        return client.submit("PilotService/AssignDelegate", id=uuid7(), pilot_id=pilot, person_id=person, capacity=capacity)


class Plans(PilotCase):
    PERIOD = {"kind": "PLAN_KIND_DEVELOPMENT", "title": "Kế hoạch phát triển đảng viên 2020–2023", "from_on": "2020-01-01",
              "until_on": "2023-12-31"}

    def create(self, client, unit_code=BRANCH, **fields):
        return client.submit("PlanService/Create", id=uuid7(), unit_id=self.units[unit_code], **{**self.PERIOD, **fields})

    def test_life(self):
        """AT-04: a branch makes a plan of four years, mends the draft, reports it, and it stays as it was sent"""
        secretary, clerk = self.act("BS", BRANCH), self.act("WO", WARD)
        made = self.create(secretary, lines=[
            {"month": "2021-11", "topic": "Phát triển đảng viên", "topic_tag": "development", "author": "Lê Thị Mẫu"},
            {"topic": "Theo dõi quần chúng ưu tú"}])
        plan = made.plan
        self.assertEqual((label(plan, "kind"), label(plan, "state"), plan.from_on, plan.until_on),
                         ("development", "draft", "2020-01-01", "2023-12-31"))
        self.assertEqual(plan.unit_path, "Đảng bộ mẫu › Thị ủy Nghĩa Lộ › Phường Trung Tâm › Tổ dân phố 1")
        self.assertEqual([(line.item_no, line.month) for line in made.lines], [(1, "2021-11"), (2, "")])
        mended = secretary.submit("PlanService/Update", id=plan.id, base_version=1, update_mask=["lines", "title"],
                                  title="Kế hoạch 2020–2023", lines=[{"topic": "Nêu gương", "topic_tag": "exemplary_role"}])
        self.assertEqual((mended.plan.title, mended.plan.version, [line.topic for line in mended.lines]),
                         ("Kế hoạch 2020–2023", 2, ["Nêu gương"]))
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            secretary.submit("PlanService/Submit", id=plan.id, base_version=1)
        sent = secretary.submit("PlanService/Submit", id=plan.id, base_version=2).plan
        self.assertEqual((label(sent, "state"), bool(sent.sent_by and sent.sent_at_us)), ("sent", True))
        with self.assertRefused(STATE, "plan_sent", "id"):
            secretary.submit("PlanService/Update", id=plan.id, base_version=3, update_mask=["title"], title="Khác")
        self.assertEqual(clerk.read("PlanService/Get", id=plan.id).plan, sent)
        self.assertEqual(label(secretary.submit("PlanService/End", id=plan.id).plan, "state"), "ended")

    def test_no_change_without_a_field(self):
        """a change names its fields; a basis that is given is named"""
        secretary = self.act("BS", BRANCH)
        plan = self.create(secretary).plan.id
        with self.assertRefused(INVALID, "required", "update_mask"):
            secretary.submit("PlanService/Update", id=plan, base_version=1)
        with self.assertRefused(INVALID, "unknown_field", "update_mask"):
            secretary.submit("PlanService/Update", id=plan, base_version=1, update_mask=["state"])
        self.assertEqual(secretary.submit("PlanService/Update", id=plan, base_version=1, basis="NQ 02").plan.basis, "NQ 02")

    def test_items(self):
        """months lie in the plan's period, topics are of the list, a refusal leaves no plan"""
        secretary, before = self.act("BS", NEXT), self.sql("select count(*) from chibo.plan")
        for line, refusal in (({"month": "2024-01"}, (INVALID, "outside_period", "month")),
                              ({"month": "6/2021"}, (INVALID, "month_format", "month")),
                              ({"topic_tag": "không có"}, (NOT_FOUND, "unknown_code", "topic_tag")),
                              ({"item_no": 0}, (INVALID, "out_of_range", "item_no")),
                              ({"topic": ""}, (INVALID, "text", "topic"))):
            with self.subTest(line=line), self.assertRefused(*refusal):
                self.create(secretary, NEXT, lines=[{"topic": "Chủ đề", **line}])
        with self.assertRefused(INVALID, "required", "topic"):
            self.create(secretary, NEXT, lines=[{"month": "2021-01"}])
        self.assertEqual(self.sql("select count(*) from chibo.plan"), before)

    def test_whose(self):
        """each for his own unit: a branch, a ward's clerk, a district's officer; a ward's head sends the ward's"""
        for role, unit_code, elsewhere in (("BS", BRANCH, NEXT), ("BD", BRANCH, WARD), ("WO", WARD, BRANCH), ("DO", None, WARD)):
            client = self.act(role, unit_code)
            unit = client.read("SessionService/WhoAmI").grants[0].unit_id
            with self.subTest(role=role):
                client.submit("PlanService/Create", id=uuid7(), unit_id=unit, **self.PERIOD)
                with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
                    self.create(client, elsewhere)
        ward, branch = self.create(self.act("WO", WARD), WARD).plan.id, self.create(self.act("BS", BRANCH)).plan.id
        head = self.act("WS", WARD)
        self.assertEqual(label(head.submit("PlanService/Submit", id=ward, base_version=1).plan, "state"), "sent")
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            head.submit("PlanService/Submit", id=branch, base_version=1)
        with self.assertRefused(DENIED, "permission_denied"):
            self.act("BD", BRANCH).submit("PlanService/Submit", id=branch, base_version=1)

    def test_who_reads(self):
        """a member his branch's plans, a delegate none, the district without names"""
        secretary = self.act("BS", BRANCH)
        plan = self.create(secretary, lines=[{"topic": "Chủ đề", "author": "Lê Thị Mẫu"}]).plan.id
        secretary.submit("PlanService/Submit", id=plan, base_version=1)
        self.assertEqual(self.act("MB", BRANCH).read("PlanService/Get", id=plan).lines[0].author, "Lê Thị Mẫu")
        for client in (self.act("DG", BRANCH), self.act("MB", NEXT), self.act("WO", OTHER_WARD)):
            with self.assertRefused(NOT_FOUND, "not_found", "id"):
                client.read("PlanService/Get", id=plan)
            self.assertNotIn(plan, [row.id for row in client.read("PlanService/List").plans])
        masked = self.act("DO", None).read("PlanService/Get", id=plan)
        self.assertEqual((masked.plan.sent_by, masked.lines[0].author, masked.lines[0].topic), ("", "", "Chủ đề"))

    def test_list(self):
        """pages in tree order give the whole list once"""
        clerk = self.act("WO", WARD)
        for unit_code in (NEXT, BRANCH):
            self.create(self.act("BS", unit_code), unit_code)
        whole, pages, after = clerk.read("PlanService/List", limit=500).plans, [], {}
        while page := clerk.read("PlanService/List", limit=1, **after).plans:
            pages += page
            after = {"after_pos": page[0].pos, "after_id": page[0].id}
        self.assertEqual(pages, list(whole))
        for row in clerk.read("PlanService/List", unit_id=self.units[NEXT], state="PLAN_STATE_DRAFT").plans:
            self.assertEqual((row.unit_id, label(row, "state")), (self.units[NEXT], "draft"))
        with self.assertRefused(INVALID, "out_of_range", "limit"):
            clerk.read("PlanService/List", limit=501)


class Pilots(PilotCase):
    def test_life(self):
        """AT-44: proposed, registered, delegates sent, held by itself, commented by author, lessons published"""
        officer, head, clerk = self.act("DO", None), self.act("DH", None), self.act("WO", WARD)
        pilot = self.proposed(kind="thematic", month="2021-11")
        row = clerk.submit("PilotService/Enrol", id=pilot).pilot
        self.assertEqual((label(row, "state"), label(row, "kind"), row.period_month), ("registered", "thematic", "2021-11"))
        self.assertEqual(row.rule_doc, "Nghị quyết của cấp ủy cấp trên, nhiệm kỳ 2020–2025")
        self.assertEqual(row.unit_path, "Đảng bộ mẫu › Thị ủy Nghĩa Lộ › Phường Trung Tâm › Tổ dân phố 1")
        upper = actors.person(self, None, "Thượng")
        sent = self.assign(officer, pilot, upper)
        self.assertEqual(label(sent.pilot, "state"), "delegates_assigned")
        self.assertEqual([(d.full_name, d.capacity) for d in sent.delegates], [("Thử Thượng", "Trưởng Ban Nội chính Thị ủy")])
        with self.assertRefused(STATE, "pilot_not_held", "pilot_id"):
            officer.submit("PilotService/Comment", id=uuid7(), pilot_id=pilot, author_id=upper, comment="Tốt")
        self.close(pilot, "2021-11-06")
        held = clerk.read("PilotService/Get", id=pilot).pilot
        self.assertEqual((label(held, "state"), held.held_on), ("held", "2021-11-06"))
        with self.assertRefused(STATE, "comment_missing", "id"):
            head.submit("PilotService/PublishLessons", id=pilot, lessons="Bài học")
        delegate = self.act("DG", BRANCH, upper, pilot)
        delegate.submit("PilotService/Comment", id=uuid7(), pilot_id=pilot, comment="Cần thêm thảo luận", said_on="2021-11-06")
        officer.submit("PilotService/Comment", id=uuid7(), pilot_id=pilot, author_id=upper, comment="Nên gửi tài liệu sớm")
        learnt = head.submit("PilotService/PublishLessons", id=pilot, lessons="Gửi tài liệu\ntrước năm ngày")
        self.assertEqual([(c.author_name, c.comment) for c in learnt.comments],
                         [("Thử Thượng", "Cần thêm thảo luận"), ("Thử Thượng", "Nên gửi tài liệu sớm")])
        read = self.act("MB", BRANCH).read("PilotService/Get", id=pilot)
        self.assertEqual((label(read.pilot, "state"), read.pilot.lessons), ("lessons_published", "Gửi tài liệu\ntrước năm ngày"))
        self.assertEqual(len(read.comments), 2)

    def test_ledger(self):
        """every step is an entry of the ward's feed, and the same operation happens once"""
        clerk, pilot, operation = self.act("WO", WARD), self.proposed(month="2022-01"), uuid7()
        first = clerk.submit("PilotService/Enrol", op_id=operation, id=pilot)
        self.assertEqual(clerk.submit("PilotService/Enrol", op_id=operation, id=pilot), first)
        self.close(pilot)
        self.assertEqual(
            self.sql(f"select e.method, r.version, r.kind from ledger.record r join ledger.entry e using (feed, position) "
                     f"where r.entity = 'pilot' and r.id = '{uuid.UUID(bytes=pilot)}' order by r.version"),
            [["PilotService/Propose", "1", "created"], ["PilotService/Enrol", "2", "changed"]])

    def test_second_of_a_month(self):
        """AT-38: one of the ward in a month; another month, another ward, or one that was withdrawn does not count"""
        clerk = self.act("WO", WARD)
        self.registered(month="2022-02")
        second = self.proposed(NEXT, month="2022-02")
        with self.assertRefused(STATE, "pilots_per_month", "id") as caught:
            clerk.submit("PilotService/Enrol", id=second)
        self.assertEqual(caught.exception.params, {"month": "2022-02", "max": "1"})
        self.registered(month="2022-03")
        first = self.registered(OTHER, OTHER_WARD, month="2022-02")
        other = self.act("WS", OTHER_WARD)
        third = self.proposed(OTHER, month="2022-02")
        with self.assertRefused(STATE, "pilots_per_month", "id"):
            other.submit("PilotService/Enrol", id=third)
        withdrawn = other.submit("PilotService/Withdraw", id=first, reason="Chi bộ chưa chuẩn bị xong").pilot
        self.assertEqual((label(withdrawn, "state"), withdrawn.reason), ("withdrawn", "Chi bộ chưa chuẩn bị xong"))
        other.submit("PilotService/Enrol", id=third)

    def test_kinds(self):
        """AT-39: counts by kind come from the list; only regular and thematic meetings are pilots"""
        self.registered(month="2021-06")
        self.registered(OTHER, OTHER_WARD, kind="thematic", month="2021-06")
        rows = self.act("DO", None).read("PilotService/List", period_month="2021-06", state="PILOT_STATE_REGISTERED").pilots
        self.assertEqual(sorted(label(row, "kind") for row in rows), ["regular", "thematic"])
        for kind in ("extraordinary", "committee", "congress", "working_session", "after_action"):
            with self.subTest(kind=kind), self.assertRefused(STATE, "pilot_kind", "id"):
                self.proposed(kind=kind)
        with self.assertRefused(INVALID, "month_format", "period_month"):
            self.act("DO", None).read("PilotService/List", period_month="6/2021")

    def test_two_people(self):
        """nobody registers what he proposed, whichever grant he acts in"""
        pilot = self.meeting(month="2022-04")
        proposer = self.act("BS", BRANCH)
        proposer.submit("PilotService/Propose", id=pilot)
        self.sql(f"""insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
                     select gen_random_uuid(), '{uuid.UUID(bytes=proposer.person_id)}', 'WS', t.unit_id, t.feed_id,
                            '[2020-01-01,)', '02-QĐ/MAU', now() from auth.tree t where t.unit_id = {actors.unit(WARD)}""")
        grants = proposer.read("SessionService/WhoAmI").grants
        proposer.grant_id = next(grant.id for grant in grants if grant.role == "WS")
        with self.assertRefused(STATE, "own_proposal", "id"):
            proposer.submit("PilotService/Enrol", id=pilot)
        self.act("WS", WARD).submit("PilotService/Enrol", id=pilot)

    def test_delegates(self):
        """AT-41: six assignments of five people to five meetings; one has two, one gets two"""
        officer = self.act("DO", None)
        pilots = [self.registered(BRANCH, month=f"2021-0{number}") for number in range(1, 6)]
        people = [actors.person(self, None, name) for name in ("Một", "Hai", "Ba", "Bốn", "Năm")]
        for pilot, person in ((0, 0), (1, 1), (2, 1), (2, 2), (3, 3), (4, 4)):
            self.assign(officer, pilots[pilot], people[person])
        rows = officer.read("PilotService/List", unit_id=self.units[BRANCH], state="PILOT_STATE_DELEGATES_ASSIGNED").pilots
        counts = {row.id: row.delegate_count for row in rows}
        self.assertEqual([counts[pilot] for pilot in pilots], [1, 1, 2, 1, 1])
        two = self.act("WO", WARD).read("PilotService/Get", id=pilots[2]).delegates
        self.assertEqual([delegate.full_name for delegate in two], ["Thử Ba", "Thử Hai"])
        with self.assertRefused(EXISTS, "assigned", "person_id"):
            self.assign(officer, pilots[2], people[1])

    def test_own_branch(self):
        """a member of the branch is no delegate from above"""
        (member,), = self.sql(f"""select m.person_id from chibo.member m join chibo.membership s on s.member_id = m.id
                                  where s.unit_id = {actors.unit(BRANCH)} and s.kind = 'primary'
                                    and s.during @> date '2022-07-20' limit 1""")
        with self.assertRefused(STATE, "own_branch", "person_id"):
            self.assign(self.act("DH", None), self.registered(month="2022-07"), uuid.UUID(member).bytes)

    def test_whose_words(self):
        """a delegate speaks for himself at his meeting, an officer writes down those who were sent"""
        officer, pilot = self.act("DO", None), self.registered(month="2022-08")
        upper, guest = actors.person(self, None, "Thượng"), actors.person(self, OTHER, "Khách")
        self.assign(officer, pilot, upper)
        self.close(pilot)
        for client, author, refusal in (
                (officer, {}, (STATE, "not_delegate", "author_id")),
                (officer, {"author_id": guest}, (STATE, "not_delegate", "author_id")),
                (self.act("DG", BRANCH, meeting=pilot), {"author_id": upper}, (STATE, "author_self", "author_id")),
                (self.act("DG", BRANCH), {}, (NOT_FOUND, "not_found", "pilot_id")),
                (self.act("BS", BRANCH), {}, (DENIED, "permission_denied", None))):
            with self.subTest(author=author), self.assertRefused(*refusal):
                client.submit("PilotService/Comment", id=uuid7(), pilot_id=pilot, comment="Tốt", **author)
        invited = self.act("DG", BRANCH, guest, pilot)
        said = invited.submit("PilotService/Comment", id=uuid7(), pilot_id=pilot, comment="Học được cách điều hành")
        self.assertEqual([comment.author_name for comment in said.comments], ["Thử Khách"])

    def test_masked(self):
        """the district reads figures and lessons, and no name"""
        officer, pilot = self.act("DO", None), self.registered(month="2022-09")
        upper = actors.person(self, None, "Chẳngaibiết")
        self.assign(officer, pilot, upper)
        self.close(pilot)
        officer.submit("PilotService/Comment", id=uuid7(), pilot_id=pilot, author_id=upper, comment="Bí mật")
        for client in (officer, self.act("DS", None)):
            row = client.read("PilotService/Get", id=pilot)
            self.assertEqual((row.pilot.delegate_count, row.pilot.comment_count, len(row.delegates), len(row.comments)),
                             (1, 1, 0, 0))
            for text in ("Chẳngaibiết", "Bí mật"):
                self.assertNotIn(text.encode(), client.last.body)

    def test_out_of_reach(self):
        """from elsewhere a pilot looks like none"""
        pilot, person = self.registered(month="2022-10"), actors.person(self, OTHER)
        for client, method, fields in (
                (self.act("BS", NEXT), "Propose", {"id": pilot}), (self.act("WO", OTHER_WARD), "Enrol", {"id": pilot}),
                (self.act("WS", OTHER_WARD), "Withdraw", {"id": pilot, "reason": "b"}),
                (self.act("DO", OTHER_WARD), "AssignDelegate",
                 {"id": uuid7(), "pilot_id": pilot, "person_id": person, "capacity": "c"}),
                (self.act("DO", OTHER_WARD), "Comment", {"id": uuid7(), "pilot_id": pilot, "comment": "c"}),
                (self.act("DH", OTHER_WARD), "PublishLessons", {"id": pilot, "lessons": "c"})):
            answers = []
            for name in (fields, {**fields, "pilot_id" if "pilot_id" in fields else "id": uuid7()}):
                with self.assertRaises(Refused) as caught:
                    client.submit(f"PilotService/{method}", **name)
                answers.append(str(caught.exception))
            self.assertEqual(len(set(answers)), 1, answers)
            self.assertTrue(answers[0].startswith("5 not_found"), answers)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.act("MB", NEXT).read("PilotService/Get", id=pilot)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.act("WO", WARD).read("PilotService/Get", id=self.meeting())

    def test_cancelled(self):
        """a pilot goes with its meeting, and its place in the month is free"""
        pilot = self.registered(month="2022-12")
        self.sql(f"update chibo.meeting set state = 'cancelled', reason = 'Mưa lũ' where id = '{uuid.UUID(bytes=pilot)}'")
        clerk = self.act("WO", WARD)
        self.assertEqual(label(clerk.read("PilotService/Get", id=pilot).pilot, "state"), "withdrawn")
        with self.assertRefused(STATE, "meeting_state", "id"):
            clerk.submit("PilotService/Enrol", id=pilot)
        self.registered(NEXT, month="2022-12")


class AtOnce(PilotCase):
    """Two connections, both as far as they come before either has committed: the heads of all feeds are held."""

    def together(self, *steps):
        """The rules that refused, "" for a success, in order; a step is (client, method, fields)."""
        holder = subprocess.Popen(["psql", "-X", "-q", "-At", "-U", "postgres", "-d", self.database],
                                  env=self.cluster.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdin.write("begin; select count(*) from (select from ledger.feed_head for update) h;\n")
        holder.stdin.flush()
        holder.stdout.readline()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = [pool.submit(self.outcome, *step) for step in steps]
            try:
                self.wait_for_waiting(len(steps))
            finally:
                holder.communicate("commit;\n")
            return sorted(answer.result(20) for answer in answers)

    def outcome(self, client, method, fields):
        try:
            client.submit(method, **fields)
            return ""
        except Refused as refused:
            return refused.rule

    def wait_for_waiting(self, count):
        until = time.monotonic() + 10
        while True:
            waiting, = self.sql("select count(*) from pg_stat_activity where application_name = 'chibod' "
                                "and datname = current_database() and wait_event_type = 'Lock'")[0]
            if int(waiting) == count:
                return
            self.assertLess(time.monotonic(), until, f"{waiting} of {count} wait")
            time.sleep(0.02)

    def test_two_registrations(self):
        """AT-38: of two simultaneous registrations of a month exactly one succeeds"""
        for _ in range(3):
            month = f"2019-{_ + 1:02}"
            steps = [(client, "PilotService/Enrol", {"id": self.proposed(unit_code, month=month)})
                     for client, unit_code in ((self.act("WO", WARD), BRANCH), (self.act("WS", WARD), NEXT))]
            self.assertEqual(self.together(*steps), ["", "pilots_per_month"])
            self.assertEqual(self.sql(f"select count(*) from chibo.pilot where state = 'registered' "
                                      f"and period_month = '{month}'"), [["1"]])

    def test_registration_twice(self):
        """of two registrations of one meeting one counts"""
        pilot = self.proposed(month="2019-04")
        self.assertEqual(self.together(*((self.act(role, WARD), "PilotService/Enrol", {"id": pilot}) for role in ("WO", "WS"))),
                         ["", "pilot_registered"])

    def test_two_wards(self):
        """two wards do not wait for each other's month, and both succeed"""
        steps = [(self.act("WO", ward), "PilotService/Enrol", {"id": self.proposed(branch, month="2019-05")})
                 for ward, branch in ((WARD, BRANCH), (OTHER_WARD, OTHER))]
        self.assertEqual(self.together(*steps), ["", ""])


if __name__ == "__main__":
    tap.main()
