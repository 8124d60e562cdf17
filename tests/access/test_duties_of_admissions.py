#!/usr/bin/python3
"""Separation of duties on the way into the Party: nobody acts on his own record, nor decides on what he submitted or
appraised; a mentor does not conclude on the checks; whoever proposes a target neither agrees to it nor issues it. Numbers
are those of the eleven duties."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from model import NOT_FOUND, RIGHTS, ROLES, STATE, Target  # noqa: E402
from records import CANDIDATES, PROBATIONS  # noqa: E402
from routes import BASIS, ROUTES, fresh  # noqa: E402
from test_duties_of_meetings import Steps, uuid_of  # noqa: E402
from world import key, token  # noqa: E402


def steps(kinds):
    """Routes that write a record of these kinds."""
    return [(method, row) for method, row in ROUTES.items() if row.write and row.uses in kinds]


class OwnRecords(Steps):
    """(2) Nobody acts on his own record, whatever his role."""

    def check(self, kinds, table, record_of):
        for method, row in steps(kinds):
            role = next(role for role in ROLES if role in RIGHTS[row.right])
            name, (grant,) = self.hold(role)
            target = Target("own")
            record = uuid_of(record_of(target, row.uses))
            was = self.superuser.value(f"select person_id from chibo.{table} where id = {record}")
            self.past(f"update chibo.{table} set person_id = md5('person/{name}')::uuid where id = {record}")
            try:
                answer = self.act(name, grant, method, **row.fields(target))
            finally:
                self.past(f"update chibo.{table} set person_id = '{was}' where id = {record}")
            self.assertEqual((answer.code, answer.rule), (STATE, "own_record"), method)

    def test_candidates(self):
        """(2) nobody takes a step on his own way into the Party"""
        self.check(CANDIDATES, "candidate", getattr)

    def test_probations(self):
        """(2) nobody takes a step of his own recognition"""
        self.check(PROBATIONS, "member", getattr)

    def test_listed(self):
        """(2) nobody writes himself down as a candidate"""
        name, (secretary,) = self.hold("BS")
        answer = self.act(name, secretary, "CandidateService/Create", id=fresh(), unit_id=key("unit", "own"),
                          person_id=key("person", name), source_group="worker")
        self.assertRefused(answer, "own_record")


class OwnSteps(Steps):
    """(1) Nobody decides on what he did himself."""

    def test_target_agreed(self):
        """(7) nobody agrees to a target that he proposed"""
        name, (secretary,) = self.hold("BS")
        record = self.fresh("target_proposed").target_proposed
        self.did(name, "target", "proposed_by", record)
        self.assertRefused(self.act(name, secretary, "TargetService/Agree", id=record, base_version=1), "own_proposal")

    def test_target_issued(self):
        """(7) nobody issues a target that he proposed, nor adjusts it"""
        for method, kind, more in (("Issue", "target_agreed", {}), ("Adjust", "target_issued", {
                "new_id": fresh(), "value": 7, "basis": BASIS, "reason": BASIS})):
            name, (secretary,) = self.hold("WS")
            record = getattr(self.fresh(kind, "descendant"), kind)
            self.did(name, "target", "proposed_by", record)
            answer = self.act(name, secretary, f"TargetService/{method}", id=record, base_version=1, **more)
            self.assertRefused(answer, "own_proposal")

    def test_decided(self):
        """(1) nobody decides on a file that he submitted or appraised"""
        for column in ("submitted_by", "appraised_by"):
            for role in ("WS", "DS"):
                name, (grant,) = self.hold(role)
                target = self.fresh("candidate_appraised")
                self.did(name, "admission_case", column, target.part("candidate_appraised", "case"))
                answer = self.act(name, grant, "AdmissionService/Decide", id=target.candidate_appraised, base_version=1,
                                  admit=True, decision_doc=BASIS)
                self.assertRefused(answer, "own_proposal")

    def test_recognised(self):
        """(1) nobody decides on a recognition that he submitted"""
        name, (board,) = self.hold("DS")
        record = self.fresh("probation_under_review").probation_under_review
        self.did(name, "probation", "submitted_by", record)
        for more in ({"recognise": True, "decision_doc": BASIS, "card_no": "99999999"},
                     {"recognise": False, "reason": BASIS}):
            answer = self.act(name, board, "ProbationService/Decide", id=record, base_version=1, **more)
            self.assertRefused(answer, "own_proposal")

    def test_mentor(self):
        """(3) whoever helps the candidate, or has helped, does not conclude on the checks"""
        for during, ended in (("[2024-01-01,)", "null"), ("[2024-01-01,2025-01-01)", "'x'")):
            name, (ward,) = self.hold("WS")
            self.join_branch(name)
            record = self.fresh("candidate_answered").candidate_answered
            self.past("insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, "
                      "mentor_person_id, mentor_name, resolution, is_replacement, during, reason_end) "
                      f"select gen_random_uuid(), id, unit_id, unit_pos, feed_id, md5('member/{name}')::uuid, "
                      f"md5('person/{name}')::uuid, 'x', 'x', true, '{during}', {ended} from chibo.candidate "
                      f"where id = {uuid_of(record)}")
            answer = self.act(name, ward, "AdmissionService/ConcludeChecks", id=record, base_version=1)
            self.assertRefused(answer, "mentor_confirms")

    def test_reporter(self):
        """a mentor reports in his own name, and of those whom he helps"""
        meeting = Target("own").opened
        for fields, rule in ((
                {"candidate_id": Target("own", "MB").candidate_helped, "mentor_id": Target("own").helper}, "not_mentor"),
                ({"candidate_id": Target("own").candidate_helped, "mentor_id": key("member", "MB", "live")}, "not_found")):
            answer = self.submit(token("MB/live"), "MeetingService/ReportCandidate", id=fresh(), meeting_id=meeting,
                                 strengths=BASIS, weaknesses=BASIS, **fields)
            self.assertEqual(answer.rule, rule)
        record = uuid_of(Target("own", "MB").candidate_helped)
        self.past("insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, "
                  "mentor_person_id, mentor_name, resolution, is_replacement, during) select md5('second help')::uuid, c.id, "
                  "c.unit_id, c.unit_pos, c.feed_id, m.id, m.person_id, 'x', 'x', true, '[2024-01-01,)' from chibo.candidate c, "
                  f"chibo.member m where c.id = {record} and m.id = {uuid_of(Target('own').helper)}")
        self.addCleanup(self.past, "delete from chibo.mentor_assignment where id = md5('second help')::uuid")
        answer = self.submit(token("MB/live"), "MeetingService/ReportCandidate", id=fresh(), meeting_id=meeting,
                             strengths=BASIS, weaknesses=BASIS, candidate_id=Target("own", "MB").candidate_helped,
                             mentor_id=Target("own").helper)
        self.assertRefused(answer, "not_mentor")
        answer = self.submit(token("BS/live"), "MeetingService/ReportCandidate", id=fresh(), meeting_id=meeting,
                             strengths=BASIS, weaknesses=BASIS, candidate_id=Target("descendant").candidate_helped,
                             mentor_id=Target("descendant").helper)
        self.assertAnswer(answer, NOT_FOUND, "not_found", "candidate_id")
        answer = self.submit(token("BS/live"), "MeetingService/ReportCandidate", id=fresh(), meeting_id=meeting,
                             strengths=BASIS, weaknesses=BASIS, candidate_id=Target("own").candidate_helped,
                             mentor_id=key("member", "MB", "live"))
        self.assertRefused(answer, "not_mentor")


class Deciders(Steps):
    """The unit that holds the power decides, and no other."""

    def check(self, unit):
        for role in ("WS", "DS"):
            name, (grant,) = self.hold(role, unit=unit)
            for method, kind, more in (
                    ("AdmissionService/Decide", "candidate_appraised", {"admit": True, "decision_doc": BASIS}),
                    ("AdmissionService/Extend", "candidate_appraised", {"reason": BASIS}),
                    ("ProbationService/Decide", "probation_under_review", {
                        "recognise": True, "decision_doc": BASIS, "card_no": "99999998"}),
                    ("ProbationService/Extend", "probation_under_review", {"reason": BASIS})):
                answer = self.act(name, grant, method, id=getattr(Target("descendant"), kind), base_version=1, **more)
                self.assertEqual((answer.code, answer.rule), (STATE, "not_decider"), f"{method}, {role} in {unit}")

    def test_above(self):
        """who acts above the unit that decides does not decide"""
        self.check("ancestor")

    def test_below(self):
        """who acts below it does not either"""
        self.check("descendant")

    def test_lower(self):
        """where a lower unit holds the power, the upper one has none"""
        self.past("update chibo.unit set can_decide_admission = true where code = 'QQDESCENDANT'")
        self.addCleanup(self.past, "update chibo.unit set can_decide_admission = false where code = 'QQDESCENDANT'")
        self.check("own")


if __name__ == "__main__":
    tap.main()
