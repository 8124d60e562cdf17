-- The file of an admission: who may open it, what each step asks for, its days, and what every other stage says to it.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(157);

-- ---- A clock, candidates, votes ----

create or replace function chibo.today() returns date language sql stable parallel safe as $$
	select current_setting('test.today')::date
$$;
create function test.on_day(day date) returns void language sql as $$
	select set_config('test.today', day::text, false)
$$;
select test.on_day('2024-06-03') \g /dev/null
update auth."grant" set during = '[2010-01-01,)';   -- of those who have just been made

-- Somebody of branch A1 who was helped by An since a day and has a certificate.
create function test.applicant(name text, stage text default 'certified', born text default '1996-05-20',
	education text default 'university', helped date default '2020-01-06', certified date default '2022-01-10')
returns void language plpgsql security definer set search_path = pg_catalog, chibo as $$
declare
	u unit;
begin
	select x.* into u from unit x where x.id = test.id('A1');
	insert into person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on, education_level)
	values (test.id('person ' || name), u.id, u.pos, u.feed_id, 'Lò', 'Ứng', 'female', born, education);
	insert into candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on, listed_on,
		listing_resolution, resume_stage, stage_on)
	values (test.id(name), u.id, u.pos, u.feed_id, test.id('person ' || name), applicant.stage::candidate_stage, 'teacher',
		'2019-01-07', '2019-02-11', '05-NQ/CB', case when applicant.stage = 'suspended' then 'certified'::candidate_stage end, '2024-01-02');
	insert into mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id, mentor_name,
		resolution, together_since_on, during)
	select test.id('help ' || name), test.id(name), u.id, u.pos, u.feed_id, test.id('an'), test.id('person an'), 'Nguyễn An',
	       '06-NQ/CB', '2018-01-01', daterange(helped, null) where helped is not null;
	insert into class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no, issued_on, valid_until_on)
	select test.id(name), test.id('class'), u.id, u.pos, u.feed_id, 'certified', '12', certified, certified + interval '60 months'
	where certified is not null;
end
$$;

-- The same with a file that was opened on a day and has come to a stage: every paper there, the one check clear.
create function test.file(name text, stage text, opened date default '2024-01-15')
returns void language plpgsql security definer set search_path = pg_catalog, chibo as $$
declare
	c candidate;
	way text[] := '{file_open,checking,checked,ready,branch_approved,grassroots_approved,under_review,decided}';
	n int := coalesce(array_position(way, stage), case stage when 'escalated' then 4 when 'refused' then 7 else 8 end);
begin
	perform test.applicant(name, stage);
	select x.* into c from candidate x where x.id = test.id(name);
	insert into admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by, branch_on, branch_resolution,
		committee_on, committee_resolution, submitted_by, submitted_at, appraised_by, appraisal, decision_doc, decision_on,
		decided_by, decider_id, received_on, outcome, held_on, member_id)
	select test.id('case ' || name), c.id, c.unit_id, c.unit_pos, c.feed_id, opened, test.id('person secretary'),
		case when n > 4 then date '2024-05-06' end, case when n > 4 then '07-NQ/CB' end, case when n > 5 then date '2024-05-20' end,
		case when n > 5 then '08-NQ/ĐU' end, case when n > 6 then test.id('person clerk') end, case when n > 6 then now() end,
		case when n > 6 then test.id('person officer') end, case when n > 6 then 'Đủ điều kiện' end,
		case when n > 7 or stage = 'refused' then '15-QĐ/TU' end, case when n > 7 or stage = 'refused' then date '2024-05-27' end,
		case when n > 7 or stage = 'refused' then test.id('person chief') end,
		case when n > 7 or stage = 'refused' then test.id('Q') end, case when n > 7 then date '2024-05-30' end,
		case stage when 'refused' then 'refused' when 'probationary' then 'admitted' end::case_outcome,
		case when stage = 'probationary' then date '2024-06-01' end, case when stage = 'probationary' then test.id('binh') end;
	insert into file_paper (case_id, type, candidate_id, unit_id, unit_pos, feed_id, dated_on, custodian)
	select test.id('case ' || file.name), t.code, c.id, c.unit_id, c.unit_pos, c.feed_id, opened, 'Chi bộ'
	from paper_type t where t.kind = 'admission' and t.code <> 'upper_opinion';
	insert into background_check (id, candidate_id, case_id, unit_id, unit_pos, feed_id, subject, place, asked_on, answered_on, conclusion)
	select test.id('check ' || name), c.id, test.id('case ' || name), c.unit_id, c.unit_pos, c.feed_id, 'self', 'Xã Nghĩa An', opened, opened, 'clear'
	where n > 1;
	if n < 5 then
		perform start_clock('certificate', c.id, null, '2022-01-10'), start_clock('consider_file', c.id, null, opened);
	elsif n < 8 and stage <> 'refused' then
		perform start_clock('decide', c.id, null, '2024-05-06');
	elsif stage = 'decided' then
		perform start_clock('ceremony', c.id, null, '2024-05-30');
	end if;
end
$$;

-- A vote about the file of somebody, at a meeting of its unit.
create function test.vote(name text, whose text, passed boolean default true, day date default '2024-06-03', round int default 1,
	purpose text default 'admission', method text default 'secret_ballot', meeting text default 'm')
returns void language sql security definer set search_path = pg_catalog, chibo as $$
	insert into vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, round, voted_at,
		eligible, present, quorum_met, issued, returned, missing, valid, votes_for, votes_against, blank, rule_key, rule_value,
		rule_doc, needed, passed)
	select test.id(vote.name), m.unit_id, m.unit_pos, m.feed_id, m.id, vote.purpose::vote_purpose, vote.name,
	       test.id('case ' || vote.whose), vote.method::vote_method, vote.round, (vote.day || ' 10:00+07')::timestamptz,
	       18, 18, true, 18, 18, 0, 18, case when vote.passed then 12 else 11 end, case when vote.passed then 6 else 7 end, 0,
	       'vote.admission_ratio', '2/3', 'QĐ 29', 12, vote.passed
	from meeting m where m.id = test.id(vote.meeting)
$$;

-- A meeting in session since a day, whose agenda has the ceremony of somebody.
create function test.ceremony(meeting text, unit text, whose text, day date) returns void
language sql security definer set search_path = pg_catalog, chibo as $$
	insert into meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, chair_id, chair_name,
		clerk_id, clerk_name)
	select test.id(ceremony.meeting), u.id, u.pos, u.feed_id, 'regular', 'in_session', to_char(ceremony.day, 'YYYY-MM'),
	       (ceremony.day || ' 08:00+07')::timestamptz, (ceremony.day || ' 08:00+07')::timestamptz, test.id('person head'), 'Lê Quản',
	       test.id('person chief'), 'Lê Quản'
	from unit u where u.id = test.id(ceremony.unit);
	insert into agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, candidate_id, admission_case_id)
	select m.id, 1, m.unit_id, m.unit_pos, 'ceremony', 'Lễ kết nạp', test.id(ceremony.whose), test.id('case ' || ceremony.whose)
	from meeting m where m.id = test.id(ceremony.meeting)
