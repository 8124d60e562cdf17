#!/usr/bin/python3
"""Reports of admissions, members and candidates over the wire: each figure is as long as the list behind it."""

import pathlib
import sys
import tempfile
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, DENIED, STATE = 3, 5, 7, 9
HOSPITAL, KINDERGARTEN = "NLO.BV", "NLO.TT.17"
TERM = {"from_on": "2015-09-01", "until_on": "2020-06-30"}


class ReportsCase(ServerCase):
    def act(self, role, unit=None, who=None):
        return actors.act(self, role, unit, who)

    def candidates(self, unit, count, stage="in_class"):
        """People of a branch with a stage, by SQL; returns their ids."""
        rows = self.sql(f"""
            set session_replication_role = replica;
            with made as (
                insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
                select gen_random_uuid(), u.id, u.pos, u.feed_id, 'Lò', 'Ứng', 'female', '1996'
                from chibo.unit u, generate_series(1, {count}) where u.id = {actors.unit(unit)} returning *)
            insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, stage_on, source_group, identified_on)
            select gen_random_uuid(), m.unit_id, m.unit_pos, m.feed_id, m.id, '{stage}', '2019-01-01', 'health_staff', '2016-01-01'
            from made m returning id""")
        return [id for id, in rows]

    def send_to_class(self, code, first_day, candidates):
        self.sql(f"""
            insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
            select gen_random_uuid(), t.unit_id, '{code}', 'Lớp', 'Trung tâm chính trị', daterange('{first_day}', '{first_day}'::date + 6)
            from auth.tree t where t.parent_id is null;
            insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id)
            select c.id, k.id, c.unit_id, c.unit_pos, c.feed_id from chibo.candidate c, chibo.awareness_class k
            where k.code = '{code}' and c.id = any ('{{{",".join(candidates)}}}')""")

    def branch_below(self, unit):
        """A branch below a unit, or the unit itself, by code."""
        (code,), = self.sql(f"""
            select u.code from chibo.unit top join chibo.unit u on u.pos between top.pos and top.last
            join chibo.unit_kind k on k.code = u.kind where top.code = '{unit}' and k.is_branch order by u.pos limit 1""")
        return code

    def figures(self, client, method, **fields):
        rows = client.read(f"ReportService/{method}", **fields).rows
        return {(row.group, row.code): row for row in rows}

    def count(self, client, method, figure, **fields):
        return self.figures(client, method, **fields)[figure].count

    def assertLists(self, client, report, method, drill, **fields):
        """Every figure is the length of its list."""
        named = {} if report is None else {"report": report}
        figures = self.figures(client, method, **fields)
        self.assertTrue(figures)
        for (group, code), row in figures.items():
            with self.subTest(group=group, code=code):
                listed = client.read(f"ReportService/{drill}", **fields, **named, group=group, code=code, limit=500).rows
                self.assertEqual(len(listed), row.count)


