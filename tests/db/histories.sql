-- Ten thousand random histories, each a walk of steps that mostly come in turn and often do not: whatever is tried, no
-- case is in two stages, nobody is full before his months are over, and what a stage has left behind fits the stage.
-- The seed stands below; the same seed walks the same ways.
begin;
\ir fixture.psql
select plan(13);

create or replace function chibo.today() returns date language sql stable parallel safe as $$
	select current_setting('test.today')::date
$$;
select set_config('test.today', (now() at time zone 'Asia/Ho_Chi_Minh')::date::text, false), setseed(0.1930) \g /dev/null
select test.official('ward.head', 'A', 'WS'), test.official('officer', 'Q', 'DO') \g /dev/null
select test.meeting('m', 'A1'), test.meeting('committee', 'A', 'committee') \g /dev/null
alter table chibo.meeting disable trigger check_transition;
update chibo.meeting set state = 'in_session', started_at = '2015-01-01' where id in (test.id('m'), test.id('committee'));
insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
select test.id('class ' || n), test.id('Q'), 'L' || n || 'X', 'Lớp', 'Trung tâm', '[2018-01-01,2040-01-01)' from generate_series(1, 8) n;

-- ---- steps ----

create table test.walk (id uuid, member uuid, person uuid);
create table test.tried (step text, done bool, rule text);

create function test.day() returns date language sql as $$ select current_setting('test.today')::date $$;
create function test.pick(list anyarray) returns anyelement language sql as $$
	select list[1 + floor(random() * cardinality(list))::int]
$$;

-- A vote of the round that is due, passed two times out of three; of an earlier round once in a while.
create function test.ballot(p_purpose text, p_subject uuid, p_round int) returns uuid language plpgsql as $$
declare
	v_id uuid := gen_random_uuid();
	v_for int := test.pick('{12,12,7}'::int[]);
	m chibo.meeting;
begin
	select x.* into m from chibo.meeting x
	where x.id = test.id(case when p_purpose like '%committee' then 'committee' else 'm' end);
	insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, round, voted_at,
		eligible, present, quorum_met, issued, returned, missing, valid, votes_for, votes_against, blank, rule_key, rule_value,
		rule_doc, needed, passed)
	select v_id, m.unit_id, m.unit_pos, m.feed_id, m.id, p_purpose::chibo.vote_purpose, v_id::text, p_subject,
	       test.pick('{secret_ballot,card,secret_ballot,card,secret_ballot,card,secret_ballot,card,hand}'::chibo.vote_method[]), least(3, p_round),
	       test.day() + time '09:00', 18, 18, true, 18, 18, 0, 18, v_for, 18 - v_for, 0, 'vote.admission_ratio', '2/3', 'QĐ', 12, v_for >= 12
	on conflict do nothing;
	return coalesce((select v.id from chibo.vote_item v where v.purpose = p_purpose::chibo.vote_purpose and v.subject_id = p_subject
	                 and v.round = least(3, p_round) limit 1), v_id);
end
$$;

create function test.papers(p_case uuid, c chibo.candidate) returns void language sql as $$
	insert into chibo.file_paper (case_id, type, candidate_id, unit_id, unit_pos, feed_id, dated_on, custodian)
	select p_case, t.code, c.id, c.unit_id, c.unit_pos, c.feed_id, test.day(), 'Chi bộ' from chibo.paper_type t
	where p_case is not null and t.kind = 'admission'
	on conflict do nothing
$$;

create function test.open_file(c chibo.candidate) returns void language plpgsql as $$
begin
	perform chibo.open_file(c.id, c.version, gen_random_uuid(), test.day(), null);
	perform test.papers((chibo.open_case(c.id)).id, c);
end
$$;

-- One step of a candidate by its name, whether it is its turn or not.
create function test.take(p_step text, c chibo.candidate) returns void language plpgsql as $$
declare
	x chibo.admission_case := chibo.open_case(c.id);
	v_day date := test.day();
	v_class uuid := (select a.class_id from chibo.class_attendance a where a.candidate_id = c.id and a.result = 'sent' limit 1);
