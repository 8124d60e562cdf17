#!/usr/bin/python3
"""Posts and who holds them, members who take part where they live, reports that are sent upward."""

import hashlib
import json
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
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
WARD, DAY = "HUE.TX", "2023-04-10"
HEAD, DEPUTY = "residential_group_head", "deputy_secretary"


class PostsCase(ServerCase):
    def act(self, role, unit=WARD):
        return actors.act(self, role, unit)

    def persons(self, count):
        """Members of the ward from the first day of these tests to the last, as persons."""
        rows = self.sql(f"""select distinct p.id from chibo.membership s join chibo.member m on m.id = s.member_id
            join chibo.person p on p.id = m.person_id join chibo.unit u on u.id = s.unit_id
            where s.kind = 'primary' and s.during @> daterange('2020-01-01', '{DAY}') and u.code like 'HUE.TX%' order by p.id limit {count}""")
        return [uuid.UUID(id).bytes for id, in rows]

    def create(self, client, **fields):
        fields = {"id": uuid7(), "unit_id": self.units[WARD], "type": HEAD, "is_party": False, "body_name": "UBND phường",
                  "from_on": "2020-01-01", **fields}
        return client.submit("PostService/Create", **fields).post

    def hold(self, client, post, person=None, **fields):
        fields = {"id": uuid7(), "post_id": post.id, "mode": "HOLDING_MODE_ELECTED", "decision_doc": "12-QĐ/ĐU",
                  "from_on": "2021-01-01", **fields}
        return client.submit("PostService/Hold", **({**fields, "person_id": person} if person else fields))


class Posts(PostsCase):
    def test_heads_of_groups(self):
        """AT-16, AT-17: 14 heads of 14 are members, 12 of them deputy secretaries at the same time"""
        clerk, officer = self.act("WO"), self.act("DO", None)
        for number, person in enumerate(self.persons(14)):
            self.hold(clerk, self.create(clerk, title=f"Tổ trưởng tổ dân phố {number + 1}"), person)
            if number < 12:
                self.hold(clerk, self.create(clerk, type=DEPUTY, is_party=True, body_name=None), person)
        report = officer.read("ReportService/Posts", unit_id=self.units[WARD], as_of_on=DAY)
        row, = (row for row in report.rows if row.type == HEAD)
        self.assertEqual((row.posts, row.held, row.by_members, row.by_members_pct), (14, 14, 14, "100.0"))
        self.assertEqual((row.concurrent, row.concurrent_pct, row.combined_with), (12, "85.7", "Phó bí thư 12"))
        pair, = (pair for pair in report.pairs if pair.type == HEAD)
        self.assertEqual((pair.with_type, pair.posts, pair.share_pct), (DEPUTY, 12, "85.7"))
        listed = clerk.read("PostService/List", type=HEAD, as_of_on=DAY).posts
        self.assertEqual((len(listed), sum(post.concurrent for post in listed), all(post.is_member for post in listed)),
                         (14, 12, True))
        self.assertEqual(len(clerk.read("PostService/List", type=HEAD, as_of_on="2019-12-31").posts), 0)

    def test_one_after_the_other(self):
        """a post has one holder at a time; who leaves makes room, and a post that ends takes its holder along"""
        clerk = self.act("WO")
        first, second, *_ = self.persons(20)[15:]
        post = self.create(clerk, type="front_head")
        self.assertEqual((post.title, post.holder_name), ("Trưởng ban công tác Mặt trận", ""))
        holding = self.hold(clerk, post, first).holding
        with self.assertRefused(STATE, "post_taken", "post_id"):
            self.hold(clerk, post, second, from_on="2022-06-01")
        with self.assertRefused(ABORTED, "conflict"):
            clerk.submit("PostService/Release", id=holding.id, base_version=2, last_on="2022-05-31")
        clerk.submit("PostService/Release", id=holding.id, base_version=1, last_on="2022-05-31")
        self.hold(clerk, post, holder_name="Lò Văn Ngoài", from_on="2022-06-01")
        clerk.submit("PostService/End", id=post.id, base_version=1, last_on="2025-06-30")
        answer = clerk.read("PostService/Get", id=post.id)
        self.assertEqual([(h.holder_name, h.from_on, h.until_on) for h in answer.holdings][:1],
                         [("Lò Văn Ngoài", "2022-06-01", "2025-06-30")])
        self.assertEqual((answer.post.last_on, answer.post.holder_name), ("2025-06-30", ""))
        old, = clerk.read("PostService/List", type="front_head", as_of_on="2022-05-31").posts
        self.assertEqual((old.person_id, old.is_member), (first, True))

    def test_long_terms(self):
        """a long term is warned of and recorded"""
        clerk = self.act("WO")
        person = self.persons(30)[29]
        post = self.create(clerk, type="hamlet_head", from_on="1990-01-01")
        answer = self.hold(clerk, post, person, from_on="1990-01-01", until_on="1995-12-31")
        self.assertEqual(list(answer.warnings), [])
        answer = self.hold(clerk, post, person, from_on="1996-01-01", until_on="2002-12-31")
        self.assertEqual([(w.field, w.rule) for w in answer.warnings], [("until_on", "long_term")])
        self.assertEqual(answer.holding.until_on, "2002-12-31")

    def test_who_may(self):
        """a secretary reads posts, a clerk writes them in his ward, a member does neither"""
        with self.assertRefused(DENIED):
            self.create(self.act("BS", "HUE.TX.01"))
        with self.assertRefused(DENIED):
            self.act("MB", "HUE.TX.01").read("PostService/List")
        post = self.create(self.act("WO"), type="other")
        other = self.act("WO", "NLO.TT")
        with self.assertRefused(NOT_FOUND, field="id"):
            other.read("PostService/Get", id=post.id)
        with self.assertRefused(NOT_FOUND, field="unit_id"):
            self.create(other)