$$;

-- Past row-level security: changes a set-up, reads what was left behind.
create function test.change(sql text) returns void language plpgsql security definer set search_path = pg_catalog, chibo as $$
begin
	execute sql;
end
$$;
create function test.told(sql text) returns text language plpgsql security definer set search_path = pg_catalog, chibo as $$
declare
	v text;
begin
	execute sql into v;
	return v;
end
$$;
create function test.stage(name text) returns text language sql as $$
	select test.told(format('select stage from candidate where id = %L', test.id(name)))
$$;
create function test.clocks(name text) returns text language sql as $$
	select test.told(format('select string_agg(kind || '' '' || due_on, '', '' order by kind) from clock where candidate_id = %L and stopped_on is null', test.id(name)))
$$;
create function test.case_of(name text) returns chibo.admission_case
language sql security definer set search_path = pg_catalog, chibo as $$
	select x from admission_case x where x.id = test.id('case ' || case_of.name)
$$;
-- Where a step leads, or its refusal; nothing of it stays.
create function test.outcome(name text, sql text) returns text language plpgsql as $$
declare
	v text;
begin
	v := test.refusal(format('do $step$ begin perform %s; raise exception using errcode = ''ZZ001'', message = test.stage(%L); end $step$', sql, name));
	return v;
end
$$;
-- As the officer of a step; `-` stands for the id of the candidate and its version.
create function test.step(who text, method text, name text, call text) returns text language plpgsql as $$
declare
	v text;
begin
	perform test.as(who, 'AdmissionService/' || method);
	v := test.outcome(name, replace(call, '(-', format('(%L, %s', test.id(name), test.told(format('select version from candidate where id = %L', test.id(name))))));
	perform test.as_superuser();
	return v;
end
$$;
-- The same, and it stays.
create function test.take(who text, method text, name text, call text) returns void language plpgsql as $$
begin
	perform test.as(who, 'AdmissionService/' || method);
	execute 'select ' || replace(call, '(-', format('(%L, %s', test.id(name), test.told(format('select version from candidate where id = %L', test.id(name)))));
	perform test.as_superuser();
end
$$;
grant execute on all functions in schema test to public;

select test.official('ward.head', 'A', 'WS'), test.official('secretary.2', 'A2', 'BS'), test.official('officer', 'Q', 'DO'),
	test.official('clerk.b', 'B', 'WO') \g /dev/null
update chibo.unit set can_decide_admission = true where id = test.id('Q');
insert into chibo.awareness_class (id, feed_id, code, name, organiser, during) values
	(test.id('class'), test.id('Q'), 'L.1', 'Lớp nhận thức', 'Trung tâm Chính trị', '[2019-11-04,2019-11-09)'),
	(test.id('class 2'), test.id('Q'), 'L.2', 'Lớp nhận thức', 'Trung tâm Chính trị', '[2021-11-04,2021-11-09)');
select test.meeting('m', 'A1'), test.meeting('m2', 'A2'), test.meeting('committee', 'A', 'committee') \g /dev/null

-- ---- Every step in every stage ----

create temp table step (no int, method text, who text, stages text, leads_to text, call text);
grant select on step to public;
insert into step values
	(1, 'OpenFile', 'secretary', 'mentored certified', 'file_open', $$chibo.open_file(-, test.id('new case'), '2024-06-03', null)$$),
	(2, 'RenewFile', 'secretary', 'checked ready', 'file_open', $$chibo.renew_file(-, '2024-06-03', 'Quá hạn')$$),
	(3, 'SetPaper', 'clerk', 'file_open checking checked ready branch_approved grassroots_approved', null,
		$$chibo.set_case_paper(-, 'sub_committee_appraisal', '2024-06-03', null, null, 'Chi bộ')$$),
	(4, 'RequestChecks', 'clerk', 'file_open', 'checking', $$chibo.request_checks(-, array[test.id('q')], '{self}', '{Xã Nghĩa An}', '2024-06-03')$$),
	(5, 'AnswerCheck', 'clerk', 'checking', 'checking', $$test.change('update background_check set answered_on = null, conclusion = null'),
		chibo.answer_check(-, test.id('check checking'), '2024-06-03', 'clear')$$),
	(6, 'ConcludeChecks', 'ward.head', 'checking', 'checked', $$chibo.conclude_checks(-, '2024-06-03')$$),
	(7, 'CollectOpinions', 'clerk', 'checked', 'ready', $$chibo.collect_opinions(-, '2024-06-03')$$),
	(8, 'BranchVote', 'secretary', 'ready', 'branch_approved', $$chibo.vote_in_branch(-, test.id('v'), '07-NQ/CB')$$),
	(9, 'Resolve', 'ward.head', 'escalated', 'branch_approved', $$chibo.resolve_deadlock(-, true, '20-NQ/ĐU', '2024-06-03', null)$$),
	(10, 'GrassrootsVote', 'ward.head', 'branch_approved', 'grassroots_approved', $$chibo.vote_in_committee(-, test.id('w'), '08-NQ/ĐU')$$),
	(11, 'Submit', 'clerk', 'grassroots_approved', 'under_review', $$chibo.submit_file(-)$$),
	(12, 'SendBack', 'ward.head', 'checking', 'file_open', $$chibo.send_file_back(-, 'Sai')$$),
	(13, 'SendBack', 'ward.head', 'checked', 'checking', $$chibo.send_file_back(-, 'Sai')$$),
	(14, 'SendBack', 'ward.head', 'ready', 'checked', $$chibo.send_file_back(-, 'Sai')$$),
	(15, 'SendBack', 'ward.head', 'branch_approved', 'ready', $$chibo.send_file_back(-, 'Sai')$$),
	(16, 'SendBack', 'ward.head', 'grassroots_approved', 'branch_approved', $$chibo.send_file_back(-, 'Sai')$$),
	(17, 'Appraise', 'officer', 'under_review', 'under_review', $$chibo.appraise_file(-, 'Đủ điều kiện')$$),
	(18, 'ReturnFile', 'officer', 'under_review', 'grassroots_approved', $$chibo.return_file(-, 'Thiếu')$$),
	(19, 'Extend', 'chief', 'branch_approved grassroots_approved under_review', null, $$chibo.extend_decision(-, 'Cần xác minh')$$),
	(20, 'Decide', 'chief', 'under_review', 'decided', $$chibo.decide_admission(-, true, '15-QĐ/TU', '2024-06-03', null)$$),
	(21, 'Decide', 'chief', 'under_review', 'refused', $$chibo.decide_admission(-, false, '16-QĐ/TU', '2024-06-03', 'Chưa đủ')$$),
	(22, 'Receive', 'secretary', 'decided', 'decided', $$chibo.receive_decision(-, '2024-06-03')$$),
	(23, 'HoldCeremony', 'secretary', 'decided', 'probationary',
		$$chibo.hold_ceremony(-, test.id('c'), '2024-06-03', test.id('new'), test.id('new place'), '123456TTH', null)$$),
	(24, 'Resolve', 'ward.head', 'escalated', 'dropped', $$chibo.resolve_deadlock(-, false, '20-NQ/ĐU', '2024-06-03', 'Chưa đủ')$$);

