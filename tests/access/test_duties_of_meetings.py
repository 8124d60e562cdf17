#!/usr/bin/python3
"""Separation of duties around meetings: nobody decides on what he did himself, nor on his own record, nor judges his
own branch from above. Numbers are those of the eleven duties."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from model import INVALID, OK, Target  # noqa: E402
from routes import BASIS, POINTS, TODAY, fresh  # noqa: E402
from test_duties import Holding  # noqa: E402
from world import key, token  # noqa: E402


def uuid_of(record):
    return f"'{record.hex()}'"


class Steps(Holding):
    def fresh(self, kind, unit="own"):
        """The records of a set that nobody has touched."""
        return self.district.targets.next(unit, kind)

    def past(self, text):
        """Changes what is kept from everybody else."""
        self.sql(f"set session_replication_role = replica; {text}; set session_replication_role = origin")

    def did(self, name, table, column, record):
        """Somebody has taken an earlier step of the record."""
        self.past(f"update chibo.{table} set {column} = md5('person/{name}')::uuid where id = {uuid_of(record)}")

    def join_branch(self, name):
        """He is a member of `own`."""
        self.sql(world.file(name))


class OwnSteps(Steps):
    def test_submitted(self):
        """(1) nobody takes what he submitted, nor sends it back"""
        name, (office,) = self.hold("WO")
        record = self.fresh("submitted", "descendant").submitted
        self.did(name, "meeting", "submitted_by", record)
        self.assertRefused(self.act(name, office, "MeetingService/Acknowledge", id=record), "own_proposal")
        self.assertRefused(self.act(name, office, "MeetingService/SendBack", id=record, reason=BASIS), "own_proposal")
        self.assertAnswer(self.submit(token("WO/live"), "MeetingService/Acknowledge", id=record), OK)

    def test_pilot(self):
        """(1) nobody registers a pilot that he proposed"""
        name, (office,) = self.hold("WO")
        record = self.fresh("proposed").proposed
        self.did(name, "pilot", "proposed_by", record)
        self.assertRefused(self.act(name, office, "PilotService/Enrol", id=record), "own_proposal")

    def test_report(self):
        """(1) nobody decides on a report that he made or sent"""
        for column in ("made_by", "sent_by"):
            name, (office,) = self.hold("WO")
            record = self.fresh("report_sent", "descendant").report_sent
            self.did(name, "sent_report", column, record)
            for method, more in (("Accept", {}), ("SendBack", {"reason": BASIS})):
                self.assertRefused(self.act(name, office, f"SentReportService/{method}", id=record, base_version=1,
                                            **more), "own_proposal")

    def test_assessment(self):
        """(1) nobody confirms assessments that he proposed"""
        name, (ward,) = self.hold("WS")
        self.did(name, "residential_assessment", "proposed_by", self.fresh("registration").assessment)
        answer = self.act(name, ward, "ResidentialService/Confirm", unit_id=key("unit", "upper"), year=2025)
        self.assertRefused(answer, "own_proposal")

    def test_task(self):
        """(1) nobody confirms a task that he reported as done"""
        name, (office,) = self.hold("WO")
        record = self.fresh("reported").reported
        self.did(name, "task", "reported_by", record)
        self.assertRefused(self.act(name, office, "TaskService/Confirm", id=record), "own_proposal")

    def test_assigner(self):
        """a task is confirmed, returned and cancelled where it was assigned"""
        for method, kind in (("Confirm", "reported"), ("ReturnTask", "reported"), ("Cancel", "assigned")):
            target = self.fresh(kind)
            record = getattr(target, kind)
            self.sql(f"update chibo.task set assigner_id = md5('unit/ancestor')::uuid where id = {uuid_of(record)}")
            more = {} if method == "Confirm" else {"reason": BASIS}
            answer = self.submit(token("WO/live"), f"TaskService/{method}", id=record, **more)
            self.assertRefused(answer, "not_assigner")

    def test_proposal(self):
        """(1) a committee's secretary does not adopt what he drafted"""
        name, (ward,) = self.hold("WS", unit="ancestor")
        record = Target("ancestor").wish
        self.did(name, "proposal", "drafted_by", record)
        answer = self.act(name, ward, "ProposalService/Adopt", id=record)
        self.assertEqual((answer.code, answer.rule), (9, "own_proposal"))

    def test_reply(self):
        """(1) nobody answers a proposal that he adopted or sent"""
        for column in ("adopted_by", "sent_by"):
            name, (ward,) = self.hold("WS")
            target = self.fresh("routed")
            self.did(name, "proposal", column, target.routed)
            answer = self.act(name, ward, "ProposalService/Answer", id=target.part("routed", "recipient"),
                              state="RECIPIENT_STATE_ANSWERED", reply=BASIS)
            self.assertRefused(answer, "own_proposal")


