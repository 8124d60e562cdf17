"""What the units of the district have of meetings and of what follows from them.

A record is named by its kind, that is by how far it has come, by its unit and by its set: key("planned", "own", 1).
Every kind has as many sets as routes use up; set 0 is for reading, the archived one is at the end of its life,
	and one
that is named after a role is in the hands of the actor of that role. Letters that occur nowhere else stand in what is
said of persons (zy and the unit's name), and others in what the matter is (zx).
"""

# How many sets each kind has beside those that routes use up.
SPARE = 4
# Sets of people.
SETS = 112

# kind of meeting -> the state that it is born in, and the one that it has in the end
MEETINGS = {
    "planned": ("planned", "planned"),
    "prepared": ("prepared", "prepared"),
    "notified": ("notified", "notified"),
    "opened": ("in_session", "in_session"),
    "adopted": ("in_session", "closed"),          # minutes without signatures
    "closed": ("in_session", "closed"),           # minutes with both
    "submitted": ("in_session", "submitted"),
    "meeting": ("in_session", "submitted"),       # the one that a delegate may see; it has a part of everything
    # pilots
    "proposed": ("planned", "planned"),
    "registered": ("planned", "planned"),
    "manned": ("planned", "planned"),             # delegates are named
    "piloted": ("in_session", "submitted"),
    "reviewed": ("in_session", "submitted"),
    # scorings
    "unscored": ("in_session", "closed"),
    "scored": ("in_session", "closed"),           # a draft of the sheet
    "voted": ("in_session", "closed"),
    "judged": ("in_session", "closed"),           # with the sheet from above
    "confirmed": ("in_session", "closed"),
    "decided": ("in_session", "closed"),          # its votes are for resolutions and proposals of the same set
    "sitting": ("in_session", "closed"),          # of the committee
    "festive": ("in_session", "closed"),          # where new members are received, later than all others
}
# kind -> those whose sets it has as many of
BESIDE = {"decided": ("discussed", "wish"), "candidate_helped": ("opened",)}
PILOTS = {"proposed": "proposed", "registered": "registered", "manned": "delegates_assigned", "piloted": "held",
          "reviewed": "after_action", "meeting": "after_action"}
RESOLUTIONS = {"draft": "draft", "discussed": "discussed", "carried": "voted", "issued": "issued",
               "in_force": "in_force", "looked_over": "reviewed", "resolution": "in_force"}
TASKS = {"assigned": "assigned", "begun": "in_progress", "reported": "reported", "task": "in_progress"}
# proposal -> its state, and the recipient's
PROPOSALS = {"wish": ("draft", None), "agreed": ("adopted", "waiting"), "sent": ("sent", "waiting"),
             "arrived": ("sent", "received"), "routed": ("sent", "routed"), "answered": ("sent", "answered"),
             "mailed": ("sent", "received")}          # to a body outside
REPORTS = ("report", "report_sent")
# kind of candidate -> its stage: one is for reading and for what mentors report; one waits for the last answer, one for the conclusion; one for the appraisal, one for
# the decision; one for the branch to receive it, one for the ceremony
CANDIDATES = {"candidate_" + kind: stage for kind, stage in {
    **{stage: stage for stage in (
        "identified", "listed", "mentored", "in_class", "certified", "file_open", "checking", "checked", "ready",
        "escalated", "branch_approved", "grassroots_approved", "under_review", "decided", "refused", "suspended",
        "dropped")},
    "helped": "mentored", "answered": "checking", "appraised": "under_review", "received": "decided"}.items()}
STAGES = list(CANDIDATES.values())
# Those that have a file.
FILED = {kind: stage for kind, stage in CANDIDATES.items()
         if stage not in ("identified", "listed", "mentored", "in_class", "certified", "refused", "dropped")}
PROBATIONS = {"probation_" + state: state for state in (
    "running", "branch_approved", "grassroots_approved", "under_review", "removal_proposed")}
TARGETS = {"target_" + state: state for state in ("proposed", "agreed", "issued", "cascaded")}
PLANS = {"plan": "draft", "plan_sent": "sent"}
SINGLE = ("copy", "post", "vacancy", "registration", "enrolled", "newcomer", "helper")
KINDS = [*dict.fromkeys([*MEETINGS, *RESOLUTIONS, *TASKS, *PROPOSALS, *REPORTS, *PLANS, *CANDIDATES, *PROBATIONS,
                         *TARGETS, *SINGLE])]

# Kinds of which there are records in somebody's hands.
IN_HANDS = ("adopted", "judged", "assigned", "begun", "reported", "task", "wish", "routed", "sent", "post", "registration",
            "candidate_helped")
# What stands in the place of the unit's name in what is in somebody's hands.
MINE = "mine"

# Before those who held their meetings left, and before new members come.
HELD = "2026-01-20"
# When new members are received.
RECEIVED = "2026-02-05"


def table(words):
    """Rows of a VALUES list."""
    return ", ".join("(" + ", ".join("null" if word is None else f"'{word}'" for word in row) + ")" for row in words)


def states(kinds):
    return table((kind, *((state,) if isinstance(state, str) else state)) for kind, state in kinds.items())


