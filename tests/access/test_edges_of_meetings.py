#!/usr/bin/python3
"""What the matrix has no axis for, around meetings: two targets, what is seen of a record before its time, figures of
a past tree."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from client import Client  # noqa: E402
from model import NOT_FOUND, OK, STATE, Target  # noqa: E402
from routes import BASIS, HELD, TODAY, fresh  # noqa: E402
from test_duties_of_meetings import Steps, uuid_of  # noqa: E402
from test_edges import Pairs  # noqa: E402
from world import OUTSIDE, key, token  # noqa: E402

OWN = key("unit", "own")
SECRETARY, OFFICE, BOARD, MEMBER = token("BS/live"), token("WO/live"), token("DO/live"), token("MB/live")
DELEGATE = token("DG/live")


class Persons(Pairs):
    """A person of somebody else's in a record of one's own."""

    def test_chair(self):
        """somebody else's person presides or writes"""
        for field, other in (("chair_id", "clerk_id"), ("clerk_id", "chair_id")):
            self.check("MeetingService/Create", lambda t, field=field, other=other: {
                "id": fresh(), "unit_id": OWN, "kind": "MEETING_KIND_REGULAR", "period_month": HELD[:7],
                "planned_at_us": 0, field: t.person, other: Target("own").holder}, field)

    def test_guest(self):
        """somebody else's person is a guest"""
        self.check("MeetingService/AddGuest", lambda t: {
            "id": fresh(), "meeting_id": Target("own").planned, "class": "GUEST_CLASS_OTHER", "person_id": t.person,
            "capacity": BASIS}, "person_id")

    def test_delegate(self):
        """somebody else's person is sent as a delegate"""
        self.check("PilotService/AssignDelegate", lambda t: {
            "id": fresh(), "pilot_id": Target("own").registered, "person_id": t.person, "capacity": BASIS},
            "person_id")

    def test_holder(self):
        """somebody else's person holds a post"""
        self.check("PostService/Hold", lambda t: {
            "id": fresh(), "post_id": Target("own").vacancy, "person_id": t.person, "mode": "HOLDING_MODE_ELECTED",
            "decision_doc": BASIS, "from_on": TODAY}, "person_id")

    def test_member(self):
        """somebody else's member is given a task, or was not introduced"""
        self.check("TaskService/Create", lambda t: {
            "id": fresh(), "source": "TASK_SOURCE_OTHER", "title": BASIS, "due_on": TODAY, "member_id": t.member},
            "member_id")
        self.check("ResidentialService/Create", lambda t: {
            "id": fresh(), "member_id": t.member, "category": "RESIDENTIAL_CATEGORY_NOT_INTRODUCED",
            "work_unit": BASIS, "received_on": "2026-01-02"}, "member_id")

    def test_member_of_another_branch(self):
        """a member is given a task by his own branch alone"""
        for fields in ({"member_id": Target("descendant").member},
                       {"member_id": Target("own").member, "unit_id": key("unit", "descendant")}):
            answer = self.submit(SECRETARY, "TaskService/Create", id=fresh(), source="TASK_SOURCE_OTHER", title=BASIS,
                                 due_on=TODAY, **fields)
            self.assertAnswer(answer, STATE, "not_own_member", "member_id")


