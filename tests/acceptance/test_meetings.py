#!/usr/bin/python3
"""The branch meeting as it was held: block 5 of Nghi Tân through the client, as its secretary, the ward, the district
and the guests would; Ngô Quyền, Kỳ Anh and Thủy Xuân over the wire. Persons are invented."""

import csv
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
from client import id_bytes, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import ROOT  # noqa: E402

STATE = 9
WARD, BRANCH = "CLO.NT", "CLO.NT.05"
PEERS = ("CLO.NT.01", "CLO.NT.02", "CLO.NT.03", "CLO.NT.04", "CLO.NT.06", "CLO.NT.07")
CRITERIA = ROOT / "deploy" / "examples"
OFFICES = ("Phó trưởng ban Dân vận Thị ủy", "Phó Chánh Văn phòng Thị ủy", "Bí thư Đảng ủy phường", "Chủ tịch HĐND phường",
           "Chủ tịch UBND phường", "Chủ tịch UBMTTQ phường")


def instant(text):
    """Microseconds of a time there."""
    return int(datetime.datetime.fromisoformat(text + "+07:00").timestamp() * 1_000_000)


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


class Scene(ServerCase):
    """People as they are needed, each with the real client on a computer of his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.top = cls.enterClassContext(example.Top(cls.server))
        cls.computers = {}

    @classmethod
    def computer(cls, login_name):
        if login_name not in cls.computers:
            cli = Cli(cls.server.directory / login_name)
            cli.connect(cls.server)
            cli.login(login_name, example.PASSWORD)
            cls.computers[login_name] = cli
        return cls.computers[login_name]

    @classmethod
    def hire_member(cls, login_name, person, role, unit_code, **grant):
        """Somebody who has a record already."""
        cls.top.open_account(login_name, person)
        cls.top.give(person, role, cls.units[unit_code], **grant)
        return cls.computer(login_name)

    @classmethod
    def hire(cls, login_name, role, unit_code, name, **grant):
        cls.top.hire(login_name, role, cls.units[unit_code] if unit_code else cls.top.root, name, **grant)
        return cls.computer(login_name)

    @classmethod
    def members_of(cls, unit_code, day):
        """[(member id, person id)] of the full members, in the order of a list."""
        rows = cls.cluster.psql(cls.database, f"""
            select m.id, m.person_id from chibo.membership s join chibo.member m on m.id = s.member_id
            join chibo.person p on p.id = m.person_id join chibo.unit u on u.id = s.unit_id
            where u.code = '{unit_code}' and s.kind = 'primary' and s.during @> '{day}'::date and m.full_on <= '{day}'
            order by p.given_name collate "vi-x-icu", m.id""")
        return [tuple(row) for row in rows]


class NghiTan(Scene):
    """The meeting of block 5 on the morning of Saturday 6 November 2021, from the invitation to the confirmed score."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roll = cls.members_of(BRANCH, "2021-11-06")
        cls.files = cls.server.directory
        cls.secretary = cls.hire_member("khoi5.bt", id_bytes(cls.roll[0][1]), "BS", BRANCH)
        cls.deputy = cls.hire_member("khoi5.pbt", id_bytes(cls.roll[1][1]), "BD", BRANCH)
        cls.office = cls.hire("nt.vp", "WO", WARD, ("Hồ", "Thị", "Lan"))
        cls.ward = cls.hire("nt.bt", "WS", WARD, ("Võ", "Văn", "Thành"))
        cls.officer = cls.computer("can.bo")
        cls.head = cls.computer(example.TOP["DH"])
        cls.plan()
        cls.invite()
        cls.hold()
        cls.close()
        cls.score()

    @classmethod
    def plan(cls):
        """Planned by the secretary, registered by the ward as its pilot of the month."""
        cls.meeting = cls.secretary.json(
            "meeting", "create", BRANCH, "--kind", "thematic", "--period-month", "11/2021", "--planned-at",
            "6/11/2021 08:00", "--place", "Nhà văn hóa khối 5", "--chair-id", cls.roll[0][1], "--clerk-id", cls.roll[1][1],
            "--topic", "Làm thế nào để phát triển đảng viên", "--topic-tag", "development", "--template", "chuyen-de"
        )["meeting"]["id"]
        cls.secretary.ok("pilot", "propose", cls.meeting)
        cls.office.ok("pilot", "enrol", cls.meeting)

    @classmethod
    def invite(cls):
        """Content agreed, papers sent, twelve guests; those who judge get a grant for this one meeting."""
        cls.secretary.ok("meeting", "check", cls.meeting, "--code", "content_agreed")
        cls.secretary.ok("meeting", "prepare", cls.meeting)
        papers = write_csv(cls.files / "papers.csv", [
            {"title": "Dự thảo chuyên đề phát triển đảng viên 2021–2023", "sent_to": "18 đảng viên", "sent_at_us": "2/11/2021 09:00"},
            {"title": "Giấy mời", "sent_to": "Ban Dân vận, Văn phòng Thị ủy", "sent_at_us": "2/11/2021 09:00"}])
        cls.secretary.ok("meeting", "notify", cls.meeting, "--papers-from", papers)
        until = (datetime.date.today() + datetime.timedelta(3)).isoformat()
        grant = {"meeting_id": id_bytes(cls.meeting), "until_on": until}
        cls.delegate_person = cls.top.register(cls.top.root, ("Trần", "Văn", "Vinh"))
        cls.top.open_account("thi.uy", cls.delegate_person)
        cls.head.ok("pilot", "assign-delegate", "--pilot-id", cls.meeting, "--person-id",
                    str(uuid.UUID(bytes=cls.delegate_person)), "--capacity", OFFICES[0])
        cls.peers = []
        for number, code in enumerate(PEERS):
            person = id_bytes(cls.members_of(code, "2021-11-06")[0][1])
            cls.top.open_account(f"bt{code[-2:]}", person)
            cls.peers.append((f"bt{code[-2:]}", person, code))
        cls.top.give(cls.delegate_person, "DG", cls.units[BRANCH], **grant)
        for _, person, _ in cls.peers:
            cls.top.give(person, "DG", cls.units[BRANCH], **grant)
        guests = [("delegate", cls.delegate_person, OFFICES[0], "Thị ủy"), ("delegate", "Lê Thị Thu", OFFICES[1], "Thị ủy")]
        guests += [("other", f"Đinh Văn {n}", office, "Phường Nghi Tân") for n, office in zip("ABCD", OFFICES[2:])]
        guests += [("peer_observer", person, f"Bí thư chi bộ khối {code[-1]}", "Chi bộ bạn") for _, person, code in cls.peers]
        for kind, who, capacity, sender in guests:
            named = ("--full-name", who) if isinstance(who, str) else ("--person-id", str(uuid.UUID(bytes=who)))
            cls.secretary.ok("meeting", "add-guest", cls.meeting, "--class", kind, *named, "--capacity", capacity,
                             "--sender", sender)

    @classmethod
    def vote(cls, purpose, subject, votes_for, *more):
        return cls.secretary.json(
            "vote", "record", "--meeting-id", cls.meeting, "--purpose", purpose, "--subject", subject, "--method", "hand",
            "--voted-at", "6/11/2021 10:00", "--votes-for", votes_for, "--votes-against", "0",
            "--blank", 16 - votes_for, *more)["vote"]

    @classmethod
    def candidate(cls):
        """A teacher on the branch's list, helped by a member: the record and the assignment."""
        made = cls.secretary.json(
            "candidate", "create", "--family-name", "Nguyễn", "--middle-name", "Thị", "--given-name", "Mẫu", "--sex", "female",
            "--born-on", "2/3/1996", "--source-group", "teacher", "--identified-on", "5/1/2021")["candidate"]["id"]
        cls.secretary.ok("candidate", "enlist", made, "--resolution", "03-NQ/CB", "--listed-on", "5/2/2021")
        cls.secretary.ok("candidate", "assign-mentor", made, "--mentor-id", cls.roll[2][0], "--resolution", "05-NQ/CB",
                         "--together-since-on", "1/1/2019", "--from-on", "5/3/2021")
        return made

    @classmethod
    def hold(cls):
        """16 of 18 came; discussion, the theme put to the vote, the branch's own sheet, minutes."""
        cls.secretary.ok("meeting", "open", cls.meeting, "--started-at", "6/11/2021 08:00")
        absent = write_csv(cls.files / "absent.csv", [
            {"member_id": member, "state": "excused", "reason": reason}
            for (member, _), reason in zip(cls.roll[-2:], ("ốm", "đi làm xa"))])
        cls.secretary.ok("meeting", "record-attendance", cls.meeting, "--lines-from", absent, "--others", "present")
        for minute, (member, _) in enumerate(cls.roll[2:7]):
            cls.secretary.ok("meeting", "add-speech", cls.meeting, "--member-id", member, "--summary",
                             "Phân công đảng viên giúp đỡ từng quần chúng ưu tú", "--spoken-at", f"6/11/2021 08:4{minute}")
        cls.secretary.ok("meeting", "report-candidate", cls.meeting, "--candidate-id", cls.candidate(),
                         "--mentor-id", cls.roll[2][0], "--strengths", "Nhiệt tình với phong trào",
                         "--weaknesses", "Còn ít kinh nghiệm", "--branch-comment", "Tiếp tục giúp đỡ")
        cls.theme = cls.vote("ordinary", "Thực hiện chuyên đề", 16)
        document = cls.officer.json("document", "create", "--number", "08", "--suffix", "QĐ/TU", "--issuer", "Tỉnh ủy Nghệ An",
                                    "--issued-on", "15/9/2021", "--title", "Quy định tiêu chí sinh hoạt chi bộ")
        cls.officer.ok("criteria", "create", "--code", "vi-du", "--title", "Bảng tiêu chí (ví dụ)", "--legal-doc-id",
                       document["id"], "--max-total", "100", "--from-on", "15/9/2021", "--is-example", "yes",
                       "--criteria-from", CRITERIA / "criteria-example.csv", "--bands-from",
                       CRITERIA / "criteria-example-grades.csv")
        cls.table = cls.officer.json("criteria", "get", "vi-du")["table"]["id"]
        cls.secretary.ok("score", "draft-self", cls.meeting, "--table-id", cls.table, "--lines-from", cls.sheet("self", 0))
        cls.score_vote = cls.vote("score", "Điểm tự chấm", 16)
        cls.secretary.ok("meeting", "set-conclusion", cls.meeting, "--conclusion", "Thống nhất kế hoạch phát triển đảng viên")
        cls.minutes_vote = cls.vote("minutes", "Biên bản", 16)

    @classmethod
    def sheet(cls, name, less):
        """A sheet with so many points less than the maximum, taken from the criterion 3.3."""
        with (CRITERIA / "criteria-example.csv").open(encoding="utf-8", newline="") as file:
            rows = [{"code": row["code"], "points": str(float(row["max_points"]) - (less if row["code"] == "3.3" else 0))}
                    for row in csv.DictReader(file)]
        return write_csv(cls.files / f"sheet-{name}.csv", rows)

    @classmethod
    def close(cls):
        """Adopted, signed by two persons, sent to the ward and taken there."""
        cls.minutes = cls.secretary.json("minutes", "adopt", cls.meeting, "--ended-at", "6/11/2021 10:30", "--vote-id",
                                         cls.minutes_vote["id"], "--yes")
        cls.secretary.ok("minutes", "sign", cls.minutes["id"], "--yes")
        cls.deputy.ok("minutes", "sign", cls.minutes["id"], "--yes")
        cls.secretary.ok("meeting", "submit", cls.meeting)
        cls.office.ok("meeting", "acknowledge", cls.meeting)

    @classmethod
    def score(cls):
        cls.secretary.ok("score", "submit-self", cls.meeting, "--vote-id", cls.score_vote["id"])
        for number, (login_name, _, _) in enumerate(cls.peers):
            cls.computer(login_name).ok("score", "upper", cls.meeting, "--lines-from", cls.sheet(login_name, number))
        cls.blind = cls.computer(cls.peers[0][0]).json("score", "get", cls.meeting)
        cls.delegate = cls.computer("thi.uy")
        cls.delegate.ok("score", "upper", cls.meeting, "--comment", "Các chi bộ khác cần học tập; chi bộ cần có hướng đi rõ ràng")
        cls.office.ok("score", "upper", cls.meeting, "--lines-from", cls.sheet("ward", 4))
        cls.ward.ok("score", "confirm", cls.meeting, "--yes")
        cls.ward.ok("score", "publish", cls.meeting, "--yes")

    def got(self):
        return self.secretary.json("meeting", "get", self.meeting)

    def test_at_01(self):
        """AT-01 one thematic pilot on Saturday 06/11/2021, its theme and its path"""
        meeting = self.got()["meeting"]
        self.assertEqual((meeting["kind"], meeting["is_pilot"], meeting["held_on"]), ("thematic", True, "2021-11-06"))
        self.assertEqual(datetime.date.fromisoformat(meeting["held_on"]).strftime("%A"), "Saturday")
        self.assertEqual(meeting["topic"], "Làm thế nào để phát triển đảng viên")
        self.assertTrue(meeting["unit_path"].endswith("Phường Nghi Tân › Khối 5"), meeting["unit_path"])
        self.assertEqual(meeting["state"], "acknowledged")

    def test_at_02(self):
        """AT-02, AT-06 18 on the roll: 16 needed for attendance, 12 for two thirds"""
        got = self.got()
        self.assertEqual((got["meeting"]["members_due"], got["meeting"]["present"], got["meeting"]["attendance_pct"]),
                         (18, 16, "88.9"))
        remark = {row["rule"]: row for row in got["remarks"]}
        self.assertEqual((remark["attendance_pct"]["value"], remark["attendance_pct"]["wanted"], remark["attendance_pct"]["ok"]),
                         ("16/18", "16/18", True))
        self.assertTrue(remark["min_minutes"]["ok"])
        self.assertEqual(self.sql("select chibo.least_number('2/3', 'ratio', 18)"), [["12"]])

    def test_at_03(self):
        """AT-03 the guests in their capacities: 2 upper delegates, 6 secretaries of other branches"""
        guests = self.got()["guests"]
        count = {kind: sum(guest["class"] == kind for guest in guests) for kind in ("delegate", "peer_observer", "other")}
        self.assertEqual(count, {"delegate": 2, "peer_observer": 6, "other": 4})
        self.assertIn((OFFICES[0], "Trần Văn Vinh"), [(guest["capacity"], guest["full_name"]) for guest in guests])
        # the same person is called something else on another day: the capacity is a snapshot
        self.head.ok("pilot", "get", self.meeting)
        delegate, = self.head.json("pilot", "get", self.meeting).get("delegates", [{}])[:1] or [{}]
        self.assertIn(delegate.get("capacity", OFFICES[0]), OFFICES)

    def test_at_06(self):
        """AT-06 adopted minutes, and a vote of its own on the theme"""
        self.assertEqual((self.theme["eligible"], self.theme["present"], self.theme["votes_for"], self.theme["needed"],
                          self.theme["passed"]), (18, 16, 16, 10, True))
        minutes = self.secretary.json("minutes", "get", self.minutes["id"])
        self.assertEqual((minutes["state"], minutes["number"]), ("sealed", 1))
        self.assertIn("Thực hiện chuyên đề", minutes["body"])
        purposes = [vote["purpose"] for vote in self.secretary.json("vote", "list", self.meeting, "--columns", "purpose")]
        self.assertEqual(sorted(purposes), ["minutes", "ordinary", "score"])

    def test_at_07(self):
        """AT-07 scored by the table of 08-QĐ/TU of 15/09/2021"""
        table = self.officer.json("criteria", "get", "vi-du")["table"]
        self.assertIn("08-QĐ/TU", table["legal_doc"])
        self.assertIn("15/09/2021", table["legal_doc"])
        self.assertTrue(table["is_example"])
        self.assertEqual(self.secretary.json("score", "get", self.meeting)["scoring"]["table_id"], self.table)

    def test_at_08(self):
        """AT-08 four sides judge the meeting, peers blind until the end; the report shows each and the gap"""
        self.assertEqual(sum(sheet["class"] == "peer_secretary" for sheet in self.blind["sheets"]), 1)
        self.assertEqual(len(self.blind["sheets"]), 1)
        got = self.office.json("score", "get", self.meeting)
        count = {}
        for sheet in got["sheets"]:
            count[sheet["class"]] = count.get(sheet["class"], 0) + 1
        self.assertEqual(count, {"self": 1, "ward_committee": 1, "peer_secretary": 6, "district_delegate": 1})
        comment = next(sheet["comment"] for sheet in got["sheets"] if sheet["class"] == "district_delegate")
        self.assertIn("học tập", comment)
        scoring = got["scoring"]
        self.assertEqual((scoring["state"], scoring["self_total"], scoring["total"], scoring["grade"], scoring["gap"]),
                         ("final", "100", "96", "good", "4"))
        totals, = self.office.json("score", "compare", self.meeting)["totals"]
        self.assertTrue(totals)

    def test_at_09(self):
        """AT-09 what the delegate requires becomes tasks with a unit that does them"""
        lines = [{"unit_code": code, "title": "Học tập cách tổ chức sinh hoạt chuyên đề của khối 5", "category": "theme",
                  "due_on": "31/12/2026"} for code in PEERS]
        lines.append({"unit_code": BRANCH, "title": "Xác định hướng đi rõ ràng, đạt chỉ tiêu phát triển đảng viên",
                      "category": "development", "due_on": "31/12/2026"})
        file = write_csv(self.files / "tasks.csv", lines)
        made = self.ward.json("task", "create", "--source", "conclusion", "--source-id", self.meeting, "--lines-from", file)
        self.assertEqual(len(made), 7)
        self.assertEqual({task["state"] for task in made}, {"assigned"})
        mine = self.secretary.json("task", "list", "--unit-id", BRANCH, "--columns", "id,title")
        self.assertEqual([task["title"] for task in mine], [lines[-1]["title"]])

    def test_at_35(self):
        """AT-35 the assigned member reports strengths and weaknesses, the branch comments"""
        report, = self.got()["mentor_reports"]
        self.assertEqual((report["month"], report["strengths"], report["weaknesses"], report["branch_comment"]),
                         ("2021-11", "Nhiệt tình với phong trào", "Còn ít kinh nghiệm", "Tiếp tục giúp đỡ"))

    def test_at_43(self):
        """AT-43 papers beforehand, attendance, start and end, speakers: what the guidance asks for"""
        got = self.got()
        remark = {row["rule"]: row for row in got["remarks"]}
        self.assertEqual({rule: row["ok"] for rule, row in remark.items()},
                         {"period_window": True, "attendance_pct": True, "unexcused": True, "excused_in_a_row": True,
                          "min_minutes": True, "papers_before": True, "speakers": True})
        self.assertEqual((remark["papers_before"]["value"], remark["speakers"]["value"], remark["min_minutes"]["value"]),
                         ("2", "5", "150"))

    def test_at_44(self):
        """AT-44 after the meeting the delegates draw lessons, by author; the district publishes them"""
        self.delegate.ok("pilot", "comment", "--pilot-id", self.meeting, "--comment", "Chuyên đề sát thực tế")
        self.head.ok("pilot", "publish-lessons", self.meeting, "--lessons", "Chuẩn bị kỹ, gửi tài liệu trước", "--yes")
        got = self.office.json("pilot", "get", self.meeting)
        self.assertEqual([(row["author_name"], row["comment"]) for row in got["comments"]],
                         [("Trần Văn Vinh", "Chuyên đề sát thực tế")])
        self.assertEqual((got["pilot"]["state"], got["pilot"]["lessons"]),
                         ("lessons_published", "Chuẩn bị kỹ, gửi tài liệu trước"))

    def test_r01(self):
        """R01 golden: the same bytes at every run; sent, it is frozen with its hash"""
        columns = ("unit_code,unit_name,is_held,held_on,kind,is_pilot,members_due,present,excused,unexcused,attendance_pct,"
                   "minutes,speakers,resolution_nos,tasks_new,tasks_done,tasks_overdue,proposals,self_grade,grade,is_submitted")
        asked = ("report", "branch-activity", "--unit-id", BRANCH, "--period-month", "11/2021", "-o", "csv", "--columns", columns)
        golden = (f"{columns}\nCLO.NT.05,Khối 5,true,2021-11-06,thematic,true,18,16,2,0,88.9,150,5,,0,0,0,0,good,good,true\n")
        for _ in range(2):
            self.assertEqual(self.office.ok(*asked).replace("\r\n", "\n"), golden)
        made = [self.secretary.json("sent-report", "make", "--code", "R01", "--period", "2021-11") for _ in range(2)]
        self.assertEqual(made[0]["hash"], made[1]["hash"])
        self.assertEqual([report["number"] for report in made], [1, 1])
        self.secretary.ok("sent-report", "send", made[1]["id"], "--yes")
        self.office.ok("sent-report", "accept", made[1]["id"], "--yes")
        with self.assertRaises(Exception):
            self.sql(f"update chibo.sent_report_cell set value = '17' where report_id = '{made[1]['id']}' and field = 'present'")
        next_one = self.secretary.json("sent-report", "make", "--code", "R01", "--period", "2021-11")
        self.assertEqual((next_one["number"], next_one["corrects"]), (2, made[1]["id"]))

    def test_closed_stays(self):
        """after the seal nothing of it changes, by SQL neither"""
        for sql in ("update chibo.minutes set body = body || '.', hash = sha256(convert_to(body || '.', 'UTF8'))",
                    "update chibo.attendance set state = 'present', reason = null where state = 'excused'",
                    "delete from chibo.speech", "update chibo.meeting set conclusion = 'khác'",
                    "update chibo.vote_item set votes_for = 15, blank = 1"):
            where = f" {'and' if ' where ' in sql else 'where'} {'id' if 'chibo.meeting ' in sql else 'meeting_id'} = '{self.meeting}'"
            with self.assertRaises(Exception, msg=sql):
                self.sql(sql + where)