begin
	case p_step
	when 'enlist' then perform chibo.enlist_candidate(c.id, c.version, '1-NQ', v_day);
	when 'mentor' then perform chibo.assign_mentor(c.id, c.version, gen_random_uuid(), test.pick(array[test.id('an'), test.id('binh')]),
		'2-NQ', v_day - test.pick('{100,400,400,400}'::int[]), random() < 0.1, v_day);
	when 'send' then perform chibo.send_to_class(test.id('class ' || test.pick('{1,2,3,4,5,6,7,8}'::int[])), array[c.id], v_day);
	when 'certify' then perform chibo.certify_class(v_class, array[row(c.id, random() < 0.8, '12', v_day)::chibo.certificate_line]);
	when 'open' then perform test.open_file(c);
	when 'ask' then perform chibo.request_checks(c.id, c.version, array[gen_random_uuid()], array['self'::chibo.check_subject], array['Xã Mẫu'], v_day);
	when 'answer' then perform chibo.answer_check(c.id, c.version, (select b.id from chibo.background_check b
		where b.candidate_id = c.id order by b.answered_on nulls first limit 1), v_day, test.pick('{clear,clear,clear,clear,clear,clear,clear,clear,not_eligible}'::chibo.check_conclusion[]));
	when 'conclude' then perform chibo.conclude_checks(c.id, c.version, v_day);
	when 'collect' then perform chibo.collect_opinions(c.id, c.version, v_day);
	when 'vote' then perform chibo.vote_in_branch(c.id, c.version, test.ballot('admission', x.id, x.round), '3-NQ');
	when 'resolve' then perform chibo.resolve_deadlock(c.id, c.version, random() < 0.6, '4-NQ', v_day, 'x');
	when 'renew' then perform chibo.renew_file(c.id, c.version, v_day, 'x'), test.papers(x.id, c);
	when 'committee' then perform chibo.vote_in_committee(c.id, c.version, test.ballot('admission_committee', x.id, x.committee_round), '5-NQ');
	when 'submit' then perform chibo.submit_file(c.id, c.version);
	when 'back' then perform chibo.send_file_back(c.id, c.version, 'x');
	when 'appraise' then perform chibo.appraise_file(c.id, c.version, 'x');
	when 'return' then perform chibo.return_file(c.id, c.version, 'x');
	when 'extend' then perform chibo.extend_decision(c.id, c.version, 'x');
	when 'decide' then perform chibo.decide_admission(c.id, c.version, random() < 0.8, '6-QĐ', v_day, 'x');
	when 'receive' then perform chibo.receive_decision(c.id, c.version, v_day);
	when 'ceremony' then perform test.ceremony(c, x);
	when 'suspend' then perform chibo.suspend_candidate(c.id, c.version, 'x', v_day);
	when 'drop' then perform chibo.drop_candidate(c.id, c.version, 'x', v_day);
	when 'resume' then perform chibo.resume_candidate(c.id, c.version, 'x', v_day);
	end case;
end
$$;

create function test.ceremony(c chibo.candidate, x chibo.admission_case) returns void language plpgsql as $$
declare
	v_meeting uuid := gen_random_uuid();
begin
	insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, chair_id,
		chair_name, clerk_id, clerk_name)
	select v_meeting, c.unit_id, c.unit_pos, c.feed_id, 'regular', 'in_session', to_char(test.day(), 'YYYY-MM'), test.day() + time '08:00',
	       test.day() + time '08:00', test.id('person an'), 'x', test.id('person binh'), 'y';
	insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, admission_case_id)
	values (v_meeting, 1, c.unit_id, c.unit_pos, 'ceremony', 'Lễ kết nạp', x.id);
	perform chibo.hold_ceremony(c.id, c.version, v_meeting, test.day(), gen_random_uuid(), gen_random_uuid(),
		lpad((random() * 999999)::int::text, 6, '0') || test.pick('{A,B,C,D,E,G,H,K}'::text[]) || test.pick('{A,B,C,D,E,G,H,K}'::text[]),
		test.pick('{null,x}'::text[]));
end
$$;

create function test.take_probation(p_step text, p chibo.probation) returns void language plpgsql as $$
begin
	case p_step
	when 'papers' then
		insert into chibo.file_paper (member_id, type, unit_id, unit_pos, feed_id, dated_on, custodian)
		select p.id, t.code, p.unit_id, p.unit_pos, p.feed_id, test.day(), 'Chi bộ' from chibo.paper_type t where t.kind = 'recognition'
		on conflict do nothing;
	when 'vote' then perform chibo.vote_on_probation(p.id, p.version, test.ballot('recognition', p.id, p.round), '1-NQ');
	when 'committee' then perform chibo.committee_vote_on_probation(p.id, p.version, test.ballot('recognition_committee', p.id, p.committee_round), '2-NQ');
	when 'submit' then perform chibo.submit_probation(p.id, p.version);
	when 'back' then perform chibo.send_probation_back(p.id, p.version, 'x');
	when 'decide' then perform chibo.decide_probation(p.id, p.version, random() < 0.8, '3-QĐ', test.day(), lpad((random() * 99999999)::int::text, 8, '0'), 'x');
	when 'remove' then perform chibo.propose_removal(p.id, p.version, 'x');
	when 'resume' then perform chibo.resume_probation(p.id, p.version, 'x');
	end case;
