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
grant execute on function chibo.tells_candidate to chibo_auth;

set local role chibo_auth;

-- What mentors reported, wherever he was at the time: a report stays with the meeting of its branch when he moves. A
-- mentor is told his own.
create function auth.candidate_reports(p_id uuid)
returns table (id uuid, meeting_id uuid, month text, mentor_name text, strengths text, weaknesses text, branch_comment text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if not tells_candidate(p_id) then
		return;
	end if;
	return query
	select r.id, r.meeting_id, r.month::text, r.mentor_name, r.strengths, r.weaknesses, r.branch_comment
	from mentor_report r join member m on m.id = r.mentor_id
	where r.candidate_id = p_id and (sees_file() or m.person_id = caller())
	order by r.month, r.mentor_name, r.id;
end
$$;
grant execute on function auth.candidate_reports to chibo_app;

set local role chibo_owner;

-- --- who stands on the list ---

-- Whether somebody is at most so many years old. Of whom only the month or the year of birth is known, he counts if he
-- may be.
create function chibo.is_young(p_born text, p_years int, p_day date) returns boolean language sql stable as $$
	select case when length(p_born) = 10 then p_born > x.day else p_born >= left(x.day, length(p_born)) end
	from (select chibo.iso((p_day - make_interval(years => p_years + 1))::date) as day) x
$$;

-- Who may look for a candidate by ethnicity: whoever reads it of each person of his scope anyway.
create function chibo.require_origin_reader(p_ethnicity text) returns void language plpgsql as $$
begin
	if p_ethnicity is not null and auth.reach_of('sealed_read') is distinct from 'scope' then
		perform chibo.refuse(7, 'permission_denied', 'ethnicity', 'permission=sealed_read');
	end if;
end
$$;

-- Every candidate of the caller's reach that all filters let through.
create function chibo.candidate_pick(
	p_unit uuid, p_stage chibo.candidate_stage, p_source text, p_members_max int, p_founded_months int, p_age_max int,
	p_education text, p_ethnicity text)
returns setof chibo.candidate language sql stable as $$
	select c.*
	from chibo.candidate c
	join chibo.person p on p.id = c.person_id
	join chibo.unit u on u.id = c.unit_id
	where chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id))
	  and c.unit_pos between coalesce((select x.pos from chibo.unit x where x.id = p_unit), 0)
	                     and coalesce((select x.last from chibo.unit x where x.id = p_unit), 2147483647)
	  and (p_stage is null or c.stage = p_stage)
	  and (p_source is null or c.source_group = p_source)
	  and (p_members_max is null or p_members_max > (
		select count(*) from chibo.membership s
		where s.unit_id = c.unit_id and s.kind = 'primary' and chibo.covers(s.during, chibo.today())))
	  and (p_founded_months is null
	       or u.founded_on > (chibo.today() - make_interval(months => p_founded_months))::date)
	  and (p_age_max is null or chibo.is_young(p.born_on, p_age_max, chibo.today()))
	  and (p_education is null or p.education_level = p_education)
	  and (p_ethnicity is null or exists (
		select from chibo.person_origin o where o.id = p.id and o.ethnicity = p_ethnicity))
$$;

grant execute on function chibo.is_young, chibo.require_origin_reader, chibo.candidate_pick to chibo_app;

-- --- what is done until the file is opened ---

create function chibo.stages_of(p_method text) returns chibo.candidate_stage[] language sql stable as $$
	select chibo.states_of('candidate', p_method)::chibo.candidate_stage[]
$$;

-- A step is not dated before the one that it follows.
create function chibo.require_after(c chibo.candidate, p_on date, p_field text) returns void language plpgsql as $$
begin
	if p_on < c.stage_on then
		perform chibo.refuse(3, 'order', p_field, 'stage_on=' || chibo.iso(c.stage_on));
	end if;
end
$$;