class Records(Pairs):
    """A record of somebody else's behind one of one's own."""

    def test_grant_meeting(self):
        """a delegate's grant for a meeting of somebody else's, or of another unit than the grant's"""
        def fields(target):
            return {"id": fresh(), "person_id": Target("own").person, "role": "DG", "unit_id": OWN, "basis": BASIS,
                    "until_on": TODAY, "meeting_id": target.meeting}
        self.check("GrantService/Create", fields, "meeting_id")
        answer = self.submit(token("DH/live"), "GrantService/Create", **fields(Target("descendant")))
        self.assertAnswer(answer, STATE, "meeting_unit", "meeting_id")

    def test_copies(self):
        """a resolution is sent to one's own unit and those below, and nowhere else"""
        self.check("ResolutionService/Issue", lambda t: {
            "id": Target("own").carried, "number": "77", "suffix": "NQ/TT", "issuer": BASIS, "issued_on": TODAY,
            "unit_ids": [t.unit]}, "unit_ids")
        answer = self.submit(SECRETARY, "ResolutionService/Issue", id=Target("descendant").carried, number="77",
                             suffix="NQ/TT", issuer=BASIS, issued_on=TODAY, unit_ids=[key("unit", "upper")])
        self.assertAnswer(answer, NOT_FOUND, "not_found", "unit_ids")

    def test_votes(self):
        """a vote decides in its own unit and meeting"""
        self.check("ResolutionService/Adopt", lambda t: {
            "id": Target("own").discussed, "vote_id": t.part("decided", "resolution")}, "vote_id")
        answer = self.submit(SECRETARY, "ResolutionService/Adopt", id=Target("own").discussed,
                             vote_id=Target("descendant").part("decided", "resolution"))
        self.assertAnswer(answer, STATE, "vote_on_other", "vote_id")
        answer = self.submit(SECRETARY, "ProposalService/Adopt", id=Target("own").wish,
                             vote_id=Target("own").part("decided", "resolution"))
        self.assertAnswer(answer, STATE, "vote_on_other", "vote_id")
        for method, fields in (
                ("MinutesService/Adopt", {"id": fresh(), "meeting_id": Target("own").opened,
                                          "vote_id": Target("own").part("decided", "minutes")}),
                ("ScoreService/SubmitSelf", {"id": Target("own").scored, "base_version": 1,
                                             "vote_id": Target("own").part("decided", "score")})):
            self.assertAnswer(self.submit(SECRETARY, method, **fields), NOT_FOUND, "not_found", "vote_id")

    def test_meeting(self):
        """a resolution or proposal comes from a meeting of its own unit"""
        for method, fields in (
                ("ResolutionService/Create", {"kind": "RESOLUTION_KIND_THEMATIC", "subject": BASIS}),
                ("ProposalService/Create", {"title": BASIS, "body": BASIS, "bodies": [BASIS]})):
            for unit in (*OUTSIDE, "descendant"):
                answer = self.submit(SECRETARY, method, id=fresh(), unit_id=OWN, meeting_id=Target(unit).meeting,
                                     **fields)
                self.assertAnswer(answer, NOT_FOUND, "not_found", "meeting_id")

    def test_parent(self):
        """a resolution makes one concrete that its unit has or was sent"""
        for unit in (*OUTSIDE, "descendant", "nowhere"):
            answer = self.submit(SECRETARY, "ResolutionService/Create", id=fresh(), unit_id=OWN, subject=BASIS,
                                 kind="RESOLUTION_KIND_THEMATIC", parent_id=Target(unit).resolution)
            self.assertAnswer(answer, STATE, "parent_not_received", "parent_id")

    def test_superseded(self):
        """a resolution is superseded by one of its own unit"""
        for unit in (*OUTSIDE, "descendant", "nowhere"):
            answer = self.submit(SECRETARY, "ResolutionService/Supersede", id=Target("own").in_force,
                                 superseded_by=Target(unit).in_force)
            self.assertAnswer(answer, NOT_FOUND, "not_found", "superseded_by")

    def test_corrected(self):
        """minutes are corrected where they belong"""
        answer = self.submit(SECRETARY, "MinutesService/Correct", id=fresh(), meeting_id=Target("own").closed,
                             corrects=Target("own").part("submitted", "minutes_of"), correction=BASIS)
        self.assertAnswer(answer, NOT_FOUND, "not_found", "corrects")

    def test_recipients(self):
        """a proposal goes to units above its own"""
        for unit in ("sibling", "otherward", "own", "descendant", "nowhere"):
            answer = self.submit(SECRETARY, "ProposalService/Create", id=fresh(), unit_id=OWN, title=BASIS, body=BASIS,
                                 recipient_ids=[key("unit", unit)])
            self.assertAnswer(answer, STATE, "not_above", "recipient_ids")