select test.applicant(s, s) from unnest('{identified,listed,mentored,in_class,certified,suspended,dropped}'::text[]) s \g /dev/null
select test.file(s, s) from unnest('{file_open,checking,checked,ready,escalated,branch_approved,grassroots_approved,under_review,decided,refused,probationary}'::text[]) s \g /dev/null
select test.vote('v', 'ready'), test.vote('w', 'branch_approved', purpose => 'admission_committee', meeting => 'committee'),
	test.ceremony('c', 'A1', 'decided', '2024-06-03') \g /dev/null
-- who is in the file has been through it
select is(test.told($$ select string_agg(distinct stage::text, ',' order by stage::text) from candidate $$),
	(select string_agg(s::text, ',' order by s::text) from unnest(enum_range(null::chibo.candidate_stage)) s), 'one candidate in each stage');
select is(test.step(t.who, t.method, s.stage, t.call), coalesce(t.leads_to, s.stage), t.method || ' of ' || s.stage)
from step t cross join unnest(string_to_array(t.stages, ' ')) as s (stage) order by t.no, s.stage;
select is(array(
	select t.method || ' of ' || s || ': ' || o.told
	from (select method, max(who) as who, max(call) as call, string_agg(stages, ' ') as stages from step group by method) t
	cross join unnest(enum_range(null::chibo.candidate_stage)) s
	cross join lateral (select test.step(t.who, t.method, s::text, t.call) as told) o
	where s::text <> all (string_to_array(t.stages, ' ')) and o.told <> 'candidate_stage id stage=' || s), '{}', 'no other step in any stage');
select is((select string_agg(distinct a.method || ' ' || a.state, ', ' order by a.method || ' ' || a.state) from chibo.action a
           where a.entity = 'candidate' and a.method like 'Admission%'),
	(select string_agg(distinct 'AdmissionService/' || t.method || ' ' || s, ', ' order by 'AdmissionService/' || t.method || ' ' || s)
	 from step t cross join unnest(string_to_array(t.stages, ' ')) as s), 'which is what is told of each');

-- ---- Who may touch it ----

select is(test.step('secretary.2', 'OpenFile', 'certified', $$chibo.open_file(-, test.id('x'), '2024-06-03', null)$$), 'not_found id', 'another branch sees none of it');
select is(test.step('clerk.b', 'Submit', 'grassroots_approved', 'chibo.submit_file(-)'), 'not_found id', 'nor does another ward');
select test.as('secretary', 'AdmissionService/OpenFile') \g /dev/null
select is(test.refusal($$ select chibo.open_file(test.id('certified'), 2, test.id('x'), '2024-06-03', null) $$), 'conflict base_version version=1', 'who changes it knows its version');
select test.as_superuser() \g /dev/null
select test.change(format('update candidate set person_id = %L where id = %L', test.id('person secretary'), test.id('certified'))) \g /dev/null
select is(test.step('secretary', 'OpenFile', 'certified', $$chibo.open_file(-, test.id('x'), '2024-06-03', null)$$), 'own_record id', 'nobody takes a step of his own');
select test.change(format('update candidate set person_id = %L where id = %L', test.id('person certified'), test.id('certified'))) \g /dev/null

-- ---- Opening: age, schooling, mentor, certificate ----

create function test.opened(name text, day date, exception text default null) returns text language sql as $$
	select test.step('secretary', 'OpenFile', opened.name, format('chibo.open_file(-, test.id(%L), %L, %L)', 'case ' || opened.name, opened.day, opened.exception))
$$;
create function test.days(name text, days date[], exception text default null) returns text[] language sql as $$
	select array(select test.opened(days.name, d, days.exception) from unnest(days.days) d)
$$;
grant execute on all functions in schema test to public;

select is(array(select chibo.age_months('2006-06-03', d) from unnest('{2024-06-02,2024-06-03,2024-06-04}'::date[]) d), '{215,216,216}', 'whole months: eighteen on the day itself');
select is(array(select chibo.age_months('2008-02-29', d) from unnest('{2026-02-27,2026-02-28,2026-03-01}'::date[]) d), '{215,216,216}', 'born on 29 February, on the 28th');
select test.applicant('young', born => '2006-06-03'), test.applicant('old', born => '1964-06-03'), test.applicant('year', born => '1996'),
	test.applicant('unborn', born => null), test.applicant('pupil', education => 'primary'), test.applicant('lower', education => 'lower_secondary'),
	test.applicant('unschooled', education => null), test.applicant('helped', helped => '2023-06-03'), test.applicant('unhelped', helped => null),
	test.applicant('replaced', helped => '2022-01-01'), test.applicant('gap', helped => '2022-01-01'), test.applicant('two', helped => '2023-06-03'),
	test.applicant('uncertified', certified => null), test.applicant('expiring', certified => '2019-06-03'),
	test.applicant('expiring, mentored', 'mentored', certified => '2019-06-03') \g /dev/null
select is(test.days('young', '{2024-06-02,2024-06-03,2024-06-04}'), '{"too_young id have=215, need=216",file_open,file_open}', 'AT: eighteen years, the day before, on and after');
select is(test.days('young', '{2024-06-02}', 'Dân tộc thiểu số'), '{"too_young id have=215, need=216"}', 'without exception');
select is(test.days('old', '{2024-06-02,2024-06-03,2024-06-04,2024-07-02,2024-07-03}'),
	'{file_open,file_open,file_open,file_open,"too_old exception have=721, max=720"}', '720 whole months are not over sixty years');
select is(test.days('old', '{2024-07-03}', 'Trung ương xem xét'), '{file_open}', 'more only with its reason');
select is(test.days('year', '{2024-06-03}') || test.days('unborn', '{2024-06-03}'), '{"born_on_required id","born_on_required id"}', 'an age is of a full day');
select is(test.days('pupil', '{2024-06-03}') || test.days('lower', '{2024-06-03}') || test.days('pupil', '{2024-06-03}', 'Miền núi'),
	'{"education_below exception have=primary, need=lower_secondary",file_open,file_open}', 'schooling, or an exception');
