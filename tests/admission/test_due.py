#!/usr/bin/python3
"""What is due and overdue: for the branch, its ward and the district; a calendar and a rule that change."""

import datetime
import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE = 3, 5, 6, 7, 9
OVERDUE, DAY, NEAR, LATER = 1, 2, 3, 4
WARD, BRANCH, SISTER, OTHER_WARD = "HUE.TX", "HUE.TX.01", "HUE.TX.02", "NLO.TT"
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()


def text(value):
    return str(uuid.UUID(bytes=value))


def after(days):
    return (TODAY + datetime.timedelta(days)).isoformat()


class DueCase(ServerCase):
    def setUp(self):
        self.secretary = actors.act(self, "BS", BRANCH)
        self.office = actors.act(self, "WO", WARD)
        self.officer = actors.act(self, "DO", None)
        self.head = actors.act(self, "DH", None)
        self.chief = actors.act(self, "DS", None)
        self.sql("delete from chibo.clock; delete from chibo.task; delete from chibo.proposal_recipient")

    def candidate(self, code, stage="under_review"):
        """On record at a branch, in a stage."""
        person, made = text(actors.person(self, code, "Chờ")), uuid7()
        self.sql(f"""insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on, stage_on)
            select '{text(made)}', p.unit_id, p.unit_pos, p.feed_id, p.id, '{stage}', 'worker', '2024-01-01', '2024-01-01'
            from chibo.person p where p.id = '{person}'""")
        return made

    def clock(self, candidate, kind, due, started=-400):
        self.sql(f"""insert into chibo.clock (kind, candidate_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value,
                rule_unit, rule_doc)
            select '{kind}', c.id, c.unit_id, c.unit_pos, c.feed_id, '{after(started)}', '{after(due)}', k.rule_key, 60,
                'working_days', 'QĐ mẫu' from chibo.candidate c, chibo.clock_kind k
            where c.id = '{text(candidate)}' and k.code = '{kind}'""")

    def start(self, candidate, on):
        """A clock of 60 working days, or what the rule of the day says: its last day."""
        self.sql(f"select chibo.start_clock('decide', '{text(candidate)}', null, '{on}')")
        return self.due_of(candidate)

    def due_of(self, candidate):
        return self.sql(f"select due_on from chibo.clock where candidate_id = '{text(candidate)}' and stopped_on is null")[0][0]

    def due(self, client, **fields):
        return client.read("DueService/List", **fields)

    def rows(self, client, **fields):
        return [(i.kind, i.level, i.subject) for i in self.due(client, **fields).items]