def resident(kind):
    """Of which set of people the member is: they are taken from the end, those of people's own routes from the start."""
    return f"({SETS - (30 if kind == 'enrolled' else 0)} - k.i::int)::text"


def cases(counts, roles, archived):
    """One row for every record: its kind, its unit, its set; and whose it is where it is in somebody's hands."""
    return f"""
create temporary table kase as
select k.kind, lower(substr(u.code, 3)) as name, u.id, u.pos, u.feed_id, s.i, row_number() over () as number,
       case when s.i = any ('{{{",".join(roles)}}}') then md5('person/' || s.i || '/live')::uuid
            else md5('person/' || lower(substr(u.code, 3)) || '/0')::uuid end as person,
       case when s.i = any ('{{{",".join(roles)}}}') then '{MINE}' else lower(substr(u.code, 3)) end as tag,
       case when u.code in ('QQOWN', 'QQDESCENDANT', 'QQUPPER', 'QQLOWER') then own.id else u.id end as above,
       own.pos as above_pos
from (values {table((kind, max(counts.get(name, 0) for name in BESIDE.get(kind, [kind])) + SPARE)
                     for kind in KINDS)}) k (kind, sets)
cross join chibo.unit u
cross join (select id, pos from chibo.unit where code = 'QQOWN') own
cross join lateral (
	select n::text from generate_series(0, case when u.code in ('QQOWN',
	'QQDESCENDANT') then k.sets::int else 0 end) n
	union all select '{archived}'
	union all select unnest('{{{",".join(roles)}}}'::text[])
	where u.code in ('QQOWN', 'QQDESCENDANT') and k.kind = any ('{{{",".join(IN_HANDS)}}}')) s (i);
create function pg_temp.key(kind text, name text, i text) returns uuid language sql immutable as
	$$select md5(kind || '/' || name || '/' || i)::uuid$$;
create index on kase (kind);
analyze kase;
"""


# Candidates are women of 1990, so that no age is in their way; whoever is named after a role has its actor for mentor.
# In every unit there is a full member who helps, and others that could.
_CANDIDATES = f"""
create temporary table aspirant as
select k.*, pg_temp.key(kind, name, i) as candidate, pg_temp.key(kind || '.case', name, i) as file,
       pg_temp.key(kind || '.person', name, i) as who,
       (case when i = 'archived' then 'probationary' else stage end)::chibo.candidate_stage as stage,
       kind in ({", ".join(f"'{kind}'" for kind in FILED)}) as has_file
from kase k join (values {states(CANDIDATES)}) s (kind, stage) using (kind);
create temporary table probationer as
select k.*, pg_temp.key(kind, name, i) as member, pg_temp.key(kind || '.person', name, i) as who, s.state
from kase k join (values {states(PROBATIONS)}) s (kind, state) using (kind);
analyze aspirant, probationer;

insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on, native_place,
	education_level)
select who, id, pos, feed_id, 'Họ', 'Zy' || tag, 'female', '1990-05-01', 'zy' || tag, 'upper_secondary'
from (select who, id, pos, feed_id, tag from aspirant union all select who, id, pos, feed_id, tag from probationer
      union all select pg_temp.key(kind || '.person', name, i), id, pos, feed_id, tag from kase
      where kind in ('newcomer', 'helper')) x;
insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, full_on,
	card_no, biography_no)
select id_, who, id, pos, feed_id, false, status::chibo.member_status, '2019-12-01', '2020-01-01',
       case when status = 'full' then '2021-01-01'::date end, case when status = 'full' then lpad(number::text, 8, '0') end,
       lpad(number::text, 6, '0') || 'YC'
from (select member, who, id, pos, feed_id, number, 'probationary' from probationer
      union all select pg_temp.key(kind, name, i), pg_temp.key(kind || '.person', name, i), id, pos, feed_id, number, 'full'
      from kase where kind = 'helper') x (id_, who, id, pos, feed_id, number, status);
insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select md5('home/' || m.id)::uuid, m.id, m.unit_id, m.unit_pos, m.feed_id, 'primary', '[2020-01-01,)'
from chibo.member m where m.biography_no like '%YC';
update chibo.member m set status = 'resigned', status_on = '2026-02-01', status_basis = 'Quyết định'
from probationer p where p.i = 'archived' and m.id = p.member;

insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, resume_stage, source_group,
	introduced_by, union_resolution, identified_on, listed_on, listing_resolution, reason, stage_on)
select candidate, id, pos, feed_id, who, stage, case when stage = 'suspended' then 'file_open'::chibo.candidate_stage end,
       'worker', 'youth_union', 'zx' || name, '2024-01-02', case when stage <> 'identified' then '2024-02-01'::date end,
       case when stage <> 'identified' then 'zx' || name end,
       case when stage in ('suspended', 'dropped', 'refused') then 'zy' || tag end, '2025-12-20'
from aspirant;
insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id, mentor_name,
	resolution, together_since_on, during)
select pg_temp.key(kind || '.help', name, i), candidate, a.id, pos, a.feed_id, m.id, m.person_id, 'zy' || tag, 'zx' || name,
       '2022-01-01', '[2024-03-01,)'
from aspirant a join chibo.member m on m.person_id = case a.tag when '{MINE}' then a.person
	else pg_temp.key('helper.person', a.name, '0') end
where stage not in ('identified', 'listed');
-- one class for those who have come from it and for those who are in it, one that is over for all others, one that goes on
insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
select md5(name)::uuid, md5('unit/root')::uuid, 'LOP.' || name, 'Lớp bồi dưỡng', 'Trung tâm chính trị', during::daterange
from (values ('CLASS', '[2024-04-01,2024-04-08)'), ('PAST', '[2024-04-01,2024-04-08)'), ('LONG', '[2024-04-01,9999-01-01)'))
	as c (name, during);
insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no, issued_on,
	valid_until_on, rule_doc)
select candidate, md5(case when kind in ('candidate_in_class', 'candidate_certified') then 'CLASS' else 'PAST' end)::uuid,
       id, pos, feed_id, r.result::chibo.class_result,
       case r.result when 'certified' then 'zy' || tag end, case r.result when 'certified' then '2024-04-10'::date end,
       case r.result when 'certified' then '2099-04-10'::date end, case r.result when 'certified' then 'Hướng dẫn' end
from aspirant a
cross join lateral (select case when stage = 'in_class' then 'sent' else 'certified' end as result) r
where stage not in ('identified', 'listed', 'mentored');
"""

