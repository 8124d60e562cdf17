#!/usr/bin/python3
"""A target comes down from level to level, is shared out and adjusted, and R08 holds what was done against it."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration"),
                str(pathlib.Path(__file__).resolve().parents[1] / "meeting")]

import actors  # noqa: E402
import tap  # noqa: E402
from client import uuid7  # noqa: E402
from test_resolutions import BRANCH, SISTER, WARD, DecisionCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, STATE, ABORTED = 3, 5, 6, 9, 10
PROPOSED, AGREED, ISSUED, CASCADED, ADJUSTED, CLOSED = 1, 2, 3, 4, 5, 6
BEHIND, ON_TRACK, AHEAD = 1, 2, 3
OTHER = "NLO.TT"


def methods(answer):
    return [a.method.split("/")[1] for a in answer.actions]


class TargetCase(DecisionCase):
    def setUp(self):
        super().setUp()
        self.officer = actors.act(self, "DO", None)
        self.head = actors.act(self, "DH", None)
        self.chief = actors.act(self, "DS", None)

    def propose(self, client, unit, value, **fields):
        made = uuid7()
        fields = {"metric": "admissions", "basis": "Nghị quyết đại hội", **fields}
        answer = client.submit("TargetService/Propose", id=made, unit_id=self.unit(unit) if unit else None, value=value, **fields)
        self.assertEqual((answer.target.state, answer.target.value), (PROPOSED, value))
        return made

    def step(self, client, method, target, **fields):
        version = self.officer.read("TargetService/Get", id=target).target.version
        return client.submit(f"TargetService/{method}", id=target, base_version=version, **fields)

    def issued(self, unit, value, agree=None, issue=None, client=None, **fields):
        made = self.propose(client or self.officer, unit, value, **fields)
        self.step(agree or self.ward, "Agree", made)
        self.step(issue or self.chief, "Issue", made)
        return made


class Targets(TargetCase):
    def test_from_above_to_below(self):
        """AT-31: the ward's target is proposed, agreed to, issued, and shared out among its branches by year"""
        made = self.propose(self.officer, WARD, 50, year=2031)
        self.assertEqual(methods(self.ward.read("TargetService/Get", id=made)), ["Agree"])
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.step(self.secretary, "Agree", made)
        with self.assertRefused(STATE, "state_transition", "state"):
            self.step(self.chief, "Issue", made)
        answer = self.step(self.ward, "Agree", made)
        self.assertEqual((answer.target.state, methods(answer)), (AGREED, []))
        with self.assertRefused(STATE, "own_unit", "id"):
            self.step(self.ward, "Issue", made)
        answer = self.step(self.chief, "SendBack", made, reason="Nguồn ít")
        self.assertEqual((answer.target.state, answer.target.reason), (PROPOSED, "Nguồn ít"))
        self.step(self.ward, "Agree", made)
        answer = self.step(self.chief, "Issue", made)
        self.assertEqual((answer.target.state, methods(answer)), (ISSUED, ["Adjust", "Close"]))

        shares = [{"id": uuid7(), "unit_code": BRANCH, "value": 30}, {"id": uuid7(), "unit_id": self.unit(SISTER), "value": 19}]
        with self.assertRefused(STATE, "sum_differs", "lines"):
            self.step(self.office, "Cascade", made, lines=shares)
        with self.assertRefused(STATE, "not_directly_below", "lines"):
            self.step(self.officer, "Cascade", made, lines=[{"id": uuid7(), "unit_code": OTHER, "value": 50}])
        shares[1]["value"] = 20
        answer = self.step(self.office, "Cascade", made, lines=shares)
        self.assertEqual((answer.target.state, answer.target.share_count, answer.target.sum_of_shares, answer.target.sum_differs),
                         (CASCADED, 2, 50, False))
        self.assertEqual([(s.id, s.unit_code, s.value, s.state, s.share_pct) for s in answer.shares],
                         [(shares[0]["id"], BRANCH, 30, PROPOSED, "60.0"), (shares[1]["id"], SISTER, 20, PROPOSED, "40.0")])
        self.step(self.secretary, "Agree", shares[0]["id"])
        self.assertEqual(self.step(self.ward, "Issue", shares[0]["id"]).target.state, ISSUED)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.sister.read("TargetService/Get", id=shares[0]["id"])

        new = uuid7()
        answer = self.step(self.chief, "Adjust", made, new_id=new, value=45, basis="Kết luận", reason="Sáp nhập")
        self.assertEqual((answer.target.id, answer.target.number, answer.target.replaces, answer.target.state), (new, 2, made, ISSUED))
        self.assertEqual((answer.target.sum_of_shares, answer.target.sum_differs), (50, True))
        self.assertEqual([(v.number, v.value, v.state, v.reason) for v in answer.versions],
                         [(1, 50, ADJUSTED, ""), (2, 45, ISSUED, "Sáp nhập")])
        answer = self.step(self.office, "Cascade", new, difference="Chi bộ giữ phần vượt")
        self.assertEqual((answer.target.state, answer.target.sum_differs, answer.target.difference),
                         (CASCADED, True, "Chi bộ giữ phần vượt"))
        self.assertEqual(self.step(self.chief, "Close", new, reason="Hết năm").target.state, CLOSED)
        with self.assertRefused(STATE, "state_transition", "state"):
            self.step(self.chief, "Close", new, reason="Hết năm")

    def test_terms(self):
        """a unit's own days; a target of the term takes them"""
        made = uuid7()
        fields = {"unit_id": self.unit(WARD), "name": "2030–2035", "nominal_years": 5, "basis": "Nghị quyết đại hội"}
        with self.assertRefused(INVALID, "before_start", "last_on"):
            self.office.submit("TermService/Create", id=made, from_on="2030-05-20", last_on="2030-05-19", **fields)
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.office.submit("TermService/Create", id=made, from_on="2030-05-20", last_on="2035-05-19",
                               **{**fields, "unit_id": self.unit(OTHER)})
        term = self.office.submit("TermService/Create", id=made, from_on="2030-05-20", last_on="2035-05-19", **fields).term
        self.assertEqual((term.from_on, term.last_on, term.nominal_years, term.version), ("2030-05-20", "2035-05-19", 5, 1))
        with self.assertRefused(STATE, "one_term_a_day", "from_on"):
            self.office.submit("TermService/Create", id=uuid7(), from_on="2035-05-19", last_on="2040-05-19", **fields)
        self.assertIn(made, [t.id for t in self.ward.read("TermService/List").terms])
        self.assertEqual([t.id for t in self.officer.read("TermService/List", unit_id=self.unit(WARD), as_of_on="2035-05-19").terms],
                         [made])
        self.assertEqual(list(self.officer.read("TermService/List", unit_id=self.unit(WARD), as_of_on="2035-05-20").terms), [])
        target = self.propose(self.office, BRANCH, 5, term_id=made)
        answer = self.secretary.read("TargetService/Get", id=target).target
        self.assertEqual((answer.from_on, answer.last_on, answer.term_id), ("2030-05-20", "2035-05-19", made))
        with self.assertRefused(STATE, "term_of_other", "term_id"):
            self.propose(self.officer, OTHER, 5, term_id=made)
        with self.assertRefused(STATE, "target_exists", "unit_id"):
            self.propose(self.office, BRANCH, 6, term_id=made)
        with self.assertRefused(INVALID, "one_period", "term_id"):
            self.propose(self.office, BRANCH, 6)

    def test_who_sets_does_neither_agree_nor_issue(self):
        """duties are of the person, whatever grant he acts in"""
        made = self.propose(self.officer, None, 400, year=2032)
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.step(self.in_further_role(self.officer, "DH", None), "Agree", made)
        self.step(self.head, "Agree", made)
        proposer = actors.act(self, "DO", None)
        made_too = self.propose(proposer, None, 300, year=2033)
        self.step(self.head, "Agree", made_too)
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.step(self.in_further_role(proposer, "DS", None), "Issue", made_too)
        self.assertEqual(self.step(self.chief, "Issue", made).target.state, ISSUED)

    def test_list(self):
        """by unit, metric, period, year and what is in force, page by page"""
        a, b = self.propose(self.office, BRANCH, 3, year=2033), self.propose(self.office, SISTER, 2, year=2033)
        c = self.propose(self.office, BRANCH, 1, month="2033-02", metric="candidates")
        self.step(self.ward, "Close", b, reason="Nhầm")

        def seen(client=self.office, **fields):
            return [t.id for t in client.read("TargetService/List", year=2033, **fields).targets]

        self.assertEqual(set(seen()), {a, b, c})
        self.assertEqual(set(seen(live=True)), {a, c})
        self.assertEqual(seen(live=False), [b])
        self.assertEqual(seen(metric="candidates"), [c])
        self.assertEqual(seen(period="TARGET_PERIOD_MONTH"), [c])
        self.assertEqual(seen(state="TARGET_STATE_CLOSED"), [b])
        self.assertEqual(seen(unit_id=self.unit(SISTER)), [b])
        self.assertEqual(seen(self.sister), [b])
        self.assertEqual(seen(actors.act(self, "WO", OTHER)), [])
        first = self.office.read("TargetService/List", year=2033, limit=1).targets[0]
        rest = seen(after_pos=first.pos, after_id=first.id)
        self.assertEqual({first.id, *rest}, {a, b, c})
        self.assertNotIn(first.id, rest)
        with self.assertRefused(INVALID, "out_of_range", "limit"):
            seen(limit=501)


