-- Deploy chibo:candidate_functions to pg
-- What is told of a candidate, and what is done until his file is opened.

begin;
set local role chibo_owner;

-- --- what is told ---

create function chibo.candidate_record(p_id uuid)
returns table (id uuid, version int, unit_id uuid, unit_path text, person_id uuid, full_name text, sex chibo.sex,
	born_on text, education_level text, occupation text, youth_union boolean, stage chibo.candidate_stage,
	resume_stage chibo.candidate_stage, stage_on text, source_group text, introduced_by text, union_resolution text,
	works_away boolean, identified_on text, listed_on text, listing_resolution text, reason text, case_id uuid)
language sql stable as $$
	select c.id, c.version, c.unit_id, auth.unit_path(c.unit_id, chibo.today()), case when s.name then c.person_id end,
	       case when s.name then p.full_name end, p.sex, case when s.name then p.born_on::text end, p.education_level,
	       p.occupation, p.youth_union, c.stage, c.resume_stage, chibo.iso(c.stage_on), c.source_group, c.introduced_by,
	       case when s.name then c.union_resolution end, c.works_away, chibo.iso(c.identified_on), chibo.iso(c.listed_on),
	       case when s.name then c.listing_resolution end, case when s.name then c.reason end,
	       (chibo.open_case(c.id)).id
	from chibo.candidate c
	join chibo.person p on p.id = c.person_id
	cross join lateral (select chibo.sees_candidate(c.stage) as name) s
	where c.id = p_id and chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id))
$$;

-- Whether parts of a candidate may be told: only whole, to who may see who it is.
create function chibo.tells_candidate(p_id uuid) returns boolean language sql stable as $$
	select exists (select from chibo.candidate c where c.id = p_id and chibo.sees_candidate(c.stage)
	               and chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id)))
$$;

create function chibo.candidate_mentors(p_id uuid)
returns table (id uuid, mentor_id uuid, mentor_name text, resolution text, together_since_on text, is_replacement boolean,
	from_on text, until_on text, reason_end text) language sql stable as $$
	select m.id, m.mentor_id, m.mentor_name, m.resolution, chibo.iso(m.together_since_on), m.is_replacement,
	       chibo.iso(lower(m.during)), chibo.last_day(m.during), m.reason_end
	from chibo.mentor_assignment m
	where m.candidate_id = p_id and chibo.tells_candidate(p_id)
	order by lower(m.during), m.id
$$;

create function chibo.candidate_classes(p_id uuid)
returns table (class_id uuid, code text, name text, result chibo.class_result, certificate_no text, issued_on text,
	valid_until_on text) language sql stable as $$
	select a.class_id, k.code, k.name, a.result, a.certificate_no, chibo.iso(a.issued_on), chibo.iso(a.valid_until_on)
	from chibo.class_attendance a join chibo.awareness_class k on k.id = a.class_id
	where a.candidate_id = p_id and chibo.tells_candidate(p_id)
	order by lower(k.during), k.code
$$;

create function chibo.candidate_cases(p_id uuid)
returns table (id uuid, opened_on text, exception text, round int, branch_on text, branch_resolution text,
	committee_round int, committee_on text, committee_resolution text, submitted_at_us timestamptz, appraisal text,
	decision_doc text, decision_on text, decider text, received_on text, held_on text, consent text, member_id uuid,
	outcome chibo.case_outcome, checks_asked int, checks_answered int) language sql stable as $$
	select x.id, chibo.iso(x.opened_on), x.exception, x.round, chibo.iso(x.branch_on), x.branch_resolution,
	       x.committee_round, chibo.iso(x.committee_on), x.committee_resolution, x.submitted_at, x.appraisal,
	       x.decision_doc, chibo.iso(x.decision_on), auth.unit_name_of(x.decider_id), chibo.iso(x.received_on),
	       chibo.iso(x.held_on), x.consent, x.member_id, x.outcome, k.asked, k.answered
	from chibo.admission_case x
	cross join lateral (
		select count(*)::int as asked, count(b.answered_on)::int as answered from chibo.background_check b
		where b.case_id = x.id
	) k
	where x.candidate_id = p_id and chibo.sees_file() and chibo.tells_candidate(p_id)
	order by x.opened_on, x.id
$$;

-- The checklist of the open file, or of the last one: every paper that belongs in it, there or not.
create function chibo.candidate_papers(p_id uuid)
returns table (type text, type_name text, is_there boolean, needed_for text, dated_on text, valid_until_on text,
	reference text, custodian text) language sql stable as $$
	select t.code, t.name, p.type is not null, t.needed_for, chibo.iso(p.dated_on), chibo.iso(p.valid_until_on),
	       p.reference, p.custodian
	from (select x.id from chibo.admission_case x where x.candidate_id = p_id
	      order by x.outcome is not null, x.opened_on desc, x.id desc limit 1) f
	join chibo.paper_type t on t.kind = 'admission'
	left join chibo.file_paper p on p.case_id = f.id and p.type = t.code
	where chibo.sees_file() and chibo.tells_candidate(p_id)
	order by t.order_no
$$;

-- Of a candidate or a probation; the next to run out first. Of one that runs: how many working days are left.
create function chibo.clock_rows(p_candidate uuid, p_member uuid)
returns table (kind text, kind_name text, started_on text, due_on text, working_days_left int, extra_value int,
	stopped_on text, actor chibo.clock_actor, rule_key text, rule_value int, rule_unit text, rule_doc text)
language sql stable as $$
	select c.kind, k.name, chibo.iso(c.started_on), chibo.iso(c.due_on),
	       case when c.stopped_on is null then chibo.working_days(chibo.today(), c.due_on) end, c.extra_value,
	       chibo.iso(c.stopped_on), k.actor, c.rule_key, c.rule_value, c.rule_unit, c.rule_doc
	from chibo.clock c join chibo.clock_kind k on k.code = c.kind
	where (c.candidate_id = p_candidate or c.member_id = p_member) and chibo.inside(c.unit_pos) and chibo.sees_file()
	order by c.stopped_on is not null, c.due_on, k.order_no
$$;

create function chibo.candidate_actions(p_id uuid) returns table (method text) language sql stable as $$
	select a.method
	from chibo.candidate c cross join lateral auth.next_actions('candidate', c.stage::text, c.unit_id) a
	where c.id = p_id and chibo.inside(c.unit_pos)
$$;

grant execute on function chibo.candidate_record, chibo.tells_candidate, chibo.candidate_mentors, chibo.candidate_classes,
	chibo.candidate_cases, chibo.candidate_papers, chibo.clock_rows, chibo.candidate_actions to chibo_app;

commit;