class Residence(PostsCase):
    def places(self, unit, count):
        rows = self.sql(f"""select s.id from chibo.membership s join chibo.unit u on u.id = s.unit_id
            where u.code = '{unit}' and s.kind = 'residential' and s.during @> '{DAY}'::date order by s.id limit {count}""")
        return [uuid.UUID(id).bytes for id, in rows]

    def busiest(self):
        """The branch of the ward with most residential guests."""
        (code, _), *_ = self.sql("""select u.code, count(*) from chibo.membership s join chibo.unit u on u.id = s.unit_id
            where s.kind = 'residential' and u.code like 'HUE.TX.%' group by 1 order by 2 desc, 1""")
        return code

    def figures(self, client, day=DAY, **fields):
        return client.read("ReportService/Residential", unit_id=self.units[WARD], as_of_on=day, **fields).totals[0]

    def register(self, client, place, **fields):
        fields = {"id": uuid7(), "work_unit": "Sở Y tế", "introduced_on": "2023-04-01", "received_on": "2023-04-05", **fields}
        return client.submit("ResidentialService/Create", membership_id=place, **fields).registration

    def test_counted_apart(self):
        """AT-10, AT-11: a registration and its end leave 473 where it is"""
        branch, officer = self.busiest(), self.act("DO", None)
        secretary = self.act("BS", branch)
        before = self.figures(officer)
        self.assertEqual((before.members, before.residential > 810), (473, True))
        registered = [self.register(secretary, place) for place in self.places(branch, 3)]
        now = self.figures(officer)
        self.assertEqual((now.members, now.residential, now.registered - before.registered, now.normal - before.normal,
                          now.not_assessed - before.not_assessed), (473, before.residential, 3, 3, 3))
        ended = secretary.submit("ResidentialService/End", id=registered[0].id, base_version=1, last_on="2023-04-09",
                                 reason="Nghỉ hưu").registration
        self.assertEqual((ended.state, ended.ended_on), (3, "2023-04-09"))
        after = self.figures(officer)
        self.assertEqual((after.members, after.residential, after.registered - before.registered),
                         (473, before.residential - 1, 2))
        self.assertEqual(officer.read("ReportService/Membership", unit_id=self.units[WARD], as_of_on=DAY).members, 473)

    def test_a_year(self):
        """received, active, assessed by list, confirmed by the ward; a member finds his own"""
        branch = self.busiest()
        secretary, ward, chief = self.act("BS", branch), self.act("WS"), self.act("DS", None)
        unit, lines = self.units[branch], []
        (today,), = self.sql("select chibo.today()")     # there, not where the test runs
        year = int(today[:4])
        for place in self.places(branch, 9)[5:]:
            registration = self.register(secretary, place)
            active = secretary.submit("ResidentialService/Activate", id=registration.id, base_version=1).registration
            self.assertEqual(active.state, 2)
            lines.append({"registration_id": registration.id, "grade": "good", "note": "Tham gia đầy đủ"})
        for _ in range(2):
            totals = secretary.submit("ResidentialService/Assess", unit_id=unit, year=year, lines=lines).totals
            self.assertEqual((totals.assessed, totals.waiting, totals.confirmed), (4, 4, 0))
        with self.assertRefused(INVALID, "twice", "lines"):
            secretary.submit("ResidentialService/Assess", unit_id=unit, year=year, lines=lines[:1] * 2)
        with self.assertRefused(NOT_FOUND, "unknown_code", "grade"):
            secretary.submit("ResidentialService/Assess", unit_id=unit, year=year, lines=[{**lines[0], "grade": "superb"}])
        with self.assertRefused(DENIED):
            secretary.submit("ResidentialService/Confirm", unit_id=unit, year=year)
        totals = ward.submit("ResidentialService/Confirm", unit_id=unit, year=year).totals
        self.assertEqual((totals.waiting, totals.confirmed), (0, 4))
        with self.assertRefused(EXISTS, "assessed", "year"):
            secretary.submit("ResidentialService/Assess", unit_id=unit, year=year, lines=lines)
        answer = secretary.read("ResidentialService/Get", id=lines[0]["registration_id"])
        self.assertEqual([(a.year, a.grade, a.is_confirmed, a.sent_on) for a in answer.assessments],
                         [(year, "good", True, today)])
        figures = self.figures(self.act("DO", None), day=None)
        self.assertEqual((figures.assessed, figures.good, figures.sent), (4, 4, 4))
        # counts without names from above
        rows = chief.read("ResidentialService/List", unit_id=unit).registrations
        self.assertEqual({(row.full_name, row.work_unit, row.note, row.member_id) for row in rows}, {("", "", "", b"")})

    def test_own(self):
        """a member sees his registration in a branch far from his own, and nobody else's"""
        (member, person), *_ = self.sql("""select m.id, m.person_id from chibo.membership s join chibo.member m on m.id = s.member_id
            join chibo.unit u on u.id = s.unit_id where u.code = 'NLO.TT.01' and s.kind = 'primary' and upper_inf(s.during) order by 1""")
        place = uuid.uuid4()
        self.sql(f"""insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
            select '{place}', '{member}', id, pos, feed_id, 'residential', '[2024-01-01,)' from chibo.unit where code = 'HUE.TX.02'""")
        secretary = self.act("BS", "HUE.TX.02")
        registration = self.register(secretary, place.bytes, introduced_on="2024-01-01", received_on="2024-01-05")
        own = actors.act(self, "MB", "NLO.TT.01", uuid.UUID(person).bytes)
        row, = own.read("ResidentialService/List").registrations
        self.assertEqual((row.id, row.unit_id), (registration.id, self.units["HUE.TX.02"]))
        self.assertEqual(own.read("ResidentialService/Get", id=row.id).registration.full_name, registration.full_name)
        with self.assertRefused(NOT_FOUND):
            self.act("MB", "HUE.TX.02").read("ResidentialService/Get", id=row.id)
        with self.assertRefused(NOT_FOUND):
            self.act("BS", "NLO.TT.01").read("ResidentialService/Get", id=row.id)

    def test_by_hand(self):
        """a secretary at the terminal: the list comes from a file with ids"""
        member, = self.sql("""select m.id from chibo.membership s join chibo.member m on m.id = s.member_id join chibo.unit u
            on u.id = s.unit_id where u.code = 'NLO.TT.02' and s.kind = 'primary' and upper_inf(s.during) order by 1 limit 1""")[0]
        place = uuid.uuid4()
        self.sql(f"""insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
            select '{place}', '{member}', id, pos, feed_id, 'residential', '[2024-01-01,)' from chibo.unit where code = 'NLO.TT.01'""")
        with tempfile.TemporaryDirectory() as home:
            cli = Cli(home)
            cli.connect(self.server)
            cli.login("bi.thu.1", example.PASSWORD)
            cli.ok("residential", "create", "--membership-id", place, "--work-unit", "Sở Y tế", "--introduced-on", "1/1/2024",
                   "--received-on", "5/1/2024")
            row, = cli.json("residential", "list")
            cli.ok("residential", "activate", row["id"])
            file = pathlib.Path(home) / "nhan-xet.csv"
            file.write_text(f"registration_id,grade,note\n{row['id']},fair,Vắng hai buổi\n", encoding="utf-8")
            cli.ok("residential", "assess", "NLO.TT.01", "--year", "2024", "--lines-from", file)
            row, = cli.json("residential", "list", "--year", "2024")
            self.assertEqual((row["grade"], row["note"]), ("fair", "Vắng hai buổi"))
            done = cli.run("residential", "assess", "NLO.TT.01", "--year", "2023", "--lines-from", file)
            self.assertIn("không sinh hoạt ở chi bộ trong năm đó", done.stderr)


