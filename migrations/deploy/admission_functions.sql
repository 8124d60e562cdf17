-- Deploy chibo:admission_functions to pg
-- What is done with the file of an admission, from opening it to the ceremony.

begin;
set local role chibo_owner;

-- ---- what a step asks for ----

-- Whole months lived on a day: born on 29 February, one is a year older on the 28th of the years between.
create function chibo.age_months(p_born date, p_day date) returns int language sql immutable as $$
	select n - case when p_born + make_interval(months => n) > p_day then 1 else 0 end
	from (select ((extract(year from p_day) - extract(year from p_born)) * 12
		+ extract(month from p_day) - extract(month from p_born))::int as n) m
$$;

create function chibo.require_age(p_person uuid, p_day date, p_exception text) returns void language plpgsql as $$
declare
	v_born text := (select p.born_on from chibo.person p where p.id = p_person);
	v_months int;
	v_min int := (chibo.rule_on('admission.min_age_months', p_day)).value;
	v_max int := (chibo.rule_on('admission.max_age_months', p_day)).value;
begin
	if v_born is null or not chibo.is_day(v_born) then
		perform chibo.refuse(9, 'born_on_required', 'id');
	end if;
	v_months := chibo.age_months(v_born::date, p_day);
	if v_months < v_min then
		perform chibo.refuse(9, 'too_young', 'id', format(e'have=%s\nneed=%s', v_months, v_min));
	elsif v_months > v_max and p_exception is null then
		perform chibo.refuse(9, 'too_old', 'exception', format(e'have=%s\nmax=%s', v_months, v_max));
	end if;
end
$$;

create function chibo.require_education(p_person uuid, p_day date, p_exception text) returns void language plpgsql as $$
declare
	v_least text := (chibo.rule_on('admission.min_education', p_day)).value;
	v_level text := (select p.education_level from chibo.person p where p.id = p_person);
begin
	if v_level is null then
		perform chibo.refuse(9, 'education_required', 'id');
	elsif p_exception is null and (
		select have.order_no < need.order_no from chibo.code have, chibo.code need
		where have.list = 'education_level' and have.code = v_level and need.list = have.list and need.code = v_least) then
		perform chibo.refuse(9, 'education_below', 'exception', format(e'have=%s\nneed=%s', v_level, v_least));
	end if;
end
$$;

-- Days under a mentor count whoever it was; without one today the file waits.
create function chibo.require_mentored(p_candidate uuid, p_day date) returns void language plpgsql as $$
declare
	v_months int := (chibo.rule_on('mentor.min_months_together', p_day)).value;
	v_need int := p_day - (p_day - make_interval(months => v_months))::date;
	v_have int;
begin
	if not exists (select from chibo.mentor_assignment m where m.candidate_id = p_candidate and m.during @> p_day) then
		perform chibo.refuse(9, 'mentor_required', 'id');
	end if;
	select sum(upper(r) - lower(r)) into v_have
	from unnest((select range_agg(m.during * daterange(null, p_day)) from chibo.mentor_assignment m
	             where m.candidate_id = p_candidate)) r
	where not isempty(r);
	if coalesce(v_have, 0) < v_need then
		perform chibo.refuse(9, 'helped_months', 'id', format(e'have_days=%s\nneed_months=%s', coalesce(v_have, 0), v_months));
	end if;
end
$$;

-- The certificate that is valid longest.
create function chibo.require_certificate(p_candidate uuid, p_day date) returns chibo.class_attendance language plpgsql as $$
declare
	a chibo.class_attendance;
begin
	select x.* into a from chibo.class_attendance x
	where x.candidate_id = p_candidate and x.result = 'certified' order by x.valid_until_on desc limit 1;
	if not found then
		perform chibo.refuse(9, 'certificate_required', 'id');
	elsif a.valid_until_on < p_day then
		perform chibo.refuse(9, 'certificate_expired', 'id', 'valid_until_on=' || chibo.iso(a.valid_until_on));
	end if;
	return a;
end
$$;

-- Whether a vote counts for a step: of its unit and purpose, about this record, on paper, in the round that is due. It
-- may have failed.
create function chibo.require_ballot(p_vote uuid, p_purpose chibo.vote_purpose, p_unit uuid, p_subject uuid, p_round int)
returns chibo.vote_item language plpgsql as $$
declare
	v chibo.vote_item;
