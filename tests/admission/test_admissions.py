#!/usr/bin/python3
"""From a certificate to the ceremony: one way through all hands, with the votes of real meetings."""

import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from assembly import NAMES, Assembly, quoted  # noqa: E402
from client import MESSAGES, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
(FILE_OPEN, CHECKING, CHECKED, READY, ESCALATED, BRANCH_APPROVED, GRASSROOTS_APPROVED, UNDER_REVIEW, DECIDED, REFUSED,
 PROBATIONARY) = range(6, 17)
COMMITTEE = 9
MINUTE = 60_000_000


def text(value):
    return str(uuid.UUID(bytes=value))


class AdmissionCase(ServerCase):
    """A branch of 18 in a ward whose committee has nine, and everybody who has a part in a file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = Assembly(cls)

    @classmethod
    def sql(cls, statement):
        return cls.cluster.psql(cls.database, statement)

    def setUp(self):
        ward, branch = self.house.code, f"{self.house.code}.05"
        self.sql(f"update chibo.unit set can_decide_admission = id = {quoted(self.house.root)}")
        self.secretary, self.deputy = self.house.chair, self.house.clerk
        self.office, self.ward = actors.act(self, "WO", ward), actors.act(self, "WS", ward)
        self.officer, self.chief = actors.act(self, "DO", None), actors.act(self, "DS", None)
        self.inspector = actors.act(self, "IC", None)
        self.sister = actors.act(self, "BS", branch, actors.person(self, branch))
        self.candidate, self.case, self.version, self.stage = uuid7(), uuid7(), 1, None
        self.certified()

    def certified(self, born_on="1996-05-20"):
        """A teacher whom a member has helped since June 2019, with a certificate of March 2020."""
        self.person, class_id = actors.person(self, f"{self.house.code}.05", "Ứng", born_on=born_on), uuid7()
        place = f"(select u.id as unit_id, u.pos as unit_pos, u.feed_id from chibo.unit u where u.id = {quoted(self.house.branch)}) u"
        self.sql(f"""
            update chibo.person set education_level = 'university' where id = {quoted(self.person)};
            insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on,
                listed_on, listing_resolution, stage_on)
            select {quoted(self.candidate)}, u.unit_id, u.unit_pos, u.feed_id, {quoted(self.person)}, 'certified', 'teacher', '2019-02-01',
                   '2019-03-01', '05-NQ/CB', '2020-03-02' from {place};
            insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id,
                mentor_name, resolution, together_since_on, during)
            select gen_random_uuid(), {quoted(self.candidate)}, u.unit_id, u.unit_pos, u.feed_id, {quoted(self.house.members[3])},
                   {quoted(self.house.persons[3])}, 'Lương Dũng', '06-NQ/CB', '2017-01-01', '[2019-06-01,)' from {place};
            insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
            select {quoted(class_id)}, u.feed_id, 'L.{text(class_id)[-12:].upper()}', 'Lớp nhận thức', 'Trung tâm Chính trị',
                   '[2020-02-24,2020-02-29)' from {place};
            insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no,
                issued_on, valid_until_on, rule_doc)
            select {quoted(self.candidate)}, {quoted(class_id)}, u.unit_id, u.unit_pos, u.feed_id, 'certified', '12', '2020-03-02',
                   '2025-03-02', 'HD 12' from {place}""")

    # ---- steps ----

    def step(self, client, method, **fields):
        """A step on the version that the last one left."""
        answer = client.submit(f"AdmissionService/{method}", id=self.candidate, **{"base_version": self.version, **fields})
        self.version, self.stage = answer.candidate.version, answer.candidate.stage
        return answer

    def refused(self, code, rule, field, client, method, **fields):
        with self.assertRefused(code, rule, field) as caught:
            client.submit(f"AdmissionService/{method}", id=self.candidate, **{"base_version": self.version, **fields})
        return caught.exception.params

    def paper(self, client, dated_on, *types):
        for type_ in types:
            answer = self.step(client, "SetPaper", type=type_, dated_on=dated_on, custodian="Chi bộ khối 5")
        return answer

    def papers(self, answer):
        return {p.type: p for p in answer.papers}

    def running(self, answer):
        return {c.kind: c.due_on for c in answer.clocks if not c.stopped_on}

    def actions(self, answer):
        return {a.method.split("/")[1] for a in answer.actions}

    # ---- meetings ----

    def committee(self, day):
        """The committee of the ward, nine members at its roll call."""
        meeting = uuid7()
        self.sql(f"""
            insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, chair_id,
                chair_name, clerk_id, clerk_name)
            select {quoted(meeting)}, u.id, u.pos, u.feed_id, 'committee', 'in_session', '{day[:7]}', '{day} 08:00+07',
                   '{day} 08:00+07', {quoted(self.ward.person_id)}, 'Thử Mẫu', {quoted(self.office.person_id)}, 'Thử Mẫu'
            from chibo.unit u where u.id = {quoted(self.house.ward)};
            insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state)
            select m.id, r.member_id, m.unit_id, m.unit_pos, 'Lương ' || r.name, r.name, 'full', false, 'present'
            from chibo.meeting m cross join unnest('{{{",".join(text(x) for x in self.house.members[:COMMITTEE])}}}'::uuid[],
                '{{{",".join(NAMES[:COMMITTEE])}}}'::text[]) r (member_id, name) where m.id = {quoted(meeting)}""")
        return meeting

    def vote(self, client, meeting, votes_for, present, at_us, purpose="ADMISSION", round_=1, method="SECRET_BALLOT"):
        made = uuid7()
        papers = {} if method == "HAND" else {"issued": present, "returned": present, "missing": 0}
        client.call("VoteService/Record", {"op_id": uuid7()}, {
            "id": made, "meeting_id": meeting, "purpose": f"VOTE_PURPOSE_{purpose}", "method": f"VOTE_METHOD_{method}",
            "subject": f"Kết nạp quần chúng {text(self.case)[-6:]}", "subject_id": self.case, "round": round_,
            "votes_for": votes_for, "votes_against": present - votes_for, "valid": present, **papers, "voted_at_us": at_us})
        return made

    def branch_meeting(self, day="2021-11-06"):
        """Of 18 members 16 are there; (id, 9 o'clock)."""
        at, = self.sql(f"select (extract(epoch from timestamptz '{day} 09:00+07') * 1000000)::int8")[0]
        return self.house.meet(absent=2, started_at=f"'{day} 08:00+07'", period_month=f"'{day[:7]}'"), int(at)

    # ---- parts of the way ----

    def open(self, day="2021-06-07", **fields):
        return self.step(self.secretary, "OpenFile", case_id=self.case, opened_on=day, **fields)

    def check(self):
        """Asked of two places, answered, concluded."""
        self.paper(self.deputy, "2021-06-08", "application", "biography")
        self.checks = [uuid7(), uuid7()]
        self.step(self.office, "RequestChecks", asked_on="2021-06-10", checks=[
            {"id": self.checks[0], "subject": "CHECK_SUBJECT_SELF", "place": "Phường Kim Long"},
            {"id": self.checks[1], "subject": "CHECK_SUBJECT_PARENT", "place": "Xã Nghĩa An"}])
        for check in self.checks:
            self.step(self.office, "AnswerCheck", check_id=check, answered_on="2021-07-01", conclusion="CHECK_CONCLUSION_CLEAR")
        self.paper(self.office, "2021-07-02", "verification")
        return self.step(self.ward, "ConcludeChecks", concluded_on="2021-07-05")

    def make_ready(self):
        self.open()
        self.check()
        self.paper(self.office, "2021-07-06", "mentor_letter", "union_resolution", "mass_opinion", "residence_opinion")
        return self.step(self.office, "CollectOpinions", collected_on="2021-07-20")


class Way(AdmissionCase):
    def test_the_whole_way(self):
        """W1 from certified to probationary: each step by its own hand, on a day of its own"""
        answer = self.open()
        self.assertEqual((self.stage, answer.candidate.case_id, answer.cases[0].opened_on), (FILE_OPEN, self.case, "2021-06-07"))
        self.assertEqual(self.running(answer), {"consider_file": "2022-06-07"})
        certificate = self.papers(answer)["awareness_certificate"]
        self.assertEqual((certificate.is_there, certificate.valid_until_on, certificate.reference), (True, "2025-03-02", "12"))
        self.assertIn("SetPaper", self.actions(answer))

        params = self.refused(STATE, "papers_missing", "id", self.office, "RequestChecks", checks=[
            {"id": uuid7(), "subject": "CHECK_SUBJECT_SELF", "place": "Phường Kim Long"}])
        self.assertEqual(params, {"types": "application,biography"})
        answer = self.check()
        self.assertEqual((self.stage, answer.cases[0].checks_asked, answer.cases[0].checks_answered), (CHECKED, 2, 2))

        self.refused(STATE, "papers_missing", "id", self.office, "CollectOpinions")
        answer = self.paper(self.office, "2021-07-06", "mentor_letter", "union_resolution", "mass_opinion", "residence_opinion")
        self.assertEqual(self.papers(answer)["mentor_letter"].valid_until_on, "2022-07-06")
        self.step(self.office, "CollectOpinions", collected_on="2021-07-20")
        self.assertEqual(self.stage, READY)

        # AT-02: of 18 full members eleven are not two thirds, twelve are
        meeting, nine = self.branch_meeting()
        failed = self.vote(self.deputy, meeting, 11, 16, nine)
        answer = self.step(self.secretary, "BranchVote", vote_id=failed, resolution="07-NQ/CB")
        self.assertEqual((self.stage, answer.cases[0].round, answer.cases[0].branch_on), (READY, 2, ""))
        self.refused(STATE, "round_order", "vote_id", self.secretary, "BranchVote", vote_id=failed, resolution="07-NQ/CB")
        passed = self.vote(self.deputy, meeting, 12, 16, nine + MINUTE, round_=2)
        answer = self.step(self.secretary, "BranchVote", vote_id=passed, resolution="07-NQ/CB")
        self.assertEqual((self.stage, answer.cases[0].branch_on, answer.cases[0].branch_resolution),
                         (BRANCH_APPROVED, "2021-11-06", "07-NQ/CB"))
        # twelve weeks after Friday, 5 November, one day for New Year's, and then Tết is over
        self.assertEqual(self.running(answer), {"decide": "2022-02-07"})

        self.paper(self.deputy, "2021-11-06", "branch_resolution")
        meeting = self.committee("2021-11-20")
        at, = self.sql("select (extract(epoch from timestamptz '2021-11-20 09:00+07') * 1000000)::int8")[0]
        vote = self.vote(self.office, meeting, 6, COMMITTEE, int(at), "ADMISSION_COMMITTEE")
        answer = self.step(self.ward, "GrassrootsVote", vote_id=vote, resolution="08-NQ/ĐU")
        self.assertEqual((self.stage, answer.cases[0].committee_on), (GRASSROOTS_APPROVED, "2021-11-20"))
        self.paper(self.office, "2021-11-20", "grassroots_resolution")
        answer = self.step(self.office, "Submit")
        self.assertTrue(answer.cases[0].submitted_at_us)

        self.refused(STATE, "not_appraised", "id", self.chief, "Decide", admit=True, decision_doc="15-QĐ/TU", decision_on="2021-12-06")
        self.step(self.officer, "Appraise", appraisal="Hồ sơ đầy đủ, đúng quy định")
        answer = self.step(self.chief, "Decide", admit=True, decision_doc="15-QĐ/TU", decision_on="2021-12-06")
        self.assertEqual((self.stage, answer.cases[0].decision_doc, bool(answer.cases[0].decider)), (DECIDED, "15-QĐ/TU", True))
        self.assertEqual(self.running(answer), {})

        answer = self.step(self.secretary, "Receive", received_on="2021-12-10")
        # six weeks after Friday, 10 December, and 3 January in place of New Year's Day
        self.assertEqual(self.running(answer), {"ceremony": "2022-01-24"})
        meeting, _ = self.branch_meeting("2021-12-18")
        held = {"meeting_id": meeting, "held_on": "2021-12-18", "member_id": uuid7(), "membership_id": uuid7(), "biography_no": "765432TTH"}
        self.refused(STATE, "ceremony_not_on_agenda", "meeting_id", self.secretary, "HoldCeremony", **held)
        self.on_agenda(meeting)
        answer = self.step(self.secretary, "HoldCeremony", **held)
        self.assertEqual((self.stage, answer.cases[0].held_on, answer.cases[0].member_id), (PROBATIONARY, "2021-12-18", held["member_id"]))
        self.assertEqual(self.running(answer), {})
        member = self.secretary.read("MemberService/Get", id=held["member_id"]).member
        self.assertEqual((member.joined_on, member.decision_on, member.biography_no), ("2021-12-18", "2021-12-06", "765432TTH"))
        self.assertEqual(self.sql(f"select state, due_on from chibo.probation where id = {quoted(held['member_id'])}"),
                         [["running", "2022-12-18"]])

    def on_agenda(self, meeting):
        self.sql(f"""insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, candidate_id, admission_case_id)
            select m.id, 1, m.unit_id, m.unit_pos, 'ceremony', 'Lễ kết nạp', {quoted(self.candidate)}, {quoted(self.case)}
            from chibo.meeting m where m.id = {quoted(meeting)}""")

    def test_who_may_not(self):
        """no other branch, nobody without the step, nobody who decides what he appraised, and no step from an old version"""
        self.refused(DENIED, "permission_denied", None, self.deputy, "OpenFile", case_id=self.case)
        self.refused(ABORTED, "conflict", "base_version", self.secretary, "OpenFile", case_id=self.case, base_version=7)
        stranger = actors.act(self, "BS", "HUE.TX.01")
        self.refused(NOT_FOUND, "not_found", "id", stranger, "OpenFile", case_id=self.case)
        self.make_ready()
        for client in (self.office, self.ward, self.officer, self.chief):
            self.refused(DENIED, "permission_denied", None, client, "BranchVote", vote_id=uuid7(), resolution="07-NQ/CB")
        self.refused(NOT_FOUND, "not_found", "vote_id", self.secretary, "BranchVote", vote_id=uuid7(), resolution="07-NQ/CB")
        self.refused(STATE, "candidate_stage", "id", self.chief, "Decide", admit=True, decision_doc="15-QĐ/TU")
        meeting, nine = self.branch_meeting()
        by_hand = self.vote(self.deputy, meeting, 16, 16, nine, method="HAND")
        self.refused(STATE, "ballot_or_card", "vote_id", self.secretary, "BranchVote", vote_id=by_hand, resolution="07-NQ/CB")

    def test_days(self):
        """a day to come is none; without a day it is today"""
        self.refused(INVALID, "not_future", "opened_on", self.secretary, "OpenFile", case_id=self.case, opened_on="2999-01-01")
        self.refused(STATE, "helped_months", "id", self.secretary, "OpenFile", case_id=self.case, opened_on="2020-05-31")
        self.refused(STATE, "certificate_expired", "id", self.secretary, "OpenFile", case_id=self.case)
        answer = self.open("2025-03-02")
        self.assertEqual(self.running(answer), {"consider_file": "2026-03-02"})

    def test_three_failed_votes(self):
        """two rounds more, then the ward decides; back it goes a step at a time"""
        self.make_ready()
        meeting, nine = self.branch_meeting()
        for round_ in (1, 2, 3):
            vote = self.vote(self.deputy, meeting, 11, 16, nine + round_ * MINUTE, round_=round_)
            self.step(self.secretary, "BranchVote", vote_id=vote, resolution="07-NQ/CB")
        self.assertEqual(self.stage, ESCALATED)
        answer = self.step(self.ward, "Resolve", approve=True, decision_doc="20-NQ/ĐU", decided_on="2021-11-22")
        self.assertEqual((self.stage, answer.cases[0].branch_on, answer.cases[0].branch_resolution), (BRANCH_APPROVED, "2021-11-22", "20-NQ/ĐU"))
        self.step(self.chief, "Extend", reason="Chờ xác minh")
        self.refused(STATE, "extended_before", "id", self.chief, "Extend", reason="Chờ xác minh")
        self.refused(STATE, "not_decider", "id", self.ward, "Extend", reason="Chờ xác minh")
        answer = self.step(self.ward, "SendBack", reason="Chi bộ xét lại")
        self.assertEqual((self.stage, answer.candidate.reason, answer.cases[0].branch_on), (READY, "Chi bộ xét lại", ""))
        answer = self.step(self.secretary, "RenewFile", reason="Giấy giới thiệu hết hạn", opened_on="2022-08-01")
        self.assertEqual((self.stage, answer.cases[0].opened_on), (FILE_OPEN, "2022-08-01"))
        self.assertFalse(self.papers(answer)["mentor_letter"].is_there)
        self.assertTrue(self.papers(answer)["application"].is_there)

    def test_checks_are_told_to_few(self):
        """what a check concluded stands in no other answer; whoever reads it is on record, an inspector names his file"""
        self.open()
        self.check()
        reads = lambda: int(self.sql("select count(*) from ledger.entry where method = 'AdmissionService/ListChecks'")[0][0])  # noqa: E731
        before = reads()
        answer = self.secretary.read("AdmissionService/ListChecks", id=self.candidate)
        self.assertEqual([(c.place, c.asked_on, c.answered_on, c.conclusion) for c in sorted(answer.checks, key=lambda c: c.place)],
                         [("Phường Kim Long", "2021-06-10", "2021-07-01", 1), ("Xã Nghĩa An", "2021-06-10", "2021-07-01", 1)])
        self.assertEqual(reads(), before + 1)
        for client in (self.deputy, self.chief):
            with self.assertRefused(DENIED, "permission_denied"):
                client.read("AdmissionService/ListChecks", id=self.candidate)
        with self.assertRefused(INVALID, "required", "inspection_no"):
            self.inspector.read("AdmissionService/ListChecks", id=self.candidate)
        self.assertEqual(reads(), before + 1)
        self.assertEqual(len(self.inspector.read("AdmissionService/ListChecks", id=self.candidate, inspection_no="12-KL/UBKTĐU").checks), 2)
        touched, = self.sql("select string_agg(touched, ' ') from ledger.entry where method = 'AdmissionService/ListChecks'")[0]
        self.assertIn("inspection 12-KL/UBKTĐU", touched)
        for name, message in MESSAGES.items():
            if name.startswith("Admission") and name.endswith("Response"):
                kept = [f.name for field in message.DESCRIPTOR.fields if field.message_type for f in field.message_type.fields
                        if f.name == "conclusion"]
                self.assertEqual(bool(kept), name == "AdmissionListChecksResponse", name)


if __name__ == "__main__":
    tap.main()
