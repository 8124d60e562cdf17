#!/usr/bin/python3
"""What a meeting decides goes its way: a resolution down to the branches, tasks to whoever does them."""

import datetime
import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
WARD, BRANCH, SISTER = "HUE.TX", "HUE.TX.01", "HUE.TX.02"
DRAFT, DISCUSSED, VOTED, ISSUED, IN_FORCE = 1, 2, 3, 4, 5
ASSIGNED, ACCEPTED, IN_PROGRESS, REPORTED, CONFIRMED, CANCELLED = 1, 2, 3, 4, 5, 6


def text(value):
    return str(uuid.UUID(bytes=value))


class DecisionCase(ServerCase):
    """A ward with its office and secretary, a branch with secretary, deputy and a member."""

    def setUp(self):
        self.office = actors.act(self, "WO", WARD)
        self.ward = actors.act(self, "WS", WARD)
        self.secretary = actors.act(self, "BS", BRANCH)
        self.deputy = actors.act(self, "BD", BRANCH)
        self.sister = actors.act(self, "BS", SISTER)

    def member_of(self, code):
        """A member whose primary place is this branch, and who acts as such: (member id, client)."""
        member, person = self.sql(f"""select m.id, m.person_id from chibo.member m join chibo.unit u on u.id = m.unit_id
            where u.code = '{code}' and not exists (select from auth.account a where a.person_id = m.person_id)
            order by m.id limit 1""")[0]
        return uuid.UUID(member).bytes, actors.act(self, "MB", code, uuid.UUID(person).bytes)

    def in_further_role(self, client, role, code):
        """The same person in another grant, on a connection of its own."""
        grant = uuid.uuid4()
        self.sql(f"""insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
            select '{grant}', '{text(client.person_id)}', '{role}', t.unit_id, t.feed_id, '[2020-01-01,)', '01-QĐ/MAU', now()
            from auth.tree t where t.unit_id = {actors.unit(code)}""")
        before, = self.sql(f"""select id from auth."grant" where person_id = '{text(client.person_id)}'
            and id <> '{grant}'""")[0]
        other = self.connect()
        other.token, other.grant_id, other.person_id = client.token, grant.bytes, client.person_id
        client.grant_id = uuid.UUID(before).bytes
        return other

    def meeting(self, code, kind="regular", month="2023-04"):
        made = uuid.uuid4()
        chair, clerk = (text(actors.person(self, code, name)) for name in ("Chủ", "Ghi"))
        self.sql(f"""insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at,
                started_at, chair_id, chair_name, clerk_id, clerk_name)
            select '{made}', u.id, u.pos, u.feed_id, '{kind}', 'in_session', '{month}', '2023-04-10 01:00Z',
                '2023-04-10 01:00Z', '{chair}', 'Chủ', '{clerk}', 'Ghi' from chibo.unit u where u.code = '{code}'""")
        return made.bytes

    def vote(self, meeting, purpose="resolution", votes_for=12, subject=None):
        made = uuid.uuid4()
        self.sql(f"""insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id,
                method, voted_at, eligible, present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value,
                rule_doc, needed, passed)
            select '{made}', m.unit_id, m.unit_pos, m.feed_id, m.id, '{purpose}', 'Nội dung {made}',
                {f"'{text(subject)}'" if subject else 'null'}, 'hand', m.started_at, 18, 18, true, 18, {votes_for},
                {18 - votes_for}, 0, 'vote.ordinary_ratio', '1/2', 'Điều lệ Đảng, điều 9', 10, {votes_for >= 10}
            from chibo.meeting m where m.id = '{text(meeting)}'""")
        return made.bytes

    def unit(self, code):
        return self.units[code]

    def draft(self, client, **fields):
        made = uuid7()
        fields = {"kind": "RESOLUTION_KIND_THEMATIC", "subject": "Tạo nguồn và phát triển đảng viên", **fields}
        client.submit("ResolutionService/Create", id=made, **fields)
        return made

    def adopted(self, client, code, held="committee", **fields):
        made = self.draft(client, **fields)
        client.submit("ResolutionService/Discuss", id=made)
        client.submit("ResolutionService/Adopt", id=made, vote_id=self.vote(self.meeting(code, held)))
        return made

    def issue(self, client, made, **fields):
        fields = {"number": "22", "suffix": "NQ/ĐU", "issuer": "Đảng ủy phường Thủy Xuân", "issued_on": "2021-10-27",
                  **fields}
        return client.submit("ResolutionService/Issue", id=made, **fields)