-- The branch where somebody is to be listed.
create function chibo.require_source_unit(p_unit uuid, p_on date) returns void language plpgsql as $$
declare
	u chibo.unit := chibo.writing_unit(p_unit);
begin
	perform chibo.require_branch(u.id, null);
	if p_on < u.founded_on then
		perform chibo.refuse(9, 'before_founding', 'identified_on', 'founded_on=' || chibo.iso(u.founded_on));
	end if;
end
$$;

-- Somebody whose record this branch keeps and who belongs to the Party neither on probation nor fully.
create function chibo.require_source_person(p_person uuid, p_unit uuid) returns void language plpgsql as $$
declare
	p chibo.person;
begin
	select x.* into p from chibo.person x where x.id = p_person and chibo.reaches(x.unit_id, x.unit_pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'person_id');
	elsif p.unit_id <> p_unit then
		perform chibo.refuse(9, 'other_unit', 'person_id');
	elsif exists (select from chibo.member m where m.person_id = p_person and m.status in ('probationary', 'full')) then
		perform chibo.refuse(9, 'is_member', 'person_id');
	end if;
	perform auth.require_not_own(p_person, 'person_id');
end
$$;

-- What reports count of a person, and the words of his file beside it.
create type chibo.person_facts as (
	education text, profession text, education_level text, theory_level text, occupation text, youth_union boolean);

create function chibo.require_person_codes(f chibo.person_facts) returns void language plpgsql as $$
begin
	perform chibo.require_code('education_level', f.education_level, 'education_level'),
	        chibo.require_code('theory_level', f.theory_level, 'theory_level'),
	        chibo.require_code('occupation', f.occupation, 'occupation');
end
$$;

-- Writes those facts of a person that the mask names.
create function chibo.set_person_facts(p_person uuid, p_mask text[], f chibo.person_facts) returns void
language plpgsql as $$
begin
	perform chibo.require_person_codes(f);
	update chibo.person p set
		version = p.version + 1,
		education = case when 'education' = any (p_mask) then f.education else p.education end,
		profession = case when 'profession' = any (p_mask) then f.profession else p.profession end,
		education_level = case when 'education_level' = any (p_mask) then f.education_level else p.education_level end,
		theory_level = case when 'theory_level' = any (p_mask) then f.theory_level else p.theory_level end,
		occupation = case when 'occupation' = any (p_mask) then f.occupation else p.occupation end,
		youth_union = case when 'youth_union' = any (p_mask) then f.youth_union else p.youth_union end
	where p.id = p_person
	  and p_mask && '{education,profession,education_level,theory_level,occupation,youth_union}';
end
$$;

create function chibo.create_candidate(
	p_id uuid, p_person uuid, p_source text, p_introduced_by text, p_union_resolution text, p_works_away boolean, p_on date)
returns void language plpgsql as $$
begin
	perform chibo.require_code('source_group', p_source, 'source_group'),
	        chibo.require_code('introducer', p_introduced_by, 'introduced_by');
	insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, source_group, introduced_by, union_resolution,
		works_away, identified_on, stage_on)
	select p_id, p.unit_id, p.unit_pos, p.feed_id, p.id, p_source, p_introduced_by, p_union_resolution,
	       coalesce(p_works_away, false), p_on, p_on
	from chibo.person p where p.id = p_person and chibo.reaches(p.unit_id, p.unit_pos);
end
$$;

create function chibo.update_candidate(
	p_id uuid, p_base_version int, p_mask text[], p_source text, p_introduced_by text, p_union_resolution text,
	p_works_away boolean, p_facts chibo.person_facts) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/Update'));