# Of a committee's vote the grassroots organisation's, which is above the actors.
_BALLOTS = f"""
create temporary table ballot as
select k.*, v.purpose, v.subject_id, v.unit_name, row_number() over () as paper
from kase k
cross join lateral (
	select case when k.name in ('own', 'descendant', 'upper', 'lower') then 'ancestor' else k.name end as name) top
cross join lateral (values
	('admission', pg_temp.key(kind || '.case', k.name, i), k.name),
	('admission_committee', pg_temp.key(kind || '.case', k.name, i), top.name),
	('recognition', pg_temp.key(kind, k.name, i), k.name),
	('recognition_committee', pg_temp.key(kind, k.name, i), top.name)
) as v (purpose, subject_id, unit_name)
where i <> 'archived' and case when purpose like 'admission%' then kind in ({", ".join(f"'{kind}'" for kind in FILED)})
	else kind like 'probation%' end;
insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, voted_at,
	eligible, present, quorum_met, valid, votes_for, votes_against, blank, tellers, rule_key, rule_value, rule_doc, needed,
	passed)
select pg_temp.key(b.kind || '.' || purpose, name, i), u.id, u.pos, u.feed_id,
       pg_temp.key(case when purpose like '%committee' then 'sitting' else 'decided' end, b.unit_name, '0'),
       purpose::chibo.vote_purpose, 'zy' || tag || ' ' || paper, subject_id, 'card', '{HELD} 09:00+07', 3, 3, true, 3, 3, 0, 0,
       'zy' || tag, 'vote.admission_ratio', '2/3', 'Điều lệ Đảng', 2, true
from ballot b join chibo.unit u on u.code = 'QQ' || upper(b.unit_name);
"""