end
$$;

-- What comes next in turn; anything else is tried once in four times.
create function test.next_step(c chibo.candidate) returns text language sql as $$
	select case when random() < 0.22 then test.pick('{enlist,mentor,send,certify,open,ask,answer,conclude,collect,vote,resolve,renew,committee,submit,back,appraise,return,extend,decide,receive,ceremony,suspend,drop,resume}'::text[])
	else case c.stage
		when 'identified' then 'enlist' when 'listed' then 'mentor' when 'mentored' then test.pick('{send,open,send}'::text[])
		when 'in_class' then 'certify' when 'certified' then 'open' when 'file_open' then 'ask'
		when 'checking' then test.pick('{answer,conclude}'::text[]) when 'checked' then 'collect' when 'ready' then 'vote'
		when 'escalated' then 'resolve' when 'branch_approved' then 'committee' when 'grassroots_approved' then 'submit'
		when 'under_review' then test.pick('{appraise,decide,decide}'::text[]) when 'decided' then test.pick('{receive,ceremony,ceremony}'::text[])
		else 'resume' end end
$$;
create function test.next_of_probation(p chibo.probation) returns text language sql as $$
	select case when random() < 0.22 then test.pick('{papers,vote,committee,submit,back,decide,remove,resume}'::text[])
	else case p.state when 'running' then test.pick('{papers,vote,vote}'::text[]) when 'branch_approved' then 'committee'
		when 'grassroots_approved' then 'submit' when 'under_review' then 'decide' else 'resume' end end
$$;

-- Whoever is refused has changed nothing; only refusals by rule may come.
create function test.try(p_step text, c chibo.candidate, p chibo.probation) returns boolean language plpgsql as $$
declare
	v_rule text;
begin
	if c.id is not null then
		perform test.take(p_step, c);
	else
		perform test.take_probation(p_step, p);
	end if;
	insert into test.tried values (p_step, true, null);
	return true;
exception when others then
	v_rule := sqlerrm;
	if sqlstate !~ '^CB' and sqlstate not in ('23505', '23514', '23P01', '23502') then
		raise;
	end if;
	insert into test.tried values (p_step, false, v_rule);
	return false;
end
$$;

create function test.history() returns void language plpgsql as $$
declare
	v_id uuid := gen_random_uuid();
	v_person uuid := gen_random_uuid();
	c chibo.candidate;
	p chibo.probation;
	v_refused int := 0;
begin
	perform set_config('test.today', (date '2018-06-01' + (random() * 700)::int)::text, false),
		set_config('app.touched', '', true);   -- what one request writes, not ten thousand
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on, education_level)
	select v_person, u.id, u.pos, u.feed_id, 'Lò', 'Ứng', 'female', (date '1961-06-01' + (random() * 15800)::int)::text,
	       case when random() < 0.04 then 'primary' else 'upper_secondary' end
	from chibo.unit u where u.id = test.id('A1');
	insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, source_group, identified_on, stage_on)
	select v_id, u.id, u.pos, u.feed_id, v_person, 'teacher', test.day(), test.day() from chibo.unit u where u.id = test.id('A1');
	for n in 1 .. 32 loop
		perform set_config('test.today', (test.day() + (random() * random() * case c.stage when 'mentored' then 900 when 'probationary' then 600 else 120 end)::int)::text, false);
		perform set_config('app.person_id', test.id('person ' || test.pick('{chief,officer,clerk,secretary,an}'::text[]))::text, true);
		select x.* into c from chibo.candidate x where x.id = v_id;
		if c.stage = 'probationary' then
			select y.* into p from chibo.probation y join chibo.admission_case k on k.member_id = y.id where k.candidate_id = v_id;
			v_refused := case when test.try(test.next_of_probation(p), null, p) then 0 else v_refused + 1 end;
		else
			v_refused := case when test.try(test.next_step(c), c, null) then 0 else v_refused + 1 end;
		end if;
		exit when v_refused = 5;   -- nothing moves this one any more
	end loop;
end
$$;

-- ---- targets: random cascades and adjustments ----

create function test.cascade() returns void language plpgsql as $$
declare
	v_year int := 2030 + (random() * 4000)::int;
	t chibo.target;
	v_sum int := test.pick('{10,10,9}'::int[]);