begin
	perform chibo.require_code('source_group', p_source, 'source_group'),
	        chibo.require_code('introducer', p_introduced_by, 'introduced_by');
	update chibo.candidate x set
		source_group = case when 'source_group' = any (p_mask) then p_source else x.source_group end,
		introduced_by = case when 'introduced_by' = any (p_mask) then p_introduced_by else x.introduced_by end,
		union_resolution = case when 'union_resolution' = any (p_mask) then p_union_resolution else x.union_resolution end,
		works_away = case when 'works_away' = any (p_mask) then coalesce(p_works_away, false) else x.works_away end
	where x.id = p_id;
	perform chibo.set_person_facts(c.person_id, p_mask, p_facts);
	perform chibo.step_candidate(p_id, c.stage, c.stage_on);
end
$$;

-- By resolution of the branch.
create function chibo.enlist_candidate(p_id uuid, p_base_version int, p_resolution text, p_on date) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/Enlist'));
begin
	perform chibo.require_after(c, p_on, 'listed_on');
	update chibo.candidate x set listed_on = p_on, listing_resolution = p_resolution where x.id = p_id;
	perform chibo.step_candidate(p_id, 'listed', p_on);
end
$$;

-- A full member on his first day, of the same branch or the same grassroots organisation, and not the candidate.
create function chibo.require_mentor(c chibo.candidate, p_mentor uuid, p_from date) returns chibo.member
language plpgsql as $$
declare
	m chibo.member;
begin
	select x.* into m from chibo.member x where x.id = p_mentor and chibo.reaches(x.unit_id, x.unit_pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'mentor_id');
	elsif m.person_id = c.person_id then
		perform chibo.refuse(9, 'own_mentor', 'mentor_id');
	elsif chibo.status_on(m.status, m.full_on, p_from) <> 'full' then
		perform chibo.refuse(9, 'mentor_not_full', 'mentor_id', 'full_on=' || chibo.iso(m.full_on));
	elsif not exists (
		select from chibo.membership s
		where s.member_id = m.id and s.kind = 'primary' and chibo.covers(s.during, p_from)
		  and (s.unit_id = c.unit_id or s.feed_id = c.feed_id and s.feed_id <> auth.root_feed())) then
		perform chibo.refuse(9, 'mentor_elsewhere', 'mentor_id');
	end if;
	return m;
end
$$;

-- Long enough together, unless he takes the place of one who has ended; and not too many at a time.
create function chibo.require_mentor_terms(p_candidate uuid, p_since date, p_is_replacement boolean, p_from date)
returns void language plpgsql as $$
declare
	v_need int := chibo.rule_number('mentor.min_months_together', p_from);
	v_max int := chibo.rule_number('mentor.max', p_from);
	v_have interval := age(p_from, p_since);
begin
	if p_is_replacement and not exists (
		select from chibo.mentor_assignment a where a.candidate_id = p_candidate and upper(a.during) <= p_from) then
		perform chibo.refuse(9, 'nothing_to_replace', 'is_replacement');
	elsif not p_is_replacement and (p_since + make_interval(months => v_need))::date > p_from then
		perform chibo.refuse(9, 'mentor_months', 'together_since_on',
			format(e'have=%s\nneed=%s', extract(year from v_have) * 12 + extract(month from v_have), v_need));
	elsif v_max <= (select count(*) from chibo.mentor_assignment a
	                where a.candidate_id = p_candidate and a.during && daterange(p_from, null)) then
		perform chibo.refuse(9, 'mentor_max', 'mentor_id', 'max=' || v_max);
	end if;
end
$$;

create function chibo.assign_mentor(
	p_id uuid, p_base_version int, p_assignment uuid, p_mentor uuid, p_resolution text, p_since date,
	p_is_replacement boolean, p_from date) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/AssignMentor'));
	m chibo.member := chibo.require_mentor(c, p_mentor, p_from);