select is(test.days('unschooled', '{2024-06-03}', 'Miền núi'), '{"education_required id"}', 'what is not known is no exception');
select is(test.days('helped', '{2024-06-02,2024-06-03,2024-06-04}'), '{"helped_months id have_days=365, need_months=12",file_open,file_open}', 'twelve months with a mentor, to the day');
select is(test.days('unhelped', '{2024-06-03}'), '{"mentor_required id"}', 'somebody helps');
-- the first left, another came on the next day, or a month later, or helps beside him
select test.change(format($$update mentor_assignment set during = '[2022-01-01,2022-09-01)', reason_end = 'Chuyển đi' where candidate_id in (%L, %L)$$, test.id('replaced'), test.id('gap'))) \g /dev/null
select is(test.days('replaced', '{2024-06-03}'), '{"mentor_required id"}', 'today, too');
select test.change(format($$insert into mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id, mentor_name, resolution, is_replacement, during)
	select gen_random_uuid(), c.id, c.unit_id, c.unit_pos, c.feed_id, %L, %L, 'Nguyễn Bình', '9-NQ/CB', true, x.during::daterange
	from candidate c join (values (%L::uuid, '[2022-09-01,)'), (%L, '[2022-10-01,)'), (%L, '[2023-06-03,)')) x (id, during) on x.id = c.id$$,
	test.id('binh'), test.id('person binh'), test.id('replaced'), test.id('gap'), test.id('two'))) \g /dev/null
select is(test.days('replaced', '{2022-12-31,2023-01-01}'), '{"helped_months id have_days=364, need_months=12",file_open}', 'months under all of them count together');
select is(test.days('gap', '{2023-01-01,2023-01-30,2023-01-31}'),
	'{"helped_months id have_days=335, need_months=12","helped_months id have_days=364, need_months=12",file_open}', 'days between two do not');
select is(test.days('two', '{2024-06-02}'), '{"helped_months id have_days=365, need_months=12"}', 'two at once do not count twice');
select is(test.days('uncertified', '{2024-06-03}'), '{"certificate_required id"}', 'a certificate');
select is(test.days('expiring', '{2024-06-02,2024-06-03,2024-06-04}'), '{file_open,file_open,"certificate_expired id valid_until_on=2024-06-03"}', 'valid on its last day');
select is(test.days('expiring, mentored', '{2024-06-03,2024-06-04}'), '{file_open,"certificate_expired id valid_until_on=2024-06-03"}', 'also one from before');
select test.change(format($$insert into class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no, issued_on, valid_until_on)
	select c.id, %L, c.unit_id, c.unit_pos, c.feed_id, 'certified', '13', '2021-11-10', '2026-11-10' from candidate c where c.id = %L$$, test.id('class 2'), test.id('expiring'))) \g /dev/null
select is(test.days('expiring', '{2024-06-04}'), '{file_open}', 'the longest of several');
-- numbers are data, of the day
update chibo.rule_param set during = '(,2024-06-04)' where key = 'admission.min_age_months';
insert into chibo.rule_param (key, value, unit, during, legal_doc) values ('admission.min_age_months', '228', 'months', '[2024-06-04,)', 'Quy định mới');
select is(test.days('young', '{2024-06-03,2024-06-04}'), '{file_open,"too_young id have=216, need=228"}', 'by the rule of the day');

select test.take('secretary', 'OpenFile', 'replaced', $$chibo.open_file(-, test.id('case replaced'), '2024-01-15', 'Miền núi')$$) \g /dev/null
select is((select concat_ws(' ', x.opened_on, x.opened_by = test.id('person secretary'), x.exception, x.round) from test.case_of('replaced') x), '2024-01-15 t Miền núi 1', 'a file');
select is(test.clocks('replaced'), 'consider_file 2025-01-15', 'twelve months to be considered');
select is(test.told(format('select string_agg(concat_ws('' '', type, reference, dated_on, valid_until_on, custodian), '','') from file_paper where case_id = %L', test.id('case replaced'))),
	'awareness_certificate 12 2022-01-10 2027-01-10 Đơn vị A1', 'has the certificate from its start');

-- ---- Papers ----

select test.file('papers', 'file_open') \g /dev/null
create function test.paper(type text, dated text, valid_until text default null, custodian text default 'Chi bộ', name text default 'papers') returns text language sql as $$
	select format('chibo.set_case_paper(-, %L, %L, %L, %L, %L)', paper.type, paper.dated, paper.valid_until, '05-GT', paper.custodian)
$$;
create function test.paper_of(type text) returns text language sql as $$
	select test.told(format('select concat_ws('' '', dated_on, valid_until_on, reference, custodian) from file_paper where case_id = %L and type = %L', test.id('case papers'), paper_of.type))
$$;
grant execute on all functions in schema test to public;
select is(test.step('clerk', 'SetPaper', 'papers', test.paper('poem', '2024-06-03')), 'unknown_code type list=paper_type, value=poem', 'a paper is of the list');
select is(test.step('clerk', 'SetPaper', 'papers', test.paper('self_review', '2024-06-03')), 'unknown_code type list=paper_type, value=self_review', 'of an admission');
select is(test.step('clerk', 'SetPaper', 'papers', test.paper('application', '2024-06-03', custodian => null)), 'required custodian', 'somebody keeps it');
select is(test.step('clerk', 'SetPaper', 'papers', test.paper('application', '2024-06-03', custodian => ' ')), 'custodian__text', 'by name');
select is(test.step('clerk', 'SetPaper', 'papers', test.paper('mentor_letter', '2024-06-03', '2024-06-02')), 'valid_until_on__before_start', 'it is valid from its day');
select test.take('clerk', 'SetPaper', 'papers', test.paper('mentor_letter', '2024-02-29')) \g /dev/null
select is(test.paper_of('mentor_letter'), '2024-02-29 2025-02-28 05-GT Chi bộ', 'as long as its rule says');
select test.take('clerk', 'SetPaper', 'papers', test.paper('mentor_letter', '2024-03-01', '2024-08-31')) \g /dev/null
select is(test.paper_of('mentor_letter'), '2024-03-01 2024-08-31 05-GT Chi bộ', 'or as it says itself; a newer one takes its place');
select test.take('clerk', 'SetPaper', 'papers', test.paper('application', '2024-03-01')) \g /dev/null
select is(test.paper_of('application'), '2024-03-01 05-GT Chi bộ', 'what has no rule stays valid');
select test.take('clerk', 'SetPaper', 'papers', test.paper('application', null)) \g /dev/null
select is(test.paper_of('application'), null, 'without a day it is taken out');
select test.change(format($$delete from file_paper where case_id = %L and type = 'biography'$$, test.id('case papers'))) \g /dev/null
select is(test.step('clerk', 'RequestChecks', 'papers', $$chibo.request_checks(-, array[test.id('q')], '{self}', '{Xã}', '2024-06-03')$$),
	'papers_missing id types=application,biography', 'a step names the papers that it misses');
