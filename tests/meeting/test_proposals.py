#!/usr/bin/python3
"""A proposal goes to several recipients at once, and the sender always sees where it lies."""

import datetime
import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from client import uuid7  # noqa: E402
from test_resolutions import BRANCH, SISTER, WARD, DecisionCase, text  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
DRAFT, ADOPTED, SENT, CLOSED = 1, 2, 3, 4
WAITING, RECEIVED, ROUTED, ANSWERED, ACCEPTED, REFUSED = 1, 2, 3, 4, 5, 6
PROVINCE, PEOPLE = "Thường trực Tỉnh ủy", "Ủy ban nhân dân thành phố"
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()


class ProposalCase(DecisionCase):
    def setUp(self):
        super().setUp()
        self.officer = actors.act(self, "DO", None)
        self.head = actors.act(self, "DH", None)
        self.chief = actors.act(self, "DS", None)

    def above(self, client, **fields):
        return client.read("ProposalService/Recipients", **fields).units

    def draft(self, client, recipients, bodies=(), **fields):
        made = uuid7()
        fields = {"title": "Tháo gỡ khó khăn ở cơ sở", "body": "Đề nghị xem xét.", **fields}
        client.submit("ProposalService/Create", id=made, recipient_ids=recipients, bodies=bodies, **fields)
        return made

    def sent(self, recipients, bodies=(), client=None):
        """Of the branch, adopted by a vote of its meeting."""
        made = self.draft(client or self.deputy, recipients, bodies)
        self.secretary.submit("ProposalService/Adopt", id=made, vote_id=self.vote(self.meeting(BRANCH), "proposal"))
        return made, self.rows(self.secretary.submit("ProposalService/Send", id=made))

    def rows(self, answer):
        return {r.recipient_name: r for r in answer.recipients}

    def days_ago(self, proposal, days):
        """As if it had been sent so long ago."""
        self.sql(f"""update chibo.proposal set sent_at = sent_at - interval '{days} days' where id = '{text(proposal)}';
            update chibo.proposal_recipient set sent_at = sent_at - interval '{days} days', due_on = due_on - {days},
                receive_by_on = receive_by_on - {days} where proposal_id = '{text(proposal)}'""")


