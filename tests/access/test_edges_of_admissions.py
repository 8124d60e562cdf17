#!/usr/bin/python3
"""What the matrix has no axis for, on the way into the Party: how little a mentor sees, and whoever reads counts alone;
what is told of checks; records behind records; what has moved."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from client import SERVICES, Client, uuid7  # noqa: E402
from model import DENIED, INVALID, NOT_FOUND, OK, STATE, Target  # noqa: E402
from records import CANDIDATES, MINE  # noqa: E402
from routes import BASIS, RECEIVED, fresh, number  # noqa: E402
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
            told = [row for row in listed.rows if (row.full_name or row.detail)
                    and row.stage not in (13, 14)]
            self.assertEqual(told, [], code)

    def test_due(self):
        """deadlines show the board no name but of whom it is to decide on"""
        for kind, before in (("consider_file", False), ("ceremony", True), ("consider_full", False), ("probation", False)):
            listed = self.read(BOARD, "DueService/List", kind=kind, within_days=3660, limit=500)
            self.assertEqual(listed.shows("record", "descendant"), before, kind)
        for kind in ("decide", "decide_full"):
            listed = self.parsed(BOARD, "DueService/List", kind=kind, within_days=3660, limit=500)
            names = {item.candidate_id or item.member_id: item.subject for item in listed.items}
            whole = self.parsed(OFFICE, "DueService/List", kind=kind, within_days=3660, limit=500)
            for item in whole.items:
                table = "candidate" if item.candidate_id else "probation"
                record = item.candidate_id or item.member_id
                state = self.superuser.value(f"select {'stage' if item.candidate_id else 'state'} from chibo.{table} "
                                             f"where id = {uuid_of(record)}")
                self.assertEqual(bool(names.get(record)), state in BEFORE_HIM, state)

    def test_titles(self):
        """of tasks and proposals that are due the board learns no title"""
        for kind in ("task", "proposal"):
            for who, told in ((BOARD, False), (OFFICE, True)):
                listed = self.parsed(who, "DueService/List", kind=kind, within_days=3660, limit=500)
                self.assertTrue(listed.items)
                self.assertEqual({bool(item.subject) for item in listed.items}, {told}, kind)

    def test_origin(self):
        """candidates are picked by ethnicity by those who read it of each of them"""
        for who in (BOARD, DEPUTY, MEMBER, token("IC/live")):
            answer = self.ask(who, "CandidateService/List", ethnicity="tay")
            self.assertAnswer(answer, DENIED, "permission_denied", "ethnicity")
        self.read(OFFICE, "CandidateService/List", ethnicity="tay")


class Checks(Reading):
    """What was concluded of somebody's past."""

    @staticmethod
    def fields(message, seen=()):
        """Every field of a message, however deep."""
        for field in message.fields:
            yield field
            if field.message_type and field.message_type.full_name not in seen:
                yield from Checks.fields(field.message_type, (*seen, field.message_type.full_name))

    def test_answers(self):
        """no answer but that of ListChecks has a place for a conclusion or for whom was asked"""
        telling = {f"{service}/{name}" for service, methods in SERVICES.items()
                   for name, method in methods.methods_by_name.items() for field in self.fields(method.output_type)
                   if field.enum_type and field.enum_type.name in ("CheckConclusion", "CheckSubject")}
        self.assertEqual(telling, {"AdmissionService/ListChecks"})
        for who in (DEPUTY, SECRETARY, OFFICE, WARD, token("DO/live"), token("DH/live"), BOARD, token("IC/live")):
            answer = self.read(who, "CandidateService/Get", id=Target("own").candidate_checked)
            self.assertNotIn(b"thamtra", answer.lower)

    def test_inspection(self):
        """an inspector reads checks under the number of an open inspection file, and the ledger keeps it"""
        who, record = token("IC/live"), Target("own").candidate_checked
        self.assertAnswer(self.ask(who, "AdmissionService/ListChecks", id=record), INVALID, "required", "inspection_no")
        self.assertIn(b"thamtra", self.read(who, "AdmissionService/ListChecks", id=record, inspection_no="7-KT/2026").lower)
        self.assertIn("inspection 7-KT/2026", "\n".join(self.superuser.rows(
            "select touched from ledger.entry where method = 'AdmissionService/ListChecks' order by at desc limit 1")))

    def test_mentor(self):
        """a mentor reads no checks, whatever his role"""
        self.assertAnswer(self.ask(MEMBER, "AdmissionService/ListChecks", id=Target("own", "MB").candidate_helped),
                          DENIED, "permission_denied")