class Pipeline(ReportsCase):
    def test_hospital(self):
        """AT-30: 75 sent to class in the term, 32 admitted, which is 42.7 %; how many of the 75 stands apart"""
        branch, unit = self.branch_below(HOSPITAL), self.units[HOSPITAL]
        sent = self.candidates(branch, 75)
        self.send_to_class("NL-01", "2016-03-07", sent[:40])
        self.send_to_class("NL-02", "2019-10-07", sent[40:])
        self.send_to_class("NL-03", "2020-07-06", self.candidates(branch, 3))      # after the term
        officer = self.act("DO")
        figures = self.figures(officer, "Pipeline", unit_id=unit, **TERM)
        self.assertEqual((figures["class", "sent"].count, figures["class", "admitted"].count, figures["class", "admitted"].share_pct),
                         (75, 32, "42.7"))
        self.assertEqual(figures["class", "cohort_admitted"].count, 0)
        self.assertEqual(figures["class", "sent"].label, "Cử đi học trong kỳ")
        self.assertLists(officer, None, "Pipeline", "DrillCandidates", unit_id=unit, **TERM)

    def test_kindergarten(self):
        """AT-34: 6 admitted in two years, one in consideration"""
        self.candidates(KINDERGARTEN, 1, "ready")
        self.candidates(KINDERGARTEN, 2, "mentored")
        unit = self.units[KINDERGARTEN]
        figures = self.figures(self.act("BS", KINDERGARTEN), "Pipeline", unit_id=unit, period_month="2020-06")
        self.assertEqual((figures["recent", "admitted_two_years"].count, figures["recent", "in_consideration"].count), (6, 1))
        self.assertEqual((figures["source", "health_staff"].count, figures["stage", "mentored"].count), (3, 2))

    def test_who_sees_names(self):
        """the head of the district reads counts, and a list without names"""
        self.candidates(KINDERGARTEN, 1, "checking")
        fields = {"unit_id": self.units[KINDERGARTEN], "group": "stage", "code": "checking"}
        row, = self.act("DO").read("ReportService/DrillCandidates", **fields).rows
        self.assertEqual((row.full_name, row.day), ("Lò Ứng", "2019-01-01"))
        row, = self.act("DS").read("ReportService/DrillCandidates", **fields).rows
        self.assertEqual((row.full_name, row.day), ("", "2019-01-01"))
        self.assertEqual(list(self.act("MB", KINDERGARTEN).read("ReportService/DrillCandidates", **fields).rows), [])
        with self.assertRefused(DENIED):
            self.act("MB", KINDERGARTEN).read("ReportService/Pipeline")
        with self.assertRefused(NOT_FOUND, field="unit_id"):
            self.act("WO", "HUE.TX").read("ReportService/DrillCandidates", **fields)

    def test_what_is_refused(self):
        """months ahead, figures that there are not, pages too long"""
        officer = self.act("DO")
        with self.assertRefused(STATE, "period_ahead"):
            officer.read("ReportService/Pipeline", period_month="2999-01")
        with self.assertRefused(INVALID, "month_format", "period_month"):
            officer.read("ReportService/Pipeline", period_month="2020")
        with self.assertRefused(NOT_FOUND, "no_such_figure", "code"):
            officer.read("ReportService/DrillCandidates", group="stage", code="x")
        with self.assertRefused(INVALID, "required", "group"):
            officer.read("ReportService/DrillCandidates", code="x")
        with self.assertRefused(INVALID, "out_of_range", "limit"):
            officer.read("ReportService/DrillCandidates", group="stage", code="checking", limit=501)