select is(array(select test.step('clerk', 'SetPaper', s, $$chibo.set_case_paper(-, 'application', null, null, null, null)$$) from unnest('{file_open,checking,ready}'::text[]) s),
	'{file_open,"paper_in_use type","paper_in_use type"}', 'a paper that a step rested on stays');
select is(array(select test.step('clerk', 'SetPaper', s, $$chibo.set_case_paper(-, 'application', '2024-06-03', null, null, 'Đảng ủy')$$) from unnest('{checking,ready}'::text[]) s),
	'{checking,ready}', 'though a better one takes its place');

-- ---- Checks ----

create function test.ask(name text, ids text[], subjects text, places text) returns text language sql as $$
	select test.step('clerk', 'RequestChecks', ask.name, format('chibo.request_checks(-, array(select test.id(i) from unnest(%L::text[]) i), %L, %L, ''2024-06-03'')', ids, subjects, places))
$$;
grant execute on all functions in schema test to public;
select is(test.ask('file_open', '{q}', '{parent}', '{Xã Nghĩa An}'), 'self_missing checks', 'the person is asked about');
select is(test.ask('file_open', '{}', '{}', '{}'), 'self_missing checks', 'at least');
select is(test.ask('file_open', '{q}', '{self}', '{"Có vấn đề: xem thư!"}'), 'place__place', 'a place, and no words of what was found');
select is(test.ask('file_open', '{q,q}', '{self,parent}', '{Xã Nghĩa An,Xã Nghĩa An}'), 'background_check_id__id_taken', 'each once');
select test.file('asked', 'file_open') \g /dev/null
select test.take('clerk', 'RequestChecks', 'asked', $$chibo.request_checks(-, array[test.id('q1'), test.id('q2')], '{self,parent}', '{Xã Nghĩa An,Phường Kim Long}', '2024-06-03')$$) \g /dev/null
create function test.answer(question text, day text, conclusion text) returns text language sql as $$
	select format('chibo.answer_check(-, test.id(%L), %L, %L)', answer.question, answer.day, answer.conclusion)
$$;
grant execute on all functions in schema test to public;
select is(test.step('ward.head', 'ConcludeChecks', 'asked', $$chibo.conclude_checks(-, '2024-06-03')$$), 'checks_open id count=2', 'all are answered first');
select is(test.step('clerk', 'AnswerCheck', 'asked', test.answer('check checked', '2024-06-03', 'clear')), 'not_found check_id', 'a question of this file');
select is(test.step('clerk', 'AnswerCheck', 'asked', test.answer('q1', '2024-06-02', 'clear')), 'answered_on__before_asking', 'no answer before it was asked');
select test.take('clerk', 'AnswerCheck', 'asked', test.answer('q1', '2024-06-03', 'needs_upper_opinion')) \g /dev/null
select is(test.step('clerk', 'AnswerCheck', 'asked', test.answer('q1', '2024-06-03', 'clear')), 'answered_before check_id', 'it is answered once');
select is(test.step('ward.head', 'ConcludeChecks', 'asked', $$chibo.conclude_checks(-, '2024-06-03')$$), 'checks_open id count=1', 'all of them');
select is(test.step('ward.head', 'ConcludeChecks', 'asked', 'test.change($x$update background_check set answered_on = ''2024-06-03'', conclusion = ''not_eligible'' where answered_on is null$x$), chibo.conclude_checks(-, ''2024-06-03'')'),
	'not_eligible id', 'one that speaks against ends it');
select test.take('clerk', 'AnswerCheck', 'asked', test.answer('q2', '2024-06-03', 'clear')) \g /dev/null
select is(test.step('ward.head', 'ConcludeChecks', 'asked', $$chibo.conclude_checks(-, '2024-06-03')$$), 'upper_opinion_needed id', 'what is in doubt goes up');
select test.take('clerk', 'SetPaper', 'asked', $$chibo.set_case_paper(-, 'upper_opinion', '2024-06-03', null, null, 'Đảng ủy')$$) \g /dev/null
select is(test.step('ward.head', 'ConcludeChecks', 'asked', 'test.change($x$update mentor_assignment set mentor_person_id = test.id(''person ward.head'') where candidate_id = test.id(''asked'')$x$), chibo.conclude_checks(-, ''2024-06-03'')'),
	'mentor_confirms id', 'whoever helps does not confirm');
select is(test.step('ward.head', 'ConcludeChecks', 'asked', 'test.change($x$update mentor_assignment set mentor_person_id = test.id(''person ward.head''), during = ''[2020-01-06,2021-01-01)'', reason_end = ''Bận'' where candidate_id = test.id(''asked'')$x$), chibo.conclude_checks(-, ''2024-06-03'')'),
	'mentor_confirms id', 'nor whoever helped once');
select is(test.step('ward.head', 'ConcludeChecks', 'asked', 'test.change($x$delete from file_paper where type = ''verification''$x$), chibo.conclude_checks(-, ''2024-06-03'')'),
	'papers_missing id types=verification', 'with the report of it');
select test.take('ward.head', 'ConcludeChecks', 'asked', $$chibo.conclude_checks(-, '2024-06-03')$$) \g /dev/null
select is(test.stage('asked') || (select x.conclusion_by = test.id('person ward.head') from test.case_of('asked') x), 'checkedtrue', 'another person concludes');
select is(test.step('clerk', 'CollectOpinions', 'asked', 'test.change($x$delete from file_paper where type in (''mass_opinion'', ''residence_opinion'')$x$), chibo.collect_opinions(-, ''2024-06-03'')'),
	'papers_missing id types=mass_opinion,residence_opinion', 'opinions of organisations and of the residence');
select is(array(select test.step('clerk', 'CollectOpinions', 'asked', format('test.change($x$update file_paper set valid_until_on = ''2024-06-03'' where type = ''mentor_letter''$x$), chibo.collect_opinions(-, %L)', d))
	from unnest('{2024-06-03,2024-06-04}'::text[]) d), '{ready,"papers_expired id types=mentor_letter"}', 'valid until their last day');

-- ---- The branch votes ----

select test.file('voted', 'ready', '2023-06-03') \g /dev/null
select test.vote('other purpose', 'voted', purpose => 'ordinary'), test.vote('next door', 'voted', round => 3, meeting => 'm2'), test.vote('by hand', 'voted', method => 'hand', round => 2),
	test.vote('late', 'voted', day => '2024-06-04') \g /dev/null