class Files(Steps):
    """Votes, checks and ceremonies are of the candidate's own file."""

    def test_branch_vote(self):
        """the branch votes on this file"""
        for other in (Target("own", 1), Target("descendant")):
            answer = self.submit(SECRETARY, "AdmissionService/BranchVote", id=Target("own").candidate_ready, base_version=1,
                                 vote_id=other.part("candidate_ready", "admission"), resolution=BASIS)
            self.assertAnswer(answer, STATE, "vote_on_other", "vote_id")
            answer = self.submit(SECRETARY, "ProbationService/BranchVote", id=Target("own").probation_running,
                                 base_version=1, vote_id=other.part("probation_running", "recognition"), resolution=BASIS)
            self.assertAnswer(answer, STATE, "vote_on_other", "vote_id")
        for unit in (*OUTSIDE, "nowhere"):
            for method, kind, purpose in (("AdmissionService/BranchVote", "candidate_ready", "admission"),
                                          ("ProbationService/BranchVote", "probation_running", "recognition")):
                answer = self.submit(SECRETARY, method, id=getattr(Target("own"), kind), base_version=1,
                                     vote_id=Target(unit).part(kind, purpose), resolution=BASIS)
                self.assertAnswer(answer, NOT_FOUND, "not_found", "vote_id")

    def test_committee_vote(self):
        """the committee above votes on this file, and its office records it"""
        for method, kind, purpose in (
                ("AdmissionService/GrassrootsVote", "candidate_branch_approved", "admission"),
                ("ProbationService/GrassrootsVote", "probation_branch_approved", "recognition")):
            name, _ = self.hold("WS", unit="ancestor")
            target = self.fresh(kind)
            fields = {"id": getattr(target, kind), "base_version": 1, "resolution": BASIS}
            for vote in (target.part(kind, purpose), Target("own").part(kind, f"{purpose}_committee"),
                         Target("descendant").part(kind, f"{purpose}_committee")):
                answer = self.submit(token(name), method, vote_id=vote, **fields)
                self.assertEqual((answer.code, answer.rule), (STATE, "vote_on_other"), method)
            answer = self.submit(token(name), method, **fields, vote_id=target.part(kind, f"{purpose}_committee"))
            self.assertEqual(answer.code, OK, f"{method}: {answer}")

    def test_check(self):
        """an answer is to a question about this candidate"""
        for other in (*map(Target, OUTSIDE), Target("own", 1), Target("descendant"), Target("nowhere")):
            answer = self.submit(OFFICE, "AdmissionService/AnswerCheck", id=Target("own").candidate_checking, base_version=1,
                                 check_id=other.part("candidate_checking", "check"), conclusion="CHECK_CONCLUSION_CLEAR")
            self.assertAnswer(answer, NOT_FOUND, "not_found", "check_id")

    def test_ceremony(self):
        """a ceremony is at a meeting of the branch"""
        for other in (*map(Target, OUTSIDE), Target("descendant"), Target("nowhere")):
            answer = self.submit(SECRETARY, "AdmissionService/HoldCeremony", id=Target("own").candidate_received,
                                 base_version=1, meeting_id=other.festive, held_on=RECEIVED, member_id=fresh(),
                                 membership_id=fresh(), biography_no=number())
            self.assertAnswer(answer, NOT_FOUND, "not_found", "meeting_id")