begin
	if c.stage = 'listed' then
		perform chibo.require_after(c, p_from, 'from_on');
	end if;
	perform chibo.require_mentor_terms(p_id, p_since, p_is_replacement, p_from);
	insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id,
		mentor_name, resolution, together_since_on, is_replacement, during)
	values (p_assignment, c.id, c.unit_id, c.unit_pos, c.feed_id, m.id, m.person_id,
		auth.full_name_of(m.person_id, 'mentor_id'), p_resolution, p_since, p_is_replacement, daterange(p_from, null));
	perform chibo.step_candidate(p_id, case when c.stage = 'listed' then 'mentored' else c.stage end, p_from);
end
$$;

-- One that has only begun lasts its first day.
create function chibo.end_mentors(p_candidate uuid, p_last date, p_reason text) returns void language sql as $$
	update chibo.mentor_assignment a set
		during = daterange(lower(a.during), greatest(p_last, lower(a.during)) + 1), reason_end = p_reason
	where a.candidate_id = p_candidate and upper_inf(a.during)
$$;

create function chibo.end_mentor(p_id uuid, p_base_version int, p_assignment uuid, p_last date, p_reason text)
returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/EndMentor'));
	a chibo.mentor_assignment;
begin
	select x.* into a from chibo.mentor_assignment x where x.id = p_assignment and x.candidate_id = c.id;
	if not found then
		perform chibo.refuse(5, 'not_found', 'assignment_id');
	elsif not upper_inf(a.during) then
		perform chibo.refuse(9, 'mentor_ended', 'assignment_id', 'until_on=' || chibo.last_day(a.during));
	elsif p_last < lower(a.during) then
		perform chibo.refuse(3, 'before_start', 'last_on', 'from_on=' || chibo.iso(lower(a.during)));
	end if;
	update chibo.mentor_assignment x set during = daterange(lower(a.during), p_last + 1), reason_end = p_reason
	where x.id = a.id;
	perform chibo.step_candidate(p_id, c.stage, c.stage_on);
end
$$;

create function chibo.suspend_candidate(p_id uuid, p_base_version int, p_reason text, p_on date) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/Suspend'));
begin
	perform chibo.require_after(c, p_on, 'from_on');
	perform chibo.step_candidate(p_id, 'suspended', p_on, p_reason);
end
$$;

-- His file is closed, nothing of him is due any more, and nobody helps him.
create function chibo.drop_candidate(p_id uuid, p_base_version int, p_reason text, p_on date) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/Drop'));
begin
	perform chibo.require_after(c, p_on, 'from_on');
	update chibo.admission_case x set outcome = 'dropped' where x.candidate_id = p_id and x.outcome is null;
	perform chibo.stop_clock(null, p_id, null, p_on);
	perform chibo.end_mentors(p_id, p_on, p_reason);
	perform chibo.step_candidate(p_id, 'dropped', p_on, p_reason);
end
$$;

-- On from where he waited; after a refusal with his mentors; one who was dropped begins again, on the list if he stood
-- there.
create function chibo.resume_candidate(p_id uuid, p_base_version int, p_reason text, p_on date) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/Resume'));
begin
	perform chibo.require_after(c, p_on, 'from_on');
	perform chibo.step_candidate(p_id,
		case when c.stage = 'suspended' then c.resume_stage when c.stage = 'refused' then 'mentored'
		     when c.listed_on is null then 'identified' else 'listed' end, p_on, p_reason);
end
$$;

-- The record of the person goes to the other branch, and takes along what lies below it.
create function chibo.move_candidate(p_id uuid, p_base_version int, p_unit uuid, p_from date) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('CandidateService/Move'));
	u chibo.unit := chibo.writing_unit(p_unit);
begin
	perform chibo.require_branch(u.id, p_from);
	if u.id = c.unit_id then
		perform chibo.refuse(9, 'candidate_same_unit', 'unit_id');
	end if;
	update chibo.person p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id
	where p.id = c.person_id;
	if u.feed_id <> c.feed_id then
		perform chibo.end_mentors(p_id, p_from - 1, 'Người được giúp đỡ chuyển sang tổ chức cơ sở đảng khác');
	end if;
	perform chibo.step_candidate(p_id, c.stage, c.stage_on);