class Proposals(ProposalCase):
    def test_three_recipients(self):
        """AT-19: a ward asks the province, the city committee and the city's People's Committee at once"""
        city, = self.above(self.office)
        made = self.draft(self.office, [city.id], [PROVINCE, PEOPLE], category="allowance",
                          title="Phụ cấp cho cán bộ không chuyên trách kiêm nhiệm")
        with self.assertRefused(STATE, "proposal_not_adopted", "id"):
            self.ward.submit("ProposalService/Send", id=made)
        self.ward.submit("ProposalService/Adopt", id=made)
        answer = self.ward.submit("ProposalService/Send", id=made)
        rows = self.rows(answer)
        self.assertEqual({name: (r.state, r.recipient_id) for name, r in rows.items()},
                         {city.name: (WAITING, city.id), PROVINCE: (WAITING, b""), PEOPLE: (WAITING, b"")})
        self.assertEqual({r.due_on for r in answer.recipients}, {(TODAY + datetime.timedelta(30)).isoformat()})
        third = [d for n in range(1, 8) if (d := TODAY + datetime.timedelta(n)).isoweekday() < 6][2]
        self.assertEqual({r.receive_by_on for r in answer.recipients}, {third.isoformat()})

        self.officer.submit("ProposalService/Receive", id=rows[city.name].id)
        self.officer.submit("ProposalService/Receive", id=rows[PEOPLE].id)
        self.office.submit("ProposalService/Receive", id=rows[PROVINCE].id)
        self.chief.submit("ProposalService/Answer", id=rows[city.name].id, state="RECIPIENT_STATE_ANSWERED",
                          reply="Đã báo cáo Tỉnh ủy")
        self.office.submit("ProposalService/RecordReply", id=rows[PEOPLE].id, state="RECIPIENT_STATE_REFUSED",
                           reply="Chưa cân đối được ngân sách", replied_on=TODAY.isoformat())
        answer = self.ward.read("ProposalService/Get", id=made)
        self.assertEqual({name: (r.state, r.reply) for name, r in self.rows(answer).items()},
                         {city.name: (ANSWERED, "Đã báo cáo Tỉnh ủy"), PROVINCE: (RECEIVED, ""),
                          PEOPLE: (REFUSED, "Chưa cân đối được ngân sách")})
        self.assertEqual((answer.proposal.recipient_count, answer.proposal.answered, answer.proposal.overdue_count),
                         (3, 2, 0))
        self.assertEqual(self.ward.submit("ProposalService/Close", id=made).proposal.state, CLOSED)
        with self.assertRefused(STATE, "proposal_closed", "id"):
            self.office.submit("ProposalService/RecordReply", id=rows[PROVINCE].id, state="RECIPIENT_STATE_ANSWERED",
                               reply="Muộn")

    def test_whom_a_proposal_may_go_to(self):
        """units above by id, others in words; each once"""
        ward, city = self.above(self.secretary)
        self.assertEqual((ward.id, ward.height, city.height), (self.unit(WARD), 1, 2))
        for wrong in (self.unit(SISTER), self.unit(BRANCH), self.unit("NLO.TT"), uuid7()):
            with self.assertRefused(STATE, "not_above", "recipient_ids"):
                self.draft(self.secretary, [ward.id, wrong])
        with self.assertRefused(INVALID, "required", "recipient_ids"):
            self.draft(self.secretary, [])
        with self.assertRefused(EXISTS, "recipient_exists", "recipient_id"):
            self.draft(self.secretary, [ward.id, ward.id])
        with self.assertRefused(EXISTS, "recipient_exists", "body_name"):
            self.draft(self.secretary, [], ["Sở Nội vụ", "Sở nội vụ"])
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.above(self.secretary, unit_id=self.unit(SISTER))
        made = self.draft(self.secretary, [ward.id])
        change = {"id": made, "base_version": 1, "update_mask": ["bodies", "category"], "category": "economy"}
        with self.assertRefused(INVALID, "required", "recipient_ids"):
            self.secretary.submit("ProposalService/Update", **change)
        answer = self.secretary.submit("ProposalService/Update", bodies=["Sở Nội vụ"], **change)
        self.assertEqual((list(self.rows(answer)), answer.proposal.category), (["Sở Nội vụ"], "economy"))
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            self.secretary.submit("ProposalService/Update", bodies=["Sở"], **change)

    def test_a_member_writes_and_the_branch_decides(self):
        """a member drafts, sees and changes his own alone; the branch adopts it by a vote"""
        _, member = self.member_of(BRANCH)
        _, neighbour = self.member_of(BRANCH)
        ward, _ = self.above(member)
        made = self.draft(member, [ward.id])
        other = self.draft(neighbour, [ward.id])
        self.assertEqual([p.id for p in member.read("ProposalService/List").proposals], [made])
        change = {"base_version": 1, "update_mask": ["title"], "title": "Làm lại đường ngõ"}
        member.submit("ProposalService/Update", id=made, **change)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            member.submit("ProposalService/Update", id=other, **change)
        with self.assertRefused(DENIED, "permission_denied"):
            member.submit("ProposalService/Adopt", id=made)
        with self.assertRefused(STATE, "vote_required", "vote_id"):
            self.secretary.submit("ProposalService/Adopt", id=made)
        with self.assertRefused(STATE, "vote_not_passed", "vote_id"):
            self.secretary.submit("ProposalService/Adopt", id=made,
                                  vote_id=self.vote(self.meeting(BRANCH), "proposal", votes_for=9))
        with self.assertRefused(STATE, "vote_on_other", "vote_id"):
            self.secretary.submit("ProposalService/Adopt", id=made, vote_id=self.vote(self.meeting(BRANCH)))
        self.secretary.submit("ProposalService/Adopt", id=made, vote_id=self.vote(self.meeting(BRANCH), "proposal"))
        with self.assertRefused(STATE, "not_draft", "id"):
            member.submit("ProposalService/Update", id=made, **{**change, "base_version": 3})

    def test_a_committee_decides_without_a_vote_by_another_person(self):
        """the ward's secretary adopts what his office drafted, not what he drafted himself"""
        city, = self.above(self.office)
        head = self.in_further_role(self.ward, "WO", WARD)
        made = self.draft(head, [city.id])
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.ward.submit("ProposalService/Adopt", id=made)
        self.assertEqual(actors.act(self, "WS", WARD).submit("ProposalService/Adopt", id=made).proposal.state, ADOPTED)

    def test_nobody_answers_his_own(self):
        """who drafted or sent it for the branch does not answer it for the ward"""
        made, rows = self.sent([self.unit(WARD)])
        row, = rows.values()
        self.office.submit("ProposalService/Receive", id=row.id)
        for person in (self.secretary, self.deputy):
            head = self.in_further_role(person, "WS", WARD)
            with self.assertRefused(STATE, "own_proposal", "id"):
                head.submit("ProposalService/Answer", id=row.id, state="RECIPIENT_STATE_ANSWERED", reply="Đồng ý")
        self.ward.submit("ProposalService/Answer", id=row.id, state="RECIPIENT_STATE_ANSWERED", reply="Đồng ý")
        with self.assertRefused(STATE, "answered_before", "id"):
            self.ward.submit("ProposalService/Answer", id=row.id, state="RECIPIENT_STATE_ANSWERED", reply="Lần nữa")

    def test_passed_on_it_stays_on_the_thread(self):
        """the ward passes it on to the city; the city's reply is the ward's too, and may be asked for anew"""
        made, rows = self.sent([self.unit(WARD)])
        row, = rows.values()
        *_, city = self.above(self.secretary)
        forward = {"id": row.id, "recipient_id": city.id}
        with self.assertRefused(STATE, "not_received", "id"):
            self.office.submit("ProposalService/Forward", **forward)
        self.office.submit("ProposalService/Receive", id=row.id)
        with self.assertRefused(STATE, "received_before", "id"):
            self.office.submit("ProposalService/Receive", id=row.id)
        for wrong in (self.unit(WARD), self.unit(BRANCH)):
            with self.assertRefused(STATE, "not_above", "recipient_id"):
                self.office.submit("ProposalService/Forward", id=row.id, recipient_id=wrong)
        with self.assertRefused(STATE, "not_recipient", "id"):
            self.officer.submit("ProposalService/Forward", **forward)
        answer = self.office.submit("ProposalService/Forward", **forward)
        higher = self.rows(answer)[city.name]
        self.assertEqual((higher.state, higher.forwarded_from), (WAITING, row.id))
        with self.assertRefused(EXISTS, "recipient_exists", "recipient_id"):
            self.office.submit("ProposalService/Forward", **forward)
        self.assertIn(made, [p.id for p in self.officer.read("ProposalService/List", lying_here=True, limit=500).proposals])
        with self.assertRefused(STATE, "not_recipient", "id"):
            self.ward.submit("ProposalService/Answer", id=higher.id, state="RECIPIENT_STATE_ANSWERED", reply="Đồng ý")
        self.officer.submit("ProposalService/Receive", id=higher.id)
        reply = {"id": higher.id, "state": "RECIPIENT_STATE_REFUSED", "reply": "Chưa có chủ trương"}
        self.head.submit("ProposalService/Answer", **reply)
        answer = self.secretary.read("ProposalService/Get", id=made)
        self.assertEqual([(r.state, r.reply) for r in answer.recipients], [(REFUSED, "Chưa có chủ trương")] * 2)
        self.assertNotIn(made, [p.id for p in self.office.read("ProposalService/List", lying_here=True).proposals])

        self.secretary.submit("ProposalService/Close", id=made)
        with self.assertRefused(STATE, "nothing_answered", "recipient_ids"):
            self.secretary.submit("ProposalService/Reopen", id=made, recipient_ids=[uuid7()], reason="Chưa rõ")
        answer = self.secretary.submit("ProposalService/Reopen", id=made, recipient_ids=[higher.id], reason="Chưa rõ")
        states = {r.id: (r.state, r.earlier_reply) for r in answer.recipients}
        self.assertEqual((answer.proposal.state, answer.proposal.reason), (SENT, "Chưa rõ"))
        self.assertEqual(states[higher.id], (RECEIVED, f"{TODAY.isoformat()}: Chưa có chủ trương"))
        self.assertEqual(states[row.id][0], REFUSED)
        self.head.submit("ProposalService/Answer", **{**reply, "state": "RECIPIENT_STATE_ANSWERED", "reply": "Có"})

    def test_accepted_with_a_task(self):
        """whoever accepts names a task that follows from this proposal"""
        made, rows = self.sent([self.unit(WARD)])
        row, = rows.values()
        self.office.submit("ProposalService/Receive", id=row.id)
        accept = {"id": row.id, "state": "RECIPIENT_STATE_ACCEPTED_WITH_TASK", "reply": "Giao văn phòng"}
        with self.assertRefused(INVALID, "required", "task_id"):
            self.ward.submit("ProposalService/Answer", **accept)
        task, other = uuid7(), uuid7()
        lines = {"title": "Khảo sát", "due_on": "2099-01-31"}
        self.ward.submit("TaskService/Create", id=task, source="TASK_SOURCE_PROPOSAL", source_id=made, **lines)
        self.ward.submit("TaskService/Create", id=other, source="TASK_SOURCE_OTHER", **lines)
        with self.assertRefused(NOT_FOUND, "not_found", "task_id"):
            self.ward.submit("ProposalService/Answer", task_id=other, **accept)
        with self.assertRefused(INVALID, "no_reply", "state"):
            self.ward.submit("ProposalService/Answer", **{**accept, "state": "RECIPIENT_STATE_ROUTED"})
        answer = self.ward.submit("ProposalService/Answer", task_id=task, **accept)
        self.assertEqual([(r.state, r.task_id) for r in answer.recipients], [(ACCEPTED, task)])

    def test_overdue_on_both_levels_and_by_quarter(self):
        """W7, R17: late without a reply: sender and recipient see it, and so does the report by recipient"""
        body = f"Sở {uuid.uuid4().hex}"
        made, rows = self.sent([self.unit(WARD)], [body])
        self.days_ago(made, 31)
        for client in (self.secretary, self.ward):
            found, = [p for p in client.read("ProposalService/List", overdue=True).proposals if p.id == made]
            self.assertEqual(found.overdue_count, 2)
        answer = self.secretary.read("ProposalService/Get", id=made)
        self.assertEqual([(r.overdue, r.receive_overdue) for r in answer.recipients], [(True, True)] * 2)
        self.assertEqual(len(self.sister.read("ProposalService/List", overdue=True).proposals), 0)
        row = self.rows(answer)[body]
        self.office.submit("ProposalService/Receive", id=row.id)
        with self.assertRefused(INVALID, "before_sending", "replied_on"):
            self.office.submit("ProposalService/RecordReply", id=row.id, state="RECIPIENT_STATE_ANSWERED", reply="Có",
                               replied_on="2020-01-01")
        self.office.submit("ProposalService/RecordReply", id=row.id, state="RECIPIENT_STATE_REFUSED", reply="Không")
        sent_on = TODAY - datetime.timedelta(31)
        quarter = f"{sent_on.year}-Q{(sent_on.month + 2) // 3}"
        report = self.ward.read("ReportService/Proposals", quarter=quarter, unit_id=self.unit(BRANCH))
        line, = [r for r in report.rows if r.recipient_name == body]
        self.assertEqual((line.sent, line.answered, line.overdue, line.accepted, line.refused), (1, 1, 0, 0, 1))
        line, = [r for r in report.rows if "Thủy Xuân" in r.recipient_name]
        self.assertEqual(line.overdue, 1)
        self.assertEqual(report.totals[0].sent, sum(r.sent for r in report.rows))
        yesterday = (TODAY - datetime.timedelta(1)).isoformat()
        earlier = self.ward.read("ReportService/Proposals", quarter=quarter, unit_id=self.unit(BRANCH), as_of_on=yesterday)
        line, = [r for r in earlier.rows if r.recipient_name == body]
        self.assertEqual((line.answered, line.refused), (0, 0))
        with self.assertRefused(INVALID, "quarter_format", "quarter"):
            self.ward.read("ReportService/Proposals", quarter="2023-5")


if __name__ == "__main__":
    tap.main()