class Due(DueCase):
    def test_list(self):
        """Who is asked sees his own, those above all of it, and who sees counts alone no names"""
        self.clock(self.candidate(BRANCH), "decide", -20)
        self.clock(self.candidate(BRANCH, "ready"), "consider_file", 0)
        self.clock(self.candidate(SISTER, "decided"), "ceremony", 3)
        self.clock(self.candidate(SISTER, "certified"), "certificate", 100)
        self.clock(self.candidate(SISTER, "ready"), "consider_file", 100)
        mine = [("decide", OVERDUE, "Thử Chờ"), ("consider_file", DAY, "Thử Chờ")]
        self.assertEqual(self.rows(self.secretary), mine)
        whole = [*mine, ("ceremony", NEAR, "Thử Chờ"), ("certificate", LATER, "Thử Chờ")]
        self.assertEqual(self.rows(self.office), whole)
        self.assertEqual(self.rows(self.officer), whole)
        self.assertEqual([(k, v, s) for k, v, s in self.rows(self.chief)],
                         [whole[0], ("consider_file", DAY, ""), whole[2], ("certificate", LATER, "")])
        self.assertEqual(self.rows(self.officer, overdue_only=True), mine[:1])
        self.assertEqual(self.rows(self.officer, within_days=2), mine)
        self.assertEqual(len(self.rows(self.officer, within_days=100)), 5)
        self.assertEqual(self.rows(self.officer, kind="ceremony"), whole[2:3])
        self.assertEqual(self.rows(self.officer, unit_id=self.units[BRANCH]), mine)
        totals = {t.kind: (t.overdue, t.near, t.later) for t in self.due(self.officer).totals}
        self.assertEqual(totals["consider_file"], (0, 1, 1))
        self.assertEqual(totals["decide"], (1, 0, 0))
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.due(self.secretary, unit_id=self.units[SISTER])
        with self.assertRefused(INVALID, "due_kind", "kind"):
            self.due(self.secretary, kind="dream")
        with self.assertRefused(INVALID, "out_of_range", "within_days"):
            self.due(self.secretary, within_days=-1)
        with self.assertRefused(DENIED, "permission_denied"):
            self.due(actors.act(self, "MB", BRANCH))

    def test_row(self):
        """A row says by which document, and who has to act"""
        self.clock(self.candidate(BRANCH), "decide", -20)
        row, = self.due(self.secretary).items
        self.assertEqual((row.due_on, row.rule_doc, row.kind_name), (after(-20), "QĐ mẫu", "Quyết định kết nạp"))
        self.assertLess(row.working_days_left, -10)
        decider, = self.sql(f"""select n.name from chibo.unit u join chibo.unit_name n on n.unit_id = u.id
            where u.id = auth.decider_of({actors.unit(BRANCH)}) and upper_inf(n.during)""")[0]
        self.assertEqual(row.actor_unit, decider)
        self.assertIn("Bí thư, thường trực cấp ủy", row.actor_roles)

    def test_pages(self):
        """Pages of two, each row once"""
        for days in (-3, -3, -2, 1, 4):
            self.clock(self.candidate(BRANCH), "decide", days)
        seen, last = [], {}
        while rows := self.due(self.secretary, limit=2, **last).items:
            seen += [r.id for r in rows]
            last = {"after_due_on": rows[-1].due_on, "after_id": rows[-1].id}
        self.assertEqual(seen, [r.id for r in self.due(self.secretary).items])
        self.assertEqual(len(set(seen)), 5)

    def test_command(self):
        """chibo due: days in words, no line longer than 80 columns"""
        self.clock(self.candidate(BRANCH), "decide", -21)
        self.clock(self.candidate(BRANCH, "ready"), "consider_file", 0)
        cli = Cli(self.server.directory / "due")
        cli.connect(self.server)
        login, = self.sql(f"""select a.login_name from auth.account a join auth."grant" g on g.person_id = a.person_id
            where g.role = 'WO' and g.unit_id = {actors.unit(WARD)} and a.password_hash is not null limit 1""")[0]
        cli.login(login, example.PASSWORD)
        shown = cli.ok("due", "-o", "table")
        self.assertRegex(shown, r"quá \d+ ngày")
        self.assertIn("đến hạn", shown)
        self.assertLessEqual(max(len(line) for line in shown.splitlines()), 80, shown)
        self.assertEqual(shown, cli.ok("due", "list", "-o", "table"))
        self.assertEqual(len(cli.json("due", "--overdue-only", "yes")["items"]), 1)
        made = self.candidate(BRANCH)
        self.sql(f"""insert into chibo.clock (kind, candidate_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value,
                rule_unit, rule_doc, stopped_on)
            select 'decide', c.id, c.unit_id, c.unit_pos, c.feed_id, '{after(-400)}', '{after(5)}', 'x', 1, 'days', 'x', '{after(0)}'
            from chibo.candidate c, generate_series(1, 250) where c.id = '{text(made)}';
            drop index chibo.clock_runs_once; update chibo.clock set stopped_on = null where candidate_id = '{text(made)}'""")
        ids = cli.ok("due", "-o", "id").split()
        self.assertEqual((len(ids), len(set(ids))), (252, 252))
        self.assertEqual(cli.ok("due", "-o", "table").count("consider_file"), 1)
        self.sql("delete from chibo.clock; create unique index clock_runs_once on chibo.clock "
                 "(kind, coalesce(candidate_id, member_id)) where stopped_on is null")