class Resolutions(DecisionCase):
    def test_from_the_ward_to_the_month_of_a_branch(self):
        """AT-13, AT-14: 22-NQ/ĐU for the term, sent to the branches, made concrete in a monthly resolution"""
        made = self.adopted(self.office, WARD, from_on="2020-06-01", until_on="2025-05-31",
                            body="Mỗi chi bộ giới thiệu ít nhất một quần chúng ưu tú.")
        answer = self.issue(self.ward, made, unit_ids=[self.unit(BRANCH), self.unit(SISTER)],
                            other_recipients="Mặt trận, các đoàn thể")
        r = answer.resolution
        self.assertEqual((r.state, r.number, r.suffix, r.issued_on, r.from_on, r.until_on, r.other_recipients),
                         (ISSUED, "22", "NQ/ĐU", "2021-10-27", "2020-06-01", "2025-05-31", "Mặt trận, các đoàn thể"))
        self.assertEqual([c.unit_id for c in answer.copies], [self.unit(BRANCH), self.unit(SISTER)])

        copy, = self.secretary.read("ResolutionService/Inbox", pending=True).copies
        self.assertEqual((copy.resolution_id, copy.number, copy.HasField("received_at_us")), (made, "22", False))
        self.assertIn("Thủy Xuân", copy.sender_path)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.secretary.read("ResolutionService/Get", id=made)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.sister.read("ResolutionService/GetCopy", id=copy.id)
        told = self.secretary.submit("ResolutionService/Receive", id=copy.id).copy
        self.assertTrue(told.HasField("received_at_us"))
        self.assertIn("quần chúng ưu tú", told.body)
        self.assertEqual(len(self.secretary.read("ResolutionService/Inbox", pending=True).copies), 0)
        with self.assertRefused(STATE, "received_before", "id"):
            self.secretary.submit("ResolutionService/Receive", id=copy.id)

        monthly = self.adopted(self.secretary, BRANCH, "regular", kind="RESOLUTION_KIND_MONTHLY", period_month="2023-04",
                               subject="Nhiệm vụ tháng 4 năm 2023", parent_id=made)
        self.issue(self.secretary, monthly, number="4", suffix="NQ/CB", issuer="Chi bộ", issued_on="2023-04-10")
        child, = self.secretary.read("ResolutionService/GetCopy", id=copy.id).children
        self.assertEqual((child.id, child.period_month, child.parent_id), (monthly, "2023-04", made))
        whole = self.office.read("ResolutionService/Get", id=made)
        self.assertEqual([c.id for c in whole.children], [monthly])
        self.assertEqual([c.HasField("received_at_us") for c in whole.copies], [True, False])

    def test_a_parent_must_have_been_sent(self):
        """a branch names as parent only its own or what it was sent; others look like none"""
        made = self.adopted(self.office, WARD)
        self.issue(self.ward, made, number="40", unit_ids=[self.unit(SISTER)])
        for parent in (made, uuid7()):
            with self.assertRefused(STATE, "parent_not_received", "parent_id"):
                self.draft(self.secretary, parent_id=parent)
        own = self.draft(self.sister, parent_id=made)
        self.draft(self.sister, parent_id=own)

    def test_a_number_is_used_once(self):
        """ĐU and DU are one suffix, in the list as in the key"""
        day = {"number": "31", "issued_on": "2022-01-05"}
        first, second = (self.adopted(self.office, WARD) for _ in range(2))
        self.issue(self.ward, first, **day)
        with self.assertRefused(EXISTS, "resolution_exists", "number"):
            self.issue(self.ward, second, suffix="NQ/DU", **day)
        self.issue(self.ward, second, suffix="CT/ĐU", **day)
        found = self.office.read("ResolutionService/List", number="31", suffix="nq/du").resolutions
        self.assertEqual([r.id for r in found], [first])

    def test_what_a_vote_must_be(self):
        """adopted by a vote of its purpose and meeting that passed, and taken once"""
        meeting = self.meeting(BRANCH)
        made = self.draft(self.secretary, meeting_id=meeting)

        def adopt(vote, made=made):
            return self.secretary.submit("ResolutionService/Adopt", id=made, vote_id=vote).resolution

        good = self.vote(meeting)
        with self.assertRefused(STATE, "state_transition"):
            adopt(good)
        self.secretary.submit("ResolutionService/Discuss", id=made)
        with self.assertRefused(STATE, "vote_not_passed", "vote_id"):
            adopt(self.vote(meeting, votes_for=9))
        with self.assertRefused(STATE, "vote_on_other", "vote_id"):
            adopt(self.vote(meeting, purpose="ordinary"))
        with self.assertRefused(STATE, "vote_on_other", "vote_id"):
            adopt(self.vote(self.meeting(BRANCH)))
        with self.assertRefused(STATE, "vote_on_other", "vote_id"):
            adopt(self.vote(meeting, subject=uuid7()))
        with self.assertRefused(NOT_FOUND, "not_found", "vote_id"):
            adopt(self.vote(self.meeting(SISTER)))
        self.assertEqual(adopt(good).state, VOTED)
        other = self.draft(self.secretary, meeting_id=meeting)
        self.secretary.submit("ResolutionService/Discuss", id=other)
        with self.assertRefused(EXISTS, "vote_used", "vote_id"):
            adopt(good, other)

    def test_drafts_change_and_then_no_more(self):
        """a draft is written anew until it is discussed; what was issued goes on, or is superseded"""
        made = self.draft(self.deputy, from_on="2020-06-01", body="Một")
        change = {"id": made, "base_version": 1, "update_mask": ["body", "until_on"], "until_on": "2025-05-31"}
        r = self.secretary.submit("ResolutionService/Update", **change).resolution
        self.assertEqual((r.from_on, r.until_on, r.HasField("body"), r.version), ("2020-06-01", "2025-05-31", False, 2))
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            self.secretary.submit("ResolutionService/Update", **change)
        with self.assertRefused(INVALID, "before_start", "until_on"):
            self.secretary.submit("ResolutionService/Update", **{**change, "base_version": 2, "until_on": "2020-05-31"})
        self.secretary.submit("ResolutionService/Discuss", id=made)
        with self.assertRefused(STATE, "not_draft", "id"):
            self.secretary.submit("ResolutionService/Update", **{**change, "base_version": 3})
        self.secretary.submit("ResolutionService/Redraft", id=made)
        self.secretary.submit("ResolutionService/Discuss", id=made)
        with self.assertRefused(STATE, "not_voted", "id"):
            self.issue(self.secretary, made)
        self.secretary.submit("ResolutionService/Adopt", id=made, vote_id=self.vote(self.meeting(BRANCH)))
        with self.assertRefused(DENIED, "permission_denied"):
            self.issue(self.deputy, made)
        with self.assertRefused(NOT_FOUND, "not_found", "unit_ids"):
            self.issue(self.secretary, made, unit_ids=[self.unit(SISTER)])
        self.issue(self.secretary, made, suffix="NQ/CB")
        with self.assertRefused(STATE, "state_transition", "state"):
            self.secretary.submit("ResolutionService/Advance", id=made, state="RESOLUTION_STATE_COMPLETED")
        with self.assertRefused(STATE, "state_transition", "state"):
            self.secretary.submit("ResolutionService/Advance", id=made, state="RESOLUTION_STATE_SUPERSEDED")
        r = self.secretary.submit("ResolutionService/Advance", id=made, state="RESOLUTION_STATE_IN_FORCE").resolution
        self.assertEqual(r.state, IN_FORCE)
        newer = self.adopted(self.secretary, BRANCH, "regular")
        with self.assertRefused(STATE, "not_issued", "superseded_by"):
            self.secretary.submit("ResolutionService/Supersede", id=made, superseded_by=newer)
        self.issue(self.secretary, newer, number="23", suffix="NQ/CB")
        r = self.secretary.submit("ResolutionService/Supersede", id=made, superseded_by=newer).resolution
        self.assertEqual((r.state, r.superseded_by), (8, newer))


