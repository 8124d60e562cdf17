#!/usr/bin/python3
"""What the matrix has no axis for, on the way into the Party: how little a mentor sees, and whoever reads counts alone;
what is told of checks; records behind records; what has moved."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
import world  # noqa: E402
from client import Client, uuid7  # noqa: E402
from model import DENIED, NOT_FOUND, OK, STATE, Target  # noqa: E402
from records import CANDIDATES, MINE  # noqa: E402
from routes import BASIS, TODAY, fresh  # noqa: E402
from test_duties_of_meetings import Steps, uuid_of  # noqa: E402
from test_edges import Pairs  # noqa: E402
from world import OUTSIDE, key, token  # noqa: E402

OWN = key("unit", "own")
MEMBER, DEPUTY, SECRETARY = token("MB/live"), token("BD/live"), token("BS/live")
OFFICE, WARD, BOARD = token("WO/live"), token("WS/live"), token("DS/live")
# Stages of a file that lies before whoever decides.
BEFORE_HIM = ("under_review", "decided")


class Reading(Steps):
    def read(self, who, method, **fields):
        answer = self.ask(who, method, **fields)
        self.assertAnswer(answer, OK)
        return answer

    def parsed(self, who, method, **fields):
        with Client(self.server.port, self.server.pin) as client:
            client.token = who
            return client.read(method, **fields)


class Mentors(Reading):
    """A mentor sees whom he helps, and nothing of the file."""

    def helps(self, candidate, during="[2024-01-01,)"):
        """The actor of the role MB helps him, in these days."""
        ended = "null" if during.endswith(",)") else "'x'"
        self.past("insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, "
                  "mentor_person_id, mentor_name, resolution, is_replacement, during, reason_end) "
                  "select gen_random_uuid(), id, unit_id, unit_pos, feed_id, md5('member/MB/live')::uuid, "
                  f"md5('person/MB/live')::uuid, 'Người giúp', 'x', true, '{during}', {ended} "
                  f"from chibo.candidate where id = {uuid_of(candidate)}")

    def test_file(self):
        """a mentor sees his candidate and not the file, its papers and deadlines"""
        record = self.fresh("candidate_branch_approved").candidate_branch_approved
        self.helps(record)
        seen = self.parsed(MEMBER, "CandidateService/Get", id=record)
        self.assertIn("Zyown", seen.candidate.full_name)
        self.assertEqual([len(seen.cases), len(seen.papers), len(seen.clocks)], [0, 0, 0])
        whole = self.parsed(SECRETARY, "CandidateService/Get", id=record)
        self.assertTrue(whole.cases and whole.papers and whole.clocks)

    def test_reports(self):
        """a mentor reads his own reports, and those who read the file all of them"""
        record = Target("own").candidate_helped
        self.assertTrue(self.parsed(SECRETARY, "CandidateService/Get", id=record).reports)
        self.helps(record)
        self.addCleanup(self.past, "delete from chibo.mentor_assignment where mentor_name = 'Người giúp'")
        self.assertFalse(self.parsed(MEMBER, "CandidateService/Get", id=record).reports)

    def test_ended(self):
        """whoever has ended helping sees no more"""
        record = self.fresh("candidate_listed").candidate_listed
        self.helps(record, "[2024-01-01,2025-01-01)")
        self.assertAnswer(self.ask(MEMBER, "CandidateService/Get", id=record), NOT_FOUND, "not_found")

    def test_lists(self):
        """lists show a mentor those whom he helps and nobody else"""
        for method, more in (("CandidateService/List", {}), ("ReportService/DrillCandidates", {
                "group": "stage", "code": "mentored"})):
            listed = self.read(MEMBER, method, limit=500, **more)
            self.assertIn(Target("own", "MB").candidate_helped, listed.raw, method)
            self.assertTrue(listed.shows("record", MINE), method)
            for other in (Target("own"), Target("own", "BS"), Target("descendant")):
                self.assertNotIn(other.candidate_helped, listed.raw, method)
        record = Target("own", "MB").candidate_helped
        self.past("insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id) select id, "
                  f"md5('CLASS')::uuid, unit_id, unit_pos, feed_id from chibo.candidate where id = {uuid_of(record)}")
        self.addCleanup(self.past, f"delete from chibo.class_attendance where candidate_id = {uuid_of(record)}")
        seen = self.parsed(MEMBER, "ClassService/Get", id=key("CLASS"))
        self.assertEqual([row.candidate_id for row in seen.participants], [record])
        self.assertEqual((seen.awareness_class.sent, seen.awareness_class.certified), (1, 0))


class Masked(Reading):
    """Who reads counts alone learns who it is when the file lies before him."""

    def test_stages(self):
        """of a candidate whose file does not lie before him the board learns no name, whatever the stage"""
        for kind, stage in CANDIDATES.items():
            record = getattr(Target("descendant"), kind)
            seen = self.read(BOARD, "CandidateService/Get", id=record)
            listed = self.read(BOARD, "CandidateService/List", stage=f"CANDIDATE_STAGE_{stage.upper()}", limit=500)
            before = stage in BEFORE_HIM
            for answer in (seen, listed):
                self.assertEqual(answer.shows("record", "descendant"), before, kind)
            self.assertEqual(seen.shows("text", "descendant"), before, kind)
            self.assertEqual(key(f"{kind}.person", "descendant", 0) in seen.raw, before, kind)
            self.assertEqual(b"1990" in seen.raw, before, kind)
            if not before:
                parsed = self.parsed(BOARD, "CandidateService/Get", id=record)
                self.assertEqual([len(parsed.mentors), len(parsed.classes), len(parsed.cases), len(parsed.papers),
                                  len(parsed.reports)], [0] * 5, kind)

    def test_drill(self):
        """behind the figures the board finds no names but those before him"""
        for stage in sorted(set(CANDIDATES.values())):
            if stage in ("refused", "suspended", "dropped"):
                continue
            listed = self.read(BOARD, "ReportService/DrillCandidates", group="stage", code=stage, limit=500)
            self.assertEqual(listed.shows("record", "descendant"), stage in BEFORE_HIM, stage)
            self.assertIn(getattr(Target("descendant"), f"candidate_{stage}"), listed.raw, stage)
        for code in ("mentor_missing", "certificate_expiring", "near", "overdue"):
            listed = self.parsed(BOARD, "ReportService/DrillCandidates", group="due", code=code, limit=500)
            told = [row for row in listed.candidates if (row.full_name or row.detail)
                    and row.stage not in (13, 14)]
            self.assertEqual(told, [], code)

    def test_origin(self):
        """candidates are picked by ethnicity by those who read it of each of them"""
        for who in (BOARD, DEPUTY, MEMBER, token("IC/live")):
            answer = self.ask(who, "CandidateService/List", ethnicity="tay")
            self.assertAnswer(answer, DENIED, "permission_denied", "ethnicity")
        self.read(OFFICE, "CandidateService/List", ethnicity="tay")


class Records(Pairs):
    """A record of somebody else's behind one of one's own."""

    def test_person(self):
        """somebody else's person is made a candidate"""
        self.check("CandidateService/Create", lambda t: {
            "id": fresh(), "unit_id": OWN, "person_id": key("newcomer.person", t.name, 0), "source_group": "worker"},
            "person_id")
        answer = self.submit(SECRETARY, "CandidateService/Create", id=fresh(), unit_id=OWN, source_group="worker",
                             person_id=key("newcomer.person", "descendant", 0))
        self.assertAnswer(answer, STATE, "other_unit", "person_id")

    def test_mentor(self):
        """somebody else's member helps"""
        self.check("CandidateService/AssignMentor", lambda t: {
            "id": Target("own").candidate_listed, "base_version": 1, "assignment_id": fresh(), "mentor_id": t.helper,
            "resolution": BASIS, "together_since_on": "2022-01-01"}, "mentor_id")

    def test_assignment(self):
        """help that ends is that of the candidate named"""
        for target in (*map(Target, OUTSIDE), Target("own", 1), Target("descendant"), Target("nowhere")):
            answer = self.submit(OFFICE, "CandidateService/EndMentor", id=Target("own").candidate_mentored,
                                 base_version=1, assignment_id=target.part("candidate_mentored", "help"), reason=BASIS)
            self.assertAnswer(answer, NOT_FOUND, "not_found", "assignment_id")

    def test_moved_to(self):
        """a candidate moves within the scope"""
        self.check("CandidateService/Move", lambda t: {
            "id": Target("own").candidate_listed, "base_version": 1, "unit_id": t.unit}, "unit_id")

    def test_class(self):
        """of several for a class one is somebody else's"""
        self.check("ClassService/Send", lambda t: {
            "class_id": key("LONG"), "candidate_ids": [Target("own").candidate_mentored, t.candidate_mentored]},
            "candidate_ids")
        self.check("ClassService/Certify", lambda t: {
            "class_id": key("CLASS"), "lines": [
                {"candidate_id": target.candidate_in_class, "certified": False} for target in (Target("own"), t)]}, "lines")

    def test_agenda(self):
        """an agenda and a report are of candidates of the branch"""
        self.check("MeetingService/SetAgenda", lambda t: {
            "id": Target("own").planned, "base_version": 1,
            "lines": [{"kind": "other", "title": BASIS, "candidate_id": t.candidate_helped}]}, "lines")
        self.check("MeetingService/ReportCandidate", lambda t: {
            "id": fresh(), "meeting_id": Target("own").opened, "candidate_id": t.candidate_helped,
            "mentor_id": Target("own").helper, "strengths": BASIS, "weaknesses": BASIS}, "candidate_id")

    def test_target(self):
        """a target is a share of one's own or of one above that one reaches, and goes to units directly below"""
        self.check("TargetService/Propose", lambda t: {
            "id": fresh(), "unit_id": OWN, "metric": "candidates", "month": "2040-01", "value": 5, "basis": BASIS,
            "parent_id": t.target_issued}, "parent_id")
        self.check("TargetService/Propose", lambda t: {
            "id": fresh(), "unit_id": OWN, "metric": "candidates", "value": 5, "basis": BASIS,
            "term_id": key("term", t.name, 0)}, "term_id")
        self.check("TargetService/Cascade", lambda t: {
            "id": Target("own").target_issued, "base_version": 1,
            "lines": [{"id": fresh(), "unit_id": t.unit, "value": 5}]}, "lines")
        self.check("TargetService/Cascade", lambda t: {
            "id": Target("own").target_issued, "base_version": 1,
            "lines": [{"id": fresh(), "unit_code": t.code, "value": 5}]}, "lines")