class Reports(PostsCase):
    def step(self, client, verb, report, **fields):
        return client.submit(f"SentReportService/{verb}", id=report.id, base_version=report.version, **fields).report

    def make(self, client, code="R12", period="2023-H1", **fields):
        return client.submit("SentReportService/Make", id=uuid7(), code=code, period=period, **fields).report

    def missing(self, client, code="R12", period="2023-H1"):
        return {row.unit_code: row for row in client.read("SentReportService/List", code=code, period=period).missing}

    def test_frozen(self):
        """a report stays as it was sent; the correction is a version of its own, and the difference is listed"""
        clerk, ward, officer = self.act("WO"), self.act("WS"), self.act("DO", None)
        self.assertTrue(self.missing(officer)["HUE.TX"].is_late)
        self.make(clerk)
        draft = self.make(clerk)
        self.assertEqual((draft.number, draft.state, len(draft.hash)), (1, 1, 32))
        with self.assertRefused(NOT_FOUND):
            officer.read("SentReportService/Get", id=draft.id)
        with self.assertRefused(DENIED):
            self.step(clerk, "Send", draft)
        sent = self.step(ward, "Send", draft)
        self.assertNotIn("HUE.TX", self.missing(officer))
        before = officer.read("SentReportService/Get", id=sent.id, limit=500)
        self.sql("""update chibo.membership set during = daterange(lower(during), '2023-06-01') where id = (
            select s.id from chibo.membership s join chibo.unit u on u.id = s.unit_id where u.code = 'HUE.TX.03'
            and s.kind = 'residential' order by s.id limit 1)""")
        again = officer.read("SentReportService/Get", id=sent.id, limit=500)
        self.assertEqual((again.cells, again.seals[0].is_intact), (before.cells, True))
        back = self.step(officer, "SendBack", sent, reason="Chi bộ 3 có thay đổi")
        self.assertEqual((back.state, back.reason), (4, "Chi bộ 3 có thay đổi"))
        self.assertTrue(self.missing(officer)["HUE.TX"].is_returned)
        second = self.step(ward, "Send", self.make(clerk))
        self.assertEqual((second.number, second.corrects), (2, sent.id))
        change, = officer.read("SentReportService/Compare", id=second.id).differences
        self.assertEqual((change.row_key, change.field, int(change.before) - int(change.after)), ("HUE.TX.03", "residential", 1))
        self.assertEqual(self.step(officer, "Accept", second).state, 5)
        states = [(r.number, r.state) for r in officer.read("SentReportService/List", code="R12", period="2023-H1").reports]
        self.assertEqual(sorted(states), [(1, 4), (2, 5)])

    def test_hash(self):
        """whoever has the cells can compute the hash"""
        clerk = self.act("WO", "NLO.TT")
        made = self.make(clerk, "R13", "2022")
        cells, after = [], 0
        while page := clerk.read("SentReportService/Get", id=made.id, after_row_no=after, limit=1).cells:
            cells, after = [*cells, *page], page[-1].row_no
        lines = [[str(uuid.UUID(bytes=made.unit_id)), made.code, made.period, made.number],
                 *([c.row_no, c.row_key, c.field_no, c.field, c.value if c.HasField("value") else None] for c in cells)]
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        self.assertEqual(hashlib.sha256(text.encode()).digest(), made.hash)

    def test_who_decides(self):
        """not the unit itself, nor another one, nor who made it, in whatever grant"""
        clerk, ward = self.act("WO", "NLO.TT"), self.act("WS", "NLO.TT")
        report = self.step(ward, "Send", self.make(clerk))
        with self.assertRefused(STATE, "own_unit", "id"):
            self.step(clerk, "Accept", report)
        with self.assertRefused(NOT_FOUND):
            self.step(self.act("WO"), "Accept", report)
        above = self.act("DO", None)
        self.sql(f"""alter table chibo.sent_report disable trigger keep_report; update chibo.sent_report
            set made_by = '{uuid.UUID(bytes=above.person_id)}' where id = '{uuid.UUID(bytes=report.id)}';
            alter table chibo.sent_report enable trigger keep_report""")
        with self.assertRefused(STATE, "own_proposal", "id"):
            self.step(above, "Accept", report)
        with self.assertRefused(NOT_FOUND, "unknown_report"):
            self.make(clerk, "R99")
        with self.assertRefused(INVALID, "period_kind"):
            self.make(clerk, "R12", "2023-05")
        with self.assertRefused(NOT_FOUND, field="unit_id"):
            self.make(clerk, unit_id=self.units["NLO.TT.01"])


if __name__ == "__main__":
    tap.main()