# What each stage has left behind, all in the week of the meeting.
_FILES = f"""
create temporary table file as
select a.*, s.stage >= 'branch_approved' as is_voted, s.stage >= 'grassroots_approved' as is_approved,
       s.stage >= 'under_review' as is_sent, s.stage >= 'decided' as is_decided
from aspirant a
cross join lateral (select case when stage = 'suspended' then 'file_open' else stage end as stage) s
where has_file;
insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by, conclusion_by, round,
	branch_vote_id, branch_on, branch_resolution, committee_vote_id, committee_on, committee_resolution, submitted_by,
	submitted_at, appraised_by, appraisal, decision_doc, decision_on, decided_by, decider_id, received_on, held_on, member_id,
	outcome)
select file, candidate, id, pos, feed_id, '2026-01-05', g, case when stage >= 'checked' then h end,
       case when stage = 'escalated' then 3 else 1 end,
       case when is_voted and i <> 'archived' then pg_temp.key(kind || '.admission', name, i) end,
       case when is_voted then '{HELD}'::date end, case when is_voted then 'zx' || name end,
       case when is_approved and i <> 'archived' then pg_temp.key(kind || '.admission_committee', name, i) end,
       case when is_approved then '{HELD}'::date end, case when is_approved then 'zx' || name end,
       case when is_sent then g end, case when is_sent then now() end,
       case when is_decided or kind = 'candidate_appraised' then g end,
       case when is_decided or kind = 'candidate_appraised' then 'zy' || tag end,
       case when is_decided then 'zx' || name end, case when is_decided then '{HELD}'::date end,
       case when is_decided then h end, case when is_decided then above end,
       case when kind = 'candidate_received' or i = 'archived' then '{HELD}'::date end,
       case when i = 'archived' then '{HELD}'::date end,
       case when i = 'archived' then md5('member/' || name || '/0')::uuid end,
       case when i = 'archived' then 'admitted'::chibo.case_outcome end
from file cross join lateral (values (md5('grantee/' || name || '/0')::uuid, md5('holder/' || name || '/0')::uuid)) p (g, h);
insert into chibo.file_paper (case_id, type, candidate_id, unit_id, unit_pos, feed_id, dated_on, reference, custodian)
select f.file, t.code, candidate, id, pos, feed_id, '2026-01-06', 'zx' || f.name, 'zy' || tag
from file f cross join chibo.paper_type t
where t.kind = 'admission' and t.code not in ('upper_opinion', 'sub_committee_appraisal');
insert into chibo.background_check (id, candidate_id, case_id, unit_id, unit_pos, feed_id, subject, place, asked_on,
	answered_on, conclusion)
select pg_temp.key(kind || '.check', name, i), candidate, file, id, pos, feed_id, 'self', 'Zx' || name || ' thamtra', '2026-01-07',
       case when kind <> 'candidate_checking' then '2026-01-12'::date end,
       case when kind <> 'candidate_checking' then 'clear'::chibo.check_conclusion end
from file where stage not in ('file_open', 'suspended');
insert into chibo.file_paper (member_id, type, unit_id, unit_pos, feed_id, dated_on, reference, custodian)
select member, t.code, id, pos, feed_id, '2025-12-06', 'zx' || k.name, 'zy' || tag
from probationer k cross join chibo.paper_type t where t.kind = 'recognition';

set local session_replication_role = replica;
insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, candidate_id, admission_case_id)
select pg_temp.key('festive', name, '0'), 1 + row_number() over (partition by name), id, pos, 'ceremony', 'zx' || name, candidate,
       file
from file where kind = 'candidate_received' and i <> 'archived';
update chibo.probation set version = 1;
update chibo.probation p set state = k.state::chibo.probation_state,
	branch_vote_id = case when is_voted then pg_temp.key(kind || '.recognition', name, i) end,
	branch_on = case when is_voted then '{HELD}'::date end, branch_resolution = case when is_voted then 'zx' || name end,
	committee_vote_id = case when is_approved then pg_temp.key(kind || '.recognition_committee', name, i) end,
	committee_on = case when is_approved then '{HELD}'::date end,
	committee_resolution = case when is_approved then 'zx' || name end,
	submitted_by = case when k.state = 'under_review' then md5('grantee/' || name || '/0')::uuid end,
	submitted_at = case when k.state = 'under_review' then now() end,
	reason = case when k.state = 'removal_proposed' then 'zy' || tag end
from (select *, state in ('branch_approved', 'grassroots_approved', 'under_review') as is_voted,
             state in ('grassroots_approved', 'under_review') as is_approved from probationer where i <> 'archived') k
where p.id = k.member;
set local session_replication_role = origin;

select chibo.start_clock(c.clock, a.candidate, null, c.since::date) from aspirant a
join (values ('consider_file', 'file_open', 'ready', '2026-01-05'), ('decide', 'branch_approved', 'under_review', '{HELD}'),
	('ceremony', 'decided', 'decided', '{HELD}'), ('certificate', 'certified', 'certified', '2024-04-10'))
	as c (clock, from_stage, until_stage, since)
	on a.stage between c.from_stage::chibo.candidate_stage and c.until_stage::chibo.candidate_stage;
update chibo.clock c set stopped_on = '{HELD}' from probationer p
where c.member_id = p.member and p.i <> 'archived' and p.state <> 'running' and c.stopped_on is null;
select chibo.start_clock('decide_full', null, p.member, '{HELD}') from probationer p
where p.i <> 'archived' and p.state in ('branch_approved', 'grassroots_approved', 'under_review');
"""

# Each of its own month, so that they do not stand in each other's way.
_TARGETS = f"""
insert into chibo.term (id, unit_id, unit_pos, feed_id, name, during, nominal_years, basis)
select md5('term/' || lower(substr(code, 3)) || '/0')::uuid, id, pos, feed_id, 'Zx' || lower(substr(code, 3)),
       '[2025-01-01,2030-01-01)', 5, 'zx' || lower(substr(code, 3))
from chibo.unit;
insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, state, proposed_by, agreed_by,
	agreed_at, issued_by, issued_at)
select pg_temp.key(k.kind, name, i), id, pos, feed_id, 'admissions', 'month',
       daterange(m.first_day::date, (m.first_day + interval '1 month')::date), 5, 'zx' || name, e.state::chibo.target_state,
       g, case when e.state <> 'proposed' then person end, case when e.state <> 'proposed' then now() end,
       case when e.state not in ('proposed', 'agreed') then h end, case when e.state not in ('proposed', 'agreed') then now() end
from kase k join (values {states(TARGETS)}) s (kind, alive) using (kind)
cross join lateral (select '1900-01-01'::date + number * interval '1 month' as first_day) m
cross join lateral (select case when i = 'archived' then 'closed' else alive end as state) e
cross join lateral (values (md5('grantee/' || name || '/0')::uuid, md5('holder/' || name || '/0')::uuid)) p (g, h);
"""