class Figures(Reading):
    """Few people of an ethnicity or religion are told only where the files are kept."""

    def rows(self, who):
        report = self.parsed(who, "ReportService/Structure", unit_id=OWN)
        return [row for row in report.rows if row.group == "ethnicity"]

    def test_small(self):
        """a small group is hidden, with the one that would tell it, and its list is refused"""
        self.past("insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity) "
                  "select p.id, p.unit_id, p.unit_pos, p.feed_id, case when row_number() over (order by p.id) <= 2 then 'tay' "
                  "when row_number() over (order by p.id) <= 20 then 'thai' else 'kinh' end from chibo.person p "
                  "join chibo.member m on m.person_id = p.id where p.unit_id = md5('unit/own')::uuid "
                  "on conflict (id) do update set ethnicity = excluded.ethnicity")
        hidden = {row.code for row in self.rows(SECRETARY) if row.is_hidden}
        self.assertIn("tay", hidden)
        self.assertGreaterEqual(len(hidden), 2)
        self.assertFalse([row for row in self.rows(SECRETARY) if row.is_hidden and (row.count or row.share_pct)])
        fields = {"report": "R06", "group": "ethnicity", "code": "tay"}
        self.assertAnswer(self.ask(SECRETARY, "ReportService/DrillMembers", **fields), STATE, "group_hidden", "group")
        self.past("update chibo.unit set keeps_member_files = true where code = 'QQOWN'")
        self.addCleanup(self.past, "update chibo.unit set keeps_member_files = false where code = 'QQOWN'")
        self.assertFalse([row for row in self.rows(SECRETARY) if row.is_hidden])
        self.assertAnswer(self.ask(SECRETARY, "ReportService/DrillMembers", **fields), OK)
        for who in (BOARD, DEPUTY, token("IC/live")):
            self.assertAnswer(self.ask(who, "ReportService/DrillMembers", **fields), STATE, "group_hidden", "group")


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
        answers = {self.submit(OFFICE, "TargetService/Propose", id=fresh(), unit_id=OWN, metric="candidates", value=5,
                               basis=BASIS, term_id=key("term", unit, 0)).without_id() for unit in (*OUTSIDE, "nowhere")}
        self.assertEqual(len(answers), 1)
        self.check("TargetService/Cascade", lambda t: {
            "id": Target("own").target_issued, "base_version": 1,
            "lines": [{"id": fresh(), "unit_id": t.unit, "value": 5}]}, "lines")
        self.check("TargetService/Cascade", lambda t: {
            "id": Target("own").target_issued, "base_version": 1,
            "lines": [{"id": fresh(), "unit_code": t.code, "value": 5}]}, "lines")

    def test_below(self):
        """shares go to units directly below, are of a target above for the same days, and a term is one's own"""
        for fields, rule, field in (
                ({"lines": [{"id": fresh(), "unit_id": key("unit", "lower"), "value": 5}]}, "not_directly_below", "lines"),
                ({"lines": [{"id": fresh(), "unit_id": OWN, "value": 5}]}, "not_directly_below", "lines")):
            answer = self.submit(OFFICE, "TargetService/Cascade", id=Target("own").target_issued, base_version=1, **fields)
            self.assertAnswer(answer, STATE, rule, field)
        days = self.superuser.value("select to_char(lower(during), 'YYYY-MM') from chibo.target where id = "
                                    f"{uuid_of(Target('descendant').target_issued)}")
        for unit, more, rule, field in (
                ("own", {"month": days, "parent_id": Target("descendant").target_issued}, "parent_differs", "parent_id"),
                ("own", {"term_id": key("term", "descendant", 0)}, "term_of_other", "term_id")):
            answer = self.submit(OFFICE, "TargetService/Propose", id=fresh(), unit_id=key("unit", unit), value=5, basis=BASIS,
                                 metric="admissions", **more)
            self.assertAnswer(answer, STATE, rule, field)


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