alter table chibo.vote_item disable trigger user;
create function test.ballot(vote text, name text default 'voted', change text default '') returns text language sql as $$
	select test.step('secretary', 'BranchVote', ballot.name, ballot.change || format('chibo.vote_in_branch(-, test.id(%L), ''07-NQ/CB'')', ballot.vote))
$$;
grant execute on all functions in schema test to public;
select is(array(select test.ballot(v) from unnest('{nothing,next door,other purpose,v,by hand}'::text[]) v),
	'{"not_found vote_id","not_found vote_id","vote_on_other vote_id purpose=ordinary, subject=other purpose","vote_on_other vote_id purpose=admission, subject=v","ballot_or_card vote_id"}',
	'a vote on paper or by card, of this branch and about this file');
select is(test.ballot('by hand', change => 'test.change($x$update vote_item set method = ''card'' where id = test.id(''by hand'')$x$), '), 'round_order vote_id next=1', 'of this round');
select is(test.ballot('late'), 'file_expired id due_on=2024-06-03', 'twelve months after it was opened the file is too old');
select test.change($$update vote_item set voted_at = '2024-06-03 23:59+07' where id = test.id('late')$$) \g /dev/null
select is(test.ballot('late'), 'branch_approved', 'on the last day it is not');
select is(test.ballot('late', change => 'test.change($x$update vote_item set method = ''card'' where id = test.id(''late'')$x$), '), 'branch_approved', 'by card, too');
select is(test.ballot('late', change => 'test.change($x$update file_paper set valid_until_on = ''2024-06-02'' where type = ''union_resolution''$x$), '),
	'papers_expired id types=union_resolution', 'its papers are valid on the day of the vote');
select is(array(select test.ballot('late', change => format('test.change($x$update class_attendance set valid_until_on = %L$x$), ', d)) from unnest('{2024-06-02,2024-06-03}'::text[]) d),
	'{"certificate_expired id valid_until_on=2024-06-02",branch_approved}', 'so is the certificate');
select is(array(select test.ballot('late', change => format('test.change($x$update person set born_on = %L where id = test.id(''person voted'')$x$), ', d))
	from unnest('{1964-05-03,1964-05-04,2006-06-03,2006-06-04}'::text[]) d),
	'{"too_old exception have=721, max=720",branch_approved,branch_approved,"too_young id have=215, need=216"}', 'the age is that of the day of the vote');
select is(test.ballot('late', change => 'test.change($x$update admission_case set exception = ''TW xem xét'' where id = test.id(''case voted'')$x$), test.change($x$update person set born_on = ''1960-01-01'' where id = test.id(''person voted'')$x$), '),
	'branch_approved', 'what was excepted stays so');

select test.change($$delete from vote_item where subject_id = test.id('case voted')$$) \g /dev/null
select test.vote('round ' || n, 'voted', false, '2024-06-03', n) from generate_series(1, 3) n \g /dev/null
select test.take('secretary', 'BranchVote', 'voted', $$chibo.vote_in_branch(-, test.id('round 1'), '07-NQ/CB')$$) \g /dev/null
select is(test.stage('voted') || (select x.round || coalesce(x.branch_resolution, ' none') from test.case_of('voted') x), 'ready2 none', 'short of two thirds: another round');
select is(test.ballot('round 1'), 'round_order vote_id next=2', 'a vote counts once');
select is(test.ballot('round 2', change => 'test.change($x$update rule_param set value = ''2'' where key = ''vote.deadlock_rounds''$x$), '), 'escalated', 'after as many as the rule says');
select test.take('secretary', 'BranchVote', 'voted', $$chibo.vote_in_branch(-, test.id('round 2'), '07-NQ/CB')$$) \g /dev/null
select is(test.stage('voted'), 'ready', 'not before');
select test.take('secretary', 'BranchVote', 'voted', $$chibo.vote_in_branch(-, test.id('round 3'), '07-NQ/CB')$$) \g /dev/null
select is(test.stage('voted') || (select x.round from test.case_of('voted') x), 'escalated3', 'three: the committee above decides');
select is(test.step('ward.head', 'Resolve', 'voted', $$chibo.resolve_deadlock(-, false, '20-NQ/ĐU', '2024-06-03', null)$$), 'required reason', 'who drops it says why');
select test.take('ward.head', 'Resolve', 'voted', $$chibo.resolve_deadlock(-, true, '20-NQ/ĐU', '2024-06-03', null)$$) \g /dev/null
select is((select concat_ws(' ', x.branch_on, x.branch_resolution, x.branch_vote_id) from test.case_of('voted') x), '2024-06-03 20-NQ/ĐU', 'its resolution stands for that of the branch');
select is(test.clocks('voted'), 'decide 2024-08-26', 'and starts the same clock');
select test.take('ward.head', 'Resolve', 'escalated', $$chibo.resolve_deadlock(-, false, '21-NQ/ĐU', '2024-06-03', 'Chưa đủ')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('escalated'), x.outcome, test.clocks('escalated')) from test.case_of('escalated') x), 'dropped dropped', 'a file that is dropped is closed');

-- ---- Days of a decision ----

create function test.decide_from(day date, name text) returns text language plpgsql as $$
begin
	perform test.file(decide_from.name, 'ready', '2023-12-01'), test.vote('vote ' || decide_from.name, decide_from.name, day => decide_from.day);
	perform test.take('secretary', 'BranchVote', decide_from.name, format('chibo.vote_in_branch(-, test.id(%L), ''07-NQ/CB'')', 'vote ' || decide_from.name));
	return test.clocks(decide_from.name);
end
$$;
grant execute on all functions in schema test to public;
select is(test.decide_from('2024-01-15', 'tet'), 'decide 2024-04-15', 'sixty working days over Tết: five more than twelve weeks');
select is(test.decide_from('2024-02-20', 'swapped'), 'decide 2024-05-17', 'over days that changed places: 29/4 off, Saturday 4/5 worked');
select test.take('chief', 'Extend', 'tet', $$chibo.extend_decision(-, 'Cần xác minh')$$) \g /dev/null
select is(test.clocks('tet'), 'decide 2024-05-30', 'thirty working days more');
select is(test.step('chief', 'Extend', 'tet', $$chibo.extend_decision(-, 'Lần nữa')$$), 'extended_before id due_on=2024-05-30', 'once');
select is(test.step('ward.head', 'Extend', 'swapped', $$chibo.extend_decision(-, 'Cần xác minh')$$), 'not_decider id unit=Đảng bộ mẫu', 'by who decides');
select is((select concat_ws(' ', x.branch_on, x.branch_resolution, x.branch_vote_id = test.id('vote tet')) from test.case_of('tet') x), '2024-01-15 07-NQ/CB t', 'from the day of the branch''s vote');