_MEETINGS = f"""
insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, place,
	chair_id, chair_name, clerk_id, clerk_name, topic, conclusion)
select pg_temp.key(k.kind, name, i), id, pos, feed_id, (case k.kind when 'sitting' then 'committee' else 'regular'
	end)::chibo.meeting_kind, first::chibo.meeting_state,
       case when k.kind in ({", ".join(f"'{kind}'" for kind in PILOTS if kind != "meeting")})
            then to_char('1950-01-01'::date + number * interval '1 month', 'YYYY-MM') else '{HELD[:7]}' end,
       d.began, case when first = 'in_session' then d.began end, 'zx' || name,
       person, 'Họ Zy' || tag, md5('holder/' || name || '/0')::uuid, 'Họ Zy' || tag, 'zx' || name, 'zy' || tag
from kase k join (values {states(MEETINGS)}) s (kind, first, last) using (kind)
cross join lateral (select (case k.kind when 'festive' then '{RECEIVED}' else '{HELD}' end || ' 08:00+07')::timestamptz as began) d;

create temporary table met as
select k.*, pg_temp.key(kind, name, i) as meeting,
       case when i = 'archived' and first <> 'in_session' then 'cancelled' when i = 'archived' and last = first then 'closed'
            else last end as last
from kase k join (values {states(MEETINGS)}) s (kind, first, last) using (kind);
create temporary table held as select * from met where last not in ('planned', 'prepared', 'notified', 'cancelled');
analyze met, held;

insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, presenter)
select meeting, 1, id, pos, 'theme', 'zx' || name, 'zy' || tag from met;
insert into chibo.checklist_item (meeting_id, code, unit_id, unit_pos, done_at, done_by)
select meeting, code, id, pos, case when kind <> 'planned' or code = 'content_agreed' then now() end,
       case when kind <> 'planned' or code = 'content_agreed' then person end
from met cross join (select code from chibo.code where list = 'checklist') c;
insert into chibo.paper (id, meeting_id, unit_id, unit_pos, title, sent_to, sent_at)
select md5('paper/' || meeting)::uuid, meeting, id, pos, 'zx' || name, 'zy' || tag, now() from met;
insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, full_name, capacity, sender, comment)
select pg_temp.key(kind || '.guest', name, i), meeting, id, pos, 'other', 'zy' || tag, 'zy' || tag,
	'zx' || name, 'zy' || tag from met;
insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, person_id, full_name, capacity)
select md5('delegate')::uuid, meeting, id, pos, 'delegate', md5('person/DG/live')::uuid, 'zymine', 'Đại biểu'
from met where kind = 'meeting' and name = 'own' and i = '0';
insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away,
	state, reason)
select meeting, md5('member/' || name || '/0')::uuid, id, pos, 'zy' || tag, 'zy', 'probationary', false,
	'excused', 'zy' || tag
from held;
insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state)
select k.meeting, s.member_id, k.id, k.pos, 'zy' || k.tag, 'zy', 'full', false, 'present'
from held k join chibo.membership s on s.unit_id = k.id and s.kind = 'primary' and s.during @> '{HELD}'::date
where k.kind = 'opened' on conflict do nothing;
insert into chibo.speech (id, meeting_id, unit_id, unit_pos, speaker, summary, spoken_at)
select md5('speech/' || meeting)::uuid, meeting, id, pos, 'zy' || tag, 'zy' || tag, '{HELD} 08:30+07' from held;
insert into chibo.mentor_report (id, meeting_id, unit_id, unit_pos, candidate_id, candidate_name, mentor_id,
	mentor_name,
	month, strengths, weaknesses)
select md5('mentor/' || meeting)::uuid, meeting, id, pos, pg_temp.key('candidate_helped', name, '0'), 'zy' || tag,
       pg_temp.key('helper', name, '0'), 'zy' || tag, to_char('3000-01-01'::date + number * interval '1 month', 'YYYY-MM'),
       'zy' || tag, 'zy' || tag from held;

-- of each purpose one that has passed
insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible,
	present, quorum_met, valid, votes_for, votes_against, blank, tellers, rule_key, rule_value, rule_doc, needed,
	passed)
select pg_temp.key(kind || '.' || purpose, name, i), id, pos, feed_id, meeting, purpose, 'zy' || tag, 'hand',
       '{HELD} 09:00+07', 3, 3, true, 3, case purpose when 'election' then 0 else 3 end, 0, 0, 'zy' || tag,
       'vote.ordinary_ratio', '1/2', 'Điều lệ Đảng', 2, purpose <> 'election'
from held cross join unnest('{{minutes,score,resolution,proposal,election}}'::chibo.vote_purpose[]) purpose;
insert into chibo.vote_option (vote_id, item_no, unit_id, unit_pos, title, votes, valid)
select pg_temp.key(kind || '.election', name, i), 1, id, pos, 'zy' || tag, 2, 3 from held;
{_BALLOTS}
update chibo.meeting m set state = 'cancelled',
	reason = 'zx' || name from met k where k.meeting = m.id and k.last = 'cancelled';
update chibo.meeting m set state = 'closed',
	ended_at = m.started_at + interval '2 hours' from held k where k.meeting = m.id and k.last <> 'in_session';
update chibo.meeting m set state = 'submitted', submitted_at = now(),
	submitted_by = md5('grantee/' || name || '/0')::uuid
from held k where k.meeting = m.id and k.last = 'submitted';
insert into chibo.minutes (id, unit_id, unit_pos, feed_id, meeting_id, number, vote_id, body, hash, adopted_at, state,
	chair_id, chair_name, chair_signed_at, clerk_id, clerk_name, clerk_signed_at)
select pg_temp.key(kind || '.minutes_of', name, i), id, pos, feed_id, meeting, 1,
	pg_temp.key(kind || '.minutes', name, i),
       'zy' || tag, sha256(convert_to('zy' || tag, 'UTF8')), now(),
       case when kind = 'adopted' then 'adopted' else 'sealed' end::chibo.minutes_state,
       person, 'zy' || tag, case when kind <> 'adopted' then now() end,
       md5('holder/' || name || '/0')::uuid, 'zy' || tag, case when kind <> 'adopted' then now() end
from held where last <> 'in_session';
"""