class Progress(TargetCase):
    def admit(self, code, day, n):
        self.sql(f"""
            with made as (
                insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
                select gen_random_uuid(), u.id, u.pos, u.feed_id, 'Thử', 'Mới', 'female', '1999'
                from chibo.unit u, generate_series(1, {n}) where u.code = '{code}' returning id, unit_id, unit_pos, feed_id
            ), member as (
                insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
                select gen_random_uuid(), id, unit_id, unit_pos, feed_id, false, 'probationary', '{day}', '{day}',
                       lpad((500000 + (select count(*) from chibo.member) + row_number() over ())::text, 6, '0') || 'TT' from made
                returning id, unit_id, unit_pos, feed_id
            )
            insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
            select gen_random_uuid(), id, unit_id, unit_pos, feed_id, 'primary', '[{day},)' from member""")

    def test_progress(self):
        """AT-26: behind the pro rata of five months"""
        head, chief = actors.act(self, "WS", WARD), self.chief
        term = uuid7()
        self.office.submit("TermService/Create", id=term, unit_id=self.unit(WARD), name="2020–2025", from_on="2020-01-01",
                           last_on="2025-12-31", nominal_years=5, basis="Nghị quyết đại hội")
        before = self.ward.read("ReportService/Progress", as_of_on="2022-05-31").totals[0]
        self.admit(BRANCH, "2020-12-31", 395 - before.done_term + before.done_year)
        self.admit(SISTER, "2022-05-31", 51 - before.done_year)
        self.issued(WARD, 1000, agree=head, issue=chief, term_id=term)
        self.issued(WARD, 200, agree=head, issue=chief, year=2022)
        answer = self.ward.read("ReportService/Progress", as_of_on="2022-05-31")
        total, = answer.totals
        self.assertEqual((total.term_target, total.done_term, total.term_pct, total.remaining), (1000, 446, "44.6", 554))
        self.assertEqual((total.year_target, total.done_year, total.year_pct, total.pro_rata, total.pro_rata_pct, total.pro_rata_part),
                         (200, 51, "25.5", "83.3", "61.2", "5/12 tháng"))
        self.assertEqual((total.status, total.needed_monthly, total.months_left, total.needed_yearly), (BEHIND, "12.9", 43, "154.6"))
        rows = {r.unit_code: r for r in answer.rows}
        self.assertEqual(sum(r.done_term for r in rows.values()), 446)
        self.assertFalse(rows[BRANCH].HasField("year_target"))
        for year, done in ((2020, total.done_term - total.done_year), (2023, 0)):
            self.assertLessEqual(self.ward.read("ReportService/Progress", as_of_on="2022-05-31", year=year).totals[0].done_year, max(done, 0))
        with self.assertRefused(NOT_FOUND, "unknown_code", "metric"):
            self.ward.read("ReportService/Progress", metric="poems")
        with self.assertRefused(INVALID, "out_of_range", "zero_years"):
            self.ward.read("ReportService/Progress", zero_years=11)
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.ward.read("ReportService/Progress", unit_id=self.unit(OTHER))

    def test_sent(self):
        """R08 is frozen and sent like others"""
        officer = actors.act(self, "WO", WARD)
        answer = officer.submit("SentReportService/Make", id=uuid7(), unit_id=self.unit(WARD), code="R08", period="2022-05")
        made = officer.read("SentReportService/Get", id=answer.report.id)
        fields = {c.field for c in made.cells}
        self.assertIn("term_pct", fields)
        self.assertIn("pro_rata_part", fields)


if __name__ == "__main__":
    tap.main()