begin
	select x.* into v from chibo.vote_item x
	where x.id = p_vote and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id);
	if not found then
		perform chibo.refuse(5, 'not_found', 'vote_id');
	elsif (v.purpose, v.unit_id) <> (p_purpose, p_unit) or v.subject_id is distinct from p_subject then
		perform chibo.refuse(9, 'vote_on_other', 'vote_id', format(e'purpose=%s\nsubject=%s', v.purpose, v.subject));
	elsif v.method = 'hand' then
		perform chibo.refuse(9, 'ballot_or_card', 'vote_id');
	elsif v.round <> p_round then
		perform chibo.refuse(9, 'round_order', 'vote_id', 'next=' || p_round);
	elsif p_purpose in ('admission_committee', 'recognition_committee')
	      and not exists (select from chibo.meeting m where m.id = v.meeting_id and m.kind = 'committee') then
		perform chibo.refuse(9, 'not_committee', 'vote_id');
	end if;
	return v;
end
$$;

-- Whoever decides acts in a grant of the unit that has the power.
create function chibo.require_decider(p_unit uuid) returns void language plpgsql as $$
declare
	v_decider uuid := auth.decider_of(p_unit);
begin
	if chibo.acting_unit() is distinct from v_decider then
		perform chibo.refuse(9, 'not_decider', 'id', 'unit=' || coalesce(auth.unit_name_of(v_decider), ''));
	end if;
end
$$;

-- ---- opening, papers ----

create function chibo.open_file(p_id uuid, p_base_version int, p_case uuid, p_on date, p_exception text) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/OpenFile'));
	a chibo.class_attendance := chibo.require_certificate(p_id, p_on);
begin
	perform chibo.require_age(c.person_id, p_on, p_exception), chibo.require_education(c.person_id, p_on, p_exception),
		chibo.require_mentored(c.id, p_on);
	insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by, exception)
	values (p_case, c.id, c.unit_id, c.unit_pos, c.feed_id, p_on, chibo.caller(), p_exception);
	insert into chibo.file_paper (case_id, type, candidate_id, unit_id, unit_pos, feed_id, dated_on, valid_until_on, reference,
		custodian)
	values (p_case, 'awareness_certificate', c.id, c.unit_id, c.unit_pos, c.feed_id, a.issued_on, a.valid_until_on,
		a.certificate_no, auth.unit_name_of(c.unit_id));
	perform chibo.start_clock('consider_file', c.id, null, p_on), chibo.step_candidate(c.id, 'file_open', p_on);
end
$$;