class OwnRecords(Steps):
    def test_assessed(self):
        """(2) nobody assesses himself"""
        name, (office,) = self.hold("WO")
        record = self.fresh("registration").registration
        self.did(name, "residential_registration", "person_id", record)
        answer = self.act(name, office, "ResidentialService/Assess", unit_id=key("unit", "upper"), year=2026,
                          lines=[{"registration_id": record, "grade": "good"}])
        self.assertRefused(answer, "own_record")

    def test_registered(self):
        """(2) nobody registers himself"""
        name, (office,) = self.hold("WO")
        self.join_branch(name)
        self.sql("insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during) "
                 f"select md5('second/{name}')::uuid, md5('member/{name}')::uuid, id, pos, feed_id, 'residential', "
                 "'[2026-01-01,)' from chibo.unit where code = 'QQUPPER'")
        answer = self.act(name, office, "ResidentialService/Create", id=fresh(), membership_id=key("second", name),
                          work_unit=BASIS, introduced_on="2026-01-01", received_on="2026-01-02")
        self.assertRefused(answer, "own_record")

    def test_post(self):
        """(2) nobody gives himself a post"""
        name, (office,) = self.hold("WO")
        answer = self.act(name, office, "PostService/Hold", id=fresh(), post_id=self.fresh("vacancy").vacancy,
                          person_id=key("person", name), mode="HOLDING_MODE_ELECTED", decision_doc=BASIS, from_on=TODAY)
        self.assertRefused(answer, "own_record")


