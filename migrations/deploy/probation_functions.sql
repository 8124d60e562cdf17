-- Deploy chibo:probation_functions to pg
-- From the first day of probation to the decision.

begin;
set local role chibo_owner;

-- Full membership never begins before the end of probation, whoever writes it.
create function chibo.keep_full_on() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_due date := (select p.due_on from probation p where p.id = new.id);
begin
	if new.full_on < v_due then
		perform refuse(9, 'probation_running', 'full_on', 'due_on=' || iso(v_due));
	end if;
	return new;
end
$$;
create trigger keep_full_on before update of full_on on chibo.member
	for each row when (new.full_on is not null) execute function chibo.keep_full_on();

-- --- what is told ---

-- The latest reminder that has been reached, in working days from the end: -60, -30, 0, 10 by the rule. Before the end by
-- the working days that are left, after it by those that have passed.
create function chibo.reminder_at(p_left int, p_is_over boolean, p_marks int[]) returns int language sql immutable as $$
	select max(n) from unnest(p_marks) n where p_left <= -n and (n < 0 or p_is_over)
$$;
create function chibo.reminder(p_due date, p_day date, p_rule text) returns int language sql stable as $$
	select chibo.reminder_at(chibo.working_days(p_day, p_due), p_day >= p_due, string_to_array(p_rule, ',')::int[])
$$;

create function chibo.remind_days(p_day date) returns text language sql stable as $$
	select (chibo.rule_on('full_recognition.remind_days', p_day)).value
$$;

-- As statements show them. What waits for nothing more is not reminded of.
create view chibo.probation_sheet with (security_invoker = true) as
	select p.id, p.version, p.unit_id, auth.unit_path(p.unit_id, chibo.today()) as unit_path,
	       case when chibo.sees_names() then s.full_name end as full_name, chibo.iso(p.joined_on) as joined_on,
	       chibo.iso(p.due_on) as due_on, p.state, o.is_open and p.due_on <= chibo.today() as is_due,
	       case when o.is_open then chibo.reminder(p.due_on, chibo.today(), chibo.remind_days(chibo.today())) end as reminder,
	       case when o.is_open then chibo.working_days(chibo.today(), p.due_on) end as working_days_left,
	       p.round, chibo.iso(p.branch_on) as branch_on, p.branch_resolution, p.committee_round,
	       chibo.iso(p.committee_on) as committee_on, p.committee_resolution, p.submitted_at as submitted_at_us,
	       p.decision_doc, chibo.iso(p.decision_on) as decision_on, chibo.iso(m.full_on) as full_on,
	       chibo.iso(p.removal_on) as removal_on, case when chibo.sees_names() then p.reason end as reason,
	       p.due_on as due, p.unit_pos as pos
	from chibo.probation p
	join chibo.member m on m.id = p.id
	join chibo.person s on s.id = m.person_id
	cross join lateral (select p.state not in ('recognised', 'ended') as is_open) o;
grant select on chibo.probation_sheet to chibo_app;

create function chibo.probation_papers(p_id uuid)
returns table (type text, type_name text, is_there boolean, needed_for text, dated_on text, valid_until_on text,
	reference text, custodian text) language sql stable as $$
	select t.code, t.name, f.type is not null, t.needed_for, chibo.iso(f.dated_on), chibo.iso(f.valid_until_on),
	       f.reference, f.custodian
	from chibo.probation p
	join chibo.paper_type t on t.kind = 'recognition'
	left join chibo.file_paper f on f.member_id = p.id and f.type = t.code
	where p.id = p_id and chibo.reaches(p.unit_id, p.unit_pos) and chibo.sees_file()
	order by t.order_no
$$;

create function chibo.probation_actions(p_id uuid) returns table (method text) language sql stable as $$
	select a.method
	from chibo.probation p cross join lateral auth.next_actions('probation', p.state::text, p.unit_id) a
	where p.id = p_id and chibo.inside(p.unit_pos)
$$;

-- --- steps ---

-- Locks a probation for a method from this version, in one of its states.
create function chibo.lock_probation(p_id uuid, p_base_version int, p_method text)
returns chibo.probation language plpgsql as $$
declare
	p chibo.probation;
begin
	select x.* into p from chibo.probation x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif p.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || p.version);
	elsif p.state::text <> all (chibo.states_of('probation', p_method)) then
		perform chibo.refuse(9, 'probation_state', 'id', 'state=' || p.state);
	end if;
	perform auth.require_not_own(m.person_id, 'id') from chibo.member m where m.id = p_id;
	return p;
end
$$;