-- A file that has lain too long begins anew: the letters are written again, the papers that stay valid stay.
create function chibo.renew_file(p_id uuid, p_base_version int, p_on date, p_reason text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/RenewFile'));
begin
	delete from chibo.file_paper p using chibo.paper_type t
	where p.case_id = (chibo.open_case(c.id)).id and t.code = p.type and t.is_renewed;
	update chibo.admission_case x set opened_on = p_on where x.candidate_id = c.id and x.outcome is null;
	perform chibo.start_clock('consider_file', c.id, null, p_on), chibo.step_candidate(c.id, 'file_open', p_on, p_reason);
end
$$;

-- Whether the step that asks for a paper is behind the file.
create function chibo.paper_is_used(t chibo.paper_type, p_stage chibo.candidate_stage) returns boolean language sql stable as $$
	select coalesce(p_stage > max(a.state::chibo.candidate_stage), false)
	from chibo.action a where a.entity = 'candidate' and a.method = t.needed_for
$$;

create function chibo.paper_type_of(p_kind chibo.file_kind, p_type text) returns chibo.paper_type language plpgsql stable as $$
declare
	t chibo.paper_type;
begin
	select x.* into t from chibo.paper_type x where x.code = p_type and x.kind = p_kind;
	if not found then
		perform chibo.refuse(5, 'unknown_code', 'type', format(e'list=paper_type\nvalue=%s', left(p_type, 40)));
	end if;
	return t;
end
$$;

-- The last day on which a paper of this kind is good; null: it stays good.
create function chibo.paper_valid_until(t chibo.paper_type, p_dated date) returns date language sql stable as $$
	select chibo.day_after(p_dated, r.value::int, r.unit) from chibo.rule_on(t.valid_rule, p_dated) r
	where t.valid_rule is not null
$$;

-- Puts a paper into the file in place of an earlier one; without a day it is taken out.
create function chibo.set_case_paper(p_id uuid, p_base_version int, p_type text, p_dated date, p_valid_until date,
                                     p_reference text, p_custodian text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/SetPaper'));
	v_case uuid := (chibo.open_case(c.id)).id;
	t chibo.paper_type := chibo.paper_type_of('admission', p_type);
begin
	if p_dated is null and chibo.paper_is_used(t, c.stage) then
		perform chibo.refuse(9, 'paper_in_use', 'type');
	elsif p_dated is not null and p_custodian is null then
		perform chibo.refuse(3, 'required', 'custodian');
	end if;
	delete from chibo.file_paper p where p.case_id = v_case and p.type = p_type;
	insert into chibo.file_paper (case_id, type, candidate_id, unit_id, unit_pos, feed_id, dated_on, valid_until_on, reference,
		custodian)
	select v_case, p_type, c.id, c.unit_id, c.unit_pos, c.feed_id, p_dated,
	       coalesce(p_valid_until, chibo.paper_valid_until(t, p_dated)), p_reference, p_custodian
	where p_dated is not null;
	perform chibo.step_candidate(c.id, c.stage, c.stage_on);
end
$$;

-- ---- background checks ----

create function chibo.request_checks(p_id uuid, p_base_version int, p_ids uuid[], p_subjects chibo.check_subject[],
                                     p_places text[], p_on date) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/RequestChecks'));
	v_case uuid := (chibo.open_case(c.id)).id;
begin
	if 'self' <> all (coalesce(p_subjects, '{}')) then
		perform chibo.refuse(3, 'self_missing', 'checks');
	end if;
	perform chibo.require_papers(v_case, null, 'AdmissionService/RequestChecks', p_on);
	insert into chibo.background_check (id, candidate_id, case_id, unit_id, unit_pos, feed_id, subject, place, asked_on)
	select l.id, c.id, v_case, c.unit_id, c.unit_pos, c.feed_id, l.subject, l.place, p_on
	from unnest(p_ids, p_subjects, p_places) as l (id, subject, place);
	perform chibo.step_candidate(c.id, 'checking', p_on);
end
$$;

create function chibo.answer_check(p_id uuid, p_base_version int, p_check uuid, p_on date, p_conclusion chibo.check_conclusion)
returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/AnswerCheck'));
	b chibo.background_check;
begin
	select x.* into b from chibo.background_check x where x.id = p_check and x.candidate_id = c.id;
	if not found then
		perform chibo.refuse(5, 'not_found', 'check_id');
	elsif b.answered_on is not null then
		perform chibo.refuse(9, 'answered_before', 'check_id');
	end if;
	update chibo.background_check x set answered_on = p_on, conclusion = p_conclusion where x.id = b.id;
	perform chibo.step_candidate(c.id, c.stage, c.stage_on);
end
$$;

-- An inspection reads with an open file, which the statements ask for; everybody else by his permission's scope.
create function chibo.reads_checks(p_pos int) returns boolean language sql stable parallel safe as $$
	select chibo.inside(p_pos) and coalesce(current_setting('app.reach', true) in ('scope', 'inspection'), false)
$$;

-- By nobody who helps the candidate.
create function chibo.conclude_checks(p_id uuid, p_base_version int, p_on date) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/ConcludeChecks'));
	v_case uuid := (chibo.open_case(c.id)).id;
	k record;
begin
	if exists (select from chibo.mentor_assignment m where m.candidate_id = c.id and m.mentor_person_id = chibo.caller()) then
		perform chibo.refuse(9, 'mentor_confirms', 'id');
	end if;
	select count(*) filter (where b.answered_on is null) as open, coalesce(bool_or(b.conclusion = 'not_eligible'), false) as bad,
	       coalesce(bool_or(b.conclusion = 'needs_upper_opinion'), false) as unsure
	into k from chibo.background_check b where b.case_id = v_case;
	if k.open > 0 then
		perform chibo.refuse(9, 'checks_open', 'id', 'count=' || k.open);
	elsif k.bad then
		perform chibo.refuse(9, 'not_eligible', 'id');
	elsif k.unsure and not exists (select from chibo.file_paper p where p.case_id = v_case and p.type = 'upper_opinion') then
		perform chibo.refuse(9, 'upper_opinion_needed', 'id');
	end if;
	perform chibo.require_papers(v_case, null, 'AdmissionService/ConcludeChecks', p_on);
	update chibo.admission_case x set conclusion_by = chibo.caller() where x.id = v_case;
	perform chibo.step_candidate(c.id, 'checked', p_on);
end
$$;

create function chibo.collect_opinions(p_id uuid, p_base_version int, p_on date) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/CollectOpinions'));
begin
	perform chibo.require_papers((chibo.open_case(c.id)).id, null, 'AdmissionService/CollectOpinions', p_on),
		chibo.step_candidate(c.id, 'ready', p_on);
end
$$;

-- ---- votes ----

-- The branch has approved: from its resolution the decision is due.
create function chibo.approve_in_branch(c chibo.candidate, p_on date, p_vote uuid, p_resolution text) returns void
language plpgsql as $$
begin
	update chibo.admission_case x set branch_vote_id = p_vote, branch_on = p_on, branch_resolution = p_resolution
	where x.candidate_id = c.id and x.outcome is null;
	perform chibo.stop_clock('consider_file', c.id, null, p_on), chibo.stop_clock('certificate', c.id, null, p_on),
		chibo.start_clock('decide', c.id, null, p_on), chibo.step_candidate(c.id, 'branch_approved', p_on);
end
$$;

-- Short of the ratio as often as the rule allows: the committee above decides.
create function chibo.fail_in_branch(c chibo.candidate, x chibo.admission_case, p_on date) returns void language plpgsql as $$
begin
	if x.round >= (chibo.rule_on('vote.deadlock_rounds', p_on)).value::int then
		perform chibo.step_candidate(c.id, 'escalated', p_on);
	else
		update chibo.admission_case y set round = x.round + 1 where y.id = x.id;
		perform chibo.step_candidate(c.id, c.stage, c.stage_on);
	end if;
end
$$;

create function chibo.vote_in_branch(p_id uuid, p_base_version int, p_vote uuid, p_resolution text) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/BranchVote'));
	x chibo.admission_case := chibo.open_case(c.id);
	v chibo.vote_item := chibo.require_ballot(p_vote, 'admission', c.unit_id, x.id, x.round);
	v_on date := chibo.day_of(v.voted_at);
	v_last date := (select k.due_on from chibo.clock k
	                where k.candidate_id = c.id and k.kind = 'consider_file' and k.stopped_on is null);
begin
	if v_on > v_last then
		perform chibo.refuse(9, 'file_expired', 'id', 'due_on=' || chibo.iso(v_last));
	end if;
	perform chibo.require_age(c.person_id, v_on, x.exception), chibo.require_certificate(c.id, v_on),
		chibo.require_papers(x.id, null, 'AdmissionService/CollectOpinions', v_on);
	if v.passed then
		perform chibo.approve_in_branch(c, v_on, v.id, p_resolution);
	else
		perform chibo.fail_in_branch(c, x, v_on);
	end if;
end
$$;

create function chibo.resolve_deadlock(p_id uuid, p_base_version int, p_approve boolean, p_doc text, p_on date, p_reason text)
returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/Resolve'));
begin
	if p_approve then
		perform chibo.approve_in_branch(c, p_on, null, p_doc);
	elsif p_reason is null then
		perform chibo.refuse(3, 'required', 'reason');
	else
		update chibo.admission_case x set outcome = 'dropped' where x.candidate_id = c.id and x.outcome is null;
		perform chibo.stop_clock(null, c.id, null, p_on), chibo.step_candidate(c.id, 'dropped', p_on, p_reason);
	end if;
end
$$;

-- Of a branch that is itself the grassroots organisation its own vote is the vote of both.
create function chibo.vote_in_committee(p_id uuid, p_base_version int, p_vote uuid, p_resolution text) returns void
language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/GrassrootsVote'));
	x chibo.admission_case := chibo.open_case(c.id);
	v chibo.vote_item;
	v_on date;
begin
	if c.unit_id = c.feed_id then
		v := chibo.require_ballot(p_vote, 'admission', c.unit_id, x.id, x.round);
	else
		v := chibo.require_ballot(p_vote, 'admission_committee', c.feed_id, x.id, x.committee_round);
	end if;
	v_on := chibo.day_of(v.voted_at);
	perform chibo.require_papers(x.id, null, 'AdmissionService/GrassrootsVote', v_on);
	if v.passed then
		update chibo.admission_case y set committee_vote_id = v.id, committee_on = v_on, committee_resolution = p_resolution
		where y.id = x.id;
		perform chibo.step_candidate(c.id, 'grassroots_approved', v_on);
	else
		update chibo.admission_case y set committee_round = x.committee_round + 1 where y.id = x.id;
		perform chibo.step_candidate(c.id, c.stage, c.stage_on);
	end if;
end
$$;

-- ---- upward, and back ----

create function chibo.submit_file(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/Submit'));
begin
	perform chibo.require_papers((chibo.open_case(c.id)).id, null, 'AdmissionService/Submit', chibo.today());
	update chibo.admission_case x set submitted_by = chibo.caller(), submitted_at = now(), appraised_by = null, appraisal = null
	where x.candidate_id = c.id and x.outcome is null;
	perform chibo.step_candidate(c.id, 'under_review', chibo.today());
end
$$;

-- What a step back takes from the file: the approval that it undoes, with its clock. A vote that passed may be used again.
create function chibo.undo_step(c chibo.candidate) returns void language plpgsql as $$
declare
	x chibo.admission_case := chibo.open_case(c.id);
begin
	if c.stage = 'branch_approved' then
		update chibo.admission_case y set branch_vote_id = null, branch_on = null, branch_resolution = null where y.id = x.id;
		perform chibo.stop_clock('decide', c.id, null, chibo.today()), chibo.start_clock('consider_file', c.id, null, x.opened_on);
		perform chibo.start_clock('certificate', c.id, null, a.issued_on) from chibo.require_certificate(c.id, x.opened_on) a;
	elsif c.stage = 'grassroots_approved' then
		update chibo.admission_case y set committee_vote_id = null, committee_on = null, committee_resolution = null where y.id = x.id;
	elsif c.stage = 'under_review' then
		update chibo.admission_case y set submitted_by = null, submitted_at = null where y.id = x.id;
	end if;
end
$$;

create function chibo.send_file_back(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/SendBack'));
begin
	perform chibo.undo_step(c), chibo.step_candidate(c.id, (case c.stage
		when 'checking' then 'file_open' when 'checked' then 'checking' when 'ready' then 'checked'
		when 'branch_approved' then 'ready' else 'branch_approved' end)::chibo.candidate_stage, chibo.today(), p_reason);
end
$$;

create function chibo.return_file(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/ReturnFile'));
begin
	perform chibo.undo_step(c), chibo.step_candidate(c.id, 'grassroots_approved', chibo.today(), p_reason);
end
$$;

-- ---- the decision ----

create function chibo.appraise_file(p_id uuid, p_base_version int, p_appraisal text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/Appraise'));
begin
	update chibo.admission_case x set appraised_by = chibo.caller(), appraisal = p_appraisal
	where x.candidate_id = c.id and x.outcome is null;
	perform chibo.step_candidate(c.id, c.stage, c.stage_on);
end
$$;

create function chibo.extend_decision(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/Extend'));
begin
	perform chibo.require_decider(c.unit_id), chibo.extend_clock('decide', c.id, null, chibo.today(), p_reason),
		chibo.step_candidate(c.id, c.stage, c.stage_on);
end
$$;

-- By nobody who submitted or appraised it. Where the grassroots committee itself decides there is no board to appraise.
create function chibo.decide_admission(p_id uuid, p_base_version int, p_admit boolean, p_doc text, p_on date, p_reason text)
returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/Decide'));
	x chibo.admission_case := chibo.open_case(c.id);
begin
	perform chibo.require_decider(c.unit_id);
	if chibo.caller() in (x.submitted_by, x.appraised_by) then
		perform chibo.refuse(9, 'own_proposal', 'id');
	elsif x.appraised_by is null and auth.decider_of(c.unit_id) <> c.feed_id then
		perform chibo.refuse(9, 'not_appraised', 'id');
	elsif not p_admit and p_reason is null then
		perform chibo.refuse(3, 'required', 'reason');
	end if;
	update chibo.admission_case y set decision_doc = p_doc, decision_on = p_on, decided_by = chibo.caller(),
		decider_id = auth.decider_of(c.unit_id), outcome = case when not p_admit then 'refused'::chibo.case_outcome end
	where y.id = x.id;
	perform chibo.stop_clock('decide', c.id, null, p_on),
		chibo.step_candidate(c.id, case when p_admit then 'decided' else 'refused' end::chibo.candidate_stage, p_on, p_reason);
end
$$;

create function chibo.receive_decision(p_id uuid, p_base_version int, p_on date) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/Receive'));
begin
	update chibo.admission_case x set received_on = p_on where x.candidate_id = c.id and x.outcome is null;
	perform chibo.start_clock('ceremony', c.id, null, p_on), chibo.step_candidate(c.id, c.stage, c.stage_on);
end
$$;

-- ---- the ceremony ----

-- An item of the agenda of a meeting that this branch held on the day.
create function chibo.require_ceremony(p_meeting uuid, p_unit uuid, p_case uuid, p_on date) returns void language plpgsql as $$
begin
	if not exists (select from chibo.meeting m where m.id = p_meeting and m.unit_id = p_unit) then
		perform chibo.refuse(5, 'not_found', 'meeting_id');
	elsif not exists (select from chibo.meeting m join chibo.agenda_item i on i.meeting_id = m.id
	                  where m.id = p_meeting and m.held_on = p_on and i.kind = 'ceremony' and i.admission_case_id = p_case) then
		perform chibo.refuse(9, 'ceremony_not_on_agenda', 'meeting_id');
	end if;
end
$$;

create function chibo.admit_member(c chibo.candidate, x chibo.admission_case, p_member uuid, p_place uuid, p_on date, p_biography text)
returns void language sql as $$
	insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no,
		works_away)
	values (p_member, c.person_id, c.unit_id, c.unit_pos, c.feed_id, false, 'probationary', x.decision_on, p_on, p_biography,
		c.works_away);
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	values (p_place, p_member, c.unit_id, c.unit_pos, c.feed_id, 'primary', daterange(p_on, null));
$$;

create function chibo.hold_ceremony(p_id uuid, p_base_version int, p_meeting uuid, p_on date, p_member uuid, p_place uuid,
                                    p_biography text, p_consent text) returns void language plpgsql as $$
declare
	c chibo.candidate := chibo.lock_candidate(p_id, p_base_version, chibo.stages_of('AdmissionService/HoldCeremony'));
	x chibo.admission_case := chibo.open_case(c.id);
	v_last date := (select k.due_on from chibo.clock k
	                where k.candidate_id = c.id and k.kind = 'ceremony' and k.stopped_on is null);
begin
	if x.received_on is null then
		perform chibo.refuse(9, 'decision_not_received', 'id');
	elsif p_on > v_last and p_consent is null then
		perform chibo.refuse(9, 'consent_required', 'consent', 'due_on=' || chibo.iso(v_last));
	end if;
	perform chibo.require_ceremony(p_meeting, c.unit_id, x.id, p_on), chibo.admit_member(c, x, p_member, p_place, p_on, p_biography);
	update chibo.admission_case y set held_on = p_on, meeting_id = p_meeting, consent = p_consent, member_id = p_member,
		outcome = 'admitted'
	where y.id = x.id;
	perform chibo.stop_clock(null, c.id, null, p_on), chibo.step_candidate(c.id, 'probationary', p_on);
end
$$;

grant execute on function chibo.age_months, chibo.require_age, chibo.require_education, chibo.require_mentored,
	chibo.require_certificate, chibo.require_ballot, chibo.require_decider, chibo.open_file, chibo.renew_file,
	chibo.paper_is_used, chibo.paper_type_of, chibo.paper_valid_until, chibo.set_case_paper, chibo.request_checks, chibo.answer_check, chibo.reads_checks,
	chibo.conclude_checks, chibo.collect_opinions, chibo.approve_in_branch, chibo.fail_in_branch, chibo.vote_in_branch,
	chibo.resolve_deadlock, chibo.vote_in_committee, chibo.submit_file, chibo.undo_step, chibo.send_file_back,
	chibo.return_file, chibo.appraise_file, chibo.extend_decision, chibo.decide_admission, chibo.receive_decision,
	chibo.require_ceremony, chibo.admit_member, chibo.hold_ceremony to chibo_app;
grant execute on function chibo.age_months to chibo_auth;

commit;
