#!/usr/bin/python3
"""What meetings rest on: documents that share a number, and agendas to start from."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("lib", "integration")]

import tap  # noqa: E402
from actors import act  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED = 3, 5, 6, 7
CENTRAL = "Ban Tổ chức Trung ương"
TWELVE = {"2012-05-17": "Hướng dẫn công tác đảng viên", "2018-07-06": "Nâng cao chất lượng sinh hoạt chi bộ",
          "2022-01-18": "Nghiệp vụ công tác đảng viên"}


class DocumentCase(ServerCase):
    def setUp(self):
        self.officer = act(self, "DO", None)
        self.member = act(self, "MB", "NLO.TT.01")

    def document(self, client=None, **fields):
        values = {"id": uuid7(), "number": "12", "suffix": "HD/BTCTW", "issuer": CENTRAL, "issued_on": "2018-07-06",
                  "title": "Hướng dẫn", **fields}
        return (client or self.officer).submit("DocumentService/Create", **values).document


class Dialogue(DocumentCase):
    def test_one_number_three_documents(self):
        """AT-43: 12-HD/BTCTW of 2012, 2018 and 2022 are three documents; everybody finds each by its day"""
        made = {day: self.document(issued_on=day, title=title) for day, title in TWELVE.items()}
        self.assertEqual(made["2018-07-06"].sign, "12-HD/BTCTW ngày 06/07/2018")
        with self.assertRefused(EXISTS, "document_exists", "number"):
            self.document(issued_on="2022-01-18", issuer="ban to chuc trung uong")
        found = self.member.read("DocumentService/List", text="12-hd/btctw trung uong").documents
        self.assertEqual([d.issued_on for d in found], sorted(TWELVE, reverse=True), "the newest first")
        one, = self.member.read("DocumentService/List", text="12-HD/BTCTW 6/7/2018").documents
        self.assertEqual(one, self.member.read("DocumentService/Get", id=made["2018-07-06"].id).document)
        one, = self.member.read("DocumentService/List", text="nghiep vu").documents
        self.assertEqual(one.id, made["2022-01-18"].id)

    def test_one_letter(self):
        """NQ/ĐU is NQ/DU"""
        self.document(number="9", suffix="NQ/ĐU", issuer="Đảng ủy xã Mẫu")
        with self.assertRefused(EXISTS, "document_exists", "number"):
            self.document(number="9", suffix="NQ/DU", issuer="Đảng ủy xã Mẫu")

    def test_pages(self):
        """a page follows the document that it names, also among those of one day"""
        made = {self.document(number=str(n), suffix="CV/BTCTU", issued_on=f"2021-04-0{n % 2 + 1}").id for n in range(1, 8)}
        seen, after = [], {}
        while page := self.member.read("DocumentService/List", text="cv/btctu", limit=3, **after).documents:
            seen += page
            after = {"after_id": page[-1].id}
        self.assertEqual([d.issued_on for d in seen], ["2021-04-02"] * 4 + ["2021-04-01"] * 3)
        self.assertEqual({d.id for d in seen}, made)

    def test_refusals(self):
        """what is no document is refused by field and rule"""
        for field, value, rule in (("number", "12-HD", "format"), ("suffix", "hd", "format"), ("issuer", " ", "text"),
                                   ("title", "x" * 501, "text"), ("issued_on", "6/7/2018", "date_format"),
                                   ("issued_on", "2999-01-01", "not_future"), ("title", None, "required")):
            with self.subTest(field=field, value=value), self.assertRefused(INVALID, rule, field):
                self.document(**{field: value})
        for limit in (0, 501):
            with self.subTest(limit=limit), self.assertRefused(INVALID, "out_of_range", "limit"):
                self.member.read("DocumentService/List", limit=limit)
        with self.assertRefused(INVALID, "text", "text"):
            self.member.read("DocumentService/List", text=" ")
        with self.assertRefused(NOT_FOUND):
            self.member.read("DocumentService/Get", id=uuid7())
        with self.assertRefused(DENIED):
            self.document(self.member)

    def test_replay(self):
        """the same operation twice is one document"""
        op, fields = uuid7(), {"id": uuid7(), "number": "77", "suffix": "KL/TW", "issuer": "Bộ Chính trị",
                               "issued_on": "2020-06-02", "title": "Kết luận"}
        first = self.officer.submit("DocumentService/Create", op_id=op, **fields)
        self.assertEqual(self.officer.submit("DocumentService/Create", op_id=op, **fields), first)


class Templates(DocumentCase):
    LINES = [{"kind": "opening", "title": "Mở đầu", "minutes": 5}, {"kind": "theme", "title": "Chuyên đề", "minutes": 40},
             {"item_no": 9, "kind": "conclusion", "title": "Kết luận"}]

    def template(self, client=None, **fields):
        values = {"id": uuid7(), "code": "hoc-tap", "name": "Sinh hoạt học tập", "kind": "MEETING_KIND_THEMATIC",
                  "lines": self.LINES, **fields}
        return (client or self.officer).submit("TemplateService/Create", **values)

    def test_shipped(self):
        """three agendas are there from the first day, each long enough"""
        shipped = {t.code: t for t in self.member.read("TemplateService/List").templates}
        self.assertLessEqual({"thuong-ky", "chuyen-de", "ket-nap"}, set(shipped))
        self.assertEqual((shipped["thuong-ky"].item_count, shipped["thuong-ky"].minutes), (9, 95))
        answer = self.member.read("TemplateService/Get", code="ket-nap")
        self.assertEqual([line.kind for line in answer.lines],
                         ["opening", "candidate_review", "discussion", "admission_vote", "resolution", "conclusion"])

    def test_own(self):
        """a district makes its own"""
        made = self.template(code="hoc-tap-1")
        self.assertEqual((made.template.item_count, made.template.minutes), (3, 45))
        self.assertEqual([line.item_no for line in made.lines], [1, 2, 9])
        self.assertEqual(self.member.read("TemplateService/Get", code="hoc-tap-1").lines, made.lines)

    def test_refusals(self):
        """a code once, known items, at least one"""
        for rule, field, fields in (("required", "lines", {"lines": []}),
                                    ("format", "code", {"code": "Học tập"}),
                                    ("text", "name", {"name": " "}),
                                    ("required", "title", {"lines": [{"kind": "theme"}]}),
                                    ("required", "kind", {"lines": [{"title": "A"}]}),
                                    ("out_of_range", "item_no", {"lines": [{"item_no": 51, "kind": "theme", "title": "A"}]}),
                                    ("out_of_range", "minutes", {"lines": [{"kind": "theme", "title": "A", "minutes": 601}]})):
            with self.subTest(field=field, rule=rule), self.assertRefused(INVALID, rule, field):
                self.template(**fields)
        with self.assertRefused(NOT_FOUND, "unknown_code", "kind"):
            self.template(lines=[{"kind": "party", "title": "A"}])
        with self.assertRefused(EXISTS, "twice", "item_no"):
            self.template(lines=[{"item_no": 1, "kind": "theme", "title": "A"}] * 2)
        with self.assertRefused(EXISTS, "template_exists", "code"):
            self.template(code="thuong-ky")
        with self.assertRefused(NOT_FOUND):
            self.member.read("TemplateService/Get", code="khong-co")
        with self.assertRefused(DENIED):
            self.template(self.member)


if __name__ == "__main__":
    tap.main()
