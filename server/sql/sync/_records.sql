-- args:
-- into: units
select u.id, u.version, p.parent_id, u.code, n.name, n.abbrev, auth.unit_path(u.id, today()) as path, 0 as depth, u.kind, u.sector,
	iso(u.founded_on) as founded_on, iso(u.closed_on) as closed_on, u.is_grassroots, u.can_decide_admission,
	u.issues_transfer_letter, u.keeps_member_files, u.pos
from sync_page('unit') k
join unit u on u.id = k.id and u.version = k.version
left join unit_name n on n.unit_id = u.id and covers(n.during, today())
left join unit_parent p on p.unit_id = u.id and covers(p.during, today())
where inside(u.pos)
limit 2000
;
-- args:
-- into: persons
select p.id, p.version, p.unit_id, p.full_name, p.family_name, p.middle_name, p.given_name, p.sex, p.born_on, p.native_place,
	p.education, p.profession, p.education_level, p.theory_level, p.occupation, p.youth_union
from sync_page('person') k
join person p on p.id = k.id and p.version = k.version
where inside(p.unit_pos)
limit 2000
;
-- args:
-- into: members
select m.id, m.version, m.person_id, p.full_name, p.sex, p.born_on, m.status, iso(m.decision_on) as decision_on,
	iso(m.joined_on) as joined_on, iso(m.full_on) as full_on, m.card_no, m.biography_no, m.works_away, m.unit_id,
	u.path as unit_path
from sync_page('member') k
join member m on m.id = k.id and m.version = k.version
join person p on p.id = m.person_id
left join sync_paths('member') u on u.unit_id = m.unit_id
where inside(m.unit_pos)
limit 2000
;
-- args:
-- into: memberships
select s.id, s.version, s.member_id, s.unit_id, u.path as unit_path, s.kind, iso(lower(s.during)) as from_on,
	last_day(s.during) as until_on
from sync_page('membership') k
join membership s on s.id = k.id and s.version = k.version
left join sync_paths('membership') u on u.unit_id = s.unit_id
where inside(s.unit_pos)
limit 2000
;
-- args:
-- into: meetings
select m.id, m.version, m.unit_id, m.unit_path, m.kind, m.is_pilot, m.state, m.period_month, m.planned_at_us, m.held_on,
	m.started_at_us, m.ended_at_us, m.place, m.chair, m.clerk, m.topic, m.topic_tag, m.members_due, m.present, m.excused,
	m.unexcused, m.not_recorded, m.attendance_pct, m.conclusion, m.published_on, m.submitted_at_us, m.acknowledged_at_us, m.reason
from sync_page('meeting') k
cross join lateral meeting_record(k.id) m
where m.version = k.version
limit 2000
;
-- args:
-- into: agenda_items
select i.meeting_id, i.item_no, i.kind, i.title, i.presenter, i.minutes
from sync_page('meeting') k
join agenda_item i on i.meeting_id = k.id
where inside(i.unit_pos)
order by i.meeting_id, i.item_no
limit 20000
;
-- args:
-- into: attendances
select a.meeting_id, a.member_id, a.full_name, a.state, a.reason
from sync_page('meeting') k
join attendance a on a.meeting_id = k.id
where inside(a.unit_pos)
order by a.meeting_id, a.sort_key, a.member_id
limit 20000
;
-- args:
-- into: votes
select v.id, v.version, v.unit_id, v.meeting_id, v.item_no, v.purpose, v.subject, v.subject_id, v.method, v.round,
	v.voted_at as voted_at_us, v.eligible, v.present, v.quorum_met, v.issued, v.returned, v.missing, v.valid, v.invalid,
	v.votes_for, v.votes_against, v.blank, v.tellers, v.rule_key, v.rule_value, v.rule_doc, v.needed, v.passed
from sync_page('vote_item') k
join vote_item v on v.id = k.id and v.version = k.version
where inside(v.unit_pos)
limit 2000
;
-- args:
-- into: minutes
select m.id, m.version, m.meeting_id, m.unit_id, m.state, m.body
from sync_page('minutes') k
join minutes m on m.id = k.id and m.version = k.version
where inside(m.unit_pos)
limit 2000
;
-- args:
-- into: resolutions
select r.id, r.version, r.unit_id, r.unit_path, r.kind, r.state, r.number, r.suffix, r.issuer, r.issued_on, r.subject,
	r.period_month, r.from_on, r.until_on, r.parent_id, r.superseded_by, r.meeting_id, r.vote_id, r.body, r.other_recipients, r.pos
from sync_page('resolution') k
join resolution_sheet r on r.id = k.id and r.version = k.version
where inside(r.pos)
limit 2000
;
-- args:
-- into: tasks
select t.id, t.version, t.unit_id, t.unit_path, t.source, t.source_id, t.category, t.title, t.assigner_id, t.assigner_name,
	t.assigned_at_us, t.member_id, t.assignee_name, t.due_on, t.state, t.progress, t.result, t.reason, t.reported_at_us,
	t.confirmed_at_us, t.overdue, t.pos