_PILOTS = f"""
insert into chibo.pilot (id, unit_id, unit_pos, feed_id, committee_id, period_month, state, proposed_by,
	registered_by,
	registered_at, lessons)
select k.meeting, k.id, k.pos, k.feed_id, k.feed_id, m.period_month, s.state::chibo.pilot_state,
       md5('grantee/' || name || '/0')::uuid,
       case when s.state <> 'proposed' then md5('holder/' || name || '/0')::uuid end,
       case when s.state <> 'proposed' then now() end, 'zx' || name
from met k join chibo.meeting m on m.id = k.meeting
join (values {states(PILOTS)}) s (kind, state) on s.kind = k.kind;
insert into chibo.pilot_delegate (id, pilot_id, unit_id, unit_pos, person_id, full_name, capacity, assigned_by)
select md5('delegate/' || meeting)::uuid, meeting, id, pos, md5('person/' || name || '/0')::uuid, 'zy' || tag,
	'zy' || tag,
       md5('holder/' || name || '/0')::uuid
from met where kind in ('manned', 'piloted', 'reviewed', 'meeting');
insert into chibo.pilot_comment (id, pilot_id, unit_id, unit_pos, author_id, author_name, comment, said_on)
select md5('comment/' || meeting)::uuid, meeting, id, pos, md5('person/' || name || '/0')::uuid, 'zy' || tag,
	'zy' || tag, '2026-01-25'
from met where kind in ('reviewed', 'meeting');
insert into chibo.plan (id, unit_id, unit_pos, feed_id, kind, state, title, during, basis, sent_by, sent_at)
select pg_temp.key(k.kind, name, i), id, pos, feed_id, 'thematic', state::chibo.plan_state, 'zx' || name,
	'[2026-01-01,2027-01-01)',
       'zx' || name, case when state <> 'draft' then person end, case when state <> 'draft' then now() end
from kase k join (values {states(PLANS)}) s (kind, alive) using (kind)
cross join lateral (select case when i = 'archived' then 'ended' else alive end as state) e;
insert into chibo.plan_item (plan_id, item_no, unit_id, unit_pos, month, topic, topic_tag, author)
select pg_temp.key(kind, name, i), 1, id, pos, '2026-06', 'zx' || name, 'economy', 'zy' || tag
from kase where kind in ('plan', 'plan_sent');
"""

_SCORINGS = f"""
insert into chibo.legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
values (md5('document')::uuid, md5('unit/root')::uuid, '27', 'QĐ/TU', 'Tỉnh ủy', '2023-10-30', 'Chấm điểm');
insert into chibo.agenda_template (id, feed_id, code, name, kind)
values (md5('agenda')::uuid, md5('unit/root')::uuid, 'mau-hop', 'Mẫu họp', 'regular');
insert into chibo.agenda_template_line (template_id, item_no, kind, title)
values (md5('agenda')::uuid, 1, 'opening', 'Khai mạc');
insert into chibo.criteria_table (id, feed_id, code, title, legal_doc_id, edition, max_total, during)
values (md5('criteria')::uuid, md5('unit/root')::uuid, 'bang-thu', 'Bảng thử', md5('document')::uuid, 1, 100,
	'[2020-01-01,)');
insert into chibo.criterion (table_id, item_no, code, title, max_points, step) values
	(md5('criteria')::uuid, 1, '1', 'Chuẩn bị', 40, 0.5), (md5('criteria')::uuid, 2, '2', 'Điều hành', 60, 0.5);
insert into chibo.grade_band (table_id, grade, min_points) values (md5('criteria')::uuid, 'good', 90),
	(md5('criteria')::uuid, 'fair', 70), (md5('criteria')::uuid, 'average', 50), (md5('criteria')::uuid, 'poor', 0);
insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, state, vote_id, drafted_by, voted_by)
select meeting, id, pos, feed_id, md5('criteria')::uuid, s.state::chibo.scoring_state,
       case when s.state <> 'draft_self' then pg_temp.key(k.kind || '.score', name, i) end,
       md5('grantee/' || name || '/0')::uuid,
       case when s.state <> 'draft_self' then md5('grantee/' || name || '/0')::uuid end
from met k
cross join lateral (select case when kind in ('voted', 'judged', 'confirmed',
	'meeting') then 'voted_by_branch' when kind = 'scored' then 'draft_self' end as state) s
where s.state is not null;
insert into chibo.score_sheet (id, unit_id, unit_pos, feed_id, meeting_id, class, state, assessor_id, assessor_name,
	assessor_unit, total, grade, comment, submitted_at)
select pg_temp.key(k.kind || '.' || class, name, i), id, pos, feed_id, meeting, class,
       case when k.kind = 'scored' then 'draft' else 'submitted' end::chibo.sheet_state,
       case when class = 'self' then md5('grantee/' || name || '/0')::uuid when tag = '{MINE}' then person
            else md5('holder/' || name || '/0')::uuid end,
       'zy' || tag, 'zx' || name, 95, 'good', 'zy' || tag, case when k.kind <> 'scored' then now() end
from met k
cross join unnest(array['self', case when kind in ('judged', 'confirmed') then
	case when i = 'DO' then 'district_delegate' else 'ward_committee' end end]) class
where class is not null and (kind in ('voted', 'judged', 'confirmed', 'meeting') or kind = 'scored');
insert into chibo.score_line (sheet_id, unit_id, unit_pos, item_no, code, points, max_points, note)
select s.id, s.unit_id, s.unit_pos, c.item_no, c.code, c.max_points - 2.5, c.max_points, s.assessor_name
from chibo.score_sheet s cross join chibo.criterion c;
update chibo.scoring s set state = 'confirmed', total = 95, grade = 'good', gap = 0, gap_alert = 10,
	confirmed_at = now(),
	confirmed_by = md5('holder/' || name || '/0')::uuid, confirmed_name = 'zy' || tag
from met k where k.kind = 'confirmed' and k.meeting = s.id;
"""