end
$$;

grant execute on function chibo.stages_of, chibo.require_after, chibo.require_source_unit, chibo.require_source_person,
	chibo.require_person_codes, chibo.set_person_facts, chibo.create_candidate, chibo.update_candidate,
	chibo.enlist_candidate, chibo.require_mentor, chibo.require_mentor_terms, chibo.assign_mentor, chibo.end_mentors,
	chibo.end_mentor, chibo.suspend_candidate, chibo.drop_candidate, chibo.resume_candidate, chibo.move_candidate
	to chibo_app;

-- --- meetings ---

-- Whom a meeting's agenda is about belongs to its unit or to one below it.
create function chibo.require_candidate_below(p_unit uuid, p_candidate uuid, p_field text) returns void
language plpgsql as $$
begin
	if p_candidate is not null and not exists (
		select from chibo.candidate c join chibo.unit u on c.unit_pos between u.pos and u.last
		where c.id = p_candidate and u.id = p_unit and chibo.inside(c.unit_pos)) then
		perform chibo.refuse(5, 'not_found', p_field);
	end if;
end
$$;

-- Of a candidate of the branch that meets, by a member who helped him on the day of the meeting. A mentor reports in his
-- own name.
create function chibo.report_candidate(
	p_id uuid, p_meeting uuid, p_candidate uuid, p_mentor uuid, p_month text, p_strengths text, p_weaknesses text,
	p_comment text) returns void language plpgsql as $$
declare
	v_own uuid := chibo.mentoring(p_candidate);
	m chibo.meeting := chibo.lock_meeting(p_meeting, 'meeting_id', null, '{in_session}', v_own);
	c chibo.candidate;
	a chibo.mentor_assignment;
begin
	select x.* into c from chibo.candidate x
	where x.id = p_candidate and x.unit_id = m.unit_id and chibo.reaches(x.unit_id, x.unit_pos, null, v_own);
	if not found then
		perform chibo.refuse(5, 'not_found', 'candidate_id');
	end if;
	select x.* into a from chibo.mentor_assignment x
	where x.candidate_id = c.id and x.mentor_id = p_mentor and chibo.covers(x.during, coalesce(m.held_on, chibo.today()))
	  and (x.mentor_person_id = chibo.caller() or auth.reach_of('mentor_report') <> 'own');
	if not found then
		perform chibo.refuse(9, 'not_mentor', 'mentor_id');
	end if;
	insert into chibo.mentor_report (id, meeting_id, unit_id, unit_pos, candidate_id, candidate_name, mentor_id, mentor_name,
		month, strengths, weaknesses, branch_comment)
	values (p_id, m.id, m.unit_id, m.unit_pos, c.id, auth.full_name_of(c.person_id, 'candidate_id'), p_mentor, a.mentor_name,
		coalesce(p_month, m.period_month), p_strengths, p_weaknesses, p_comment);
	perform chibo.raise_meeting(m.id);
end
$$;

grant execute on function chibo.require_candidate_below, chibo.report_candidate to chibo_app;

-- --- awareness classes ---

-- Results of those whom the caller reaches.
create function chibo.class_rows(p_id uuid, p_from date, p_until date)
returns table (id uuid, version int, code text, name text, organiser text, from_on text, last_on text, sent int,
	certified int, failed int, begins_on date) language sql stable as $$
	select k.id, k.version, k.code, k.name, k.organiser, chibo.iso(lower(k.during)), chibo.last_day(k.during), n.sent,
	       n.certified, n.failed, lower(k.during)
	from chibo.awareness_class k
	cross join lateral (
		select count(*) filter (where a.result = 'sent')::int as sent,
		       count(*) filter (where a.result = 'certified')::int as certified,
		       count(*) filter (where a.result = 'failed')::int as failed
		from chibo.class_attendance a
		where a.class_id = k.id and chibo.reaches(a.unit_id, a.unit_pos, null, chibo.mentoring(a.candidate_id))
	) n
	where (p_id is null or k.id = p_id) and k.during && daterange(p_from, p_until, '[]')
