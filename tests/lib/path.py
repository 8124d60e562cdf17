"""Candidates, probations and targets of a branch in any state, made by SQL with all that a record in it has, so that
whatever may come next succeeds."""

import uuid

STAGES = ("identified", "listed", "mentored", "in_class", "certified", "file_open", "checking", "checked", "ready",
          "escalated", "branch_approved", "grassroots_approved", "under_review", "decided", "refused", "probationary",
          "suspended", "dropped")
PROBATIONS = ("running", "branch_approved", "grassroots_approved", "under_review", "recognised", "removal_proposed", "ended")
TARGETS = ("proposed", "agreed", "issued", "cascaded", "adjusted", "closed")
WAY = STAGES[:9] + STAGES[10:14]        # one after the other; `escalated` has come as far as `ready`


class Path:
    """`unit` is a branch and `ward` its grassroots unit, by code; `case` is a ServerCase."""

    def __init__(self, case, unit, ward):
        self.case, self.unit, self.ward = case, unit, ward
        (self.mentor, self.mentor_person), (self.second, self.second_person) = [tuple(row) for row in case.sql(f"""
            select m.id, m.person_id from chibo.member m join chibo.membership s on s.member_id = m.id and s.kind = 'primary'
            where m.unit_id = {self.at(unit)} and m.full_on < '2015-01-01' and upper_inf(s.during)
              and lower(s.during) < '2015-01-01' order by m.id limit 2""")]
        (self.other_person,), = case.sql("select id from chibo.person where unit_id = (select unit_id from auth.tree where parent_id is null) limit 1")

        # what a step that takes a vote or a meeting is told where the record has none of its own
        self.spare = {}
        self.vote(self.spare, "ordinary", None, unit)
        self.spare.update(committee_vote=self.spare["vote"], ceremony=self.spare["meeting"])

    @staticmethod
    def at(unit):
        return f"(select id from chibo.unit where code = '{unit}')"

    def run(self, sql):
        """Past the triggers that keep records as they are."""
        return self.case.sql(f"set session_replication_role = replica; {sql}")

    def place(self, unit=None):
        return f"(select x from chibo.unit x where code = '{unit or self.unit}')"

    def columns(self, unit=None):
        return f"""(select u.id as unit_id, u.pos as unit_pos, u.feed_id from chibo.unit u where u.code = '{unit or self.unit}') u"""

    def candidate(self, stage, **parts):
        """Returns {id, person, case}. parts: open_check leaves the question unanswered, no_vote no vote to be taken."""
        reached = lambda other: WAY.index(self.standing(stage)) >= WAY.index(other)  # noqa: E731
        made = {name: str(uuid.uuid4()) for name in ("id", "person", "case", "check", "assignment", "class")} | self.spare
        self.run(f"""
            insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on, education_level)
            select '{made['person']}', u.unit_id, u.unit_pos, u.feed_id, 'Lò', 'Ứng', 'female', '1996-05-20', 'university'
            from {self.columns()};
            insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, resume_stage, source_group,
                identified_on, listed_on, listing_resolution, stage_on)
            select '{made['id']}', u.unit_id, u.unit_pos, u.feed_id, '{made['person']}', '{stage}',
                   {"'certified'" if stage == 'suspended' else 'null'}, 'teacher', chibo.today() - 900,
                   {"chibo.today() - 880, '05-NQ/CB'" if reached('listed') else 'null, null'}, chibo.today() - 3
            from {self.columns()};""")
        if reached("mentored"):
            self.run(f"""
                insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id,
                    mentor_name, resolution, together_since_on, during)
                select '{made['assignment']}', '{made['id']}', u.unit_id, u.unit_pos, u.feed_id, '{self.mentor}',
                    '{self.mentor_person}', 'Người Giúp', '06-NQ/CB', chibo.today() - 2000, daterange(chibo.today() - 800, null)
                from {self.columns()};""")
        if reached("in_class"):
            self.attend(made, reached("certified"))
        if reached("file_open"):
            self.file(made, stage, reached, parts)
        return made

    @staticmethod
    def standing(stage):
        return {"escalated": "ready", "refused": "under_review", "probationary": "decided", "suspended": "certified",
                "dropped": "listed"}.get(stage, stage)

    def attend(self, made, certified):
        self.run(f"""
            insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
            select '{made['class']}', u.feed_id, 'L.{made['class'][:8].upper()}', 'Lớp nhận thức', 'Trung tâm Chính trị',
                   daterange(chibo.today() - 500, chibo.today() - 495) from {self.columns()};
            insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no,
                issued_on, valid_until_on, rule_doc)
            select '{made['id']}', '{made['class']}', u.unit_id, u.unit_pos, u.feed_id,
                   {"'certified', '12', chibo.today() - 490, chibo.today() + 1000, 'HD 12'" if certified
                    else "'sent', null, null, null, null"} from {self.columns()};""")

    def file(self, made, stage, reached, parts):
        voted, committee, decided = reached("branch_approved"), reached("grassroots_approved"), reached("decided")
        outcome = {"refused": "'refused'", "probationary": "'admitted'"}.get(stage, "null")
        self.run(f"""
            insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by, round,
                branch_on, branch_resolution, committee_on, committee_resolution, submitted_by, submitted_at, appraised_by,
                appraisal, decision_doc, decision_on, decided_by, decider_id, received_on, held_on, member_id, outcome)
            select '{made['case']}', '{made['id']}', u.unit_id, u.unit_pos, u.feed_id, chibo.today() - 120, '{self.other_person}', 1,
                {"chibo.today() - 40, '07-NQ/CB'" if voted else 'null, null'},
                {"chibo.today() - 30, '08-NQ/ĐU'" if committee else 'null, null'},
                {f"'{self.other_person}', now() - interval '20 days'" if reached('under_review') else 'null, null'},
                {f"'{self.mentor_person}', 'Đủ điều kiện'" if reached('under_review') else 'null, null'},
                {f"'15-QĐ/TU', chibo.today() - 10, '{self.second_person}', u.unit_id" if decided or stage == 'refused' else 'null, null, null, null'},
                {"chibo.today() - 6" if decided else 'null'}, {"chibo.today() - 1" if stage == 'probationary' else 'null'},
                {f"'{self.second}'" if stage == 'probationary' else 'null'}, {outcome}
            from {self.columns()};
            insert into chibo.file_paper (case_id, type, candidate_id, unit_id, unit_pos, feed_id, dated_on, custodian)
            select '{made['case']}', t.code, '{made['id']}', u.unit_id, u.unit_pos, u.feed_id, chibo.today() - 60, 'Chi bộ'
            from {self.columns()}, chibo.paper_type t where t.kind = 'admission';
            insert into chibo.background_check (id, candidate_id, case_id, unit_id, unit_pos, feed_id, subject, place, asked_on,
                answered_on, conclusion)
            select '{made['check']}', '{made['id']}', '{made['case']}', u.unit_id, u.unit_pos, u.feed_id, 'self', 'Xã Nghĩa An',
                   chibo.today() - 90, {"null, null" if parts.get('open_check') else "chibo.today() - 70, 'clear'"}
            from {self.columns()};""")
        clock = "decide" if voted and not decided else "ceremony" if stage == "decided" else None if decided else "consider_file"
        if clock and stage not in ("refused", "probationary"):
            since = {"decide": 40, "ceremony": 6, "consider_file": 120}[clock]
            self.case.sql(f"select chibo.start_clock('{clock}', '{made['id']}', null, chibo.today() - {since})")
        if stage == "ready":
            self.vote(made, "admission", made["case"], self.unit)
        if stage == "branch_approved":
            self.vote(made, "admission_committee", made["case"], self.ward)
        if stage == "decided":
            self.ceremony(made)

    def meeting(self, made, unit, kind="regular"):
        made["meeting"] = str(uuid.uuid4())
        self.run(f"""
            insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at,
                chair_id, chair_name, clerk_id, clerk_name)
            select '{made['meeting']}', u.unit_id, u.unit_pos, u.feed_id, '{kind}', 'in_session', to_char(chibo.today(), 'YYYY-MM'),
                   now(), greatest(now() - interval '1 hour', chibo.today()::timestamp at time zone 'Asia/Ho_Chi_Minh'), '{self.mentor_person}', 'Chủ Trì', '{self.other_person}', 'Thư Ký'
            from {self.columns(unit)};""")

    def vote(self, made, purpose, subject, unit):
        self.meeting(made, unit, "committee" if purpose.endswith("committee") else "regular")
        name = "committee_vote" if purpose.endswith("committee") else "vote"
        made[name] = str(uuid.uuid4())
        self.run(f"""
            insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, voted_at,
                eligible, present, quorum_met, issued, returned, missing, valid, votes_for, votes_against, blank, rule_key,
                rule_value, rule_doc, needed, passed)
            select '{made[name]}', u.unit_id, u.unit_pos, u.feed_id, '{made['meeting']}', '{purpose}', 'Xét {made[name][:8]}',
                   {f"'{subject}'" if subject else 'null'}, 'secret_ballot', now() - interval '10 minutes', 12, 12, true, 12, 12, 0, 12, 12, 0, 0,
                   'vote.admission_ratio', '2/3', 'QĐ 29', 8, true from {self.columns(unit)};""")

    def ceremony(self, made):
        self.meeting(made, self.unit)
        made["ceremony"] = made["meeting"]
        self.run(f"""
            insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, candidate_id, admission_case_id)
            select '{made['meeting']}', 1, u.unit_id, u.unit_pos, 'ceremony', 'Lễ kết nạp', '{made['id']}', '{made['case']}'
            from {self.columns()};""")

    # ---- probation ----

    def probation(self, state):
        """A member whose twelve months are over; returns {id, vote}."""
        made = {name: str(uuid.uuid4()) for name in ("id", "person", "place")} | self.spare
        number = f"{int(made['id'][:6], 16) % 1000000:06}TV"
        self.case.sql(f"""
            insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
            select '{made['person']}', u.unit_id, u.unit_pos, u.feed_id, 'Hà', 'Dự', 'male', '1995-01-01' from {self.columns()};
            insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
            select '{made['id']}', '{made['person']}', u.unit_id, u.unit_pos, u.feed_id, false, 'probationary',
                   chibo.today() - 400, chibo.today() - 380, '{number}' from {self.columns()};
            insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
            select '{made['place']}', '{made['id']}', u.unit_id, u.unit_pos, u.feed_id, 'primary', daterange(chibo.today() - 380, null)
            from {self.columns()};
            insert into chibo.file_paper (member_id, type, unit_id, unit_pos, feed_id, dated_on, custodian)
            select '{made['id']}', t.code, u.unit_id, u.unit_pos, u.feed_id, chibo.today() - 12, 'Chi bộ'
            from {self.columns()}, chibo.paper_type t where t.kind = 'recognition'""")
        reached = PROBATIONS.index(state) if state not in ("removal_proposed", "ended") else 0
        self.run(f"""update chibo.probation set state = '{state}',
            branch_on = {"chibo.today() - 9" if reached > 0 else "null"}, branch_resolution = {"'09-NQ/CB'" if reached > 0 else "null"},
            committee_on = {"chibo.today() - 7" if reached > 1 else "null"},
            committee_resolution = {"'10-NQ/ĐU'" if reached > 1 else "null"},
            submitted_by = {f"'{self.other_person}'" if reached > 2 else "null"}, submitted_at = {"now()" if reached > 2 else "null"},
            decision_doc = {"'16-QĐ/TU'" if reached > 3 else "null"}, decision_on = {"chibo.today() - 1" if reached > 3 else "null"},
            decided_by = {f"'{self.mentor_person}'" if reached > 3 else "null"} where id = '{made['id']}'""")
        if 0 < reached < 4:
            self.case.sql(f"select chibo.start_clock('decide_full', null, '{made['id']}', chibo.today() - 9)")
        if state == "running":
            self.vote(made, "recognition", made["id"], self.unit)
        if state == "branch_approved":
            self.vote(made, "recognition_committee", made["id"], self.ward)
        return made

    # ---- targets ----

    def target(self, state, unit, year, value=10):
        made = {"id": str(uuid.uuid4())}
        reached = TARGETS.index(state)
        self.run(f"""
            insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, state, proposed_by,
                agreed_by, agreed_at, issued_by, issued_at)
            select '{made['id']}', u.unit_id, u.unit_pos, u.feed_id, 'admissions', 'year',
                   daterange('{year}-01-01', '{year + 1}-01-01'), {value}, '11-KH/ĐU', '{state}', '{self.other_person}',
                   {f"'{self.mentor_person}', now()" if reached > 0 else 'null, null'},
                   {f"'{self.mentor_person}', now()" if reached > 1 else 'null, null'} from {self.columns(unit)}""")
        return made
