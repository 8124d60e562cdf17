#!/usr/bin/python3
"""From source to full member, as five places tell it: plans, mentors, classes, admissions and targets. Persons are
invented; who joined when stands in tests/data."""

import datetime
import pathlib
import random
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("lib", "integration", "data")]

import actors  # noqa: E402
import generate  # noqa: E402
import tap  # noqa: E402
import test_meetings as meetings  # noqa: E402
from client import id_bytes, uuid7  # noqa: E402
from places import Unit  # noqa: E402

HOSPITAL, KINDERGARTEN, TRUNG_TAM = "NLO.BV", "NLO.TT.17", "NLO.TT"
BEHIND, ON_TRACK = 1, 2


class Place(meetings.Wire):
    def term(self, unit, name, first, last, years=5):
        made = uuid7()
        self.act("DO", None).submit("TermService/Create", id=made, unit_id=self.units[unit], name=name, from_on=first,
                                    last_on=last, nominal_years=years, basis="Nghị quyết Đại hội")
        return made

    def target(self, unit, value, **period):
        """Proposed by the board, agreed by the unit, issued from above."""
        made = uuid7()
        self.act("DO", None).submit("TargetService/Propose", id=made, unit_id=self.units[unit], metric="admissions", value=value,
                                    basis="Nghị quyết Đại hội", **period)
        self.act("WS", unit).submit("TargetService/Agree", id=made, base_version=1)
        self.act("DS", None).submit("TargetService/Issue", id=made, base_version=2)
        return made

    def progress(self, unit, day, **more):
        total, = self.act("DO", None).read("ReportService/Progress", unit_id=self.units[unit], as_of_on=day, **more).totals
        return total

    def figures(self, unit, **fields):
        """(group, code) -> row of R09."""
        rows = self.act("DO", None).read("ReportService/Pipeline", unit_id=self.units[unit], **fields).rows
        return {(row.group, row.code): row for row in rows}

    def candidate(self, secretary, source="teacher", **fields):
        made = uuid7()
        secretary.submit("CandidateService/Create", id=made, person_id=uuid7(), **{
            "family_name": "Lò", "given_name": "Mẫu", "sex": "SEX_FEMALE", "born_on": "1994-05-20",
            "education_level": "university", "source_group": source, "identified_on": "2018-01-05", **fields})
        return made

    def mentored(self, secretary, unit, since="2018-02-01", **fields):
        made = self.candidate(secretary, **fields)
        secretary.submit("CandidateService/Enlist", id=made, base_version=1, resolution="03-NQ/CB", listed_on="2018-01-20")
        secretary.submit("CandidateService/AssignMentor", id=made, base_version=2, assignment_id=uuid7(),
                         mentor_id=id_bytes(self.members_of(unit, "2015-01-01")[0][0]), resolution="04-NQ/CB",
                         together_since_on="2016-01-01", from_on=since)
        return made

    def attend(self, candidates, code, first, last):
        school, office = self.act("DO", None), self.act("WO", None)
        made = uuid7()
        school.submit("ClassService/Create", id=made, code=code, name="Bồi dưỡng nhận thức về Đảng",
                      organiser="Trung tâm Bồi dưỡng chính trị", from_on=first, last_on=last)
        office.submit("ClassService/Send", class_id=made, candidate_ids=candidates, sent_on=first)
        return made, school


class NghiTan(Place):
    """Block 5 plans its development and names who helps whom."""

    BRANCH = "CLO.NT.05"

    def test_at_04(self):
        """AT-04 a plan of the branch for 2020 to 2023: four calendar years, no term"""
        secretary = self.act("BS", self.BRANCH)
        plan = secretary.submit("PlanService/Create", id=uuid7(), unit_id=self.units[self.BRANCH], kind="PLAN_KIND_DEVELOPMENT",
                                title="Kế hoạch phát triển đảng viên giai đoạn 2020–2023", from_on="2020-01-01",
                                until_on="2023-12-31").plan
        self.assertEqual((plan.unit_id, plan.from_on, plan.until_on), (self.units[self.BRANCH], "2020-01-01", "2023-12-31"))

    def test_at_05(self):
        """AT-05 members are named who help outstanding people, from a day on"""
        secretary = self.act("BS", self.BRANCH)
        made = self.mentored(secretary, self.BRANCH, since="2018-02-10")
        got = secretary.read("CandidateService/Get", id=made)
        mentor, = got.mentors
        self.assertEqual((mentor.mentor_id, mentor.from_on, mentor.until_on),
                         (id_bytes(self.members_of(self.BRANCH, "2015-01-01")[0][0]), "2018-02-10", ""))