$$;

create function chibo.class_record(p_id uuid)
returns table (id uuid, version int, code text, name text, organiser text, from_on text, last_on text, sent int,
	certified int, failed int) language sql stable as $$
	select r.id, r.version, r.code, r.name, r.organiser, r.from_on, r.last_on, r.sent, r.certified, r.failed
	from chibo.class_rows(p_id, null, null) r where p_id is not null
$$;

-- The newest first; those that begin on one day by their codes.
create function chibo.class_page(p_from date, p_until date, p_after text, p_limit int)
returns table (id uuid, version int, code text, name text, organiser text, from_on text, last_on text, sent int,
	certified int, failed int) language sql stable as $$
	select r.id, r.version, r.code, r.name, r.organiser, r.from_on, r.last_on, r.sent, r.certified, r.failed
	from chibo.class_rows(null, p_from, p_until) r
	where p_after is null or (-(r.begins_on - date '2000-01-01'), r.code) > (
		select -(lower(k.during) - date '2000-01-01'), k.code from chibo.awareness_class k where k.code = p_after)
	order by r.begins_on desc, r.code
	limit p_limit
$$;

create function chibo.class_participants(p_id uuid)
returns table (candidate_id uuid, full_name text, unit_path text, stage chibo.candidate_stage, result chibo.class_result,
	certificate_no text, issued_on text, valid_until_on text) language sql stable as $$
	select c.id, case when s.name then p.full_name end, auth.unit_path(c.unit_id, chibo.today()), c.stage, a.result,
	       case when s.name then a.certificate_no end, chibo.iso(a.issued_on), chibo.iso(a.valid_until_on)
	from chibo.class_attendance a
	join chibo.candidate c on c.id = a.candidate_id
	join chibo.person p on p.id = c.person_id
	cross join lateral (select chibo.sees_candidate(c.stage) as name) s
	where a.class_id = p_id and chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id))
	order by c.unit_pos, p.given_name collate "vi-x-icu", c.id
$$;

create function chibo.create_class(p_id uuid, p_code text, p_name text, p_organiser text, p_from date, p_last date)
returns void language plpgsql as $$
begin
	if p_last < p_from then
		perform chibo.refuse(3, 'before_start', 'last_on', 'from_on=' || chibo.iso(p_from));
	end if;
	insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
	values (p_id, auth.root_feed(), p_code, p_name, p_organiser, daterange(p_from, coalesce(p_last, p_from) + 1));
end
$$;

create function chibo.the_class(p_id uuid) returns chibo.awareness_class language plpgsql stable as $$
declare
	k chibo.awareness_class;
begin
	select x.* into k from chibo.awareness_class x where x.id = p_id;
	if not found then
		perform chibo.refuse(5, 'not_found', 'class_id');
	end if;
	return k;
end
$$;

-- Locks candidates for one step of all of them, each once, in an order in which no two such steps wait for each other.
create function chibo.lock_candidates(p_ids uuid[], p_method text, p_field text) returns setof chibo.candidate
language plpgsql as $$
declare
	v_stages chibo.candidate_stage[] := chibo.stages_of(p_method);
	v_n int := 0;
	c chibo.candidate;
begin
	if coalesce(cardinality(p_ids), 0) = 0 then
		perform chibo.refuse(3, 'required', p_field);
	end if;
	for c in select x.* from chibo.candidate x
	         where x.id = any (p_ids) and chibo.reaches(x.unit_id, x.unit_pos) order by x.id for update loop
		if c.stage <> all (v_stages) then
			perform chibo.refuse(9, 'candidate_stage', p_field, format(e'stage=%s\nid=%s', c.stage, c.id));
		end if;
		perform auth.require_not_own(c.person_id, p_field);
		v_n := v_n + 1;
		return next c;
	end loop;
	if v_n < (select count(*) from (select distinct x from unnest(p_ids) x) d) then
		perform chibo.refuse(5, 'not_found', p_field);
	elsif v_n < cardinality(p_ids) then
		perform chibo.refuse(3, 'twice', p_field);
	end if;