class Members(ReportsCase):
    def test_newly_admitted(self):
        """R05: 400 admissions of the term, in every group; each figure is a list, page after page"""
        officer, fields = self.act("DO"), {"unit_id": self.units["NLO"], **TERM}
        figures = self.figures(officer, "NewlyAdmitted", **fields)
        self.assertEqual(figures["total", "all"].count, 400)
        for group in {group for group, _ in figures} - {"ethnicity", "religion"}:
            self.assertEqual(sum(row.count for (of, _), row in figures.items() if of == group), 400, group)
        first = officer.read("ReportService/DrillMembers", **fields, report="R05", group="total", code="all", limit=250).rows
        then = officer.read("ReportService/DrillMembers", **fields, report="R05", group="total", code="all", limit=250,
                            after_pos=first[-1].pos, after_id=first[-1].member_id).rows
        self.assertEqual((len(first), len(then), len({row.member_id for row in [*first, *then]})), (250, 150, 400))
        self.assertTrue(all("2015-09-01" <= row.day <= "2020-06-30" and row.full_name for row in first))

    def keeper(self, unit):
        """A clerk where the files are kept."""
        self.sql(f"update chibo.unit set keeps_member_files = code = '{unit}'")
        return self.act("WO", unit)

    def test_lists(self):
        """every figure of R05 and R06 is as long as its list"""
        clerk, unit = self.keeper("NLO.TT"), self.units["NLO.TT"]
        self.sql(f"""insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity, religion)
                     select p.id, p.unit_id, p.unit_pos, p.feed_id, (array['kinh', 'thai', 'tay'])[1 + row_number() over (order by p.id) % 3], 'none'
                     from chibo.person p join chibo.unit u on u.id = p.unit_id where u.code like 'NLO.TT.%'
                     on conflict (id) do nothing""")
        self.assertLists(clerk, "R05", "NewlyAdmitted", "DrillMembers", unit_id=unit, **TERM)
        self.assertLists(clerk, "R05", "NewlyAdmitted", "DrillMembers", unit_id=unit, period="2019", count_basis="COUNT_BASIS_DECISION")
        self.assertLists(clerk, "R06", "Structure", "DrillMembers", unit_id=unit, as_of_on="2020-07-07")
        total = self.count(clerk, "Structure", ("total", "all"), unit_id=unit, as_of_on="2020-07-07")
        self.assertEqual(total, clerk.read("ReportService/Membership", unit_id=unit, as_of_on="2020-07-07").members)

    def test_sectors(self):
        """AT-28: what R07 counts under a label, by name"""
        officer, fields = self.act("DO"), {"unit_id": self.units["NLO.TT"], "as_of_on": "2020-07-07"}
        rows = officer.read("ReportService/MembersBySector", **fields).rows
        self.assertTrue(rows)
        for row in rows:
            listed = officer.read("ReportService/DrillMembers", **fields, report="R07", code=row.label, limit=500).rows
            self.assertEqual(len(listed), row.members, row.label)
        with self.assertRefused(INVALID, "required", "code"):
            officer.read("ReportService/DrillMembers", **fields, report="R07")
        with self.assertRefused(NOT_FOUND, "not_found", "scheme"):
            officer.read("ReportService/DrillMembers", **fields, report="R07", code="x", scheme="khong-co")

    def test_origin(self):
        """lists by ethnicity are for those who keep the files and may open them; whom they read stands in the ledger"""
        clerk = self.keeper("NLO.TT")
        self.sql("""insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity)
                    select p.id, p.unit_id, p.unit_pos, p.feed_id, 'thai' from chibo.person p join chibo.member m on m.person_id = p.id
                    join chibo.unit u on u.id = p.unit_id where u.code = 'NLO.TT.01' order by p.id limit 2
                    on conflict (id) do update set ethnicity = 'thai'""")
        fields = {"report": "R06", "unit_id": self.units["NLO.TT.01"], "group": "ethnicity", "code": "thai"}
        with self.assertRefused(STATE, "group_hidden", "group"):
            self.act("DO").read("ReportService/DrillMembers", **fields)
        with self.assertRefused(STATE, "group_hidden", "group"):
            self.act("BD", "NLO.TT.01").read("ReportService/DrillMembers", **fields)     # who may not read what is sealed
        listed = clerk.read("ReportService/DrillMembers", **fields).rows
        touched = "".join(text for text, in self.sql(
            "select replace(touched, e'\\n', ' ') from ledger.entry where method = 'ReportService/DrillMembers' order by at desc limit 1"))
        self.assertEqual(touched.count("person,"), len(listed))
        self.assertGreaterEqual(len(listed), 2)
        rows = self.figures(self.act("DO"), "Structure", unit_id=self.units["NLO.TT.01"])
        self.assertFalse(any(row.HasField("count") and 0 < row.count < 5 for (group, _), row in rows.items() if group == "ethnicity"))

    def test_frozen(self):
        """a report that is sent never tells small groups, whoever makes it"""
        clerk = self.keeper("NLO.TT")
        made = clerk.submit("SentReportService/Make", id=uuid.uuid4().bytes, code="R06", unit_id=self.units["NLO.TT"], period="2020").report
        cells = clerk.read("SentReportService/Get", id=made.id, limit=500).cells
        counts = {cell.row_key: int(cell.value) for cell in cells if cell.field == "count" and cell.value}
        self.assertGreater(counts["total=all"], 400)
        self.assertFalse([key for key, n in counts.items() if key.startswith(("ethnicity", "religion")) and 0 < n < 5])

    def test_command_line(self):
        """--drill lists whom a figure counts; below the table it says how"""
        self.keeper("NLO.TT")
        with tempfile.TemporaryDirectory() as home:
            cli = Cli(home)
            cli.connect(self.server)
            cli.login("van.phong.tt", example.PASSWORD)
            women = {row["code"]: row["count"] for row in cli.json("report", "structure", "--as-of-on", "7/7/2020") if row["group"] == "sex"}["female"]
            self.assertEqual(len(cli.json("report", "structure", "--as-of-on", "7/7/2020", "--drill", "sex=female")), women)
            rows = cli.json("report", "members-by-sector", "--as-of-on", "7/7/2020")["rows"]
            self.assertEqual(len(cli.json("report", "members-by-sector", "--as-of-on", "7/7/2020", "--drill", rows[0]["label"])), rows[0]["members"])
            self.assertEqual(cli.json("report", "pipeline", "6/2020", "--drill", "stage=dropped"), [])
            shown = cli.run("report", "newly-admitted", "2019", "-o", "table")
            self.assertIn("--drill 'total=all'", shown.stdout + shown.stderr)
            self.assertIn("--drill GROUP=CODE", cli.ok("report", "pipeline", "--help"))
            wrong = cli.run("report", "structure", "--drill", "sex=none")
            self.assertIn("sex=none", wrong.stderr)


if __name__ == "__main__":
    tap.main()