-- What has been voted is written down by a number.
create function chibo.require_resolution(p_passed boolean, p_resolution text) returns void language plpgsql as $$
begin
	if p_passed and p_resolution is null then
		perform chibo.refuse(3, 'required', 'resolution');
	end if;
end
$$;

-- Puts a paper into the file in place of an earlier one; without a day it is taken out, while the branch has not voted.
create function chibo.set_probation_paper(p_id uuid, p_base_version int, p_type text, p_dated date, p_reference text,
	p_custodian text) returns void language plpgsql as $$
declare
	p chibo.probation := chibo.lock_probation(p_id, p_base_version, 'ProbationService/SetPaper');
	t chibo.paper_type := chibo.paper_type_of('recognition', p_type);
begin
	if p_dated is null and p.state <> 'running' then
		perform chibo.refuse(9, 'paper_in_use', 'type');
	elsif p_dated is not null and p_custodian is null then
		perform chibo.refuse(3, 'required', 'custodian');
	elsif p_dated < p.joined_on then
		perform chibo.refuse(3, 'before_joined', 'dated_on', 'joined_on=' || chibo.iso(p.joined_on));
	end if;
	delete from chibo.file_paper f where f.member_id = p_id and f.type = t.code;
	insert into chibo.file_paper (member_id, type, unit_id, unit_pos, feed_id, dated_on, valid_until_on, reference, custodian)
	select p.id, t.code, p.unit_id, p.unit_pos, p.feed_id, p_dated, chibo.paper_valid_until(t, p_dated), p_reference, p_custodian
	where p_dated is not null;
	update chibo.probation x set version = x.version + 1 where x.id = p_id;
end
$$;

-- The branch considers after the end of probation. Short of two thirds the next round is due; from the day of the vote
-- that passed runs the time of whoever decides.
create function chibo.vote_on_probation(p_id uuid, p_base_version int, p_vote uuid, p_resolution text) returns void
language plpgsql as $$
declare
	p chibo.probation := chibo.lock_probation(p_id, p_base_version, 'ProbationService/BranchVote');
	v chibo.vote_item := chibo.require_ballot(p_vote, 'recognition', p.unit_id, p.id, p.round);
	v_on date := chibo.day_of(v.voted_at);
begin
	if v_on < p.due_on then
		perform chibo.refuse(9, 'probation_running', 'vote_id', 'due_on=' || chibo.iso(p.due_on));
	end if;
	perform chibo.require_papers(null, p_id, 'ProbationService/BranchVote', v_on);
	perform chibo.require_resolution(v.passed, p_resolution);
	if not v.passed then
		update chibo.probation x set version = x.version + 1, round = x.round + 1 where x.id = p_id;
		return;
	end if;
	update chibo.probation x set version = x.version + 1, state = 'branch_approved', branch_vote_id = p_vote,
		branch_on = v_on, branch_resolution = p_resolution, reason = null where x.id = p_id;
	perform chibo.stop_clock('probation', null, p_id, v_on), chibo.stop_clock('consider_full', null, p_id, v_on);
	perform chibo.start_clock('decide_full', null, p_id, v_on);
end
$$;

-- The vote of the grassroots committee; of a branch that is itself the grassroots organisation its own vote is both.
create function chibo.committee_vote(p chibo.probation, p_vote uuid) returns chibo.vote_item language sql as $$
	select case when p.unit_id = p.feed_id then chibo.require_ballot(p_vote, 'recognition', p.unit_id, p.id, p.round)
	            else chibo.require_ballot(p_vote, 'recognition_committee', p.feed_id, p.id, p.committee_round) end
$$;

create function chibo.committee_vote_on_probation(p_id uuid, p_base_version int, p_vote uuid, p_resolution text) returns void
language plpgsql as $$
declare
	p chibo.probation := chibo.lock_probation(p_id, p_base_version, 'ProbationService/GrassrootsVote');
	v chibo.vote_item := chibo.committee_vote(p, p_vote);
	v_on date := chibo.day_of(v.voted_at);
begin
	perform chibo.require_papers(null, p_id, 'ProbationService/GrassrootsVote', v_on);
	perform chibo.require_resolution(v.passed, p_resolution);
	if not v.passed then
		update chibo.probation x set version = x.version + 1, committee_round = x.committee_round + 1 where x.id = p_id;
		return;
	end if;
	update chibo.probation x set version = x.version + 1, state = 'grassroots_approved', committee_vote_id = p_vote,
		committee_on = v_on, committee_resolution = p_resolution, reason = null where x.id = p_id;
end
$$;