class Changes(DueCase):
    def set_day(self, client, day, is_working=False, **fields):
        return client.submit("CalendarService/Set", **{"id": uuid7(), "day_on": day, "is_working": is_working, "name": "Nghỉ",
                                                       "basis": "Thông báo mẫu", **fields}).day

    def test_calendar(self):
        """A day off moves what runs over it, by the day and not twice"""
        made = self.candidate(BRANCH)
        before = self.start(made, "2031-03-03")
        row = self.set_day(self.officer, "2031-03-10")
        self.assertEqual((row.day_on, row.is_working, row.clocks_moved, row.version), ("2031-03-10", False, 1, 1))
        moved = self.due_of(made)
        self.assertGreater(moved, before)
        again = self.set_day(self.head, "2031-03-10", True, name="Làm việc")
        self.assertEqual((again.id, again.version, again.clocks_moved), (row.id, 2, 1))
        self.assertEqual(self.due_of(made), before)
        days = self.secretary.read("CalendarService/List", year=2031).days
        self.assertEqual([(d.day_on, d.name) for d in days], [("2031-03-10", "Làm việc")])
        self.assertEqual(len(self.secretary.read("CalendarService/List", from_on="2026-02-16", until_on="2026-02-20").days), 5)
        shipped = self.set_day(self.head, "2026-02-16", name="Tết")
        self.assertEqual(shipped.version, 2)

    def test_calendar_again(self):
        """The same operation once more answers the same and moves nothing"""
        made = self.candidate(BRANCH)
        self.start(made, "2031-05-05")
        op_id, fields = uuid7(), {"id": uuid7(), "day_on": "2031-05-12", "is_working": False, "name": "x", "basis": "y"}
        first = self.officer.submit("CalendarService/Set", op_id=op_id, **fields)
        self.assertEqual(first.day.clocks_moved, 1)
        due = self.due_of(made)
        self.assertEqual(self.officer.submit("CalendarService/Set", op_id=op_id, **fields), first)
        self.assertEqual(self.due_of(made), due)

    def test_calendar_refused(self):
        """Only at the top, only by those who keep the calendar, only days"""
        with self.assertRefused(DENIED, "permission_denied"):
            self.set_day(self.secretary, "2031-06-02")
        with self.assertRefused(DENIED, "root_only"):
            self.set_day(actors.act(self, "DO", WARD), "2031-06-02")
        with self.assertRefused(INVALID, "date_format", "day_on"):
            self.set_day(self.head, "2031-02-30")
        with self.assertRefused(INVALID, "text", "basis"):
            self.set_day(self.head, "2031-06-02", basis=" ")

    def rule(self, client, key="admission.decide_days", value="45", first="2032-01-01", **fields):
        return client.submit("RuleService/Create", **{"id": uuid7(), "key": key, "value": value, "valid_from_on": first,
                                                      "legal_doc": "QĐ mẫu (15/11/2031)", **fields}).rule

    def test_rule(self):
        """An old case keeps its deadline, a new one takes the new, by data alone"""
        old, new = self.candidate(BRANCH), self.candidate(BRANCH)
        due = self.start(old, "2031-12-31")
        row = self.rule(self.head)
        self.assertEqual((row.key, row.value, row.unit, row.valid_from_on, row.valid_until_on, row.version),
                         ("admission.decide_days", "45", "working_days", "2032-01-01", "", 1))
        self.assertEqual(self.due_of(old), due)
        self.assertLess(self.start(new, "2032-01-01"), due)
        values = [next(r.value for r in self.secretary.read("RuleService/List", as_of_on=day).rules if r.key == row.key)
                  for day in ("2031-12-31", "2032-01-01")]
        self.assertEqual(values, ["60", "45"])
        with self.assertRefused(STATE, "later_rule", "valid_from_on"):
            self.rule(self.head, value="30")
        with self.assertRefused(INVALID, "unknown_rule", "key"):
            self.rule(self.head, key="admission.dream_days")
        with self.assertRefused(INVALID, "value_format", "value"):
            self.rule(self.head, value="2/3", first="2033-01-01")
        with self.assertRefused(INVALID, "rule_unit", "unit"):
            self.rule(self.head, value="2", unit="months", first="2033-01-01")
        with self.assertRefused(DENIED, "permission_denied"):
            self.rule(self.officer)
        with self.assertRefused(DENIED, "root_only"):
            self.rule(actors.act(self, "DH", WARD), first="2033-01-01")


if __name__ == "__main__":
    tap.main()