class Wire(Scene):
    """What other places add, over the wire."""

    def act(self, role, unit_code, who=None):
        return actors.act(self, role, unit_code, who)

    def unit(self, code, name, parent, kind="branch", sector="hamlet"):
        self.units[code] = uuid7()
        self.loader().submit("UnitService/Create", id=self.units[code], parent_id=self.units.get(parent, self.top.root), code=code,
                             name=name, kind=kind, founded_on="2000-01-01", basis="01-QĐ/MAU",
                             **({"sector": sector} if kind == "branch" else {}))

    def loader(self):
        return self.login(example.CLERK)

    def plan(self, secretary, unit_code, month, planned, kind="MEETING_KIND_REGULAR", topic=None, **more):
        chair, clerk = (actors.person(self, unit_code, name) for name in ("Trì", "Ký"))
        meeting = uuid7()
        secretary.submit("MeetingService/Create", id=meeting, unit_id=self.units[unit_code], kind=kind, period_month=month,
                         planned_at_us=instant(planned), chair_id=chair, clerk_id=clerk,
                         **({"topic": topic} if topic else {}), **more)
        return meeting

    def start(self, secretary, meeting, at):
        secretary.submit("MeetingService/Check", id=meeting, code="content_agreed")
        secretary.submit("MeetingService/Prepare", id=meeting)
        secretary.submit("MeetingService/Notify", id=meeting)
        secretary.submit("MeetingService/Open", id=meeting, started_at_us=instant(at))

    @staticmethod
    def vote(secretary, meeting, purpose, subject, voters, at):
        """By hand, everybody for it."""
        return secretary.call("VoteService/Record", {"op_id": uuid7()}, {
            "id": uuid7(), "meeting_id": meeting, "purpose": f"VOTE_PURPOSE_{purpose}", "subject": subject,
            "method": "VOTE_METHOD_HAND", "votes_for": voters, "voted_at_us": instant(at)}).vote

    def adopt(self, secretary, meeting, voters, at):
        """The minutes are adopted by all."""
        vote = self.vote(secretary, meeting, "MINUTES", "Biên bản", voters, at)
        secretary.submit("MinutesService/Adopt", id=uuid7(), meeting_id=meeting, vote_id=vote.id,
                         ended_at_us=instant(at) + 60_000_000)