_RESOLUTIONS = f"""
insert into chibo.resolution (id, unit_id, unit_pos, feed_id, kind, state, number, suffix, issuer, issued_on, subject,
	meeting_id, vote_id, body, drafted_by, issued_by)
select pg_temp.key(k.kind, name, i), id, pos, feed_id, 'thematic', state::chibo.resolution_state,
       case when late then (number % 100000)::text end, case when late then 'NQ/CB' end,
       case when late then 'zx' || name end,
       case when late then '2026-01-22'::date end, 'zx' || name,
       case when k.kind = 'resolution' then pg_temp.key('meeting', name, i) end,
       case when k.kind = 'resolution' then pg_temp.key('meeting.resolution', name, i) end,
       'zx' || name, md5('grantee/' || name || '/0')::uuid,
       case when late then md5('holder/' || name || '/0')::uuid end
from kase k join (values {states(RESOLUTIONS)}) s (kind, alive) using (kind)
cross join lateral (select case when i = 'archived' and alive <> 'draft' then 'completed' else alive end as state) e
cross join lateral (select state not in ('draft', 'discussed', 'voted') as late) l;
-- what was sent from the root is read where it was received, and not at the root
insert into chibo.resolution (id, unit_id, unit_pos, feed_id, kind, state, number, suffix, issuer, issued_on,
	subject, body,
	drafted_by, issued_by)
select md5('original/' || number)::uuid, u.id, u.pos, u.feed_id, 'thematic', 'in_force', number::text, 'NQ/HU',
	'zxroot',
       '2026-01-22', 'zxroot', 'zxroot', md5('grantee/root/0')::uuid, md5('holder/root/0')::uuid
from kase k cross join chibo.unit u where k.kind = 'copy' and u.code = 'QQROOT';
insert into chibo.resolution_copy (id, unit_id, unit_pos, feed_id, resolution_id, sender_path, kind, number, suffix,
	issuer, issued_on, subject, body, sent_at)
select pg_temp.key(kind, name, i), id, pos, feed_id, md5('original/' || number)::uuid, 'zx' || name,
	'thematic', '1', 'NQ/HU',
       'zx' || name, '2026-01-22', 'zx' || name, 'zx' || name, now()
from kase where kind = 'copy';

insert into chibo.task (id, unit_id, unit_pos, feed_id, source, source_id, category, title, assigner_id,
	assigner_name, assigned_by,
	member_id, person_id, assignee_name, due_on, state, result, reported_by, reported_at)
select pg_temp.key(k.kind, name, i), id, pos, feed_id, 'conclusion', pg_temp.key('meeting', name, i),
	'general', 'zx' || name,
       above, 'zx' || name, md5('grantee/' || name || '/0')::uuid, md5('member/' || name || '/0')::uuid,
       person, 'zy' || tag, '2026-03-01',
       state::chibo.task_state, case when state = 'reported' then 'zy' || tag end,
       case when state = 'reported' then md5('holder/' || name || '/0')::uuid end,
       case when state = 'reported' then now() end
from kase k join (values {states(TASKS)}) s (kind, alive) using (kind)
cross join lateral (select case when i = 'archived' then 'cancelled' else alive end as state) e;
"""

