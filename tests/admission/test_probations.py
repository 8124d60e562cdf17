#!/usr/bin/python3
"""From probationary to full: real meetings vote, another person decides, and a forgotten member is first on the list."""

import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from assembly import OPENED_US, Assembly, quoted  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
RUNNING, BRANCH_APPROVED, GRASSROOTS_APPROVED, UNDER_REVIEW, RECOGNISED, REMOVAL_PROPOSED, ENDED = range(1, 8)
DAY_US, MINUTE_US = 86400_000_000, 60_000_000
FIRST_PAPERS = ("new_member_class", "self_review", "mentor_opinion", "probation_mass_opinion", "probation_residence_opinion")


class ProbationCase(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = Assembly(cls)
        cls.numbers = iter(range(100000, 999999))
        cls.office, cls.ward = (cls.official(given, role) for given, role in (("Thư", "WO"), ("Bí", "WS")))

    @classmethod
    def official(cls, given, role):
        person = cls.house.head.submit("PersonService/Create", id=uuid7(), unit_id=cls.house.ward, family_name="Trần",
                                       given_name=given, sex="SEX_FEMALE", born_on="1980").person.id
        return cls.house.hire(role.lower(), person, role, cls.house.ward)

    @classmethod
    def sql(cls, text):
        return cls.cluster.psql(cls.database, text)

    def joined(self, day="2020-02-29", **fields):
        """A probationary member of the branch since a day."""
        made = uuid7()
        self.office.submit("MemberService/Create", **{
            "id": made, "person_id": uuid7(), "unit_id": self.house.branch, "family_name": "Hà", "given_name": "Dự", "sex": "SEX_FEMALE",
            "born_on": "1995", "status": "MEMBER_STATUS_PROBATIONARY", "decision_on": day, "joined_on": day,
            "biography_no": f"{next(self.numbers)}HD", **fields})
        return made

    def step(self, client, method, member, version=None, **fields):
        if version is None:
            version = self.office.read("ProbationService/Get", id=member).probation.version
        return client.submit(f"ProbationService/{method}", id=member, base_version=version, **fields)

    def papers(self, member, *types, dated_on="2021-03-01"):
        for kind in types:
            self.step(self.house.clerk, "SetPaper", member, type=kind, dated_on=dated_on, custodian="Chi bộ")

    def held(self, client, unit, members, day, **fields):
        """A meeting in session, with everybody there."""
        meeting, opened = uuid7(), OPENED_US + day * DAY_US
        client.submit("MeetingService/Create", id=meeting, unit_id=unit, period_month="2021-11", planned_at_us=opened,
                      chair_id=self.house.persons[0], clerk_id=self.house.persons[1], **fields)
        client.submit("MeetingService/Check", id=meeting, code="content_agreed")
        client.submit("MeetingService/Prepare", id=meeting)
        client.submit("MeetingService/Notify", id=meeting)
        client.submit("MeetingService/Open", id=meeting, started_at_us=opened)
        lines = [{"member_id": m, "state": "ATTENDANCE_STATE_PRESENT"} for m in members]
        client.submit("MeetingService/RecordAttendance", id=meeting, lines=lines)
        return meeting, opened

    def ballot(self, client, held, member, votes_for, of, **fields):
        meeting, opened = held
        return client.call("VoteService/Record", {"op_id": uuid7()}, {k: v for k, v in {
            "id": uuid7(), "meeting_id": meeting, "purpose": "VOTE_PURPOSE_RECOGNITION", "subject": f"Công nhận {uuid.uuid4()}",
            "subject_id": member, "method": "VOTE_METHOD_SECRET_BALLOT", "issued": of, "returned": of, "missing": 0, "valid": of,
            "votes_for": votes_for, "votes_against": of - votes_for, "voted_at_us": opened + MINUTE_US,
            **fields}.items() if v is not None}).vote

    def branch_meets(self, day=0):
        return self.held(self.house.chair, self.house.branch, self.house.members, day, kind="MEETING_KIND_REGULAR")

    def committee_meets(self, day=1):
        return self.held(self.office, self.house.ward, self.house.members[:9], day, kind="MEETING_KIND_COMMITTEE")

    def approved(self, member, day=0):
        """By the branch."""
        self.papers(member, *FIRST_PAPERS)
        vote = self.ballot(self.house.chair, self.branch_meets(day), member, 16, 18)
        self.step(self.house.chair, "BranchVote", member, vote_id=vote.id, resolution="09-NQ/CB")
        return vote.id

    def reviewed(self, member):
        """As far as the unit that decides; returns the vote of the branch."""
        branch_vote = self.approved(member)
        self.papers(member, "recognition_resolution")
        vote = self.ballot(self.office, self.committee_meets(), member, 6, 9, purpose="VOTE_PURPOSE_RECOGNITION_COMMITTEE")
        self.step(self.ward, "GrassrootsVote", member, vote_id=vote.id, resolution="10-NQ/ĐU")
        self.papers(member, "recognition_committee_resolution")
        self.step(self.office, "Submit", member)
        return branch_vote

    def clocks(self, answer):
        return {c.kind: (c.due_on, c.stopped_on) for c in answer.clocks}

    def as_chief(self, client):
        """The same person in a further grant, of the district's secretary."""
        grant = uuid.uuid4()
        self.sql(f"""insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
            select '{grant}', g.person_id, 'DS', t.unit_id, t.feed_id, '[2020-01-01,)', '01-QĐ/MAU', now()
            from auth."grant" g, auth.tree t where g.id = {quoted(client.grant_id)} and t.unit_id = {quoted(self.house.root)}""")
        other = self.house.again(client)
        other.grant_id = grant.bytes
        return other


class Recognition(ProbationCase):
    def test_from_the_last_day_to_the_decision(self):
        """W2: eleven of 18 are not enough, twelve are; the ward agrees, the district decides; full from the end of probation"""
        member = self.joined()
        told = self.office.read("ProbationService/Get", id=member)
        self.assertEqual((told.probation.state, told.probation.due_on, told.probation.is_due, told.probation.reminder),
                         (RUNNING, "2021-02-28", True, 10))
        self.assertEqual(self.clocks(told), {"probation": ("2021-02-28", ""), "consider_full": ("2021-04-09", "")})
        self.assertEqual([a.method for a in told.actions], ["ProbationService/SetPaper"])
        self.assertEqual([a.method for a in self.house.chair.read("ProbationService/Get", id=member).actions],
                         ["ProbationService/SetPaper", "ProbationService/BranchVote", "ProbationService/ProposeRemoval"])
        vote = self.ballot(self.house.chair, self.branch_meets(), member, 11, 18)
        with self.assertRefused(STATE, "papers_missing", "id") as caught:
            self.step(self.house.chair, "BranchVote", member, vote_id=vote.id)
        self.assertEqual(caught.exception.params["types"], ",".join(FIRST_PAPERS))
        self.papers(member, *FIRST_PAPERS)
        answer = self.step(self.house.chair, "BranchVote", member, vote_id=vote.id)
        self.assertEqual((answer.probation.state, answer.probation.round), (RUNNING, 2))
        with self.assertRefused(STATE, "round_order", "vote_id"):
            self.step(self.house.chair, "BranchVote", member, vote_id=vote.id)
        vote = self.ballot(self.house.chair, self.branch_meets(7), member, 12, 18, round=2)
        self.assertEqual((vote.needed, vote.passed), (12, True))
        answer = self.step(self.house.chair, "BranchVote", member, vote_id=vote.id, resolution="09-NQ/CB")
        self.assertEqual((answer.probation.state, answer.probation.branch_on), (BRANCH_APPROVED, "2021-11-13"))
        self.assertEqual(self.clocks(answer)["decide_full"], ("2021-12-24", ""))
        self.papers(member, "recognition_resolution")
        meeting = self.committee_meets(8)
        vote = self.ballot(self.office, meeting, member, 6, 9, purpose="VOTE_PURPOSE_RECOGNITION_COMMITTEE")
        answer = self.step(self.ward, "GrassrootsVote", member, vote_id=vote.id, resolution="10-NQ/ĐU")
        self.assertEqual((answer.probation.state, answer.probation.committee_on), (GRASSROOTS_APPROVED, "2021-11-14"))
        self.papers(member, "recognition_committee_resolution")
        self.assertEqual(self.step(self.office, "Submit", member).probation.state, UNDER_REVIEW)
        with self.assertRefused(STATE, "not_decider", "id"):
            self.step(self.ward, "Decide", member, recognise=True, decision_doc="16-QĐ/TU", card_no="87654321")
        answer = self.step(self.house.chief, "Extend", member, reason="Chờ thẩm tra")
        self.assertEqual(self.clocks(answer)["decide_full"], ("2022-02-14", ""))
        with self.assertRefused(STATE, "extended_before", "id"):
            self.step(self.house.chief, "Extend", member, reason="Lần nữa")
        answer = self.step(self.house.chief, "Decide", member, recognise=True, decision_doc="16-QĐ/TU", card_no="87654321",
                           decision_on="2022-06-01")
        self.assertEqual((answer.probation.state, answer.probation.full_on, list(answer.actions)), (RECOGNISED, "2021-02-28", []))
        self.assertEqual({c.stopped_on for c in answer.clocks}, {"2021-11-13", "2022-06-01"})
        told = self.office.read("MemberService/Get", id=member).member
        self.assertEqual((told.status, told.full_on, told.card_no), (2, "2021-02-28", "87654321"))
        with self.assertRefused(STATE, "probation_state", "id"):
            self.step(self.house.chief, "Decide", member, recognise=True, decision_doc="16-QĐ/TU", card_no="87654321")

    def test_no_clerk_makes_a_full_member(self):
        """what a vote decides is no field that an office sets"""
        member = self.joined()
        with self.assertRefused(STATE, "recognition_required", "status"):
            self.office.submit("MemberService/SetStatus", id=member, base_version=1, status="MEMBER_STATUS_FULL",
                               from_on="2021-06-01", basis="5-QĐ", card_no="11223344")
        self.office.submit("MemberService/SetStatus", id=member, base_version=1, status="MEMBER_STATUS_RESIGNED",
                           from_on="2021-06-01", basis="5-QĐ")
        told = self.office.read("ProbationService/Get", id=member)
        self.assertEqual((told.probation.state, {c.stopped_on for c in told.clocks}), (ENDED, {"2021-06-01"}))

    def test_which_vote_counts(self):
        """about himself, after his day, on paper, in the meeting of his branch"""
        early, member = self.joined("2021-03-01"), self.joined("2020-11-06")
        meeting = self.branch_meets()
        for late in (early, member):
            self.papers(late, *FIRST_PAPERS, dated_on="2021-03-02")
        vote = self.ballot(self.house.chair, meeting, early, 16, 18)
        with self.assertRefused(STATE, "probation_running", "vote_id") as caught:
            self.step(self.house.chair, "BranchVote", early, vote_id=vote.id, resolution="09-NQ/CB")
        self.assertEqual(caught.exception.params, {"due_on": "2022-03-01"})
        with self.assertRefused(STATE, "vote_on_other", "vote_id"):
            self.step(self.house.chair, "BranchVote", member, vote_id=vote.id, resolution="09-NQ/CB")
        with self.assertRefused(NOT_FOUND, "not_found", "vote_id"):
            self.step(self.house.chair, "BranchVote", member, vote_id=uuid7(), resolution="09-NQ/CB")
        vote = self.ballot(self.house.chair, meeting, member, 16, 18)
        with self.assertRefused(INVALID, "required", "resolution"):
            self.step(self.house.chair, "BranchVote", member, vote_id=vote.id)
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            self.step(self.house.chair, "BranchVote", member, 1, vote_id=vote.id, resolution="09-NQ/CB")
        answer = self.step(self.house.chair, "BranchVote", member, vote_id=vote.id, resolution="09-NQ/CB")
        self.assertEqual(answer.probation.branch_on, "2021-11-06")
        again = self.joined("2020-11-05")
        self.papers(again, *FIRST_PAPERS)
        vote = self.ballot(self.house.chair, meeting, again, 16, 18, method="VOTE_METHOD_HAND", issued=None, returned=None, missing=None)
        with self.assertRefused(STATE, "ballot_or_card", "vote_id"):
            self.step(self.house.chair, "BranchVote", again, vote_id=vote.id, resolution="09-NQ/CB")

    def test_one_step_back(self):
        """what a step wrote is undone, and the vote may be recorded again"""
        member = self.joined()
        vote = self.reviewed(member)
        for state in (GRASSROOTS_APPROVED, BRANCH_APPROVED, RUNNING):
            answer = self.step(self.ward, "SendBack", member, reason="Thiếu chữ ký")
            self.assertEqual((answer.probation.state, answer.probation.reason), (state, "Thiếu chữ ký"))
        self.assertEqual((answer.probation.branch_on, answer.probation.committee_on, answer.probation.submitted_at_us), ("", "", 0))
        self.assertEqual(self.clocks(answer)["consider_full"], ("2021-04-09", ""))
        self.assertNotEqual(self.clocks(answer)["decide_full"][1], "")
        with self.assertRefused(INVALID, "required", "reason"):
            self.step(self.ward, "SendBack", member)
        answer = self.step(self.house.chair, "BranchVote", member, vote_id=vote, resolution="09a-NQ/CB")
        self.assertEqual((answer.probation.state, answer.probation.branch_resolution), (BRANCH_APPROVED, "09a-NQ/CB"))

    def test_separate_hands(self):
        """who sent the file up does not decide, in whatever role; nobody takes a step of his own"""
        member = self.joined()
        self.reviewed(member)
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.step(self.as_chief(self.office), "Decide", member, recognise=True, decision_doc="16-QĐ/TU", card_no="11112222")
        own, = self.sql(f"select person_id from chibo.member where id = {quoted(member)}")[0]
        himself = actors.act(self, "DS", None, uuid.UUID(own).bytes)
        with self.assertRefused(STATE, "own_record", "id"):
            self.step(himself, "Decide", member, recognise=True, decision_doc="16-QĐ/TU", card_no="11112222")
        for client, method in ((self.house.clerk, "BranchVote"), (self.office, "GrassrootsVote"), (self.ward, "Submit"),
                               (self.house.chair, "Decide"), (self.house.head, "Decide")):
            with self.assertRefused(DENIED, "permission_denied"):
                self.step(client, method, member)
        with self.assertRefused(INVALID, "required", "reason"):
            self.step(self.house.chief, "Decide", member, recognise=False)
        answer = self.step(self.house.chief, "Decide", member, recognise=False, reason="Chưa đủ tiêu chuẩn")
        self.assertEqual((answer.probation.state, answer.probation.reason), (REMOVAL_PROPOSED, "Chưa đủ tiêu chuẩn"))
        self.assertEqual(self.office.read("MemberService/Get", id=member).member.status, 1)

    def test_removal_and_back(self):
        """the branch proposes removal, and may take it back"""
        member = self.joined()
        answer = self.step(self.house.chair, "ProposeRemoval", member, reason="Không phấn đấu")
        self.assertEqual((answer.probation.state, [a.method for a in answer.actions]),
                         (REMOVAL_PROPOSED, ["ProbationService/Resume"]))
        with self.assertRefused(STATE, "probation_state", "id"):
            self.step(self.house.clerk, "SetPaper", member, type="self_review", dated_on="2021-03-01", custodian="x")
        answer = self.step(self.house.chair, "Resume", member, reason="Đã khắc phục")
        self.assertEqual((answer.probation.state, self.clocks(answer)["consider_full"]), (RUNNING, ("2021-04-09", "")))

    def test_papers(self):
        """a paper is written, replaced, taken out"""
        member = self.joined()
        fields = {"type": "self_review", "dated_on": "2021-03-01", "custodian": "Chi bộ"}
        for wrong, code, rule, field in (({"type": "application"}, NOT_FOUND, "unknown_code", "type"),
                                         ({"dated_on": "2020-02-28"}, INVALID, "before_joined", "dated_on"),
                                         ({"dated_on": "2099-01-01"}, INVALID, "not_future", "dated_on"),
                                         ({"custodian": None}, INVALID, "required", "custodian"),
                                         ({"type": None}, INVALID, "required", "type")):
            with self.assertRefused(code, rule, field):
                self.step(self.house.clerk, "SetPaper", member, **{**fields, **wrong})
        self.step(self.house.clerk, "SetPaper", member, **fields)
        answer = self.step(self.office, "SetPaper", member, **{**fields, "reference": "02/BB"})
        there, = [p for p in answer.papers if p.is_there]
        self.assertEqual((there.type, there.reference, len(answer.papers)), ("self_review", "02/BB", 7))
        answer = self.step(self.office, "SetPaper", member, type="self_review")
        self.assertEqual([p for p in answer.papers if p.is_there], [])

    def test_who_sees_it(self):
        """another ward finds nothing; a plain member may not ask"""
        member = self.joined()
        stranger = actors.act(self, "BS", "HUE.TX.01")
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            stranger.read("ProbationService/Get", id=member)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            stranger.submit("ProbationService/ProposeRemoval", id=member, base_version=1, reason="x")
        with self.assertRefused(DENIED, "permission_denied"):
            self.house.member.read("ProbationService/Get", id=member)
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            stranger.read("ProbationService/List", unit_id=self.house.branch)
        full = self.house.members[5]
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.office.read("ProbationService/Get", id=full)


class Due(ProbationCase):
    def test_the_forgotten_one_is_first(self):
        """R10, W2: whose day is longest past stands first; as of any day; frozen by the month"""
        late, soon, old = self.joined("2022-05-10"), self.joined("2023-05-20"), self.joined("2016-03-15", given_name="Quên")
        self.papers(late, "new_member_class", "self_review", dated_on="2023-04-01")
        ask = {"unit_id": self.house.ward, "as_of_on": "2024-05-10"}
        answer = self.office.read("ReportService/ProbationDue", **ask)
        self.assertEqual([(r.id, r.due_on, r.days_left, r.reminder, r.missing_count) for r in answer.rows],
                         [(old, "2017-03-15", -2613, 10, 5), (late, "2023-05-10", -366, 10, 3), (soon, "2024-05-20", 10, -30, 5)])
        self.assertEqual((answer.rows[0].full_name, answer.rows[0].unit_name, answer.rows[2].working_days_left),
                         ("Hà Quên", "Chi bộ khối 5", 6))
        self.assertEqual(answer.rows[1].papers_missing.count(","), 2)
        totals, = answer.totals
        self.assertEqual((totals.running, totals.due_soon, totals.overdue), (3, 1, 2))
        page = self.office.read("ReportService/ProbationDue", limit=1, after_due_on="2017-03-15", after_id=old, **ask)
        self.assertEqual(([r.id for r in page.rows], page.totals[0].running), ([late], 3))
        earlier = self.office.read("ReportService/ProbationDue", **{**ask, "as_of_on": "2022-05-09"})
        self.assertEqual([(r.id, r.missing_count) for r in earlier.rows], [(old, 5)])
        listed = self.office.read("ProbationService/List").probations
        self.assertEqual([p.id for p in listed], [old, late, soon])
        self.assertEqual([p.id for p in self.office.read("ProbationService/List", after_due_on=listed[0].due_on, after_id=old,
                                                         limit=1).probations], [late])
        self.assertEqual(len(self.office.read("ProbationService/List", is_due=False).probations), 0)
        self.assertEqual(len(self.office.read("ProbationService/List", state="PROBATION_STATE_RECOGNISED").probations), 0)
        report = uuid7()
        self.office.submit("SentReportService/Make", id=report, code="R10", unit_id=self.house.ward, period="2024-05")
        cells = self.office.read("SentReportService/Get", id=report).cells
        self.assertEqual([c.value for c in cells if c.field == "full_name"], ["Hà Quên", "Hà Dự", "Hà Dự"])
        self.assertNotIn("id", {c.field for c in cells})


if __name__ == "__main__":
    tap.main()