class ThuyXuan(Place):
    """The ward's term begins with its own congress; its sources are many."""

    WARD = "HUE.TX"

    def test_at_12(self):
        """AT-12 19 admitted since the ward's own congress: its day counts, the day before does not"""
        congress = generate.CONGRESS.isoformat()
        self.term(self.WARD, "2020–2025", congress, "2025-06-25")
        self.assertEqual(self.progress(self.WARD, "2023-04-10").done_term, 19)
        office = self.act("WO", self.WARD)
        for number, joined in enumerate((generate.CONGRESS, generate.CONGRESS - datetime.timedelta(1))):
            day = joined.isoformat()
            office.submit("MemberService/Create", id=uuid7(), person_id=uuid7(), unit_id=self.units["HUE.TX.01"],
                          family_name="Hồ", given_name="Mốc", sex="SEX_MALE", born_on="1990", status="MEMBER_STATUS_FULL",
                          decision_on=day, joined_on=day, full_on=generate.add_months(joined, 12).isoformat(),
                          card_no=f"8800000{number}", biography_no=f"88000{number}TTH")
        self.assertEqual(self.progress(self.WARD, "2023-04-10").done_term, 20)

    def test_at_15(self):
        """AT-15 candidates by source: at least seven groups"""
        sources = ("youth_secretary", "mass_organisation_head", "discharged_soldier", "health_staff", "teacher", "pupil", "graduate")
        for number, source in enumerate(sources):
            self.candidate(self.act("BS", f"HUE.TX.0{1 + number % 7}"), source)
        listed = self.act("WO", self.WARD).read("CandidateService/List")
        self.assertEqual({(group.source_group, group.candidates) for group in listed.groups}, {(s, 1) for s in sources})
        self.assertEqual(len(listed.candidates), 7)
        rows = self.figures(self.WARD)
        self.assertEqual([rows["source", source].count for source in sources], [1] * 7)


class NgoQuyen(Place):
    """1000 to be admitted in the term, and what came of it until the end of May 2022."""

    ADMITTED = ((2020, 1, 12, 195), (2021, 1, 12, 200), (2022, 1, 5, 51))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_at_24")
        case.unit("NQY", "Quận ủy Ngô Quyền", "", "upper_committee")
        case.unit("NQY.01", "Đảng bộ phường Một", "NQY", "grassroots_committee")
        case.unit("NQY.01.01", "Chi bộ Một", "NQY.01", sector="residential_group")
        rng = random.Random(5)
        people = generate.People(rng)
        people.numbers.last = 500_000
        place = generate.Place("ngo-quyen", "NQY", datetime.date(2022, 5, 31), "HP", {})
        branch = Unit("NQY.01.01", "NQY.01", "Chi bộ Một", "branch", "residential_group", datetime.date(2000, 1, 1))
        rows = []
        for year, first, last, count in cls.ADMITTED:
            days = [datetime.date(year, first, 1), generate.add_months(datetime.date(year, last, 1), 1) - datetime.timedelta(1)]
            days += [generate.between(rng, *days) for _ in range(count - 2)]      # the first and the last day among them
            rows += [people.member(place, branch, joined=day) for day in days]
        file = cls.server.directory / "ngo-quyen.csv"
        generate.write_csv(file, generate.TITLES, generate.number_rows(rows))
        cls.computer(meetings.example.CLERK).ok("import", "member", str(file), "--unit-id", "NQY")
        cls.term_id = case.term("NQY", "2020–2025", "2020-01-01", "2025-12-31")
        case.target("NQY", 1000, term_id=cls.term_id)
        for year in (2020, 2021, 2022):
            case.target("NQY", 200, year=year)
        case.doCleanups()

    def test_at_24(self):
        """AT-24 the target of the term is 1000"""
        listed = self.act("DO", None).read("TargetService/List", unit_id=self.units["NQY"], period="TARGET_PERIOD_TERM").targets
        target, = listed
        self.assertEqual((target.value, target.from_on, target.last_on), (1000, "2020-01-01", "2025-12-31"))

    def test_at_25(self):
        """AT-25 195, 200 and 51 in five months: 446 = 44.6 %, 554 left; the lists are as long"""
        for year, day, count in ((2020, "2020-12-31", 195), (2021, "2021-12-31", 200), (2022, "2022-05-31", 51)):
            row = self.progress("NQY", day, year=year)
            self.assertEqual(row.done_year, count)
            rows = self.act("DO", None).read("ReportService/NewlyAdmitted", unit_id=self.units["NQY"],
                                             from_on=f"{year}-01-01", until_on=day).rows
            total, = (row for row in rows if row.group == "total")
            self.assertEqual(total.count, count)
        now = self.progress("NQY", "2022-05-31")
        self.assertEqual((now.done_term, now.term_pct, now.remaining), (446, "44.6", 554))
        listed = self.act("DO", None).read("ReportService/DrillMembers", report="R05", unit_id=self.units["NQY"],
                                           from_on="2022-01-01", until_on="2022-05-31", group="total", code=total.code, limit=500).rows
        self.assertEqual(len(listed), 51)

    def test_at_26(self):
        """AT-26 200 a year: 97.5 %, 100 %, 25.5 % and 61.2 % of what was due: behind; 12.9 a month are needed"""
        self.assertEqual(self.progress("NQY", "2020-12-31").year_pct, "97.5")
        self.assertEqual(self.progress("NQY", "2021-12-31").year_pct, "100.0")
        now = self.progress("NQY", "2022-05-31")
        self.assertEqual((now.year_pct, now.pro_rata_pct, now.pro_rata, now.status), ("25.5", "61.2", "83.3", BEHIND))
        self.assertEqual((now.months_left, now.needed_monthly, now.needed_yearly), (43, "12.9", "154.6"))
        self.assertIn("5/12", now.pro_rata_part)


