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


if __name__ == "__main__":
    tap.main()