class Tasks(DecisionCase):
    def test_four_tasks_of_one_conclusion(self):
        """AT-20, AT-09: what the working session concluded becomes four tasks in one request"""
        meeting = self.meeting(WARD, "working_session")
        lines = [{"unit_id": self.unit(WARD), "title": "Sớm kiện toàn ban chấp hành", "category": "organisation",
                  "due_on": "2023-06-30"},
                 {"title": "Rà soát, quản lý hồ sơ đảng viên", "category": "file_review", "due_on": "2023-09-30"},
                 {"unit_code": BRANCH, "title": "Chọn chuyên đề thiết thực", "category": "theme", "due_on": "2023-05-31"},
                 {"unit_id": self.unit(SISTER), "title": "Tạo nguồn lâu dài", "category": "development",
                  "due_on": "2099-12-31"}]
        request = {"id": uuid7(), "source": "TASK_SOURCE_CONCLUSION", "source_id": meeting, "lines": lines}
        op = uuid7()
        tasks = self.ward.submit("TaskService/Create", op_id=op, **request).tasks
        self.assertEqual([t.title for t in tasks], [line["title"] for line in lines])
        self.assertEqual([t.category for t in tasks].count("file_review"), 1)
        self.assertEqual([t.unit_id for t in tasks],
                         [self.unit(code) for code in (WARD, WARD, BRANCH, SISTER)])
        self.assertEqual([t.overdue for t in tasks], [True, True, True, False])
        again = self.ward.submit("TaskService/Create", op_id=op, **request).tasks
        self.assertEqual([t.id for t in again], [t.id for t in tasks])
        theirs = self.secretary.read("TaskService/List", source_id=meeting).tasks
        self.assertEqual([(t.title, t.assigner_id) for t in theirs], [("Chọn chuyên đề thiết thực", self.unit(WARD))])
        self.assertIn("Thủy Xuân", theirs[0].assigner_name)
        late = self.office.read("TaskService/List", source_id=meeting, overdue=True).tasks
        self.assertEqual(len(late), 3)

    def test_a_task_is_done_reported_and_confirmed(self):
        """who does it accepts and reports; the unit that assigned it returns it once, then confirms"""
        made = uuid7()
        task, = self.ward.submit("TaskService/Create", id=made, source="TASK_SOURCE_OTHER", unit_id=self.unit(BRANCH),
                                 title="Lập danh sách quần chúng ưu tú", due_on="2099-01-31").tasks
        self.assertEqual((task.id, task.state, task.category, task.progress), (made, ASSIGNED, "general", 0))
        with self.assertRefused(STATE, "state_transition"):
            self.secretary.submit("TaskService/Report", id=made, percent=10)
        with self.assertRefused(STATE, "not_assignee"):
            self.office.submit("TaskService/Accept", id=made)
        self.secretary.submit("TaskService/Accept", id=made)
        task = self.deputy.submit("TaskService/Report", id=made, percent=40).task
        self.assertEqual((task.state, task.progress), (IN_PROGRESS, 40))
        with self.assertRefused(INVALID, "out_of_range", "percent"):
            self.deputy.submit("TaskService/Report", id=made, percent=101, done=False)
        with self.assertRefused(INVALID, "required", "result"):
            self.deputy.submit("TaskService/Report", id=made, percent=100)
        task = self.deputy.submit("TaskService/Report", id=made, percent=100, result="Đã lập").task
        self.assertEqual(task.state, REPORTED)
        with self.assertRefused(STATE, "not_assigner"):
            self.secretary.submit("TaskService/Confirm", id=made)
        task = self.ward.submit("TaskService/ReturnTask", id=made, reason="Thiếu nhận xét").task
        self.assertEqual((task.state, task.reason), (IN_PROGRESS, "Thiếu nhận xét"))
        self.deputy.submit("TaskService/Report", id=made, done=True, result="Đã bổ sung")
        task = self.ward.submit("TaskService/Confirm", id=made).task
        self.assertEqual((task.state, task.HasField("confirmed_at_us")), (CONFIRMED, True))
        with self.assertRefused(STATE, "state_transition"):
            self.ward.submit("TaskService/Cancel", id=made, reason="Thôi")

    def test_a_member_and_his_task(self):
        """a branch assigns to its members; each sees his own alone, and nobody confirms what he reported"""
        member, client = self.member_of(BRANCH)
        _, neighbour = self.member_of(BRANCH)
        made = uuid7()
        create = {"source": "TASK_SOURCE_OTHER", "title": "Giúp đỡ quần chúng ưu tú", "due_on": "2099-01-31",
                  "category": "development"}
        task, = self.secretary.submit("TaskService/Create", id=made, member_id=member, **create).tasks
        self.assertEqual(task.member_id, member)
        self.assertEqual([t.id for t in client.read("TaskService/List", mine=True).tasks], [made])
        self.assertEqual(len(neighbour.read("TaskService/List").tasks), 0)
        for call in ("Get", "Accept"):
            with self.assertRefused(NOT_FOUND, "not_found", "id"):
                (neighbour.read if call == "Get" else neighbour.submit)(f"TaskService/{call}", id=made)
        with self.assertRefused(STATE, "not_own_member", "member_id"):
            self.ward.submit("TaskService/Create", id=uuid7(), member_id=member, **create)
        with self.assertRefused(NOT_FOUND, "not_found", "member_id"):
            self.sister.submit("TaskService/Create", id=uuid7(), member_id=member, **create)
        client.submit("TaskService/Accept", id=made)
        self.secretary.submit("TaskService/Report", id=made, percent=100, result="Báo cáo thay")
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.secretary.submit("TaskService/Confirm", id=made)
        self.deputy.submit("TaskService/Confirm", id=made)

        own = uuid7()
        head = self.in_further_role(client, "BD", BRANCH)
        head.submit("TaskService/Create", id=own, member_id=member, **create)
        client.submit("TaskService/Accept", id=own)
        self.secretary.submit("TaskService/Report", id=own, percent=100, result="Xong")
        with self.assertRefused(STATE, "own_record", "id"):
            head.submit("TaskService/Confirm", id=own)

    def test_what_a_task_follows_from(self):
        """the source lies in reach: another branch's meeting is like none"""
        create = {"title": "Việc", "due_on": "2099-01-31"}
        for source, found in ((self.meeting(BRANCH), True), (self.meeting(SISTER), False), (uuid7(), False)):
            request = {"id": uuid7(), "source": "TASK_SOURCE_CONCLUSION", "source_id": source, **create}
            if found:
                self.secretary.submit("TaskService/Create", **request)
                continue
            with self.assertRefused(NOT_FOUND, "not_found", "source_id"):
                self.secretary.submit("TaskService/Create", **request)
        made = self.adopted(self.office, WARD)
        self.issue(self.ward, made, number="77", unit_ids=[self.unit(BRANCH)])
        request = {"source": "TASK_SOURCE_RESOLUTION", "source_id": made, **create}
        self.secretary.submit("TaskService/Create", id=uuid7(), **request)
        with self.assertRefused(NOT_FOUND, "not_found", "source_id"):
            self.sister.submit("TaskService/Create", id=uuid7(), **request)
        with self.assertRefused(INVALID, "required", "source_id"):
            self.sister.submit("TaskService/Create", id=uuid7(), source="TASK_SOURCE_PROPOSAL", **create)
        with self.assertRefused(INVALID, "no_source", "source_id"):
            self.sister.submit("TaskService/Create", id=uuid7(), source="TASK_SOURCE_OTHER", source_id=made, **create)
        with self.assertRefused(NOT_FOUND, "unknown_code", "category"):
            self.sister.submit("TaskService/Create", id=uuid7(), source="TASK_SOURCE_OTHER", category="x", **create)
        with self.assertRefused(INVALID, "required", "title"):
            self.sister.submit("TaskService/Create", id=uuid7(), source="TASK_SOURCE_OTHER")


if __name__ == "__main__":
    tap.main()