class Moved(Reading):
    """What has moved is read where it is now."""

    def test_candidate(self):
        """a candidate who has moved is out of sight of the branch that he left, with all that belongs to him"""
        record = self.fresh("candidate_file_open").candidate_file_open
        self.assertAnswer(self.submit(OFFICE, "CandidateService/Move", id=record, base_version=1,
                                      unit_id=key("unit", "descendant")), OK)
        self.assertEqual(self.superuser.value(
            "select count(*) from (" + " union all ".join(
                f"select unit_id from chibo.{table} where candidate_id = {uuid_of(record)}" for table in (
                    "mentor_assignment", "class_attendance", "admission_case", "file_paper", "clock")) +
            ") x where unit_id <> md5('unit/descendant')::uuid"), "0")
        name, _ = self.hold("BS", unit="upper")
        self.assertAnswer(self.ask(token(name), "CandidateService/Get", id=record), NOT_FOUND, "not_found")
        name, _ = self.hold("BS", unit="descendant")
        self.assertEqual(self.ask(token(name), "CandidateService/Get", id=record).code, OK)


class Root(Reading):
    """What holds for the whole district is written by who acts in all of it."""

    def test_root(self):
        """the calendar and the rules are the district's"""
        for role, method, fields in (
                ("DO", "CalendarService/Set", {"day_on": "2031-01-02", "is_working": False, "name": BASIS}),
                ("DH", "RuleService/Create", {"key": "due.near_days", "value": "9", "valid_from_on": "2031-01-01",
                                              "legal_doc": BASIS})):
            more = {"basis": BASIS} if "Calendar" in method else {}
            name, _ = self.hold(role, unit="root")
            self.assertEqual(self.submit(token(name), method, id=fresh(), **fields, **more).code, OK)
            for unit in ("ancestor", "own"):
                name, _ = self.hold(role, unit=unit)
                answer = self.submit(token(name), method, id=fresh(), **fields, **more)
                self.assertEqual((answer.code, answer.rule), (DENIED, "root_only"))


if __name__ == "__main__":
    tap.main()
