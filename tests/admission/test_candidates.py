#!/usr/bin/python3
"""From the first conversation to the open file: who is listed, who helps him, which class he attends."""

import datetime
import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from client import uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE, ABORTED = 3, 5, 6, 7, 9, 10
WARD, BRANCH, SISTER, OTHER_WARD = "HUE.TX", "HUE.TX.01", "HUE.TX.02", "NLO.TT"
IDENTIFIED, LISTED, MENTORED, IN_CLASS, CERTIFIED, FILE_OPEN = 1, 2, 3, 4, 5, 6
REFUSED, SUSPENDED, DROPPED = 15, 17, 18
SENT, PASSED, FAILED = 1, 2, 3


def text(value):
    return str(uuid.UUID(bytes=value))


class CandidateCase(ServerCase):
    """A branch with secretary and deputy, its ward's office and secretary, and the district's officer."""

    def setUp(self):
        self.secretary = actors.act(self, "BS", BRANCH)
        self.deputy = actors.act(self, "BD", BRANCH)
        self.office = actors.act(self, "WO", WARD)
        self.ward = actors.act(self, "WS", WARD)
        self.officer = actors.act(self, "DO", None)

    def members_of(self, code, n=1):
        """(member id, person id) of full members whose place is this branch."""
        return [(uuid.UUID(m).bytes, uuid.UUID(p).bytes) for m, p in self.sql(f"""
            select m.id, m.person_id from chibo.member m join chibo.unit u on u.id = m.unit_id
            where u.code = '{code}' and m.status = 'full' and not m.is_guest and not exists (
                select from auth.account a where a.person_id = m.person_id) order by m.id limit {n}""")]

    def create(self, client=None, **fields):
        made = uuid7()
        fields = {"person_id": uuid7(), "family_name": "Phan", "middle_name": "Thị", "given_name": "Mẫu", "sex": "SEX_FEMALE",
                  "born_on": "1999-05-04", "source_group": "teacher", "identified_on": "2022-01-10", **fields}
        (client or self.secretary).submit("CandidateService/Create", id=made,
                                          **{k: v for k, v in fields.items() if v is not None})
        return made

    def enlist(self, made, version=1, **fields):
        fields = {"base_version": version, "resolution": "03-NQ/CB", "listed_on": "2022-02-01", **fields}
        return self.secretary.submit("CandidateService/Enlist", id=made, **fields)

    def assign(self, made, version, mentor, client=None, **fields):
        fields = {"assignment_id": uuid7(), "mentor_id": mentor, "resolution": "04-NQ/CB", "together_since_on": "2020-01-01",
                  "from_on": "2022-02-10", **fields}
        return (client or self.deputy).submit("CandidateService/AssignMentor", id=made, base_version=version,
                                              **{k: v for k, v in fields.items() if v is not None})

    def mentored(self, **fields):
        """One with a mentor, at version 3; returns the id of the record and the mentor's (member, person)."""
        made = self.create(**fields)
        self.enlist(made)
        pair = self.members_of(BRANCH)[0]
        self.assign(made, 3 - 1, pair[0])
        return made, pair

    def step(self, client, method, made, version, **fields):
        return client.submit(f"CandidateService/{method}", id=made, base_version=version, **fields)

    def get(self, client, made):
        return client.read("CandidateService/Get", id=made)