class NghiaLo(Place):
    """The town's term from September 2015 to June 2020."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_at_29")
        cls.term_id = case.term("NLO", "2015–2020", "2015-09-01", "2020-06-30")
        case.target("NLO", 400, term_id=cls.term_id)
        case.doCleanups()

    def test_at_29(self):
        """AT-29 400 admitted, 100 %: 80.0 a year by five term years, 82.8 by 58 months, each with its divisor"""
        row = self.progress("NLO", "2020-06-30")
        self.assertEqual((row.done_term, row.term_pct), (400, "100.0"))
        self.assertEqual((row.average_nominal, row.nominal_years), ("80.0", 5))
        self.assertEqual((row.average_elapsed, row.elapsed_months), ("82.8", 58))

    def test_at_30(self):
        """AT-30 the hospital: 75 sent to the class, 32 admitted, two counters and a cohort view"""
        secretary = self.act("BS", f"{HOSPITAL}.01")
        sent = [self.mentored(secretary, f"{HOSPITAL}.01", source="health_staff") for _ in range(75)]
        self.attend(sent, "NLO-BV-2019", "2019-03-04", "2019-03-08")
        rows = self.figures(HOSPITAL, period_month="2020-06", from_on="2015-09-01", until_on="2020-06-30")
        self.assertEqual((rows["class", "sent"].count, rows["class", "admitted"].count, rows["class", "admitted"].share_pct),
                         (75, 32, "42.7"))
        self.assertEqual(rows["class", "cohort_admitted"].count, 0)

    def test_at_31(self):
        """AT-31 the hospital gives its branches targets of a year; what they add up to stands against its own"""
        made = self.target(HOSPITAL, 8, year=2019)
        office = self.act("WO", HOSPITAL)
        lines = [{"id": uuid7(), "unit_id": self.units[f"{HOSPITAL}.0{n}"], "value": 1} for n in range(1, 8)]
        with self.assertRefused(9, "sum_differs"):
            office.submit("TargetService/Cascade", id=made, base_version=3, lines=lines)
        answer = office.submit("TargetService/Cascade", id=made, base_version=3, difference="Giữ lại một chỉ tiêu",
                               lines=[{**line, "id": uuid7()} for line in lines])
        self.assertEqual((answer.target.value, answer.target.sum_of_shares, answer.target.sum_differs), (8, 7, True))
        self.assertEqual(len(answer.shares), 7)

    def test_at_33(self):
        """AT-33 ward Trung Tâm: 54 of 50 = 108 %, never capped"""
        self.target(TRUNG_TAM, 50, term_id=self.term_id)
        row = self.progress(TRUNG_TAM, "2020-06-30")
        self.assertEqual((row.done_term, row.term_target, row.term_pct), (54, 50, "108.0"))

    def test_at_34(self):
        """AT-34 the kindergarten: 6 admitted in 24 months, 1 person under consideration"""
        secretary = self.act("BS", KINDERGARTEN)
        made = self.mentored(secretary, KINDERGARTEN)
        school_class, school = self.attend([made], "NLO-2020-1", "2020-03-02", "2020-03-06")
        school.submit("ClassService/Certify", class_id=school_class, lines=[
            {"candidate_id": made, "certified": True, "certificate_no": "15/2020", "issued_on": "2020-03-10"}])
        version = secretary.read("CandidateService/Get", id=made).candidate.version
        secretary.submit("AdmissionService/OpenFile", id=made, base_version=version, case_id=uuid7(), opened_on="2020-05-04")
        rows = self.figures(KINDERGARTEN, period_month="2020-06")
        self.assertEqual((rows["recent", "admitted_two_years"].count, rows["recent", "in_consideration"].count), (6, 1))
        listed = self.act("DO", None).read("ReportService/DrillCandidates", unit_id=self.units[KINDERGARTEN], period_month="2020-06",
                                           group="recent", code="in_consideration").rows
        self.assertEqual([row.candidate_id for row in listed], [made])

    def test_at_36(self):
        """AT-36 whom to care for first: small or new branches, the young, peoples with enough schooling"""
        few, many = "NLO.HS.11", "NLO.TT.01"
        young = self.candidate(self.act("BS", few), born_on="2002-01-01")
        self.candidate(self.act("BS", many), born_on="1970-01-01", education_level="primary")
        (sizes,) = [{code: int(n) for code, n in self.sql("""select u.code, count(*) from chibo.membership s
            join chibo.unit u on u.id = s.unit_id where s.kind = 'primary' and upper_inf(s.during) group by u.code""")}]
        officer = self.act("DO", None)
        ask = lambda **fields: [row.id for row in officer.read("CandidateService/List", unit_id=self.units["NLO"],  # noqa: E731
                                                               limit=500, **fields).candidates]
        self.assertIn(young, ask(unit_members_max=sizes[few] + 1, age_max=35, education_level="university"))
        self.assertNotIn(young, ask(unit_members_max=sizes[few]))
        new = "NLO.MOI"
        self.unit(new, "Bản Mới", "NLO.HS")
        self.sql(f"update chibo.unit set founded_on = chibo.today() - 60 where code = '{new}'")
        rebuilt = self.candidate(self.act("BS", new), born_on="2001-01-01", identified_on=meetings.actors_today())
        self.assertEqual(ask(founded_months=6), [rebuilt])
        (person,), = self.sql(f"select person_id from chibo.candidate where id = '{rebuilt.hex()}'::uuid")
        self.sql(f"""insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity)
                     select id, unit_id, unit_pos, feed_id, 'thai' from chibo.person where id = '{person}'""")
        self.assertEqual(ask(ethnicity="thai"), [rebuilt])

    def test_at_37(self):
        """AT-37 one head of a merged office, called as it is called there; targets of the term and of each year"""
        board = "NLO.CQD.01"
        office = self.act("WO", "NLO.CQD")
        self.assertIn("Tổ chức – Nội vụ", office.read("UnitService/Get", id=self.units[board]).unit.name)
        post = uuid7()
        office.submit("PostService/Create", id=post, unit_id=self.units[board], type="agency_head", is_party=True,
                      title="Trưởng Cơ quan Tổ chức – Nội vụ", from_on="2019-01-01")
        self.assertEqual(office.read("PostService/Get", id=post).post.title, "Trưởng Cơ quan Tổ chức – Nội vụ")
        for year in (2016, 2017):
            self.target("NLO", 80, year=year)
        listed = self.act("DO", None).read("TargetService/List", unit_id=self.units["NLO"], metric="admissions").targets
        own = [target for target in listed if target.unit_id == self.units["NLO"]]
        self.assertEqual(sorted((target.from_on, target.last_on, target.value) for target in own),
                         [("2015-09-01", "2020-06-30", 400), ("2016-01-01", "2016-12-31", 80), ("2017-01-01", "2017-12-31", 80)])


if __name__ == "__main__":
    tap.main()