class Sight(Steps):
    """What is seen, and when."""

    def read(self, who, method, **fields):
        answer = self.ask(who, method, **fields)
        self.assertAnswer(answer, OK)
        return answer

    def test_recipient(self):
        """a proposal is received where it was sent to, and what a body outside says is recorded apart"""
        target = self.fresh("sent")
        recipient = target.part("sent", "recipient")
        self.sql("update chibo.proposal_recipient set recipient_id = md5('unit/ancestor')::uuid "
                 f"where id = {uuid_of(recipient)}")
        self.assertRefused(self.submit(OFFICE, "ProposalService/Receive", id=recipient), "not_recipient")
        answer = self.submit(OFFICE, "ProposalService/RecordReply", id=self.fresh("arrived").part("arrived", "recipient"),
                             state="RECIPIENT_STATE_ANSWERED", reply=BASIS)
        self.assertRefused(answer, "not_recipient")

    def test_draft(self):
        """a report that a lower unit has not sent is its own business"""
        record = Target("descendant").report
        self.assertAnswer(self.ask(SECRETARY, "SentReportService/Get", id=record), NOT_FOUND, "not_found")
        listed = self.read(SECRETARY, "SentReportService/List", unit_id=key("unit", "descendant"), limit=500)
        self.assertNotIn(record, listed.raw)
        self.assertIn(Target("descendant").report_sent, listed.raw)
        self.assertIn(Target("own").report, self.read(SECRETARY, "SentReportService/List", unit_id=OWN, limit=500).raw)

    def test_one_meeting(self):
        """a delegate sees the one meeting of his grant in every list"""
        for method in ("MeetingService/List", "MinutesService/List", "PilotService/List", "ScoreService/List"):
            listed = self.read(DELEGATE, method, limit=500)
            self.assertIn(Target("own").meeting, listed.raw, method)
            for kind in ("meeting", "closed", "piloted", "voted"):
                for other in (Target("own", 1), Target("descendant"), Target("upper")):
                    self.assertNotIn(getattr(other, kind), listed.raw, method)

    def sheet(self, meeting, who, text):
        """Somebody else's sheet on a meeting."""
        self.past("insert into chibo.score_sheet (id, unit_id, unit_pos, feed_id, meeting_id, class, state, assessor_id, "
                  "assessor_name, assessor_unit, total, grade, comment, submitted_at) "
                  f"select md5('{text}')::uuid, unit_id, unit_pos, feed_id, id, 'peer_secretary', 'submitted', {who}, '{text}', "
                  f"'{text}', 71, 'fair', '{text}', now() from chibo.scoring where id = {uuid_of(meeting)}")

    def test_peers(self):
        """whoever came for one meeting sees no other's sheet before it is final, and as a peer not the branch's"""
        meeting = Target("own").meeting
        self.sheet(meeting, "md5('grantee/own/0')::uuid", "peersheet")
        read = self.read(DELEGATE, "ScoreService/Get", id=meeting)
        self.assertTrue(read.shows("record", "own"))
        self.assertNotIn(b"peersheet", read.raw)
        self.assertIn(b"peersheet", self.read(self.above(), "ScoreService/Get", id=meeting).raw)
        self.past("update chibo.guest set class = 'peer_observer' where id = md5('delegate')::uuid")
        self.assertFalse(self.read(DELEGATE, "ScoreService/Get", id=meeting).shows("record", "own"))

    def above(self):
        """Somebody who acts above the branch."""
        name, _ = self.hold("WO", unit="ancestor")
        return token(name)

    def test_members(self):
        """a member sees the branch's own sheet, and the result once it is final"""
        for kind in ("judged", "confirmed"):
            read = self.read(MEMBER, "ScoreService/Get", id=getattr(Target("own"), kind))
            self.assertNotIn(Target("own").part(kind, "ward_committee"), read.raw)
        with Client(self.server.port, self.server.pin) as client:
            client.token = MEMBER
            self.assertEqual(client.read("ScoreService/Get", id=Target("own").confirmed).scoring.grade, "")
            self.past(f"update chibo.scoring set state = 'final' where id = {uuid_of(Target('own').confirmed)}")
            self.assertEqual(client.read("ScoreService/Get", id=Target("own").confirmed).scoring.grade, "good")

    def test_words(self):
        """in the branch nobody reads what those above wrote, criterion by criterion, before it is final"""
        target = self.fresh("confirmed")
        self.past("update chibo.score_sheet set comment = 'wardwords' where id = "
                  f"{uuid_of(target.part('confirmed', 'ward_committee'))}")
        self.assertNotIn(b"wardwords", self.read(SECRETARY, "ScoreService/Get", id=target.confirmed).raw)
        self.assertIn(b"wardwords", self.ask(self.above(), "ScoreService/Get", id=target.confirmed).raw)
        self.past(f"update chibo.scoring set state = 'final' where id = {uuid_of(target.confirmed)}")
        self.assertIn(b"wardwords", self.read(SECRETARY, "ScoreService/Get", id=target.confirmed).raw)


class Past(Steps):
    def test_posts(self):
        """posts of a past tree are counted only where they lie in today's scope"""
        counted = self.superuser.value(
            "select count(*) from chibo.post p join chibo.unit u on u.id = p.unit_id where p.during @> '2025-06-01'::date "
            "and u.code in ('QQOWN', 'QQDESCENDANT', 'QQUPPER', 'QQLOWER')")
        with Client(self.server.port, self.server.pin) as client:
            client.token = SECRETARY
            report = client.read("ReportService/Posts", as_of_on="2025-06-01", tree="TREE_THEN")
        self.assertEqual(sum(row.posts for row in report.rows), int(counted))


if __name__ == "__main__":
    tap.main()