create function chibo.submit_probation(p_id uuid, p_base_version int) returns void language plpgsql as $$
begin
	perform chibo.lock_probation(p_id, p_base_version, 'ProbationService/Submit');
	perform chibo.require_papers(null, p_id, 'ProbationService/Submit', chibo.today());
	update chibo.probation x set version = x.version + 1, state = 'under_review', submitted_by = chibo.caller(),
		submitted_at = now(), reason = null where x.id = p_id;
end
$$;

-- Back with the branch, whose deadlines run on as if they had never stood still.
create function chibo.reopen_probation(p_id uuid, p_reason text) returns void language sql as $$
	select chibo.stop_clock(null, null, p_id, chibo.today());
	update chibo.clock c set stopped_on = null where c.member_id = p_id and c.kind in ('probation', 'consider_full');
	update chibo.probation x set version = x.version + 1, state = 'running', reason = p_reason, removal_on = null,
		branch_vote_id = null, branch_on = null, branch_resolution = null,
		committee_vote_id = null, committee_on = null, committee_resolution = null,
		submitted_by = null, submitted_at = null, decided_by = null, decision_on = null, decision_doc = null
	where x.id = p_id
$$;

-- One step back: what the step wrote is written no more.
create function chibo.send_probation_back(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	p chibo.probation := chibo.lock_probation(p_id, p_base_version, 'ProbationService/SendBack');
begin
	if p.state = 'branch_approved' then
		perform chibo.reopen_probation(p_id, p_reason);
	elsif p.state = 'grassroots_approved' then
		update chibo.probation x set version = x.version + 1, state = 'branch_approved', reason = p_reason,
			committee_vote_id = null, committee_on = null, committee_resolution = null where x.id = p_id;
	else
		update chibo.probation x set version = x.version + 1, state = 'grassroots_approved', reason = p_reason,
			submitted_by = null, submitted_at = null where x.id = p_id;
	end if;
end
$$;

create function chibo.extend_probation(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	p chibo.probation := chibo.lock_probation(p_id, p_base_version, 'ProbationService/Extend');
begin
	perform chibo.require_decider(p.unit_id);
	perform chibo.extend_clock('decide_full', null, p_id, chibo.today(), p_reason);
	update chibo.probation x set version = x.version + 1 where x.id = p_id;
end
$$;

create function chibo.require_decision(p_recognise boolean, p_doc text, p_reason text) returns void language plpgsql as $$
begin
	if p_recognise and p_doc is null then
		perform chibo.refuse(3, 'required', 'decision_doc');
	elsif not p_recognise and p_reason is null then
		perform chibo.refuse(3, 'required', 'reason');
	end if;
end
$$;

-- By another person than sent the file. Full from the end of probation, however late; or not, and the branch is to
-- propose removal.
create function chibo.decide_probation(p_id uuid, p_base_version int, p_recognise boolean, p_doc text, p_on date,
	p_card_no text, p_reason text) returns void language plpgsql as $$
declare
	p chibo.probation := chibo.lock_probation(p_id, p_base_version, 'ProbationService/Decide');
	v_on date := coalesce(p_on, chibo.today());
	m chibo.member;
begin
	perform chibo.require_decider(p.unit_id);
	if p.submitted_by = chibo.caller() then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
	perform chibo.require_decision(p_recognise, p_doc, p_reason);
	update chibo.probation x set version = x.version + 1, decided_by = chibo.caller(), decision_doc = p_doc, decision_on = v_on,
		reason = p_reason, removal_on = case when not p_recognise then v_on end,
		state = case when p_recognise then 'recognised' else 'removal_proposed' end::chibo.probation_state
	where x.id = p_id;
	if p_recognise then
		select x.* into m from chibo.member x where x.id = p_id for update;
		perform chibo.make_full(m, v_on, p_doc, p_card_no);
	end if;
	perform chibo.stop_clock(null, null, p_id, v_on);
end
$$;

create function chibo.propose_removal(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
begin
	perform chibo.lock_probation(p_id, p_base_version, 'ProbationService/ProposeRemoval');
	perform chibo.stop_clock(null, null, p_id, chibo.today());
	update chibo.probation x set version = x.version + 1, state = 'removal_proposed', removal_on = chibo.today(),
		reason = p_reason where x.id = p_id;
end
$$;

create function chibo.resume_probation(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
begin
	perform chibo.lock_probation(p_id, p_base_version, 'ProbationService/Resume');
	perform chibo.reopen_probation(p_id, p_reason);
end
$$;

grant execute on function chibo.keep_full_on, chibo.reminder_at, chibo.reminder, chibo.remind_days, chibo.probation_papers,
	chibo.probation_actions, chibo.lock_probation, chibo.require_resolution,
	chibo.committee_vote, chibo.set_probation_paper, chibo.vote_on_probation,
	chibo.committee_vote_on_probation, chibo.submit_probation, chibo.reopen_probation, chibo.send_probation_back,
	chibo.extend_probation, chibo.require_decision, chibo.decide_probation, chibo.propose_removal, chibo.resume_probation
	to chibo_app;
grant execute on function chibo.keep_full_on, chibo.reminder_at, chibo.reminder, chibo.remind_days to chibo_auth;

set local role chibo_auth;

-- Those on probation on a day, where they were members on it; whoever was recognised late stands here until the day
-- of the decision. In which state they were the days of the steps tell.
create function auth.probations_on(p_unit uuid, p_day date)
returns table (id uuid, unit_id uuid, joined_on date, due_on date, state chibo.probation_state)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_unit uuid := coalesce(p_unit, nullif(current_setting('app.unit_id', true), '')::uuid);
	v_is_today boolean := p_day = today();
	i record;
begin
	select x.lo, x.hi into i from interval_of(case when v_is_today then v_unit end) x;
	return query
	select p.id, s.unit_id, p.joined_on, p.due_on,
	       case when p.state = 'removal_proposed' and coalesce(p.removal_on <= p_day, true) then 'removal_proposed'
	            when day_of(p.submitted_at) <= p_day then 'under_review'
	            when p.committee_on <= p_day then 'grassroots_approved'
	            when p.branch_on <= p_day then 'branch_approved'
	            else 'running' end::probation_state
	from probation p
	join membership s on s.member_id = p.id and s.kind = 'primary' and covers(s.during, p_day)
	where (p.state = any ('{running,branch_approved,grassroots_approved,under_review,removal_proposed,ended}')
	       or p.decision_on > p_day)
	  and p.joined_on <= p_day and s.unit_pos between i.lo and i.hi
	  and (v_is_today or exists (
		select from unit_closure c
		where c.unit_id = s.unit_id and c.ancestor_id = v_unit and c.during @> p_day));
end
$$;

-- R10: whose day is nearest or longest past comes first. Missing is what the next step needs and was not there on
-- the day.
create function auth.probation_due(p_unit uuid, p_day date, p_after_due date, p_after_id uuid, p_limit int)
returns table (row_key text, full_name text, unit_name text, joined_on text, due_on text, days_left int,
               working_days_left int, reminder int, papers_missing text, missing int, state chibo.probation_state,
               id uuid, unit_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_rule text := remind_days(p_day);
begin
	return query
	select coalesce(m.biography_no, l.id::text), case when sees_names() then s.full_name end,
	       (select n.name from unit_name n where n.unit_id = l.unit_id and covers(n.during, p_day)), iso(l.joined_on),
	       iso(l.due_on), l.due_on - p_day, working_days(p_day, l.due_on), reminder(l.due_on, p_day, v_rule),
	       f.names, f.n, l.state, l.id, l.unit_id
	from (
		select x.* from probations_on(p_unit, p_day) x
		where p_after_id is null or (x.due_on, x.id) > (p_after_due, p_after_id)
		order by x.due_on, x.id limit p_limit
	) l
	join member m on m.id = l.id
	join person s on s.id = m.person_id
	cross join lateral (
		select string_agg(t.name, ', ' order by t.order_no) as names, count(*)::int as n
		from paper_type t
		where t.needed_for = case l.state when 'running' then 'ProbationService/BranchVote'
			when 'branch_approved' then 'ProbationService/GrassrootsVote'
			when 'grassroots_approved' then 'ProbationService/Submit' end
		  and not exists (select from file_paper x where x.member_id = l.id and x.type = t.code and x.dated_on <= p_day)
	) f
	order by l.due_on, l.id;
end
$$;

-- Soon is whose first reminder has come.
create function auth.probation_totals(p_unit uuid, p_day date, out running int, out due_soon int, out overdue int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_soon int := (select -min(n) from unnest(string_to_array(remind_days(p_day), ',')::int[]) n);
begin
	select count(*)::int, count(*) filter (where x.due_on >= p_day and working_days(p_day, x.due_on) <= v_soon)::int,
	       count(*) filter (where x.due_on < p_day)::int
	into running, due_soon, overdue
	from probations_on(p_unit, p_day) x;
end
$$;
grant execute on function auth.probation_due, auth.probation_totals to chibo_app;

commit;