from sync_page('task') k
join task_sheet t on t.id = k.id and t.version = k.version
where inside(t.pos)
limit 2000
;
-- args:
-- into: proposals
select p.id, p.version, p.unit_id, p.unit_path, p.state, p.title, p.body, p.category, p.meeting_id, p.vote_id, p.drafted_name,
	p.adopted_at_us, p.sent_at_us, p.closed_at_us, p.reason, p.recipients as recipient_count, p.answered,
	p.overdue as overdue_count, p.pos
from sync_page('proposal') k
join proposal_sheet p on p.id = k.id and p.version = k.version
where inside(p.pos)
limit 2000
;
-- args:
-- into: candidates
select c.id, c.version, c.unit_id, c.unit_path, c.person_id, c.full_name, c.sex, c.born_on, c.education_level, c.occupation,
	c.youth_union, c.stage, c.resume_stage, c.stage_on, c.source_group, c.introduced_by, c.union_resolution, c.works_away,
	c.identified_on, c.listed_on, c.listing_resolution, c.reason, c.case_id
from sync_page('candidate') k
cross join lateral candidate_record(k.id) c
where c.version = k.version
limit 2000
;
-- args:
-- into: probations
select p.id, p.version, p.unit_id, p.unit_path, p.full_name, p.joined_on, p.due_on, p.state, p.is_due, p.reminder,
	p.working_days_left, p.round, p.branch_on, p.branch_resolution, p.committee_round, p.committee_on, p.committee_resolution,
	p.submitted_at_us, p.decision_doc, p.decision_on, p.full_on, p.removal_on, p.reason
from sync_page('probation') k
join probation_sheet p on p.id = k.id and p.version = k.version
where inside(p.pos)
limit 2000
;
-- args:
-- into: plans
select p.id, p.version, p.unit_id, p.unit_path, p.kind, p.state, p.title, p.from_on, p.until_on, p.basis, p.sent_by, p.sent_at_us,
	p.item_count, p.pos
from sync_page('plan') k
cross join lateral plan_rows(k.id) p
where p.version = k.version
limit 2000
;
-- args:
-- into: targets
select t.id, t.version, t.unit_id, t.unit_path, t.metric, t.period, t.from_on, t.last_on, t.term_id, t.value, t.state, t.number,
	t.basis, t.reason, t.parent_id, t.replaces, t.share_count, t.sum_of_shares, t.sum_differs, t.difference, t.proposed_at_us,
	t.agreed_at_us, t.issued_at_us, t.pos
from sync_page('target') k
join target_sheet t on t.id = k.id and t.version = k.version
where inside(t.pos)
limit 2000
;
-- args:
-- into: posts
select p.id, p.version, p.unit_id, p.unit_path, p.type, p.type_name, p.title, p.body_name, p.is_party, p.part_time, p.from_on,
	p.last_on, p.holding_id, p.person_id, p.holder_name, p.is_member, p.concurrent, p.held_from_on, p.held_until_on, p.pos
from sync_page('post') k
cross join lateral auth.post_rows(k.id) p
where p.version = k.version
limit 2000
;
-- args:
-- into: holdings
select h.id, h.version, h.post_id, h.person_id, h.holder_name, h.mode, h.decision_doc, iso(lower(h.during)) as from_on,
	last_day(h.during) as until_on
from sync_page('post_holding') k
join post_holding h on h.id = k.id and h.version = k.version
where inside(h.unit_pos)
limit 2000
;
-- args:
-- into: registrations
select r.id, r.version, r.unit_id, r.unit_path, r.member_id, r.full_name, r.category, r.state, r.work_unit, r.introduced_on,
	r.received_on, r.ended_on, r.reason, r.year, r.grade, r.note, r.is_confirmed, r.sent_on, r.pos
from sync_page('residential_registration') k
cross join lateral auth.registration_rows(k.id) r
where r.version = k.version
limit 2000
;
-- args:
-- into: documents
select d.id, d.version, d.number, d.suffix, d.issuer, iso(d.issued_on) as issued_on, d.title, doc_sign(d) as sign
from sync_page('legal_doc') k
join legal_doc d on d.id = k.id and d.version = k.version
limit 2000
;
-- args:
-- into: rules
select r.id, r.version, r.key, r.value, r.unit, iso(lower(r.during)) as valid_from_on, last_day(r.during) as valid_until_on,
	r.legal_doc
from sync_page('rule') k
join rule_param r on r.id = k.id and r.version = k.version
limit 2000
;
-- args:
-- into: calendar_days
select c.id, c.version, iso(c.day) as day_on, c.is_working, c.name, c.basis, c.clocks_moved
from sync_page('calendar_day') k
join calendar_day c on c.id = k.id and c.version = k.version
limit 2000