begin
	perform set_config('app.person_id', test.id('person officer')::text, true);
	perform chibo.propose_target(gen_random_uuid(), test.id('A'), 'admissions', null, v_year, null, 10, 'x', null);
	select x.* into t from chibo.target x where x.unit_id = test.id('A') and lower(x.during) = make_date(v_year, 1, 1);
	perform set_config('app.person_id', test.id('person chief')::text, true), set_config('app.unit_id', test.id('A')::text, true);
	perform chibo.agree_target(t.id, t.version);
	perform set_config('app.person_id', test.id('person head')::text, true), set_config('app.unit_id', test.id('Q')::text, true);
	perform chibo.issue_target(t.id, t.version + 1);
	perform chibo.cascade_target(t.id, t.version + 2, array[
		row(gen_random_uuid(), test.id('A1'), null, 4)::chibo.target_line, row(gen_random_uuid(), test.id('A2'), null, v_sum - 4)::chibo.target_line],
		case when random() < 0.4 then 'Giữ lại' end);
exception when others then
	if sqlstate !~ '^CB' and sqlstate not in ('23505', '23514', '23P01') then
		raise;
	end if;
end
$$;

grant all on all tables in schema test to public;
grant execute on all functions in schema test to public;

-- ---- ten thousand walks ----

select test.as('head') \g /dev/null
select set_config('app.reach', 'scope', true), set_config('app.unit_id', test.id('Q')::text, true), set_config('statement_timeout', '0', true) \g /dev/null
do $$ begin
	for n in 1 .. 10000 loop
		perform test.history();
	end loop;
	for n in 1 .. 500 loop
		perform test.cascade();
	end loop;
end $$;
select test.as_superuser() \g /dev/null

select is((select count(*) from chibo.candidate), 10000::bigint, 'all have been walked');
select ok((select count(distinct stage) >= 16 from chibo.candidate),
	'they ended in ' || (select string_agg(format('%s %s', stage, n), ', ' order by n desc) from (select stage, count(*) as n from chibo.candidate group by stage) s));
select ok((select count(*) > 50 from chibo.probation where state = 'recognised'), (select count(*) || ' are full members' from chibo.probation where state = 'recognised'));
select is((select string_agg(step, ', ') from (select step from test.tried group by step having not bool_or(done)) s), null, 'every step was taken by somebody');
select is((select string_agg(step, ', ') from (select step from test.tried group by step having bool_and(done)) s where step <> 'papers'), null, 'and refused to somebody');
select is((select count(*) from (select candidate_id from chibo.admission_case where outcome is null group by 1 having count(*) > 1) x), 0::bigint,
	'nobody has two files open');
select is((select string_agg(distinct c.stage::text, ', ') from chibo.candidate c
	where (c.stage between 'file_open' and 'decided') <> exists (select from chibo.admission_case x where x.candidate_id = c.id and x.outcome is null)
	  and c.stage <> 'suspended'), null, 'a file is open exactly while the stages of a file last');
select is((select string_agg(distinct c.stage::text, ', ') from chibo.candidate c join chibo.admission_case x on x.candidate_id = c.id and x.outcome is null
	where ((x.branch_on is not null) <> (c.stage >= 'branch_approved') or (x.committee_on is not null) <> (c.stage >= 'grassroots_approved')
	       or (x.submitted_at is not null) <> (c.stage >= 'under_review') or (x.decision_on is not null) <> (c.stage = 'decided'))
	  and c.stage <> 'suspended'), null, 'what has been approved is written exactly where it has');
select is((select count(*) from chibo.member m join chibo.probation p on p.id = m.id
	where m.full_on < (m.joined_on + interval '12 months')::date or m.status = 'full' and p.decision_on < p.due_on), 0::bigint,
	'nobody is full before twelve months, nor by an earlier decision');
select is((select count(*) from chibo.member m join chibo.probation p on p.id = m.id
	where m.full_on is not null and m.full_on <> (m.joined_on + interval '12 months')::date), 0::bigint, '... nor later, however late the decision');
select is((select count(*) from chibo.clock k join chibo.candidate c on c.id = k.candidate_id
	where k.stopped_on is null and c.stage in ('probationary', 'dropped')), 0::bigint, 'no clock runs for whoever is through, or out');
select is((select count(*) from chibo.candidate c where c.stage in ('branch_approved', 'grassroots_approved', 'under_review')
	and not exists (select from chibo.clock k where k.candidate_id = c.id and k.kind = 'decide' and k.stopped_on is null)), 0::bigint,
	'a decision that is waited for has its clock');
select is((select count(*) from chibo.target t where t.state = 'cascaded' and t.difference is null
	and t.value <> (select sum(s.value) from chibo.target s where s.parent_id = t.id)), 0::bigint,
	'shares add up to what they are shares of, or it says why not: ' ||
	(select format('%s, %s flagged', count(*), count(difference)) from chibo.target where state = 'cascaded'));

select * from finish();
rollback;