_PROPOSALS = f"""
insert into chibo.proposal (id, unit_id, unit_pos, feed_id, state, title, body, category, drafted_by,
	drafted_name, sent_by,
	sent_at)
select pg_temp.key(k.kind, name, i), id, pos, feed_id, state::chibo.proposal_state, 'zx' || name, 'zx' || name,
	'economy', person,
       'zy' || tag, case when state in ('sent', 'closed') then md5('holder/' || name || '/0')::uuid end,
       case when state in ('sent', 'closed') then now() end
from kase k join (values {states(PROPOSALS)}) s (kind, alive, recipient) using (kind)
cross join lateral (select case when i = 'archived' then 'closed' else alive end as state) e;
insert into chibo.proposal_recipient (id, unit_id, unit_pos, feed_id, proposal_id, recipient_id, body_name,
	recipient_name, state,
	reply, replied_on, sent_at, due_on, receive_by_on)
select pg_temp.key(k.kind || '.recipient', name, i), id, pos, feed_id, pg_temp.key(k.kind, name, i),
       case when k.kind <> 'mailed' then above end, case when k.kind = 'mailed' then 'zx' || name end, 'zx' || name,
       recipient::chibo.recipient_state, case when recipient = 'answered' then 'zx' || name end,
       case when recipient = 'answered' then '2026-02-01'::date end,
       case when k.kind <> 'agreed' then '2026-01-25'::timestamptz end,
       '2026-03-01', '2026-02-01'
from kase k join (values {states(PROPOSALS)}) s (kind, state, recipient) using (kind) where recipient is not null;
"""

_PLACES = f"""
insert into chibo.post (id, unit_id, unit_pos, feed_id, type, title, is_party, during)
select pg_temp.key(kind, name, i), id, pos, feed_id, 'secretary', 'zx' || name, true,
       case when i = 'archived' then '[2000-01-01,2026-02-01)' else '[2000-01-01,)' end::daterange
from kase where kind in ('post', 'vacancy');
insert into chibo.post_holding (id, unit_id, unit_pos, feed_id, post_id, person_id, holder_name, mode,
	decision_doc, during)
select pg_temp.key('holding', name, i), id, pos, feed_id, pg_temp.key(kind, name, i), person, 'zy' || tag,
	'elected', 'zx' || name,
       case when i = 'archived' then '[2025-01-01,2026-02-01)' else '[2025-01-01,)' end::daterange
from kase where kind = 'post';

-- A guest where his second place is; who has none was not introduced. Those who wait are of the two units that routes
-- write in.
create temporary table resident as
select k.*, m.id as member, m.person_id, s.id as place, coalesce(s.unit_id, k.id) as at_id,
	coalesce(s.unit_pos, k.pos) as at_pos,
       coalesce(s.feed_id, k.feed_id) as at_feed
from kase k
cross join lateral (select case when k.name not in ('own',
	'descendant') or i = 'archived' then i when i !~ '^[0-9]' then null
	when k.kind = 'enrolled' then {resident("enrolled")} else {resident("registration")} end as member_set) n
join chibo.member m on m.person_id = coalesce(md5('person/' || k.name || '/' || member_set)::uuid, k.person)
left join chibo.membership s on s.id = md5('second/' || k.name || '/' || member_set)::uuid
where k.kind = 'registration' and (k.name = 'own' or member_set is not null)
	or k.kind = 'enrolled' and k.name in ('own', 'descendant') and k.i ~ '^[0-9]';
insert into chibo.residential_registration (id, unit_id, unit_pos, feed_id, member_id, person_id, full_name, category,
	membership_id, introduced_on, state, work_unit, received_on, ended_on)
select pg_temp.key(kind, name, i), at_id, at_pos, at_feed, member, person_id, 'zy' || tag,
       case when place is null then 'not_introduced' else 'normal' end::chibo.residential_category, place,
       case when place is not null then '2025-01-09'::date end,
       case when i = 'archived' then 'ended' when kind = 'enrolled' then 'received' else 'active' end::chibo.residential_state,
       'zx' || name, '2025-01-10', case when i = 'archived' then '2026-01-31'::date end
from resident;
insert into chibo.residential_assessment (id, unit_id, unit_pos, feed_id, registration_id, year, grade, note,
	proposed_by)
select pg_temp.key('assessment', name, i), at_id, at_pos, at_feed, pg_temp.key(kind, name, i), 2025, 'good',
	'zy' || tag,
       md5('grantee/' || name || '/0')::uuid
from resident where kind = 'registration';

insert into chibo.sent_report (id, unit_id, unit_pos, feed_id, code, period, number, hash, made_by)
select pg_temp.key(kind, name, i), id, pos, feed_id, 'R01',
	to_char('1990-01-01'::date + number * interval '1 month', 'YYYY-MM'),
       1, sha256('x'), md5('grantee/' || name || '/0')::uuid
from kase where kind in ('report', 'report_sent');
insert into chibo.sent_report_cell (report_id, unit_id, unit_pos, row_no, row_key, field_no, field, value)
select pg_temp.key(kind, name, i), id, pos, 1, 'zx' || name, 1, 'members',
	'12' from kase where kind in ('report', 'report_sent');
update chibo.sent_report r set state = 'sent', sent_by = md5('holder/' || name || '/0')::uuid, sent_at = now()
from kase k where k.kind = 'report_sent' and r.id = pg_temp.key(k.kind, name, i);
"""


def sql(counts, roles, archived):
    return "".join([cases(counts, roles, archived), _CANDIDATES, _MEETINGS, _FILES, _TARGETS, _PILOTS, _SCORINGS, _RESOLUTIONS,
                    _PROPOSALS, _PLACES])
