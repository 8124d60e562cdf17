#!/usr/bin/python3
"""A branch scores its meeting, votes on it, and others judge it after; the committee above has the last word."""

import datetime
import json
import pathlib
import sys
import unicodedata
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import example  # noqa: E402
import tap  # noqa: E402
from assembly import Assembly, quoted  # noqa: E402
from cli import Cli  # noqa: E402
from client import Refused, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import ROOT  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
EXAMPLES = ROOT / "deploy" / "examples"
MAXIMUM = {"1": "15", "2": "20", "3": "45", "4": "20"}


class ScoreCase(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = house = Assembly(cls)
        cls.document = uuid7()
        cls.sql(f"""insert into chibo.legal_doc (id, feed_id, number, suffix, issuer, issued_on, title) values
            ({quoted(cls.document)}, {quoted(house.root)}, '08', 'QĐ/TU', 'Tỉnh ủy', '2021-09-15', 'Quy định mẫu')""")
        cls.table = cls.publish("mau").table.id
        register = lambda name: cls.register(house, name)  # noqa: E731
        cls.office = house.hire("van.phong", register("Văn"), "WO", house.ward)
        cls.committee = house.hire("bi.thu.phuong", register("Phương"), "WS", house.ward)
        cls.officer = house.hire("can.bo.bo", register("Cán"), "DO", house.root)
        cls.person = {name: register(name) for name in ("Bạn", "Biểu")}

    @classmethod
    def register(cls, house, name):
        person = uuid7()
        house.head.submit("PersonService/Create", id=person, unit_id=house.ward, family_name="Hoàng", given_name=name,
                          sex="SEX_MALE", born_on="1970")
        return person

    @classmethod
    def sql(cls, text):
        return cls.cluster.psql(cls.database, text)

    @classmethod
    def publish(cls, code, maximum=None, **fields):
        maximum = maximum or MAXIMUM
        values = {"id": uuid7(), "code": code, "title": f"Bảng tiêu chí {code} (ví dụ)", "legal_doc_id": cls.document,
                  "max_total": "100", "from_on": "2021-09-15", "is_example": True,
                  "criteria": [{"code": c, "title": f"Tiêu chí {c}", "max_points": m, "is_gate": c in "14"}
                               for c, m in maximum.items()],
                  "bands": [{"grade": g, "min_points": p} for g, p in
                            (("good", "90"), ("fair", "70"), ("average", "50"), ("poor", "0"))], **fields}
        return cls.house.head.call("CriteriaService/Create", {"op_id": uuid7()}, values)

    def vote(self, meeting, votes_for=12, purpose="VOTE_PURPOSE_SCORE"):
        vote = uuid7()
        self.house.clerk.call("VoteService/Record", {"op_id": uuid7()}, {
            "id": vote, "meeting_id": meeting, "purpose": purpose, "subject": "Phiếu tự chấm", "method": "VOTE_METHOD_HAND",
            "votes_for": votes_for, "votes_against": 16 - votes_for})
        return vote

    def invite(self, meeting, name, guest_class):
        """A guest with a grant for this one meeting."""
        person = self.person[name]
        self.sql(f"""insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, person_id, full_name, capacity, sender)
            select gen_random_uuid(), id, unit_id, unit_pos, '{guest_class}', {quoted(person)}, 'Hoàng {name}', 'Khách mời',
            'Chi bộ khối 9' from chibo.meeting where id = {quoted(meeting)}""")
        return self.house.hire(f"khach.{meeting.hex()[-8:]}.{guest_class[:3]}".lower(), person, "DG", self.house.branch,
                               meeting_id=meeting, until_on=str(datetime.date.today() + datetime.timedelta(9)))

    @staticmethod
    def points(*values):
        return [{"code": str(n + 1), "points": value} for n, value in enumerate(values)]

    def draft(self, meeting, *values, **fields):
        return self.house.clerk.call("ScoreService/DraftSelf", {"op_id": uuid7()}, {
            "id": uuid7(), "meeting_id": meeting, "table_id": self.table, "lines": self.points(*values), **fields})

    def step(self, client, method, meeting, **fields):
        version = self.office.read("ScoreService/Get", id=meeting).scoring.version
        return client.call(f"ScoreService/{method}", {"op_id": uuid7()}, {"id": meeting, "base_version": version, **fields})

    def upper(self, client, meeting, *values, **fields):
        return client.call("ScoreService/Upper", {"op_id": uuid7()}, {
            "id": uuid7(), "meeting_id": meeting, "lines": self.points(*values), **fields})

    def voted(self, *values):
        """A meeting whose own sheet is submitted."""
        meeting = self.house.meet()
        self.draft(meeting, *values)
        self.step(self.house.chair, "SubmitSelf", meeting, vote_id=self.vote(meeting))
        return meeting

    @staticmethod
    def sides(answer):
        return {sheet.__getattribute__("class"): sheet.total for sheet in answer.sheets}


class Dialogue(ScoreCase):
    def test_scoring(self):
        """AT-07, AT-08: self, vote, peer, delegate, ward; the gap is shown, the ward's points count"""
        meeting = self.house.meet()
        drafted = self.draft(meeting, "15", "18,5", "43", "19")
        self.assertEqual((drafted.scoring.self_total, drafted.scoring.self_grade), ("95.5", "fair"))   # a gate is not full
        again = self.step(self.house.clerk, "UpdateSelf", meeting, lines=self.points("15", "18.5", "43", "20"),
                          comment="Nghiêm túc")
        self.assertEqual((again.scoring.self_total, again.scoring.self_grade), ("96.5", "good"))
        with self.assertRefused(STATE, "self_not_voted", "meeting_id"):
            self.upper(self.office, meeting, "15", "15", "40", "20")
        with self.assertRefused(DENIED, "permission_denied"):
            self.step(self.house.clerk, "SubmitSelf", meeting, vote_id=self.vote(meeting))
        voted = self.step(self.house.chair, "SubmitSelf", meeting, vote_id=self.vote_id(meeting))
        self.assertEqual(voted.scoring.state, 2)
        peer = self.invite(meeting, "Bạn", "peer_observer")
        self.assertEqual(len(peer.read("ScoreService/Get", id=meeting).sheets), 0)
        seen = self.upper(peer, meeting, "15", "17", "42", "20", comment="Nên gửi tài liệu sớm")
        self.assertEqual(self.sides(seen), {"peer_secretary": "94"})
        delegate = self.invite(meeting, "Biểu", "delegate")
        self.assertEqual(self.sides(delegate.read("ScoreService/Get", id=meeting)), {"self": "96.5"})
        said = self.upper(delegate, meeting, comment="Chuẩn bị tốt")
        self.assertEqual([s.comment for s in said.sheets if not s.total], ["Chuẩn bị tốt"])
        with self.assertRefused(STATE, "upper_sheet_missing", "id"):
            self.step(self.committee, "Confirm", meeting)
        self.upper(self.office, meeting, "15", "15", "35,5", "20")
        compared = self.committee.read("ScoreService/Compare", id=meeting)
        total, = compared.totals
        self.assertEqual((total.self_points, total.ward_points, total.peer_points, total.delegate_points, total.difference_points,
                          total.is_flagged), ("96.5", "85.5", "94", "", "11", True))
        self.assertEqual([line.code for line in compared.lines if line.is_flagged], ["2", "3"])
        member = self.house.member.read("ScoreService/Get", id=meeting)
        self.assertEqual((self.sides(member), member.scoring.total), ({"self": "96.5"}, ""))
        done = self.step(self.committee, "Confirm", meeting)
        result = done.scoring
        self.assertEqual((result.total, result.grade, result.gap, result.is_flagged, result.confirmed_by),
                         ("85.5", "fair", "11", True, "Hoàng Phương"))
        self.step(self.committee, "Publish", meeting)
        member = self.house.member.read("ScoreService/Get", id=meeting)
        self.assertEqual(self.sides(member), {"self": "96.5", "ward_committee": "85.5", "peer_secretary": "94",
                                              "district_delegate": ""})
        self.assertEqual(member.scoring.grade, "fair")

    def vote_id(self, meeting):
        (vote,), *_ = self.sql(f"select id from chibo.vote_item where meeting_id = {quoted(meeting)}")
        return uuid.UUID(vote).bytes

    def test_own_branch(self):
        """AT-23: a head of the organisation board who is a member at home neither judges nor confirms there"""
        meeting = self.voted("15", "18", "43", "20")
        self.upper(self.office, meeting, "15", "15", "40", "20")
        person = self.house.persons[5]
        above = self.house.hire("hai.vai", person, "DH", self.house.root)
        for method, fields in (("Confirm", {}), ("SendBack", {"reason": "x"})):
            with self.assertRefused(STATE, "own_branch", "id"):
                self.step(above, method, meeting, **fields)
        above.grant_id = self.house.give(person, "WO", self.house.ward)
        with self.assertRefused(STATE, "own_branch", "meeting_id"):
            self.upper(above, meeting, "15", "15", "40", "20")
        above.grant_id = self.house.give(person, "MB", self.house.branch)
        self.assertEqual(self.sides(above.read("ScoreService/Get", id=meeting)), {"self": "96"})
        self.assertEqual(self.step(self.committee, "Confirm", meeting).scoring.state, 4)

    def test_own_sheet(self):
        """who drafted or submitted the branch's sheet does not judge it in another role"""
        meeting = self.voted("15", "18", "43", "20")
        own = self.house.clerk.grant_id
        self.house.clerk.grant_id = self.house.give(self.house.persons[1], "WO", self.house.ward)
        try:
            with self.assertRefused(STATE, "own_sheet", "meeting_id"):
                self.upper(self.house.clerk, meeting, "15", "15", "40", "20")
        finally:
            self.house.clerk.grant_id = own

    def test_sent_back(self):
        """a sheet goes back with a reason and comes again; what has moved on is not overwritten"""
        meeting = self.voted("15", "20", "45", "20")
        vote = self.vote_id(meeting)
        self.assertEqual(self.step(self.committee, "SendBack", meeting, reason="Tiêu chí 2 chưa đúng").scoring.state, 1)
        self.assertEqual(self.house.clerk.read("ScoreService/Get", id=meeting).scoring.reason, "Tiêu chí 2 chưa đúng")
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            self.house.clerk.submit("ScoreService/UpdateSelf", id=meeting, base_version=1,
                                    lines=self.points("15", "18", "45", "20"))
        self.step(self.house.clerk, "UpdateSelf", meeting, lines=self.points("15", "18", "45", "20"))
        again = self.step(self.house.chair, "SubmitSelf", meeting, vote_id=vote)
        self.assertEqual((again.scoring.state, again.scoring.self_total, again.scoring.reason), (2, "98", ""))

    def test_lines(self):
        """lines that are not the table's are refused by name"""
        meeting = self.house.meet()
        for values, rule in ((("15", "18", "43"), "criterion_missing"), (("15", "18", "43", "20", "1"), "unknown_criterion"),
                             (("16", "18", "43", "20"), "above_maximum"), (("15", "18.2", "43", "20"), "points_step"),
                             (("15", "x", "43", "20"), "number_format")):
            with self.subTest(rule), self.assertRefused(INVALID, rule):
                self.draft(meeting, *values)
        with self.assertRefused(EXISTS, "twice"):
            self.draft(meeting, "15", "18", "43", "20", lines=self.points("15", "18", "43", "20") + self.points("1"))
        late = self.publish("muon", edition=2, from_on="2023-10-30").table.id
        with self.assertRefused(STATE, "table_not_valid", "table_id"):
            self.draft(meeting, "15", "18", "43", "20", table_id=late)

    def test_another_table(self):
        """a second, different table leaves old scores as they are, and is one itself"""
        meeting = self.voted("15", "18", "43", "20")
        self.upper(self.office, meeting, "15", "15", "40", "20")
        self.step(self.committee, "Confirm", meeting)
        before = self.office.read("ScoreService/Get", id=meeting)
        other = self.publish("khac", {"1": "25", "2": "25", "3": "25", "4": "25"}, edition=3,
                             bands=[{"grade": "good", "min_points": "99"}, {"grade": "poor", "min_points": "0"}])
        self.assertEqual([c.max_points for c in other.criteria], ["25"] * 4)
        self.assertEqual(self.office.read("ScoreService/Get", id=meeting), before)
        later = self.house.meet()
        self.assertEqual(self.draft(later, "25", "25", "25", "23", table_id=other.table.id).scoring.self_grade, "poor")
        for fields, rule, field in (({"max_total": "99"}, "sum_of_maximum", "max_total"),
                                    ({"bands": [{"grade": "good", "min_points": "90"}]}, "band_from_zero", "bands"),
                                    ({"bands": [{"grade": "best", "min_points": "0"}]}, "unknown_code", "grade")):
            with self.subTest(rule):
                with self.assertRaises(Refused) as caught:
                    self.publish("hong", edition=4, **fields)
                self.assertEqual((caught.exception.rule, caught.exception.field), (rule, field))
        with self.assertRefused(EXISTS, "table_exists", "code"):
            self.publish("khac", edition=5)
        self.assertEqual(self.house.member.read("CriteriaService/Get", code="khac").bands[0].min_points, "99")

    def test_masked(self):
        """the district sees totals and no words"""
        meeting = self.voted("15", "18", "43", "20")
        self.upper(self.office, meeting, "15", "15", "40", "20", comment="Tốt")
        seen = self.officer.read("ScoreService/Get", id=meeting)
        self.assertEqual(self.sides(seen), {"self": "96", "ward_committee": "90"})
        self.assertEqual({(s.assessor_name, s.comment) for s in seen.sheets}, {("", "")})
        self.assertEqual(len(seen.lines), 0)
        row, = [r for r in self.officer.read("ScoreService/List", unit_id=self.house.ward, from_month="2021-11",
                                             until_month="2021-11").scorings if r.meeting_id == meeting]
        self.assertEqual((row.self_total, row.total, row.state), ("96", "", 2))
        own = self.upper(self.officer, meeting, "15", "18", "40", "20", comment="Ý kiến của Ban")
        self.assertEqual([s.comment for s in own.sheets if s.comment], ["Ý kiến của Ban"])


class Commands(ScoreCase):
    def computer(self, login_name, **settings):
        cli = Cli(self.server.directory / f"{login_name}-{len(settings)}", COLUMNS="80", **settings)
        cli.connect(self.server)
        cli.login(login_name, example.PASSWORD)
        return cli

    def test_example(self):
        """the table of deploy/examples, from its files, with one line for each criterion"""
        cli = self.computer(example.TOP["DH"])
        said = cli.ok("criteria", "create", "--code", "vi-du", "--title", "Bảng tiêu chí (ví dụ)", "--legal-doc-id",
                      str(uuid.UUID(bytes=self.document)), "--edition", "9", "--max-total", "100", "--from-on", "15/9/2021",
                      "--is-example", "yes", "--criteria-from", str(EXAMPLES / "criteria-example.csv"), "--bands-from",
                      str(EXAMPLES / "criteria-example-grades.csv"), "-o", "json")
        made = json.loads(said)
        self.assertTrue(made["table"]["is_example"])
        self.assertIn("ví dụ", made["table"]["title"])
        parts = {}
        for criterion in made["criteria"]:
            parts[criterion["code"][0]] = parts.get(criterion["code"][0], 0) + float(criterion["max_points"])
        self.assertEqual(list(parts.values()), [15, 20, 45, 20])
        self.assertEqual([c["code"] for c in made["criteria"] if c.get("is_gate")], ["1.1", "1.2", "3.2", "4.2"])
        shown = self.computer("xa.hop.thu.ky").ok("criteria", "get", "vi-du", "-o", "table")
        self.assertIn("08-QĐ/TU ngày 15/09/2021", shown)

    def test_year(self):
        """a year of a branch on 80 columns, by letters"""
        for month, (grade, points) in enumerate((("good", 95), ("fair", 80), ("average", 60), ("poor", 40)), 1):
            self.sql(f"""
                set session_replication_role = replica;
                insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at,
                    ended_at, chair_id, chair_name, clerk_id, clerk_name)
                select gen_random_uuid(), id, pos, feed_id, 'regular', 'closed', '2022-0{month}', now(), now(),
                       now() + interval '2 h',
                       {quoted(self.house.persons[0])}, 'A', {quoted(self.house.persons[1])}, 'B'
                from chibo.unit where id = {quoted(self.house.branch)};
                insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, state, drafted_by, voted_by, vote_id, total,
                    grade, gap, gap_alert, confirmed_by, confirmed_at)
                select id, unit_id, unit_pos, feed_id, {quoted(self.table)}, 'final', chair_id, chair_id, id, {points},
                       '{grade}', 2.5, 10, clerk_id, now() from chibo.meeting where period_month = '2022-0{month}'
                       and unit_id = {quoted(self.house.branch)}""")
        for language, letters, word in (("vi", "T +K +B +Y", "yếu"), ("en", "G +F +A +P", "poor")):
            shown = self.computer("xa.hop.thu.ky", CHIBO_LANG=language, **({"X": "1"} if language == "en" else {})).ok(
                "report", "meeting-quality", "--period", "2022", "-o", "table")
            self.assertRegex(shown, rf"Chi bộ khối 5 +{letters} +{word} +1 +2[.,]5")
            for line in shown.splitlines():
                self.assertLessEqual(sum(not unicodedata.combining(letter) for letter in line), 80, line)
        rows = self.committee.read("ReportService/MeetingQuality", period="2022-Q1").rows
        self.assertEqual([(r.m01, r.m04, r.year_grade) for r in rows], [("good", "", "")])
        with self.assertRefused(INVALID, "period_format", "period"):
            self.committee.read("ReportService/MeetingQuality", period="6/2022")
        with self.assertRefused(DENIED, "permission_denied"):
            self.house.member.read("ReportService/MeetingQuality", period="2022")


if __name__ == "__main__":
    tap.main()