end
$$;

create function chibo.send_to_class(p_class uuid, p_candidates uuid[], p_on date) returns void language plpgsql as $$
declare
	k chibo.awareness_class := chibo.the_class(p_class);
	c chibo.candidate;
begin
	if p_on >= upper(k.during) then
		perform chibo.refuse(9, 'class_over', 'class_id', 'last_on=' || chibo.last_day(k.during));
	end if;
	for c in select x.* from chibo.lock_candidates(p_candidates, 'ClassService/Send', 'candidate_ids') x loop
		perform chibo.require_after(c, p_on, 'sent_on');
		insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id)
		values (c.id, k.id, c.unit_id, c.unit_pos, c.feed_id);
		perform chibo.step_candidate(c.id, 'in_class', p_on);
	end loop;
end
$$;

create type chibo.certificate_line as (candidate_id uuid, certified boolean, certificate_no text, issued_on date);

-- The result of one. A certificate is valid up to and with the day on which its clock runs out.
create function chibo.certify_candidate(k chibo.awareness_class, c chibo.candidate, l chibo.certificate_line) returns void
language plpgsql as $$
declare
	r chibo.rule_param := chibo.rule_on('awareness_cert.valid_months', l.issued_on);
begin
	if l.certified then
		update chibo.class_attendance a set
			result = 'certified', certificate_no = l.certificate_no, issued_on = l.issued_on,
			valid_until_on = chibo.day_after(l.issued_on, r.value::int, r.unit), rule_doc = r.legal_doc
		where a.class_id = k.id and a.candidate_id = c.id and a.result = 'sent';
	else
		update chibo.class_attendance a set result = 'failed'
		where a.class_id = k.id and a.candidate_id = c.id and a.result = 'sent';
	end if;
	if not found then
		perform chibo.refuse(9, 'not_in_class', 'lines', 'id=' || c.id);
	end if;
	perform chibo.step_candidate(c.id, case when l.certified then 'certified'::chibo.candidate_stage else 'mentored' end,
		l.issued_on);
	if l.certified then
		perform chibo.start_clock('certificate', c.id, null, l.issued_on);
	end if;
end
$$;

create function chibo.certify_class(p_class uuid, p_lines chibo.certificate_line[]) returns void language plpgsql as $$
declare
	k chibo.awareness_class := chibo.the_class(p_class);
	c chibo.candidate;
	l chibo.certificate_line;
begin
	for c in select x.* from chibo.lock_candidates(
	         array(select n.candidate_id from unnest(p_lines) n), 'ClassService/Certify', 'lines') x loop
		select n.* into l from unnest(p_lines) n where n.candidate_id = c.id;
		if l.certified is null then
			perform chibo.refuse(3, 'required', 'certified');
		elsif l.certified and l.certificate_no is null then
			perform chibo.refuse(3, 'required', 'certificate_no');
		elsif l.issued_on < lower(k.during) then
			perform chibo.refuse(3, 'before_start', 'issued_on', 'from_on=' || chibo.iso(lower(k.during)));
		end if;
		perform chibo.require_after(c, l.issued_on, 'issued_on');
		perform chibo.certify_candidate(k, c, l);
	end loop;
end
$$;

grant execute on function chibo.class_rows, chibo.class_record, chibo.class_page, chibo.class_participants,
	chibo.create_class, chibo.the_class, chibo.lock_candidates, chibo.send_to_class, chibo.certify_candidate,
	chibo.certify_class to chibo_app;

commit;