class NgoQuyen(Wire):
    """The branch of the organisation board, under the organisation of Party agencies and mass organisations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_at_22")
        case.unit("NQ.CQD", "Đảng bộ Cơ quan Đảng – Đoàn thể", "", "grassroots_committee")
        case.unit("NQ.CQD.01", "Chi bộ Ban Tổ chức", "NQ.CQD", sector="admin_agency")
        cls.persons = {}
        clerk = case.loader()
        for number, name in enumerate(("Bí", "Trưởng", "Viên")):
            person = uuid7()
            clerk.submit("MemberService/Create", id=uuid7(), person_id=person, unit_id=cls.units["NQ.CQD.01"],
                         family_name="Đào", given_name=name, sex="SEX_MALE", born_on="1970", status="MEMBER_STATUS_FULL",
                         decision_on="2000-01-01", joined_on="2000-02-01", full_on="2001-02-01", from_on="2000-02-01",
                         card_no=f"9900000{number}", biography_no=f"99000{number}NQ")
            cls.persons[name] = person

    def test_at_22(self):
        """AT-22 the meeting of June, held on Friday 01/07/2022: June counts it, July does not"""
        secretary = self.act("BS", "NQ.CQD.01")
        meeting = self.plan(secretary, "NQ.CQD.01", "2022-06", "2022-07-01T08:00", "MEETING_KIND_THEMATIC", "Chuyên đề tháng 6")
        self.start(secretary, meeting, "2022-07-01T08:00")
        secretary.submit("MeetingService/RecordAttendance", id=meeting, others="ATTENDANCE_STATE_PRESENT")
        self.adopt(secretary, meeting, 3, "2022-07-01T09:40")
        got = secretary.read("MeetingService/Get", id=meeting)
        self.assertEqual((got.meeting.period_month, got.meeting.held_on), ("2022-06", "2022-07-01"))
        self.assertEqual([row.ok for row in got.remarks if row.rule == "period_window"], [True])
        june, = secretary.read("ReportService/BranchActivity", period_month="2022-06").rows
        july, = secretary.read("ReportService/BranchActivity", period_month="2022-07").rows
        self.assertEqual((june.is_held, june.held_on, june.attendance_pct), (True, "2022-07-01", "100.0"))
        self.assertEqual((july.is_held, july.held_on), (False, ""))
        officer = self.login("can.bo")
        for month, held in (("2022-06", 1), ("2022-07", 0)):
            row, = officer.read("ReportService/WardActivity", unit_id=self.units["NQ.CQD"], period_month=month).rows
            self.assertEqual((row.branches, row.held, row.thematic), (1, held, held))

    def test_at_23(self):
        """AT-23 one account, two grants: secretary at the district, plain member here, present and with one vote"""
        person = self.persons["Bí"]
        self.top.open_account("bi.thu.quan", person)
        self.top.give(person, "MB", self.units["NQ.CQD.01"])
        client = self.connect()
        client.login("bi.thu.quan", example.PASSWORD)
        self.sql(f"""insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
            select gen_random_uuid(), '{uuid.UUID(bytes=person)}', 'DS', t.unit_id, t.feed_id, '[2020-01-01,)', '01-QĐ/MAU', now()
            from auth.tree t where t.parent_id is null""")
        grants = {grant.role: grant.id for grant in client.read("SessionService/WhoAmI").grants}
        self.assertEqual(set(grants), {"DS", "MB"})
        secretary = self.act("BS", "NQ.CQD.01")
        meeting = self.plan(secretary, "NQ.CQD.01", "2022-08", "2022-08-03T08:00")
        self.start(secretary, meeting, "2022-08-03T08:00")
        secretary.submit("MeetingService/RecordAttendance", id=meeting, others="ATTENDANCE_STATE_PRESENT")
        vote = self.vote(secretary, meeting, "ORDINARY", "Kế hoạch", 3, "2022-08-03T09:00")
        self.assertEqual((vote.eligible, vote.present, vote.votes_for), (3, 3, 3))
        client.grant_id = grants["MB"]
        names = [row.full_name for row in client.read("MeetingService/Get", id=meeting).attendance]
        self.assertIn("Đào Bí", names)
        # as the district's secretary he sees figures of the same meeting, and no names
        client.grant_id = grants["DS"]
        seen = client.read("MeetingService/Get", id=meeting)
        self.assertEqual((seen.meeting.present, len(seen.attendance), seen.meeting.chair), (3, 0, ""))


class KyAnh(Wire):
    """A June in which each of 16 grassroots committees registered one pilot."""

    # branch, committee, kind, theme, topic
    THEMES = (
        ("Hoa Sơn", "Xã Kỳ Hoa", "Phát triển đảng viên, nhất là người Công giáo, 2021–2025", "development"),
        ("Toán – Tin", "Trường THPT Lê Quảng Chí", "Học tập Bác, tự học", "hcm_study"),
        ("An ninh", "Công an thị xã", "Trách nhiệm nêu gương", "exemplary_role"),
        ("Tổ dân phố 1", "Phường Hưng Trí", "Phát triển đảng viên 2021–2025", "development"),
        ("Sử – Địa – GDCD", "Trường THPT Kỳ Anh", "Tư tưởng Hồ Chí Minh về trách nhiệm", "hcm_study"))
    REGULAR = (("Tân Thắng", "Xã Kỳ Ninh"), ("Trung tâm Dịch vụ hạ tầng", "Ban Quản lý khu kinh tế"), ("Tân Tiến", "Xã Kỳ Nam"),
               *((f"Thôn {n}", f"Xã Mẫu {n}") for n in range(1, 9)))
    DELEGATES = (("Một", ("Toán – Tin",)), ("Hai", ("An ninh", "Tân Thắng")), ("Ba", ("Tân Thắng",)),
                 ("Bốn", ("Trung tâm Dịch vụ hạ tầng",)), ("Năm", ("Tân Tiến",)))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_at_39")
        case.unit("KYA", "Thị ủy Kỳ Anh", "", "upper_committee")
        cls.pilots, cls.wards, cls.secretaries = {}, {}, {}
        themes = [(branch, ward, "MEETING_KIND_THEMATIC", topic, tag) for branch, ward, topic, tag in cls.THEMES]
        regular = [(branch, ward, "MEETING_KIND_REGULAR", None, None) for branch, ward in cls.REGULAR]
        for number, (branch, ward, kind, topic, tag) in enumerate(themes + regular, 1):
            code = f"KYA.{number:02}"
            case.unit(code, ward, "KYA", "grassroots_committee")
            case.unit(f"{code}.01", branch, code)
            cls.register(case, code, branch, kind, topic, tag)

    @classmethod
    def register(cls, case, code, branch, kind, topic, tag):
        secretary, office = case.act("BS", f"{code}.01"), case.act("WO", code)
        meeting = case.plan(secretary, f"{code}.01", "2021-06", "2021-06-05T08:00", kind, topic,
                            **({"topic_tag": tag} if tag else {}))
        secretary.submit("PilotService/Propose", id=meeting)
        office.submit("PilotService/Enrol", id=meeting)
        cls.pilots[branch], cls.wards[branch], cls.secretaries[branch] = meeting, code, secretary
        secretary.connection.close()
        office.connection.close()

    def act(self, role, unit_code, who=None):
        client = actors.act(self, role, unit_code, who)
        return client

    def listed(self, month="2021-06"):
        return self.login("can.bo").read("ReportService/PilotList", unit_id=self.units["KYA"], period_month=month)

    def test_at_38(self):
        """AT-38 a second pilot of the same committee and month is refused by the name of the rule"""
        code = self.wards["Hoa Sơn"]
        self.unit(f"{code}.02", "Hoa Thắng", code)
        secretary, office = self.act("BS", f"{code}.02"), self.act("WO", code)
        meeting = self.plan(secretary, f"{code}.02", "2021-06", "2021-06-12T08:00")
        secretary.submit("PilotService/Propose", id=meeting)
        with self.assertRefused(STATE, "pilots_per_month"):
            office.submit("PilotService/Enrol", id=meeting)
        self.assertEqual(secretary.read("PilotService/Get", id=meeting).pilot.rule_doc, "")
        self.assertIn("2020–2025", secretary.read("PilotService/Get", id=meeting).pilot.rule_doc
                      or office.read("PilotService/Get", id=self.pilots["Hoa Sơn"]).pilot.rule_doc)
        july = self.plan(secretary, f"{code}.02", "2021-07", "2021-07-03T08:00")
        secretary.submit("PilotService/Propose", id=july)
        office.submit("PilotService/Enrol", id=july)
        self.assertEqual(len(self.listed("2021-07").rows), 1)

    def test_at_39(self):
        """AT-39 June: 16 pilots = 11 regular + 5 thematic, of 16 committees"""
        answer = self.listed()
        total, = answer.totals
        self.assertEqual((total.pilots, total.regular, total.thematic), (16, 11, 5))
        self.assertEqual(len({row.ward_name for row in answer.rows}), 16)

    def test_at_40(self):
        """AT-40 the five themes with their text; by topic 2, 2 and 1; Tổ dân phố 1 shown with its ward"""
        answer = self.listed()
        themes = {row.unit_name: row.topic for row in answer.rows if row.topic}
        self.assertEqual(themes, {branch: topic for branch, _, topic, _ in self.THEMES})
        self.assertEqual({row.topic_tag: row.pilots for row in answer.topics},
                         {"development": 2, "hcm_study": 2, "exemplary_role": 1})
        self.assertEqual([row.ward_name for row in answer.rows if row.unit_name == "Tổ dân phố 1"], ["Phường Hưng Trí"])

    def test_at_41(self):
        """AT-41 six assignments of five people to five meetings"""
        head = self.act("DH", None)
        for name, branches in self.DELEGATES:
            person = actors.person(self, None, name)
            for branch in branches:
                head.submit("PilotService/AssignDelegate", id=uuid7(), pilot_id=self.pilots[branch], person_id=person,
                            capacity=f"Ủy viên Ban Thường vụ {name}")
        total, = self.listed().totals
        self.assertEqual((total.assignments, total.delegates, total.meetings_with_delegates), (6, 5, 5))
        two, = (row for row in self.listed().rows if row.unit_name == "Tân Thắng")
        self.assertEqual(len(two.delegates.split(", ")), 2)

    def test_at_42(self):
        """AT-42 a ceremony is an item of the meeting, linked to the case of the admission"""
        meeting, branch = self.pilots["Trung tâm Dịch vụ hạ tầng"], f"{self.wards['Trung tâm Dịch vụ hạ tầng']}.01"
        case_id = actors.admission(self, actors.unit(branch), "decided")
        secretary = self.act("BS", branch)
        version = secretary.read("MeetingService/Get", id=meeting).meeting.version
        secretary.submit("MeetingService/SetAgenda", id=meeting, base_version=version, lines=[
            {"kind": "ceremony", "title": "Lễ kết nạp đảng viên", "admission_case_id": case_id},
            {"kind": "discussion", "title": "Sinh hoạt thường kỳ tháng 6"}])
        agenda = secretary.read("MeetingService/Get", id=meeting).agenda
        self.assertEqual([(item.item_no, item.kind, item.admission_case_id) for item in agenda],
                         [(1, "ceremony", case_id), (2, "discussion", b"")])


class ThuyXuan(Wire):
    """The ward's resolution, its working session with the province, its proposals and posts."""

    WARD = "HUE.TX"

    def issue(self, client, resolution, number, issued_on, **more):
        return client.submit("ResolutionService/Issue", id=resolution, number=number, suffix="NQ/ĐU",
                             issuer="Đảng ủy phường Thủy Xuân", issued_on=issued_on, **more)

    def committee(self, office, month, at):
        """The ward's committee meets: five members of its branches."""
        meeting = self.plan(office, self.WARD, month, at, "MEETING_KIND_COMMITTEE")
        self.start(office, meeting, at)
        office.submit("MeetingService/RecordAttendance", id=meeting, lines=[
            {"member_id": id_bytes(self.members_of(f"HUE.TX.{n:02}", at[:10])[0][0]), "state": "ATTENDANCE_STATE_PRESENT"}
            for n in range(1, 6)])
        return meeting

    def resolved(self, client, meeting, at, subject, **more):
        """Drafted, discussed at the meeting, adopted by all five."""
        resolution = uuid7()
        client.submit("ResolutionService/Create", id=resolution, subject=subject, meeting_id=meeting, **more)
        client.submit("ResolutionService/Discuss", id=resolution)
        vote = self.vote(client, meeting, "RESOLUTION", subject, 5, at)
        client.submit("ResolutionService/Adopt", id=resolution, vote_id=vote.id)
        return resolution

    def test_at_13(self):
        """AT-13, AT-14 Resolution 22-NQ/ĐU of 27/10/2021, made concrete by a monthly one, distributed"""
        office, secretary = self.act("WO", self.WARD), self.act("WS", self.WARD)
        theme = self.resolved(office, self.committee(office, "2021-10", "2021-10-26T08:00"), "2021-10-26T09:00",
                              "Tạo nguồn và phát triển đảng viên", kind="RESOLUTION_KIND_THEMATIC", from_on="2020-06-01",
                              until_on="2025-05-31")
        self.issue(secretary, theme, "22", "2021-10-27", unit_ids=[self.units["HUE.TX.01"], self.units["HUE.TX.02"]],
                   other_recipients="các đoàn thể phường")
        got = office.read("ResolutionService/Get", id=theme)
        self.assertEqual((got.resolution.number, got.resolution.suffix, got.resolution.issued_on, len(got.copies)),
                         ("22", "NQ/ĐU", "2021-10-27", 2))
        monthly = self.resolved(office, self.committee(office, "2023-04", "2023-04-03T08:00"), "2023-04-03T09:00",
                                "Nhiệm vụ tháng 4 năm 2023", kind="RESOLUTION_KIND_MONTHLY", period_month="2023-04",
                                parent_id=theme)
        self.issue(secretary, monthly, "40", "2023-04-03", unit_ids=[self.units["HUE.TX.01"]])
        self.assertEqual([row.number for row in office.read("ResolutionService/Get", id=theme).children], ["40"])
        branch = self.act("BS", "HUE.TX.01")
        self.assertEqual({copy.number for copy in branch.read("ResolutionService/Inbox").copies}, {"22", "40"})
        self.assertEqual(len(office.read("ResolutionService/List", number="22", suffix="nq/du").resolutions), 1)

    def test_at_16(self):
        """AT-16, AT-17 14 of 14 heads of residential groups are members; 12 are deputy secretaries too: 85.7 %"""
        office = self.act("WO", self.WARD)
        for number in range(1, 15):
            code = f"HUE.TX.{number:02}"
            head, deputy = uuid7(), uuid7()
            person = id_bytes(self.members_of(code, "2023-04-10")[0][1])
            common = {"unit_id": self.units[code], "from_on": "2020-01-01"}
            office.submit("PostService/Create", id=head, type="residential_group_head", title="Tổ trưởng tổ dân phố",
                          is_party=False, body_name="UBND phường", **common)
            office.submit("PostService/Create", id=deputy, type="deputy_secretary", title="Phó bí thư chi bộ", is_party=True, **common)
            hold = {"mode": "HOLDING_MODE_ELECTED", "decision_doc": "12-QĐ/ĐU", "from_on": "2020-02-01"}
            office.submit("PostService/Hold", id=uuid7(), post_id=head, person_id=person, **hold)
            if number <= 12:
                office.submit("PostService/Hold", id=uuid7(), post_id=deputy, person_id=person, **hold)
        rows = office.read("ReportService/Posts", as_of_on="2023-04-10").rows
        heads, = (row for row in rows if row.type == "residential_group_head")
        self.assertEqual((heads.posts, heads.by_members, heads.by_members_pct), (14, 14, "100.0"))
        self.assertEqual((heads.concurrent, heads.concurrent_pct), (12, "85.7"))

    def test_at_18(self):
        """AT-18, AT-20 a working session on 10/04/2023, published the day after; four tasks, one a review of files"""
        office, secretary = self.act("WO", self.WARD), self.act("WS", self.WARD)
        meeting = self.plan(office, self.WARD, "2023-04", "2023-04-10T14:00", "MEETING_KIND_WORKING_SESSION")
        self.start(office, meeting, "2023-04-10T14:00")
        version = office.read("MeetingService/Get", id=meeting).meeting.version
        office.submit("MeetingService/Update", id=meeting, base_version=version, update_mask=["published_on"],
                      published_on="2023-04-11")
        got = office.read("MeetingService/Get", id=meeting).meeting
        self.assertEqual((got.held_on, got.published_on), ("2023-04-10", "2023-04-11"))
        lines = [{"title": title, "category": category, "due_on": "2027-12-31"} for title, category in (
            ("Sớm kiện toàn Ban Chấp hành", "organisation"), ("Rà soát quản lý hồ sơ đảng viên", "file_review"),
            ("Chọn chuyên đề thiết thực", "theme"), ("Tạo nguồn phát triển đảng viên lâu dài", "development"))]
        tasks = secretary.submit("TaskService/Create", id=uuid7(), source="TASK_SOURCE_CONCLUSION", source_id=meeting,
                                 lines=lines).tasks
        self.assertEqual(len(tasks), 4)
        self.assertEqual(sum(task.category == "file_review" for task in tasks), 1)
        self.assertEqual(len(office.read("TaskService/List", source_id=meeting).tasks), 4)

    def test_at_19(self):
        """AT-19 one proposal, three recipients, each with its own answer, seen by the sender"""
        office, secretary = self.act("WO", self.WARD), self.act("WS", self.WARD)
        proposal = uuid7()
        office.submit("ProposalService/Create", id=proposal, title="Tạo điều kiện kết nạp cán bộ đoàn thể, phụ cấp kiêm nhiệm",
                      body="(a) Kết nạp cán bộ không chuyên trách; (b) phụ cấp kiêm nhiệm", category="allowance",
                      recipient_ids=[self.top.root], bodies=["Thường trực Tỉnh ủy", "UBND thành phố"])
        secretary.submit("ProposalService/Adopt", id=proposal)
        secretary.submit("ProposalService/Send", id=proposal)
        rows = {row.recipient_name: row for row in office.read("ProposalService/Get", id=proposal).recipients}
        self.assertEqual(len(rows), 3)
        district, chief = self.act("DO", None), self.act("DS", None)
        upward, = (row for row in rows.values() if row.recipient_id == self.top.root)
        district.submit("ProposalService/Receive", id=upward.id)
        chief.submit("ProposalService/Answer", id=upward.id, state="RECIPIENT_STATE_ANSWERED", reply="Đồng ý đề nghị (a)")
        outside = rows["UBND thành phố"]
        office.submit("ProposalService/Receive", id=outside.id)
        office.submit("ProposalService/RecordReply", id=outside.id, state="RECIPIENT_STATE_REFUSED", reply="Chưa có nguồn",
                      replied_on=actors_today())
        states = {row.recipient_name: row.state for row in secretary.read("ProposalService/Get", id=proposal).recipients}
        self.assertEqual(len(set(states.values())), 3, states)
        self.assertEqual(secretary.read("ProposalService/Get", id=proposal).recipients[0].recipient_name != "", True)


def actors_today():
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)).date().isoformat()


if __name__ == "__main__":
    tap.main()