-- ---- The committee, upward and back ----

select test.file('upward', 'branch_approved') \g /dev/null
select test.vote('upward branch', 'upward', round => 1), test.vote('upward hand', 'upward', method => 'hand', purpose => 'admission_committee', meeting => 'committee'),
	test.vote('upward elsewhere', 'upward', round => 3, purpose => 'admission_committee'),
	test.vote('upward 2', 'upward', day => '2024-06-03', round => 2, purpose => 'admission_committee', meeting => 'committee') \g /dev/null
create function test.committee(vote text, name text default 'upward', change text default '') returns text language sql as $$
	select test.step('ward.head', 'GrassrootsVote', committee.name, committee.change || format('chibo.vote_in_committee(-, test.id(%L), ''08-NQ/ĐU'')', committee.vote))
$$;
grant execute on all functions in schema test to public;
select is(array(select test.committee(v) from unnest('{nothing,upward branch,w,upward elsewhere,upward hand,upward 2}'::text[]) v),
	'{"not_found vote_id","vote_on_other vote_id purpose=admission, subject=upward branch","vote_on_other vote_id purpose=admission_committee, subject=w","vote_on_other vote_id purpose=admission_committee, subject=upward elsewhere","ballot_or_card vote_id","round_order vote_id next=1"}', 'the committee votes as the branch did');
select is(test.committee('upward hand', change => 'test.change($x$update vote_item set method = ''card'', voted_at = ''2024-05-05 10:00+07'' where id = test.id(''upward hand'')$x$), '),
	'committee_on__order', 'after the branch');
select is(test.committee('upward hand', change => 'test.change($x$update vote_item set method = ''card'' where id = test.id(''upward hand'')$x$), test.change($x$delete from file_paper where type = ''branch_resolution''$x$), '),
	'papers_missing id types=branch_resolution', 'with its resolution in the file');
select test.change($$update vote_item set method = 'card', passed = false, votes_for = 11, votes_against = 7 where id = test.id('upward hand')$$) \g /dev/null
select test.take('ward.head', 'GrassrootsVote', 'upward', $$chibo.vote_in_committee(-, test.id('upward hand'), '08-NQ/ĐU')$$) \g /dev/null
select is(test.stage('upward') || (select x.committee_round from test.case_of('upward') x), 'branch_approved2', 'short of two thirds of the committee: another round');
select test.take('ward.head', 'GrassrootsVote', 'upward', $$chibo.vote_in_committee(-, test.id('upward 2'), '08-NQ/ĐU')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('upward'), x.committee_on, x.committee_resolution) from test.case_of('upward') x), 'grassroots_approved 2024-06-03 08-NQ/ĐU', 'then the file may go up');
select is(test.step('clerk', 'Submit', 'upward', 'test.change($x$delete from file_paper where type = ''grassroots_resolution''$x$), chibo.submit_file(-)'),
	'papers_missing id types=grassroots_resolution', 'with this resolution, too');
select test.take('clerk', 'Submit', 'upward', 'chibo.submit_file(-)') \g /dev/null
select is((select concat_ws(' ', test.stage('upward'), x.submitted_by = test.id('person clerk')) from test.case_of('upward') x), 'under_review t', 'the office sends it');
select test.take('officer', 'ReturnFile', 'upward', $$chibo.return_file(-, 'Thiếu chữ ký')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('upward'), num_nulls(x.submitted_by, x.submitted_at), x.committee_on) from test.case_of('upward') x), 'grassroots_approved 2 2024-06-03', 'sent back it is as before');
select is(test.told(format('select reason from candidate where id = %L', test.id('upward'))), 'Thiếu chữ ký', 'with the reason');
select test.take('ward.head', 'SendBack', 'upward', $$chibo.send_file_back(-, 'Bỏ phiếu lại')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('upward'), num_nulls(x.committee_vote_id, x.committee_on, x.committee_resolution), x.branch_on) from test.case_of('upward') x), 'branch_approved 3 2024-05-06', 'one step back undoes one');
select is(test.committee('upward 2'), 'grassroots_approved', 'the vote that passed may count again');
select test.take('ward.head', 'SendBack', 'upward', $$chibo.send_file_back(-, 'Bỏ phiếu lại')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('upward'), num_nulls(x.branch_vote_id, x.branch_on, x.branch_resolution)) from test.case_of('upward') x), 'ready 3', 'the branch''s, too');
select is(test.clocks('upward'), 'certificate 2027-01-10, consider_file 2025-01-15', 'with the clocks that ran before');
select is(test.ballot('upward branch', 'upward'), 'branch_approved', 'and it votes, or its vote counts again');

-- a file that has lain too long
select test.change(format($$update file_paper set valid_until_on = '2025-01-15' where case_id = %L$$, test.id('case upward'))) \g /dev/null
select test.take('secretary', 'RenewFile', 'upward', $$chibo.renew_file(-, '2024-06-03', 'Quá hạn')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('upward'), x.opened_on, x.round) from test.case_of('upward') x), 'file_open 2024-06-03 1', 'begins anew');
select is(test.clocks('upward'), 'certificate 2027-01-10, consider_file 2025-06-03', 'with its twelve months');
select is(test.told(format('select string_agg(t.code, '','' order by t.order_no) from paper_type t where t.kind = ''admission'' and t.code <> ''upper_opinion'' and not exists (select from file_paper p where p.case_id = %L and p.type = t.code)', test.id('case upward'))),
	'mentor_letter,union_resolution,mass_opinion,residence_opinion', 'without the letters that are written anew');

-- ---- The decision ----

create function test.decision(who text, name text, day text default '2024-06-03', change text default '') returns text language sql as $$
	select test.step(decision.who, 'Decide', decision.name, decision.change || format('chibo.decide_admission(-, true, ''15-QĐ/TU'', %L, null)', decision.day))
$$;
create function test.by(role text, whom text) returns text language sql as $$
	select format('test.change($x$update admission_case set %I = %L where id = test.id(''case under_review'')$x$), ', by.role, test.id('person ' || by.whom))
$$;
grant execute on all functions in schema test to public;
select is(test.decision('ward.head', 'under_review'), 'not_decider id unit=Đảng bộ mẫu', 'the unit decides that has the power');
select is(test.decision('chief', 'under_review', change => test.by('submitted_by', 'chief')), 'own_proposal id', 'nobody decides what he submitted');
select is(test.decision('chief', 'under_review', change => test.by('appraised_by', 'chief')), 'own_proposal id', 'or appraised');
select is(test.refusal(format('select test.change($x$update admission_case set decided_by = submitted_by, decision_on = ''2024-06-03'', decision_doc = ''1'' where id = %L$x$)', test.id('case under_review'))),
	'id__own_proposal__case', 'the table keeps it, too');
