#!/usr/bin/python3
"""A branch adopts its minutes, chair and clerk sign, a mistake is corrected by a further version."""

import hashlib
import html
import pathlib
import re
import sys
import tempfile
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import example  # noqa: E402
import tap  # noqa: E402
from assembly import OPENED_US, Assembly, quoted  # noqa: E402
from cli import Cli  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE = 3, 5, 6, 7, 9
ADOPTED, SEALED, SUPERSEDED = 1, 2, 3
HOUR_US = 3600_000_000


class Minutes(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = Assembly(cls)

    @classmethod
    def sql(cls, text):
        return cls.cluster.psql(cls.database, text)

    def vote(self, meeting, votes_for=16, purpose="VOTE_PURPOSE_MINUTES"):
        fields = {"id": uuid7(), "meeting_id": meeting, "purpose": purpose, "subject": "Biên bản cuộc họp",
                  "method": "VOTE_METHOD_HAND", "votes_for": votes_for, "votes_against": 16 - votes_for,
                  "voted_at_us": OPENED_US + HOUR_US}
        return self.house.clerk.call("VoteService/Record", {"op_id": uuid7()}, fields).vote.id

    def adopt(self, meeting, client=None, **fields):
        return (client or self.house.clerk).submit("MinutesService/Adopt", id=uuid7(), meeting_id=meeting,
                                                   **{"ended_at_us": OPENED_US + 2 * HOUR_US, **fields}).minutes

    def adopted(self, **columns):
        meeting = self.house.meet(**columns)
        return meeting, self.adopt(meeting, vote_id=self.vote(meeting))

    def sealed(self):
        meeting, minutes = self.adopted()
        for client in (self.house.chair, self.house.clerk):
            minutes = client.submit("MinutesService/Sign", id=minutes.id).minutes
        return meeting, minutes

    def state_of(self, meeting):
        return self.sql(f"select state from chibo.meeting where id = {quoted(meeting)}")[0][0]

    def test_from_preview_to_seal(self):
        """AT-06: the meeting adopts its minutes by a vote; rule 5: chair and clerk sign, each for himself"""
        meeting = self.house.meet(conclusion="'Chi bộ thống nhất.'")
        before = self.house.member.read("MinutesService/Preview", meeting_id=meeting).body
        self.assertTrue(before.startswith("ĐẢNG BỘ PHƯỜNG MẪU\nCHI BỘ KHỐI 5\n\nĐẢNG CỘNG SẢN VIỆT NAM\n"), before)
        self.assertIn("Tổng số đảng viên: 18 (chính thức 18, dự bị 0).\nCó mặt: 16", before)
        self.assertIn("Vắng có lý do: 2.\n- Lương Tôn: ốm\n- Lương Vĩnh: ốm", before)
        with self.assertRefused(STATE, "minutes_vote_required", "vote_id"):
            self.adopt(meeting)
        minutes = self.adopt(meeting, vote_id=self.vote(meeting))
        self.assertEqual((minutes.number, minutes.state, self.state_of(meeting)), (1, ADOPTED, "closed"))
        self.assertEqual(minutes.hash, hashlib.sha256(minutes.body.encode()).hexdigest())
        self.assertIn("Kết thúc: 10 giờ 00 phút, ngày 06 tháng 11 năm 2021.", minutes.body)
        self.assertEqual(self.house.clerk.read("MinutesService/Preview", meeting_id=meeting).body, minutes.body)
        with self.assertRefused(STATE, "not_chair_or_clerk", "id"):
            self.house.member.submit("MinutesService/Sign", id=minutes.id)
        signed = self.house.chair.submit("MinutesService/Sign", id=minutes.id).minutes
        self.assertEqual((signed.state, signed.HasField("clerk_signed_at_us")), (ADOPTED, False))
        with self.assertRefused(STATE, "already_signed", "id"):
            self.house.chair.submit("MinutesService/Sign", id=minutes.id)
        self.assertEqual(self.house.clerk.submit("MinutesService/Sign", id=minutes.id).minutes.state, SEALED)
        self.assertEqual(self.house.member.read("MinutesService/Get", id=minutes.id).minutes.body, minutes.body)

    def test_what_is_missing(self):
        """without a passed vote, a whole roll call, an end that fits, there are no minutes"""
        meeting = self.house.meet()
        vote = self.vote(meeting)
        with self.assertRefused(STATE, "vote_not_passed", "vote_id"):
            self.adopt(meeting, vote_id=self.vote(meeting, purpose="VOTE_PURPOSE_ORDINARY"))
        with self.assertRefused(NOT_FOUND, "not_found", "vote_id"):
            self.adopt(meeting, vote_id=uuid7())
        with self.assertRefused(NOT_FOUND, "not_found", "vote_id"):
            self.adopt(meeting, vote_id=self.vote(self.house.meet()))
        with self.assertRefused(STATE, "ends_too_early", "ended_at_us") as caught:
            self.adopt(meeting, vote_id=vote, ended_at_us=OPENED_US + HOUR_US - 1)
        self.assertEqual(caught.exception.params, {"at": "09:00"})
        with self.assertRefused(INVALID, "outside_session", "ended_at_us"):
            self.adopt(meeting, vote_id=vote, ended_at_us=OPENED_US + 10**16)
        gone = self.sql(f"delete from chibo.attendance where meeting_id = {quoted(meeting)} and member_id = "
                        f"{quoted(self.house.members[3])} returning full_name")
        with self.assertRefused(STATE, "roll_call_incomplete", "meeting_id") as caught:
            self.adopt(meeting, vote_id=vote)
        self.assertEqual((caught.exception.params, len(gone)), ({"missing": "1"}, 1))
        with self.assertRefused(STATE, "meeting_state", "meeting_id"):
            self.adopt(self.house.meet("planned"))
        with self.assertRefused(DENIED, "permission_denied"):
            self.adopt(meeting, self.house.member, vote_id=vote)
        self.assertEqual(self.state_of(meeting), "in_session")

    def test_correction(self):
        """closed minutes stay; a correction is a further version, signed by both, that takes their place"""
        meeting, first = self.sealed()
        with self.assertRefused(STATE, "meeting_closed", "meeting_id"):
            self.adopt(meeting)
        fields = {"meeting_id": meeting, "corrects": first.id, "correction": "Có mặt: 17.\n\nCHỦ TRÌ: Người Khác"}
        second = self.house.clerk.submit("MinutesService/Correct", id=uuid7(), **fields).minutes
        self.assertEqual((second.number, second.state, second.corrects), (2, ADOPTED, first.id))
        self.assertTrue(second.body.startswith(first.body + "\nĐÍNH CHÍNH LẦN 1\n"), second.body)
        self.assertIn("\n  Có mặt: 17.\n  CHỦ TRÌ: Người Khác\n", second.body)
        with self.assertRefused(STATE, "newer_minutes_exist", "corrects"):
            self.house.clerk.submit("MinutesService/Correct", id=uuid7(), **fields)
        with self.assertRefused(STATE, "minutes_unsigned", "corrects"):
            self.house.clerk.submit("MinutesService/Correct", id=uuid7(), **{**fields, "corrects": second.id})
        for client, state in ((self.house.clerk, SEALED), (self.house.chair, SUPERSEDED)):
            client.submit("MinutesService/Sign", id=second.id)
            self.assertEqual(client.read("MinutesService/Get", id=first.id).minutes.state, state)
        self.assertEqual(self.house.member.read("MinutesService/Get", id=first.id).minutes.body, first.body)

    def test_readers(self):
        """the branch reads, a delegate his meeting alone, an officer of the district no text and no name"""
        meeting, minutes = self.adopted()
        other, _ = self.adopted()
        delegate = self.house.hire("dai.bieu", self.house.persons[5], "DG", self.house.branch, until_on="2099-01-01",
                                   meeting_id=meeting)
        self.assertEqual(delegate.read("MinutesService/Get", id=minutes.id).minutes.body, minutes.body)
        self.assertEqual([row.meeting_id for row in delegate.read("MinutesService/List").minutes], [meeting])
        with self.assertRefused(NOT_FOUND, "not_found", "meeting_id"):
            delegate.read("MinutesService/Preview", meeting_id=other)
        masked = self.house.head.read("MinutesService/Get", id=minutes.id).minutes
        self.assertEqual((masked.body, masked.chair_name, masked.clerk_name, masked.hash), ("", "", "", minutes.hash))
        self.assertEqual(self.house.head.read("MinutesService/Preview", meeting_id=meeting).body, "")
        stranger = self.login("khoi.5")
        for verb, fields in (("Get", {"id": minutes.id}), ("Preview", {"meeting_id": meeting}),
                             ("List", {"unit_id": self.house.branch})):
            with self.assertRefused(NOT_FOUND, "not_found"):
                stranger.read(f"MinutesService/{verb}", **fields)
        self.assertEqual(len(stranger.read("MinutesService/List").minutes), 0)

    def test_list(self):
        """by unit, month and state, page by page"""
        made = sorted(self.adopted(period_month="'2021-10'")[1].id for _ in range(3))
        fields = {"unit_id": self.house.ward, "period_month": "2021-10"}
        page = self.house.head.read("MinutesService/List", limit=2, **fields).minutes
        rest = self.house.head.read("MinutesService/List", after_pos=page[-1].pos, after_id=page[-1].id, **fields).minutes
        self.assertEqual([row.id for row in (*page, *rest)], made)
        self.assertEqual(page[0].unit_path, "Đảng bộ mẫu › Đảng bộ phường Mẫu › Chi bộ khối 5")
        self.assertEqual(len(self.house.head.read("MinutesService/List", state="MINUTES_STATE_SEALED", **fields).minutes), 0)
        with self.assertRefused(INVALID, "month_format", "period_month"):
            self.house.head.read("MinutesService/List", period_month="10/2021")

    def test_sent_again(self):
        """an answer that was lost: the same operation adopts and signs once"""
        meeting = self.house.meet()
        op, fields = uuid7(), {"id": uuid7(), "meeting_id": meeting, "vote_id": self.vote(meeting)}
        first = self.house.clerk.submit("MinutesService/Adopt", op_id=op, **fields).minutes
        self.assertEqual(self.house.clerk.submit("MinutesService/Adopt", op_id=op, **fields).minutes, first)
        op = uuid7()
        for _ in range(2):
            self.assertEqual(self.house.chair.submit("MinutesService/Sign", op_id=op, id=first.id).minutes.version, 2)

    def test_paper(self):
        """chibo minutes print: all that the text says, in the form of a paper, in one file"""
        meeting = self.house.meet(conclusion="'Giúp <b>mỗi tổ</b> & \"khối\"'")
        minutes = self.adopt(meeting, vote_id=self.vote(meeting))
        self.house.chair.submit("MinutesService/Sign", id=minutes.id)
        with tempfile.TemporaryDirectory() as home:
            cli, file = Cli(home), pathlib.Path(home) / "bien-ban.html"
            cli.connect(self.server)
            cli.login(f"{self.house.code.lower()}.dang.vien", example.PASSWORD)
            cli.ok("minutes", "print", uuid.UUID(bytes=minutes.id), "--out", file)
            page = file.read_text(encoding="utf-8")
            self.assertIn("SHA-256: " + minutes.hash, page)
            votes = cli.ok("vote", "list", uuid.UUID(bytes=meeting), "-o", "html")
            self.assertIn("<td class=\"\">Biên bản cuộc họp</td>", votes)
            self.assertIn("Các lần biểu quyết của cuộc họp</h1>", votes)
            self.assertEqual(cli.run("minutes", "print").returncode, 2)
            self.assertEqual(cli.run("minutes", "print", uuid.uuid4()).returncode, 6)
            cli.login(example.TOP["DH"], example.PASSWORD)
            self.assertEqual(cli.run("minutes", "print", uuid.UUID(bytes=minutes.id)).returncode, 5)
        self.assertIn('<div class="party"><span>ĐẢNG CỘNG SẢN VIỆT NAM</span></div>', page)
        self.assertIn('<div class="unit">CHI BỘ KHỐI 5</div>', page)
        self.assertIn("Giúp &lt;b&gt;mỗi tổ&lt;/b&gt; &amp; &quot;khối&quot;", page)
        self.assertEqual(page.count("đã ký lúc"), 1)
        self.assertNotRegex(page, r"<(script|img|link|iframe)|://")
        printed = html.unescape(re.sub(r"<[^>]+>", "", page.split("<body>")[1]))
        said = " ".join(minutes.body.replace("CHỦ TRÌ: ", "").replace("THƯ KÝ: ", "").split())
        for line in minutes.body.split("\n"):
            self.assertIn(line.removeprefix("CHỦ TRÌ: ").removeprefix("THƯ KÝ: "), printed)
        self.assertLess(len(" ".join(printed.split())), len(said) + 200)


if __name__ == "__main__":
    tap.main()