class OwnBranch(Steps):
    """(4) Self score and upper score come from different people."""

    def test_delegate(self):
        """(4) whoever belongs to the branch is no delegate to it"""
        answer = self.submit(token("DO/live"), "PilotService/AssignDelegate", id=fresh(), capacity=BASIS,
                             pilot_id=self.fresh("registered").registered, person_id=Target("own").person)
        self.assertRefused(answer, "own_branch")

    def test_belongs(self):
        """(4) whoever belongs to the branch is not above it, whatever his role"""
        name, (office, ward) = self.hold("WO", "WS", unit="ancestor")
        self.join_branch(name)
        target = self.fresh("voted")
        answer = self.act(name, office, "ScoreService/Upper", id=fresh(), meeting_id=target.voted, lines=POINTS)
        self.assertEqual((answer.code, answer.rule), (9, "own_branch"))
        answer = self.act(name, ward, "ScoreService/Confirm", id=self.fresh("judged").judged, base_version=1)
        self.assertEqual((answer.code, answer.rule), (9, "own_branch"))

    def test_acts_there(self):
        """(4) whoever acts in the branch is not above it, although he does not belong to it"""
        name, (office,) = self.hold("WO")
        answer = self.act(name, office, "ScoreService/Upper", id=fresh(), meeting_id=self.fresh("voted").voted,
                          lines=POINTS)
        self.assertRefused(answer, "own_branch")

    def test_own_sheet(self):
        """(4) whoever drafted the branch's sheet, or submitted it, neither judges from above nor confirms"""
        for column in ("drafted_by", "voted_by"):
            name, (office, ward) = self.hold("WO", "WS", unit="ancestor")
            for kind, grant, method, more in (
                    ("voted", office, "Upper", {"lines": POINTS, "id": fresh()}), ("judged", ward, "Confirm", {})):
                record = getattr(self.fresh(kind), kind)
                self.did(name, "scoring", column, record)
                more = {"meeting_id": record, **more} if method == "Upper" else {"id": record, "base_version": 1}
                answer = self.act(name, grant, f"ScoreService/{method}", **more)
                self.assertEqual((answer.code, answer.rule), (9, "own_sheet"))

    def test_secretary(self):
        """(AT-23) the secretary of the district does not decide on the sheet of his own branch"""
        name, (head,) = self.hold("DH", unit="root")
        self.join_branch(name)
        answer = self.act(name, head, "ScoreService/Confirm", id=self.fresh("judged").judged, base_version=1)
        self.assertEqual((answer.code, answer.rule), (9, "own_branch"))
        other = self.act(name, head, "ScoreService/Confirm", id=self.fresh("judged", "descendant").judged, base_version=1)
        self.assertEqual(other.code, OK)

    def test_anothers_sheet(self):
        """nobody writes in another's sheet"""
        name, (office,) = self.hold("WO", unit="ancestor")
        answer = self.act(name, office, "ScoreService/UpdateUpper", id=self.fresh("judged").judged, base_version=1,
                          lines=POINTS)
        self.assertEqual((answer.code, answer.rule), (9, "no_own_sheet"))

    def test_invited(self):
        """whoever was not invited to the meeting judges nothing of it"""
        name, (delegate,) = self.hold("DG")
        meeting = self.fresh("meeting").meeting
        self.sql(f"update auth.\"grant\" set meeting_id = {uuid_of(meeting)} where id = {uuid_of(delegate)}")
        answer = self.act(name, delegate, "ScoreService/Upper", id=fresh(), meeting_id=meeting, lines=POINTS)
        self.assertRefused(answer, "not_invited")

    def test_comment(self):
        """a delegate speaks for himself; whoever writes it down names one that was sent"""
        answer = self.submit(token("DG/live"), "PilotService/Comment", id=fresh(), pilot_id=Target("own").meeting,
                             author_id=Target("own").person, comment=BASIS)
        self.assertRefused(answer, "author_self")
        answer = self.submit(token("DO/live"), "PilotService/Comment", id=fresh(), pilot_id=Target("own").meeting,
                             author_id=Target("own").holder, comment=BASIS)
        self.assertRefused(answer, "not_delegate")


class Minutes(Steps):
    def test_two(self):
        """(5) chair and clerk are two"""
        person = Target("own").person
        answer = self.submit(token("BS/live"), "MeetingService/Create", id=fresh(), unit_id=key("unit", "own"),
                             kind="MEETING_KIND_REGULAR", period_month="2026-01", planned_at_us=0, chair_id=person,
                             clerk_id=person)
        self.assertAnswer(answer, INVALID, "same_person", "clerk_id")

    def test_signed(self):
        """(5) the two who presided and wrote sign, and nobody else; with both the minutes are sealed"""
        target = self.fresh("adopted")
        record = target.part("adopted", "minutes_of")
        (chair, first), (clerk, second) = self.hold("BS"), self.hold("BD")
        for column, name in (("chair_id", chair), ("clerk_id", clerk)):
            self.did(name, "minutes", column, record)
        self.assertRefused(self.submit(token("BS/live"), "MinutesService/Sign", id=record), "not_chair_or_clerk")
        for name, grant, state in ((chair, first[0], "adopted"), (clerk, second[0], "sealed")):
            self.assertAnswer(self.act(name, grant, "MinutesService/Sign", id=record), OK)
            self.assertRefused(self.act(name, grant, "MinutesService/Sign", id=record), "already_signed")
            self.assertEqual(self.superuser.value(f"select state from chibo.minutes where id = {uuid_of(record)}"), state)


if __name__ == "__main__":
    tap.main()