select is(test.decision('chief', 'under_review', change => 'test.change($x$update admission_case set appraised_by = null, appraisal = null where id = test.id(''case under_review'')$x$), '),
	'not_appraised id', 'the board has appraised it');
select is(test.decision('chief', 'under_review', '2024-05-19'), 'decision_on__order', 'not before the committee''s vote');
select is(test.step('chief', 'Decide', 'under_review', $$chibo.decide_admission(-, false, '16-QĐ/TU', '2024-06-03', null)$$), 'required reason', 'who refuses says why');
select is(test.step('officer', 'Appraise', 'under_review', $$chibo.appraise_file(-, ' ')$$), 'appraisal__text', 'an appraisal is in words');
-- a grassroots committee with the power decides itself
update chibo.unit set can_decide_admission = true where id = test.id('A');
select is(test.decision('chief', 'under_review'), 'not_decider id unit=Đơn vị A', 'the nearest one that has it');
select is(test.decision('ward.head', 'under_review', change => 'test.change($x$update admission_case set appraised_by = null, appraisal = null where id = test.id(''case under_review'')$x$), '),
	'decided', 'there is no board to appraise');
select is(test.decision('ward.head', 'under_review', change => test.by('submitted_by', 'ward.head')), 'own_proposal id', 'but another person');
update chibo.unit set can_decide_admission = false where id in (test.id('A'), test.id('Q'));
select is(test.decision('chief', 'under_review'), 'not_decider id unit=', 'where nobody has it nobody decides');
update chibo.unit set can_decide_admission = true where id = test.id('Q');
select test.take('chief', 'Decide', 'under_review', $$chibo.decide_admission(-, true, '15-QĐ/TU', '2024-06-03', null)$$) \g /dev/null
select is((select concat_ws(' ', test.stage('under_review'), x.decision_doc, x.decision_on, x.decided_by = test.id('person chief'), x.decider_id = test.id('Q'), x.outcome, test.clocks('under_review'))
	from test.case_of('under_review') x), 'decided 15-QĐ/TU 2024-06-03 t t', 'decided, and its clock stands');
select test.file('turned down', 'under_review') \g /dev/null
select test.take('chief', 'Decide', 'turned down', $$chibo.decide_admission(-, false, '16-QĐ/TU', '2024-06-03', 'Chưa đủ')$$) \g /dev/null
select is((select concat_ws(' ', test.stage('turned down'), x.outcome, test.clocks('turned down')) from test.case_of('turned down') x), 'refused refused', 'refused, and the file is closed');

-- ---- The ceremony ----

create function test.held(name text, meeting text, day text, consent text default null) returns text language sql as $$
	select test.step('secretary', 'HoldCeremony', held.name, format('chibo.hold_ceremony(-, test.id(%L), %L, test.id(''new''), test.id(''new place''), ''123456TTH'', %L)', held.meeting, held.day, held.consent))
$$;
grant execute on all functions in schema test to public;
select test.ceremony('c1', 'A1', 'under_review', '2025-05-16'), test.ceremony('c2', 'A1', 'under_review', '2025-05-19'), test.ceremony('c3', 'A1', 'decided', '2025-05-19'),
	test.ceremony('c4', 'A2', 'under_review', '2025-05-16') \g /dev/null
select is(test.held('under_review', 'c1', '2025-05-16'), 'decision_not_received id', 'the branch has the decision first');
select is(test.step('secretary', 'Receive', 'under_review', $$chibo.receive_decision(-, '2024-06-02')$$), 'received_on__order', 'not before it was made');
select test.take('secretary', 'Receive', 'under_review', $$chibo.receive_decision(-, '2025-04-01')$$) \g /dev/null
select is(test.clocks('under_review'), 'ceremony 2025-05-16', 'thirty working days, over three holidays and a Saturday that is worked');
select is(array[test.held('under_review', 'c1', '2025-05-16'), test.held('under_review', 'c2', '2025-05-19'), test.held('under_review', 'c2', '2025-05-19', '20-CV/TU')],
	'{probationary,"consent_required consent due_on=2025-05-16",probationary}', 'on the last day; later only with consent');
select is(test.held('under_review', 'c2', '2025-05-19', ' '), 'consent__text', 'in words');
select is(array[test.held('under_review', 'c4', '2025-05-16'), test.held('under_review', 'nothing', '2025-05-16'), test.held('under_review', 'c1', '2025-05-15'), test.held('under_review', 'm', '2025-05-16'),
	test.held('under_review', 'c3', '2025-05-19', '20-CV/TU')],
	'{"not_found meeting_id","not_found meeting_id","ceremony_not_on_agenda meeting_id","ceremony_not_on_agenda meeting_id","ceremony_not_on_agenda meeting_id"}',
	'at a meeting of the branch, on its day, with this ceremony on its agenda');
select test.change($$update agenda_item set kind = 'other' where meeting_id = test.id('c1')$$) \g /dev/null
select is(test.held('under_review', 'c1', '2025-05-16'), 'ceremony_not_on_agenda meeting_id', 'as a ceremony');
select test.change($$update agenda_item set kind = 'ceremony' where meeting_id = test.id('c1')$$) \g /dev/null
select test.take('secretary', 'HoldCeremony', 'under_review', $$chibo.hold_ceremony(-, test.id('c1'), '2025-05-16', test.id('new'), test.id('new place'), '123456TTH', null)$$) \g /dev/null
select is((select concat_ws(' ', test.stage('under_review'), x.held_on, x.outcome, x.member_id = test.id('new'), x.meeting_id = test.id('c1'), test.clocks('under_review')) from test.case_of('under_review') x),
	'probationary 2025-05-16 admitted t t', 'admitted, and no clock of the file runs');
select is(test.told(format($$select concat_ws(' ', m.status, m.decision_on, m.joined_on, m.biography_no, m.person_id = %L, s.kind, s.during, s.unit_id = %L) from member m join membership s on s.member_id = m.id where m.id = %L$$,
	test.id('person under_review'), test.id('A1'), test.id('new'))), 'probationary 2024-06-03 2025-05-16 123456TTH t primary [2025-05-16,) t', 'a probationary member of this branch');
select is(test.told(format($$select concat_ws(' ', p.state, p.due_on, (select string_agg(c.kind || ' ' || c.due_on, ', ' order by c.due_on) from clock c where c.member_id = p.id)) from probation p where p.id = %L$$, test.id('new'))),
	'running 2026-05-16 probation 2026-05-16, consider_full 2026-06-26', 'whose twelve months run');

select * from finish();
rollback;