class Candidates(CandidateCase):
    def test_from_the_first_conversation_to_a_mentor(self):
        """AT-05: identified, listed by resolution, helped by a member from a day on"""
        made = self.create(education_level="university", occupation="public_employee", youth_union=True,
                           introduced_by="youth_union", union_resolution="05-NQ/ĐTN", works_away=True)
        answer = self.get(self.deputy, made)
        c = answer.candidate
        self.assertEqual((c.full_name, c.stage, c.source_group, c.introduced_by, c.union_resolution, c.works_away,
                          c.education_level, c.occupation, c.youth_union, c.identified_on, c.stage_on, c.version),
                         ("Phan Thị Mẫu", IDENTIFIED, "teacher", "youth_union", "05-NQ/ĐTN", True, "university",
                          "public_employee", True, "2022-01-10", "2022-01-10", 1))
        self.assertTrue(c.unit_path.endswith("Tổ dân phố 1") or c.unit_path)
        self.assertEqual([a.method for a in self.get(self.secretary, made).actions][0], "CandidateService/Enlist")
        self.assertNotIn("CandidateService/Enlist", [a.method for a in answer.actions])
        with self.assertRefused(DENIED, "permission_denied"):
            self.deputy.submit("CandidateService/Enlist", id=made, base_version=1, resolution="x")
        with self.assertRefused(INVALID, "order", "listed_on"):
            self.enlist(made, listed_on="2022-01-09")
        c = self.enlist(made).candidate
        self.assertEqual((c.stage, c.listed_on, c.listing_resolution, c.version), (LISTED, "2022-02-01", "03-NQ/CB", 2))

        (mentor, person), = self.members_of(BRANCH)
        answer = self.assign(made, 2, mentor)
        self.assertEqual((answer.candidate.stage, answer.candidate.version), (MENTORED, 3))
        m, = answer.mentors
        name, = self.sql(f"select full_name from chibo.person where id = '{text(person)}'")[0]
        self.assertEqual((m.mentor_id, m.mentor_name, m.resolution, m.together_since_on, m.from_on, m.until_on),
                         (mentor, name, "04-NQ/CB", "2020-01-01", "2022-02-10", ""))
        with self.assertRefused(STATE, "candidate_stage", "id"):
            self.enlist(made, 3)
        with self.assertRefused(ABORTED, "conflict", "base_version"):
            self.assign(made, 2, mentor)

    def test_one_record_for_one_person(self):
        """somebody whose record the branch keeps, once, and no member"""
        known = actors.person(self, BRANCH, "Quen")
        bare = {"family_name": None, "middle_name": None, "given_name": None, "sex": None, "born_on": None}
        made = self.create(person_id=known, **bare)
        self.assertEqual(self.get(self.secretary, made).candidate.full_name, "Thử Quen")
        with self.assertRefused(EXISTS, "has_candidate", "person_id"):
            self.create(person_id=known, **bare)
        with self.assertRefused(STATE, "is_member", "person_id"):
            self.create(person_id=self.members_of(BRANCH)[0][1], **bare)
        with self.assertRefused(STATE, "other_unit", "person_id"):
            self.create(self.office, unit_id=self.units[BRANCH], person_id=actors.person(self, SISTER), **bare)
        with self.assertRefused(NOT_FOUND, "not_found", "person_id"):
            self.create(person_id=actors.person(self, SISTER), **bare)
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.create(unit_id=self.units[SISTER])
        with self.assertRefused(STATE, "not_a_branch", "unit_id"):
            self.create(self.office)
        with self.assertRefused(NOT_FOUND, "unknown_code", "source_group"):
            self.create(source_group="wizard")
        with self.assertRefused(NOT_FOUND, "unknown_code", "education_level"):
            self.create(education_level="wizard")

    def test_who_may_help(self):
        """long enough together, not too many, of the branch or its ward; a replacement after one has ended"""
        made = self.create()
        self.enlist(made)
        first, second, third = (m for m, _ in self.members_of(BRANCH, 3))
        sister, = (m for m, _ in self.members_of(SISTER))
        stranger, = (m for m, _ in self.members_of(OTHER_WARD + ".01")) or (None,)
        with self.assertRefused(STATE, "mentor_months", "together_since_on"):
            self.assign(made, 2, first, together_since_on="2021-02-11")
        with self.assertRefused(STATE, "nothing_to_replace", "is_replacement"):
            self.assign(made, 2, first, is_replacement=True, together_since_on=None)
        with self.assertRefused(INVALID, "required", "together_since_on"):
            self.assign(made, 2, first, together_since_on=None)
        with self.assertRefused(INVALID, "order", "from_on"):
            self.assign(made, 2, first, from_on="2022-01-31")
        with self.assertRefused(NOT_FOUND, "not_found", "mentor_id"):
            self.assign(made, 2, sister)
        self.assign(made, 2, first, together_since_on="2021-02-10")
        with self.assertRefused(STATE, "helps_already", "mentor_id"):
            self.assign(made, 3, first)
        self.assign(made, 3, sister, self.office)
        with self.assertRefused(STATE, "mentor_max", "mentor_id"):
            self.assign(made, 4, third)
        ended = self.get(self.secretary, made).mentors[0].id
        with self.assertRefused(INVALID, "before_start", "last_on"):
            self.step(self.deputy, "EndMentor", made, 4, assignment_id=ended, last_on="2022-02-09", reason="Chuyển công tác")
        answer = self.step(self.deputy, "EndMentor", made, 4, assignment_id=ended, last_on="2022-05-31", reason="Chuyển công tác")
        self.assertEqual([(m.until_on, m.reason_end) for m in answer.mentors if m.id == ended], [("2022-05-31", "Chuyển công tác")])
        with self.assertRefused(STATE, "mentor_ended", "assignment_id"):
            self.step(self.deputy, "EndMentor", made, 5, assignment_id=ended, reason="Lần nữa")
        answer = self.assign(made, 5, second, is_replacement=True, together_since_on=None, from_on="2022-06-01")
        self.assertEqual((answer.candidate.stage, answer.candidate.version, len(answer.mentors)), (MENTORED, 6, 3))

    def test_what_may_be_changed(self):
        """source, who introduced him, what reports count of the person; nothing else, and not without a version"""
        made = self.create()
        fields = {"source_group": "pupil", "introduced_by": "trade_union", "education_level": "vocational", "occupation": "worker",
                  "youth_union": True, "profession": "Thợ may", "works_away": True}
        answer = self.deputy.submit("CandidateService/Update", id=made, base_version=1, update_mask=list(fields), **fields)
        c = answer.candidate
        self.assertEqual((c.source_group, c.introduced_by, c.education_level, c.occupation, c.youth_union, c.works_away, c.version),
                         ("pupil", "trade_union", "vocational", "worker", True, True, 2))
        person = self.office.read("PersonService/Get", id=c.person_id).person
        self.assertEqual((person.profession, person.education_level, person.version), ("Thợ may", "vocational", 2))
        cleared = self.deputy.submit("CandidateService/Update", id=made, base_version=2, update_mask=["introduced_by"]).candidate
        self.assertEqual((cleared.introduced_by, cleared.source_group), ("", "pupil"))
        for rule, mask, more in (("required", [], {}), ("unknown_field", ["stage"], {}), ("required", ["source_group"], {})):
            with self.assertRefused(INVALID, rule):
                self.deputy.submit("CandidateService/Update", id=made, base_version=3, update_mask=mask, **more)
        with self.assertRefused(NOT_FOUND, "unknown_code", "occupation"):
            self.deputy.submit("CandidateService/Update", id=made, base_version=3, update_mask=["occupation"], occupation="x")
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            actors.act(self, "BD", SISTER).submit("CandidateService/Update", id=made, base_version=3, update_mask=["works_away"])

    def test_codes_of_a_person(self):
        """what reports count of a member is written with his file"""
        (_, person), = self.members_of(BRANCH)
        fields = {"education_level": "university", "theory_level": "intermediate", "occupation": "retired", "youth_union": False}
        version = self.office.read("PersonService/Get", id=person).person.version
        answer = self.office.submit("PersonService/Update", id=person, base_version=version, update_mask=list(fields), **fields)
        p = answer.person
        self.assertEqual((p.education_level, p.theory_level, p.occupation, p.youth_union, p.version),
                         ("university", "intermediate", "retired", False, version + 1))
        with self.assertRefused(NOT_FOUND, "unknown_code", "theory_level"):
            self.office.submit("PersonService/Update", id=person, base_version=version + 1, update_mask=["theory_level"],
                               theory_level="x")

    def test_suspended_dropped_and_taken_up_again(self):
        """he waits where he is and clocks run; a drop ends file, clocks and help"""
        made, _ = self.mentored()
        class_id, = self.classes(1)
        self.office.submit("ClassService/Send", class_id=class_id, candidate_ids=[made], sent_on="2022-04-04")
        self.officer.submit("ClassService/Certify", class_id=class_id, lines=[
            {"candidate_id": made, "certified": True, "certificate_no": "12/2022", "issued_on": "2022-04-08"}])
        with self.assertRefused(INVALID, "required", "reason"):
            self.step(self.secretary, "Suspend", made, 5)
        answer = self.step(self.secretary, "Suspend", made, 5, reason="Chờ xác minh", from_on="2022-05-01")
        c = answer.candidate
        self.assertEqual((c.stage, c.resume_stage, c.reason, c.stage_on), (SUSPENDED, CERTIFIED, "Chờ xác minh", "2022-05-01"))
        self.assertEqual([(k.kind, k.stopped_on) for k in answer.clocks], [("certificate", "")])
        self.assertEqual([a.method for a in answer.actions],
                         ["CandidateService/Drop", "CandidateService/Resume"])
        c = self.step(self.secretary, "Resume", made, 6, from_on="2022-06-01").candidate
        self.assertEqual((c.stage, c.resume_stage, c.version), (CERTIFIED, 0, 7))
        answer = self.step(self.secretary, "Drop", made, 7, reason="Không còn nguyện vọng", from_on="2022-07-01")
        self.assertEqual((answer.candidate.stage, answer.candidate.reason), (DROPPED, "Không còn nguyện vọng"))
        self.assertEqual([k.stopped_on for k in answer.clocks], ["2022-07-01"])
        self.assertEqual([(m.until_on, m.reason_end) for m in answer.mentors], [("2022-07-01", "Không còn nguyện vọng")])
        c = self.step(self.secretary, "Resume", made, 8, reason="Có đơn trở lại").candidate
        self.assertEqual((c.stage, c.listed_on), (LISTED, "2022-02-01"))
        other = self.create()
        self.step(self.secretary, "Drop", other, 1, reason="Nhầm")
        self.assertEqual(self.step(self.secretary, "Resume", other, 2).candidate.stage, IDENTIFIED)

    def classes(self, n, **fields):
        """Ids of new classes in April 2022."""
        made = []
        for _ in range(n):
            made.append(uuid7())
            self.officer.submit("ClassService/Create", id=made[-1], code=f"L-{uuid.uuid4().hex[:8].upper()}",
                                **{"name": "Lớp nhận thức về Đảng", "organiser": "Trung tâm chính trị", "from_on": "2022-04-04",
                                   "last_on": "2022-04-08", **fields})
        return made

    def test_a_class(self):
        """sent by the ward, all of them or none; certified by the district; five years, to the day"""
        (one, _), (two, _) = self.mentored(), self.mentored(given_name="Hai")
        listed = self.create(given_name="Ba")
        class_id, = self.classes(1)
        send = {"class_id": class_id, "sent_on": "2022-04-04"}
        with self.assertRefused(STATE, "candidate_stage", "candidate_ids"):
            self.office.submit("ClassService/Send", candidate_ids=[one, two, listed], **send)
        self.assertEqual(self.get(self.office, one).candidate.stage, MENTORED)
        with self.assertRefused(DENIED, "permission_denied"):
            self.secretary.submit("ClassService/Send", candidate_ids=[one], **send)
        with self.assertRefused(NOT_FOUND, "not_found", "candidate_ids"):
            actors.act(self, "WO", OTHER_WARD).submit("ClassService/Send", candidate_ids=[one], **send)
        with self.assertRefused(INVALID, "twice", "candidate_ids"):
            self.office.submit("ClassService/Send", candidate_ids=[one, one], **send)
        with self.assertRefused(STATE, "class_over", "class_id"):
            self.office.submit("ClassService/Send", candidate_ids=[one], class_id=class_id, sent_on="2022-04-09")
        with self.assertRefused(NOT_FOUND, "not_found", "class_id"):
            self.office.submit("ClassService/Send", candidate_ids=[one], class_id=uuid7())
        answer = self.office.submit("ClassService/Send", candidate_ids=[one, two], **send)
        self.assertEqual({(p.candidate_id, p.full_name, p.result) for p in answer.participants},
                         {(one, "Phan Thị Mẫu", SENT), (two, "Phan Thị Hai", SENT)})
        self.assertEqual(answer.awareness_class.sent, 2)

        passed = {"candidate_id": one, "certified": True, "certificate_no": "7/2022", "issued_on": "2022-04-08"}
        failed = {"candidate_id": two, "certified": False, "issued_on": "2022-04-08"}
        for rule, line in (("required", {"certificate_no": None}), ("before_start", {"issued_on": "2022-04-03"})):
            with self.assertRefused(INVALID, rule):
                self.officer.submit("ClassService/Certify", class_id=class_id,
                                    lines=[{k: v for k, v in {**passed, **line}.items() if v is not None}, failed])
        other, = self.classes(1)
        with self.assertRefused(STATE, "not_in_class", "lines"):
            self.officer.submit("ClassService/Certify", class_id=other, lines=[passed])
        answer = self.officer.submit("ClassService/Certify", class_id=class_id, lines=[passed, failed])
        self.assertEqual({(p.candidate_id, p.result, p.certificate_no, p.valid_until_on) for p in answer.participants},
                         {(one, PASSED, "7/2022", "2027-04-08"), (two, FAILED, "", "")})
        k = answer.awareness_class
        self.assertEqual((k.sent, k.certified, k.failed, k.from_on, k.last_on), (0, 1, 1, "2022-04-04", "2022-04-08"))
        record = self.get(self.secretary, one)
        self.assertEqual((record.candidate.stage, record.candidate.stage_on), (CERTIFIED, "2022-04-08"))
        clock, = record.clocks
        self.assertEqual((clock.kind, clock.started_on, clock.due_on, clock.rule_value, clock.rule_doc),
                         ("certificate", "2022-04-08", "2027-04-08", 60, "HD 12-HD/BTCTW (18/01/2022)"))
        self.assertEqual(self.get(self.secretary, two).candidate.stage, MENTORED)
        with self.assertRefused(EXISTS, "attended", "class_id"):
            self.office.submit("ClassService/Send", candidate_ids=[two], class_id=class_id, sent_on="2022-04-08")
        far = actors.act(self, "WO", OTHER_WARD)
        seen = far.read("ClassService/Get", id=class_id)
        self.assertEqual((len(seen.participants), seen.awareness_class.certified), (0, 0))
        self.assertIn(class_id, [k.id for k in far.read("ClassService/List", from_on="2022-04-08", until_on="2022-04-08").classes])
        self.assertNotIn(class_id, [k.id for k in far.read("ClassService/List", from_on="2022-04-09").classes])

    def test_classes_page_by_page(self):
        """the newest first, each once"""
        made = self.classes(3, from_on="2021-03-01", last_on="2021-03-02")
        span = {"from_on": "2021-03-01", "until_on": "2021-03-02"}
        whole = [k.code for k in self.office.read("ClassService/List", **span).classes]
        first = self.office.read("ClassService/List", limit=2, **span).classes
        rest = self.office.read("ClassService/List", after_code=first[-1].code, **span).classes
        self.assertEqual([k.code for k in (*first, *rest)], whole)
        self.assertLessEqual(set(made), {k.id for k in (*first, *rest)})
        with self.assertRefused(EXISTS, "class_exists", "code"):
            self.officer.submit("ClassService/Create", id=uuid7(), code=whole[0], name="x", organiser="x", from_on="2021-03-01")
        with self.assertRefused(INVALID, "before_start", "last_on"):
            self.classes(1, last_on="2022-04-03")

    def test_who_moves_takes_it_along(self):
        """within the ward the mentor stays; into another ward he ends, and file and clock come along with their days"""
        made, (mentor, _) = self.mentored()
        class_id, = self.classes(1)
        self.office.submit("ClassService/Send", class_id=class_id, candidate_ids=[made], sent_on="2022-04-04")
        self.officer.submit("ClassService/Certify", class_id=class_id, lines=[
            {"candidate_id": made, "certified": True, "certificate_no": "8/2022", "issued_on": "2022-04-08"}])
        before = self.get(self.office, made)
        with self.assertRefused(NOT_FOUND, "not_found", "unit_id"):
            self.step(self.office, "Move", made, 5, unit_id=self.units[OTHER_WARD + ".01"])
        with self.assertRefused(STATE, "candidate_same_unit", "unit_id"):
            self.step(self.office, "Move", made, 5, unit_id=self.units[BRANCH])
        answer = self.step(self.office, "Move", made, 5, unit_id=self.units[SISTER], from_on="2022-05-01")
        self.assertEqual((answer.candidate.unit_id, answer.candidate.version, [m.until_on for m in answer.mentors]),
                         (self.units[SISTER], 6, [""]))
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.get(self.secretary, made)
        answer = self.step(self.officer, "Move", made, 6, unit_id=self.units[OTHER_WARD + ".01"], from_on="2022-06-01")
        self.assertEqual([(m.mentor_id, m.until_on) for m in answer.mentors], [(mentor, "2022-05-31")])
        self.assertTrue(answer.mentors[0].reason_end)
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.get(self.office, made)
        there = self.get(actors.act(self, "BS", OTHER_WARD + ".01"), made)
        self.assertEqual([(k.kind, k.due_on, k.stopped_on) for k in there.clocks],
                         [(k.kind, k.due_on, k.stopped_on) for k in before.clocks])
        self.assertEqual([(k.code, k.certificate_no) for k in there.classes], [(k.code, k.certificate_no) for k in before.classes])
        told = self.sql(f"""select u.code, r.kind from ledger.record r join chibo.unit u on u.id = r.feed
            where r.entity = 'candidate' and r.id = '{text(made)}' order by r.at desc, r.kind limit 2""")
        self.assertEqual(sorted(map(tuple, told)), sorted([(OTHER_WARD, "changed"), (WARD, "left_scope")]))
        parts = self.sql(f"""select u.code, count(*) from (
                select unit_id, unit_pos, feed_id from chibo.candidate where id = '{text(made)}'
                union all select unit_id, unit_pos, feed_id from chibo.mentor_assignment where candidate_id = '{text(made)}'
                union all select unit_id, unit_pos, feed_id from chibo.class_attendance where candidate_id = '{text(made)}'
                union all select unit_id, unit_pos, feed_id from chibo.clock where candidate_id = '{text(made)}') x
            join chibo.unit u on u.id = x.unit_id and u.pos = x.unit_pos and u.feed_id = x.feed_id group by u.code""")
        self.assertEqual([tuple(row) for row in parts], [(OTHER_WARD + ".01", "4")])

    def test_the_list_and_its_groups(self):
        """AT-15, AT-36: by source, in small or new branches, the young, by schooling; by ethnicity for few"""
        for group in ("youth_secretary", "teacher", "pupil", "teacher"):
            self.create(source_group=group, education_level="university", born_on="2004-02")
        old = self.create(source_group="worker", born_on="1960", education_level="primary")
        ask = lambda **fields: self.office.read("CandidateService/List", unit_id=self.units[BRANCH], limit=500, **fields)  # noqa: E731
        whole = ask()
        names = {g.source_group: g.candidates for g in whole.groups}
        self.assertEqual(sum(names.values()), len(whole.candidates))
        self.assertGreaterEqual(names["teacher"], 2)
        self.assertIn(old, [c.id for c in whole.candidates])
        self.assertNotIn(old, [c.id for c in ask(age_max=35).candidates])
        self.assertEqual({c.id for c in ask(education_level="primary").candidates} & {old}, {old})
        self.assertEqual({c.source_group for c in ask(source_group="pupil").candidates}, {"pupil"})
        self.assertEqual([g.source_group for g in ask(source_group="pupil").groups], ["pupil"])
        size, = self.sql(f"""select count(*) from chibo.membership s where s.unit_id = {actors.unit(BRANCH)}
            and s.kind = 'primary' and chibo.covers(s.during, chibo.today())""")[0]
        self.assertEqual(len(ask(unit_members_max=int(size)).candidates), 0)
        self.assertEqual(len(ask(unit_members_max=int(size) + 1).candidates), len(whole.candidates))
        self.assertEqual(len(ask(founded_months=12).candidates), 0)
        first = self.office.read("CandidateService/List", limit=2).candidates
        more = self.office.read("CandidateService/List", limit=2, after_pos=first[-1].pos, after_id=first[-1].id).candidates
        self.assertEqual(len({c.id for c in (*first, *more)}), 4)
        person = self.get(self.office, old).candidate.person_id
        self.office.submit("PersonService/SetSensitive", id=person, base_version=1, update_mask=["ethnicity"], ethnicity="thai")
        self.assertEqual([c.id for c in ask(ethnicity="thai").candidates], [old])
        with self.assertRefused(DENIED, "permission_denied", "ethnicity"):
            self.deputy.read("CandidateService/List", ethnicity="thai")
        with self.assertRefused(INVALID, "out_of_range", "limit"):
            self.office.read("CandidateService/List", limit=501)

    def test_whom_each_role_sees(self):
        """a mentor his own alone; whoever reads counts no name before the file lies before him"""
        made, (_, person) = self.mentored()
        other = self.create(given_name="Khác")
        mentor = actors.act(self, "MB", BRANCH, person)
        self.assertEqual([(c.id, c.full_name) for c in mentor.read("CandidateService/List").candidates if c.id in (made, other)],
                         [(made, "Phan Thị Mẫu")])
        seen = self.get(mentor, made)
        self.assertEqual((len(seen.mentors), len(seen.clocks), len(seen.actions)), (1, 0, 0))
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.get(mentor, other)
        chief = actors.act(self, "DS", None)
        seen = self.get(chief, made)
        self.assertEqual((seen.candidate.full_name, seen.candidate.person_id, seen.candidate.stage, len(seen.mentors)),
                         ("", b"", MENTORED, 0))
        row, = [c for c in chief.read("CandidateService/List", limit=500).candidates if c.id == made]
        self.assertEqual((row.full_name, row.source_group), ("", "teacher"))
        self.sql(f"set session_replication_role = replica; update chibo.candidate set stage = 'under_review' where id = '{text(made)}'")
        self.assertEqual(self.get(chief, made).candidate.full_name, "Phan Thị Mẫu")

    def test_a_mentor_reports_in_his_own_name(self):
        """AT-35: at the meeting of the branch, by who helps him on that day"""
        made, (mentor, person) = self.mentored()
        (_, (second, _), (_, stranger)) = self.members_of(BRANCH, 3)
        self.assign(made, 3, second)
        meeting = actors.meeting(self, actors.unit(BRANCH), month="2022-06", state="'in_session'",
                                 started_at="'2022-06-20 01:00Z'")
        client = actors.act(self, "MB", BRANCH, person)
        report = {"meeting_id": meeting, "candidate_id": made, "mentor_id": mentor, "strengths": "Nhiệt tình", "weaknesses": "Ít giờ"}
        with self.assertRefused(STATE, "not_mentor", "mentor_id"):
            client.submit("MeetingService/ReportCandidate", id=uuid7(), **{**report, "mentor_id": second})
        answer = client.submit("MeetingService/ReportCandidate", id=uuid7(), **report)
        self.assertEqual([(r.candidate_name, r.month, r.strengths) for r in answer.mentor_reports],
                         [("Phan Thị Mẫu", "2022-06", "Nhiệt tình")])
        self.assertEqual(answer.meeting.id, meeting)
        self.deputy.submit("MeetingService/ReportCandidate", id=uuid7(), **{**report, "mentor_id": second, "strengths": "Chăm chỉ"})
        self.assertEqual({r.strengths for r in self.get(self.deputy, made).reports}, {"Nhiệt tình", "Chăm chỉ"})
        self.assertEqual([r.strengths for r in self.get(client, made).reports], ["Nhiệt tình"])
        with self.assertRefused(NOT_FOUND, "not_found", "meeting_id"):
            actors.act(self, "MB", BRANCH, stranger).submit("MeetingService/ReportCandidate", id=uuid7(), **report)


if __name__ == "__main__":
    tap.main()
