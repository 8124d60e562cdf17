-- Probation: when it ends, who is reminded, who votes and decides, and that nobody is forgotten.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(100);

-- ---- A clock to turn ----

create or replace function chibo.today() returns date language sql stable parallel safe as $$
	select coalesce(nullif(current_setting('test.today', true), ''), '2024-06-03')::date
$$;
create function test.on_day(d text) returns void language sql as $$ select set_config('test.today', d, false) $$;

-- Somebody who came as probationary on a day.
create function test.probationer(name text, unit text, joined date) returns void language plpgsql as $$
begin
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
	select test.id('person ' || name), u.id, u.pos, u.feed_id, 'Hà', name, 'female', '1990'
	from chibo.unit u where u.id = test.id(unit);
	insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
	select test.id(name), test.id('person ' || name), u.id, u.pos, u.feed_id, false, 'probationary', joined - 10, joined,
		lpad((hashtext(name) & 524287)::text, 6, '0') || 'HD'
	from chibo.unit u where u.id = test.id(unit);
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select test.id('place ' || name), test.id(name), u.id, u.pos, u.feed_id, 'primary', daterange(joined, null)
	from chibo.unit u where u.id = test.id(unit);
end
$$;
-- A vote about somebody in a meeting of its own, on a day at noon.
create function test.vote(name text, unit text, subject text, day date, passed boolean default true, round int default 1,
	purpose text default 'recognition', method text default 'secret_ballot', kind chibo.meeting_kind default 'regular')
returns void language plpgsql as $$
begin
	perform test.meeting('meeting ' || name, unit, kind);
	insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, round, voted_at,
		eligible, present, quorum_met, issued, returned, missing, valid, votes_for, votes_against, blank, rule_key, rule_value,
		rule_doc, needed, passed)
	select test.id(name), m.unit_id, m.unit_pos, m.feed_id, m.id, purpose::chibo.vote_purpose, name, test.id(subject),
		method::chibo.vote_method, round, (day || ' 12:00+07')::timestamptz, 18, 18, true, 18, 18, 0, 18,
		case when passed then 12 else 11 end, case when passed then 6 else 7 end, 0, 'vote.admission_ratio', '2/3', 'QĐ', 12, passed
	from chibo.meeting m where m.id = test.id('meeting ' || name);
end
$$;
create function test.papers(member text, method text, dated date) returns void language sql as $$
	insert into chibo.file_paper (member_id, type, unit_id, unit_pos, feed_id, dated_on, custodian)
	select m.id, t.code, m.unit_id, m.unit_pos, m.feed_id, dated, 'Chi bộ'
	from chibo.member m, chibo.paper_type t where m.id = test.id(member) and t.needed_for = 'ProbationService/' || method
$$;
create function test.version(member text) returns int language sql security definer set search_path = pg_catalog, chibo as $$
	select p.version from chibo.probation p where p.id = test.id(member)
$$;
create function test.state(member text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select p.state::text from chibo.probation p where p.id = test.id(member)
$$;
create function test.clocks(member text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select string_agg(c.kind || ' ' || c.due_on || coalesce(' stopped ' || c.stopped_on, ''), ', ' order by k.order_no, c.started_on)
	from clock c join clock_kind k on k.code = c.kind where c.member_id = test.id(member)
$$;
-- A step of a probation by whoever makes it, from its present version.
create function test.step(member text, fn text, args text default '') returns text language plpgsql as $$
begin
	return test.refusal(format('select chibo.%s(%L, %s%s)', fn, test.id(member), test.version(member), args));
end
$$;
-- As far as a state, by SQL.
create function test.put(member text, state text, day date) returns void language plpgsql as $$
declare
	n int := array_position('{running,branch_approved,grassroots_approved,under_review}', state);
begin
	alter table chibo.probation disable trigger user;
	update chibo.probation set state = put.state::chibo.probation_state, branch_on = case when n > 1 then day end,
		branch_resolution = case when n > 1 then '9-NQ' end, committee_on = case when n > 2 then day end,
		committee_resolution = case when n > 2 then '10-NQ' end, submitted_at = case when n > 3 then day + time '12:00' end,
		submitted_by = case when n > 3 then test.id('person clerk') end where id = test.id(member);
	alter table chibo.probation enable trigger user;
	if n > 1 then
		perform chibo.stop_clock(null, null, test.id(member), day), chibo.start_clock('decide_full', null, test.id(member), day);
	end if;
end
$$;
grant execute on all functions in schema test to public;

update auth."grant" set during = '[2020-01-01,)';
select test.official('ward.head', 'A', 'WS'), test.official('ward.head.b', 'B', 'WS'), test.official('deputy', 'A1', 'BD'),
	test.official('secretary.2', 'A2', 'BS') \g /dev/null
update chibo.unit set can_decide_admission = (id = test.id('Q'));

-- ---- The end of probation ----

select test.on_day('2024-06-03') \g /dev/null
select test.probationer('Hoa', 'A1', '2020-02-29'), test.probationer('Lan', 'A1', '2020-02-28'), test.probationer('Mai', 'A1', '2020-03-01'),
	test.probationer('Cuc', 'A2', '2023-06-03') \g /dev/null
select results_eq($$ select due_on::text from chibo.probation where id in (test.id('Hoa'), test.id('Lan'), test.id('Mai')) order by joined_on $$,
	$$ values ('2021-02-28'), ('2021-02-28'), ('2021-03-01') $$, 'twelve months, a leap day ends with its month');
select is(test.clocks('Hoa'), 'probation 2021-02-28, consider_full 2021-04-09', 'the branch considers within thirty working days');
select is((select d::text from chibo.day_after('2021-02-28', 30, 'working_days') d), '2021-04-09', 'counted from the day behind');
select is(chibo.working_days('2021-02-28', '2021-04-09'), 30, 'of which there are thirty');
select is(chibo.working_days('2021-02-28', '2021-04-08'), 29, 'no day earlier');
select is(test.clocks('an'), null, 'who came as full has none');

-- whoever writes the member
select test.as('clerk', 'MemberService/Create') \g /dev/null
select lives_ok($$ select test.probationer('Tao', 'A1', '2024-01-15') $$, 'an office writes a member with his probation');
select is((select concat_ws(' ', state, due_on, version) from chibo.probation where id = test.id('Tao')), 'running 2025-01-15 1', 'that has begun');
select lives_ok($$ select chibo.import_lines(test.id('A'), array[
	row(1, test.id('Sen'), test.id('person Sen'), test.id('place Sen'), 'CODE.A2', null, null, 'Hà', null, 'Sen', 'female', '1990',
		null, null, null, 'probationary', '2018-05-01', '2018-05-19', null, null, '123456HD', false)]::chibo.member_line[]) $$,
	'so does a list');
select is((select due_on::text from chibo.probation where id = test.id('Sen')), '2019-05-19', 'also for one who was forgotten');
select test.as('head') \g /dev/null
select chibo.place_member(test.id('Tao'), 1, gen_random_uuid(), test.id('B1'), 'primary', '2024-06-01', null) \g /dev/null
select is((select array[p.unit_id, c.unit_id] from chibo.probation p join chibo.clock c on c.member_id = p.id and c.kind = 'probation'
	where p.id = test.id('Tao')), array[test.id('B1'), test.id('B1')], 'it goes where he goes, its clocks too');
select chibo.set_status(test.id('Tao'), 2, 'removed', '2024-06-02', '3-QĐ', null) \g /dev/null
select is(test.state('Tao') || ': ' || test.clocks('Tao'),
	'ended: probation 2025-01-15 stopped 2024-06-02, consider_full 2025-03-05 stopped 2024-06-02', 'who leaves ends it');
select is(test.refusal($$ select chibo.set_status(test.id('Cuc'), 1, 'full', '2024-06-03', '4-QĐ', '00000001') $$),
	'recognition_required status', 'nobody becomes a full member by a stroke of the pen');
select test.as_superuser() \g /dev/null
insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
select test.id('person ' || n), id, pos, feed_id, 'Hà', 'Khách', 'male', '1990' from chibo.unit, unnest('{guest,guest 2}'::text[]) n where id = test.id('A1');
insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
select test.id(n), test.id('person ' || n), id, pos, feed_id, true, 'probationary', '2024-01-01', '2024-01-10', '77777' || length(n) || 'HD'
from chibo.unit, unnest('{guest,guest 2}'::text[]) n where id = test.id('A1');
select is(test.state('guest'), null, 'a guest''s own unit watches over his');
select test.as('head') \g /dev/null
select chibo.set_status(test.id('guest 2'), 1, 'full', '2025-01-10', '4-QĐ', '00000003') \g /dev/null
select is((select status::text from chibo.member where id = test.id('guest 2')), 'full', 'and what it decided is recorded');
select chibo.place_member(test.id('guest'), 1, gen_random_uuid(), test.id('A2'), 'primary', '2024-06-01', null) \g /dev/null
select is((select concat_ws(' ', state, due_on, unit_id = test.id('A2')) from chibo.probation where id = test.id('guest')),
	'running 2025-01-10 t', 'until he comes to stay');

-- ---- Reminders ----

-- Around Tết of 2021, 10/2 to 16/2, and a Sunday, 28/2/2021.
select results_eq($$ select d::text, chibo.reminder('2021-02-28', d::date, '-60,-30,0,10')
	from unnest('{2020-11-25,2020-11-26,2020-11-27,2021-01-07,2021-01-08,2021-01-09,2021-02-26,2021-02-27,2021-02-28,2021-03-01,2021-03-11,2021-03-12,2021-03-15}'::date[]) d $$,
	$$ values ('2020-11-25', null), ('2020-11-26', -60), ('2020-11-27', -60), ('2021-01-07', -60), ('2021-01-08', -30), ('2021-01-09', -30),
	('2021-02-26', -30), ('2021-02-27', -30), ('2021-02-28', 0), ('2021-03-01', 0), ('2021-03-11', 0), ('2021-03-12', 10), ('2021-03-15', 10) $$,
	'-60, -30, 0 and +10 working days, each with the day before and the day after');
select is(array(select chibo.working_days(d::date, '2021-02-28') from unnest('{2020-11-25,2020-11-26,2021-01-07,2021-01-08,2021-03-11,2021-03-12}'::date[]) d),
	'{61,60,31,30,-9,-10}', 'by the working days between');
select is(chibo.reminder('2021-02-28', '2027-01-01', '-60,-30,0,10'), 10, 'the last one stays');
select test.as('clerk', 'ProbationService/Get') \g /dev/null
select results_eq($$ select d.day, s.is_due, s.reminder, s.working_days_left
	from unnest('{2021-02-27,2021-02-28,2021-03-01}'::text[]) as d (day) cross join lateral test.on_day(d.day)
	cross join lateral (select x.is_due, x.reminder, x.working_days_left from chibo.probation_sheet x where x.id = test.id('Hoa') and d.day <> '') s $$,
	$$ values ('2021-02-27', false, -30, 0), ('2021-02-28', true, 0, 0), ('2021-03-01', true, 0, -1) $$, 'due on the last day of the twelve months');

-- ---- Papers ----

select test.on_day('2021-03-10') \g /dev/null
select test.as('deputy', 'ProbationService/SetPaper') \g /dev/null
select is(test.step('Hoa', 'set_probation_paper', ', ''application'', ''2021-03-01'', null, ''Chi bộ'''), 'unknown_code type list=paper_type, value=application', 'a paper of this file');
select is(test.step('Hoa', 'set_probation_paper', ', ''self_review'', ''2020-02-28'', null, ''Chi bộ'''),
	'before_joined dated_on joined_on=2020-02-29', 'not from before he joined');
select is(test.step('Hoa', 'set_probation_paper', ', ''self_review'', ''2021-03-01'', null, null'), 'required custodian', 'with who keeps it');
select is(test.step('Hoa', 'set_probation_paper', ', ''self_review'', ''2021-03-01'', ''5'', ''Chi bộ'''), '', 'it is there');
select is(test.step('Hoa', 'set_probation_paper', ', ''self_review'', ''2021-03-02'', ''6'', ''Chi bộ'''), '', 'or another in its place');
select is((select concat_ws(' ', p.is_there, p.dated_on, p.reference) from chibo.probation_papers(test.id('Hoa')) p where p.type = 'self_review'),
	't 2021-03-02 6', 'which is told');
select is(test.step('Hoa', 'set_probation_paper', ', ''self_review'', null, null, null'), '', 'or no more');
select is((select count(*) filter (where p.is_there) || ' of ' || count(*) from chibo.probation_papers(test.id('Hoa')) p), '0 of 7', 'of the whole list');
select is(test.refusal(format('select chibo.set_probation_paper(%L, 1, ''self_review'', ''2021-03-01'', null, ''x'')', test.id('Hoa'))),
	'conflict base_version version=4', 'who changes it knows its version');
select test.as('secretary.2', 'ProbationService/BranchVote') \g /dev/null
select is(test.step('Hoa', 'vote_on_probation', ', null, ''9-NQ'''), 'not_found id', 'of another branch nobody is told');

-- ---- The branch ----

select test.as_superuser() \g /dev/null
select test.vote('early', 'A1', 'Hoa', '2021-02-27', round => 1, method => 'card'), test.vote('hand', 'A1', 'Lan', '2021-03-01', method => 'hand'),
	test.vote('last day', 'A1', 'Mai', '2021-03-01'), test.vote('due day, no', 'A1', 'Lan', '2021-03-05', false, 2),
	test.vote('due day, yes', 'A1', 'Lan', '2021-03-09', true, 3), test.vote('as admission', 'A1', 'Mai', '2021-03-09', purpose => 'admission') \g /dev/null
select test.as('secretary', 'ProbationService/BranchVote') \g /dev/null
select is(test.step('Hoa', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('early'))), 'probation_running vote_id due_on=2021-02-28',
	'not the day before');
select is(test.step('Mai', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('last day'))),
	'papers_missing id types=new_member_class,self_review,mentor_opinion,probation_mass_opinion,probation_residence_opinion', 'not without the papers');
select is(test.step('Mai', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('due day, yes'))), 'vote_on_other vote_id purpose=recognition, subject=due day, yes',
	'a vote about himself');
select is(test.step('Mai', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('as admission'))), 'vote_on_other vote_id purpose=admission, subject=as admission',
	'about this');
select is(test.step('Lan', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('hand'))), 'ballot_or_card vote_id', 'not by hand');
select is(test.step('Lan', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('due day, no'))), 'round_order vote_id next=1', 'round by round');
select is(test.step('Lan', 'vote_on_probation', ', gen_random_uuid(), ''9-NQ'''), 'not_found vote_id', 'a vote that there is');
select test.as_superuser() \g /dev/null
select test.papers(n, 'BranchVote', '2021-02-20') from unnest('{Hoa,Lan,Mai}'::text[]) n \g /dev/null
update chibo.probation set round = 2, version = version + 1 where id = test.id('Lan');
select test.as('secretary', 'ProbationService/BranchVote') \g /dev/null
select is(test.step('Mai', 'vote_on_probation', format(', %L, null', test.id('last day'))), 'required resolution', 'it is written down');
select is(test.step('Mai', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('last day'))), '', 'on the last day of the twelve months');
select is(test.state('Mai') || ': ' || test.clocks('Mai'),
	'branch_approved: probation 2021-03-01 stopped 2021-03-01, consider_full 2021-04-12 stopped 2021-03-01, decide_full 2021-04-12',
	'from it the time of who decides runs');
select is(array[chibo.working_days('2021-03-01', '2021-04-12'), chibo.working_days('2021-03-01', '2021-04-11')], '{30,29}', 'thirty working days');
select is(test.step('Lan', 'vote_on_probation', format(', %L, null', test.id('due day, no'))), '', 'a vote that failed is recorded');
select is((select state || ' ' || round from chibo.probation where id = test.id('Lan')), 'running 3', 'and calls for another');
select is(test.step('Lan', 'vote_on_probation', format(', %L, ''9-NQ''', test.id('due day, yes'))), '', 'that passes');
select is((select concat_ws(' ', state, round, branch_on, branch_resolution) from chibo.probation where id = test.id('Lan')),
	'branch_approved 3 2021-03-09 9-NQ', 'with its day');

-- ---- The committee ----

select test.as_superuser() \g /dev/null
select test.vote('committee', 'A', 'Mai', '2021-03-05', purpose => 'recognition_committee', kind => 'committee'),
	test.vote('no committee', 'A', 'Lan', '2021-03-10', purpose => 'recognition_committee', kind => 'extraordinary'),
	test.vote('too early', 'A', 'Lan', '2021-03-08', round => 2, purpose => 'recognition_committee', kind => 'committee') \g /dev/null
select test.as('ward.head.b', 'ProbationService/GrassrootsVote') \g /dev/null
select is(test.step('Mai', 'committee_vote_on_probation', format(', %L, ''10-NQ''', test.id('committee'))), 'not_found id', 'its own committee');
select test.as('ward.head', 'ProbationService/GrassrootsVote') \g /dev/null
select is(test.step('Mai', 'committee_vote_on_probation', format(', %L, ''10-NQ''', test.id('committee'))),
	'papers_missing id types=recognition_resolution', 'with the resolution of the branch');
select is(test.step('Lan', 'committee_vote_on_probation', format(', %L, ''10-NQ''', test.id('no committee'))), 'not_committee vote_id', 'in a meeting of its own');
select test.as_superuser() \g /dev/null
select test.papers(n, 'GrassrootsVote', '2021-03-02') from unnest('{Lan,Mai}'::text[]) n \g /dev/null
update chibo.probation set committee_round = 2, version = version + 1 where id = test.id('Lan');
select test.as('ward.head', 'ProbationService/GrassrootsVote') \g /dev/null
select is(test.step('Lan', 'committee_vote_on_probation', format(', %L, ''10-NQ''', test.id('too early'))), 'committee_on__order__probation', 'after the branch');
select is(test.step('Mai', 'committee_vote_on_probation', format(', %L, ''10-NQ''', test.id('committee'))), '', 'it agrees');
select test.as('clerk', 'ProbationService/Submit') \g /dev/null
select is(test.step('Lan', 'submit_probation'), 'probation_state id state=branch_approved', 'nothing is skipped');
select test.as('deputy', 'ProbationService/SetPaper') \g /dev/null
select is(test.step('Mai', 'set_probation_paper', ', ''self_review'', null, null, null'), 'paper_in_use type', 'what a step rests on stays');
select test.as('clerk', 'ProbationService/Submit') \g /dev/null
select is(test.step('Mai', 'submit_probation'), 'papers_missing id types=recognition_committee_resolution', 'nor sent without its paper');
select test.as_superuser() \g /dev/null
select test.papers('Mai', 'Submit', '2021-03-06') \g /dev/null
select test.as('clerk', 'ProbationService/Submit') \g /dev/null
select is(test.step('Mai', 'submit_probation'), '', 'the file goes up');

-- ---- The decision ----

select test.as('ward.head', 'ProbationService/Decide') \g /dev/null
select is(test.step('Mai', 'decide_probation', ', true, ''16-QĐ/TU'', ''2021-03-10'', ''11112222'', null'), 'not_decider id unit=Đảng bộ mẫu',
	'by who has the power');
select is(test.step('Mai', 'extend_probation', ', ''Chờ thẩm tra'''), 'not_decider id unit=Đảng bộ mẫu', 'also over its time');
select test.as('chief', 'ProbationService/Extend') \g /dev/null
select is(test.step('Mai', 'extend_probation', ', ''Chờ thẩm tra'''), '', 'who may take thirty working days more');
select is((select array[chibo.working_days('2021-04-12', c.due_on), c.extra_value] from chibo.clock c where c.member_id = test.id('Mai') and c.stopped_on is null),
	'{30,30}', 'behind the first');
select is(test.step('Mai', 'extend_probation', ', ''Lần nữa'''), 'extended_before id due_on=2021-05-27', 'once');
select is(test.step('Mai', 'decide_probation', ', true, null, null, ''11112222'', null'), 'required decision_doc', 'in writing');
select is(test.step('Mai', 'decide_probation', ', false, null, null, null, null'), 'required reason', 'or with a reason');
select is(test.step('Mai', 'decide_probation', ', true, ''16-QĐ/TU'', ''2021-03-04'', ''11112222'', null'), 'decision_on__order__probation', 'after the committee');
select is(test.step('Mai', 'decide_probation', ', true, ''16-QĐ/TU'', null, null, null'), 'card_no__required', 'with a card');
select test.on_day('2026-11-20') \g /dev/null
select is(test.step('Mai', 'decide_probation', ', true, ''16-QĐ/TU'', null, ''11112222'', null'), '', 'however late');
select is((select concat_ws(' ', status, full_on, status_on, card_no) from chibo.member where id = test.id('Mai')), 'full 2021-03-01 2026-11-20 11112222',
	'full from the end of probation');
select is(test.state('Mai') || ': ' || test.clocks('Mai'), 'recognised: probation 2021-03-01 stopped 2021-03-01, '
	'consider_full 2021-04-12 stopped 2021-03-01, decide_full 2021-05-27 stopped 2026-11-20', 'nothing runs any more');
select is((select concat_ws(' ', is_due, coalesce(reminder::text, '-'), coalesce(working_days_left::text, '-')) from chibo.probation_sheet where id = test.id('Mai')), 'f - -',
	'and nobody is reminded');
select is((select d::text from chibo.member m cross join lateral (select m.full_on d) x where m.id = test.id('Mai') and m.full_on >= m.joined_on + interval '12 months'),
	'2021-03-01', 'twelve months');
select is(test.refusal($$ update chibo.member set full_on = '2021-02-28' where id = test.id('Mai') $$), 'probation_running full_on due_on=2021-03-01',
	'not a day earlier, whoever writes it');

-- a leap day, and separate hands
select test.as_superuser() \g /dev/null
select test.put('Hoa', 'under_review', '2021-03-10') \g /dev/null
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('grant clerk, chief'), test.id('person clerk'), 'DS', t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', now()
from auth.tree t where t.unit_id = test.id('Q');
insert into auth.session (token_hash, account_id) values (test.token('clerk, chief'), test.id('account clerk'));
select test.as('clerk, chief', 'ProbationService/Decide') \g /dev/null
select is(test.step('Hoa', 'decide_probation', ', true, ''17-QĐ/TU'', null, ''11112223'', null'), 'own_proposal id', 'nobody decides what he sent up');
select test.as('chief', 'ProbationService/Decide') \g /dev/null
select is(test.step('Hoa', 'decide_probation', ', true, ''17-QĐ/TU'', ''2021-05-01'', ''11112223'', null'), '', 'another does');
select is((select full_on::text from chibo.member where id = test.id('Hoa')), '2021-02-28', '29/02/2020 and twelve months');
select test.as_superuser() \g /dev/null
select is(test.refusal($$ update chibo.probation set submitted_by = decided_by where id = test.id('Hoa') $$), 'id__own_proposal__probation', 'nor by a back door');
select is(test.refusal($$ update chibo.probation set branch_on = due_on - 1 where id = test.id('Hoa') $$), 'branch_on__probation_running', 'nor before its day');

-- every day of joining: full membership never begins before the twelve months
select is_empty($$ select j.day from generate_series(date '2019-01-01', '2025-12-31', '1 day') as j (day)
	cross join lateral chibo.day_after(j.day::date, chibo.rule_number('probation.months', j.day::date)::int, 'months') d
	where d < (j.day + interval '12 months')::date or d > (j.day + interval '12 months')::date $$, 'on no day of seven years');

-- ---- Steps back ----

select test.probationer('Nga', 'A1', '2023-02-10') \g /dev/null
select test.put('Nga', 'under_review', '2024-03-01'), test.on_day('2024-03-05') \g /dev/null
select test.as('ward.head', 'ProbationService/SendBack') \g /dev/null
select is(test.step('Nga', 'send_probation_back', ', ''Thiếu chữ ký'''), '', 'a file comes back');
select is((select concat_ws(' ', state, reason, coalesce(submitted_at::text, '-')) from chibo.probation where id = test.id('Nga')), 'grassroots_approved Thiếu chữ ký -', 'with a reason');
select test.step('Nga', 'send_probation_back', ', ''Thiếu chữ ký''') \g /dev/null
select is((select concat_ws(' ', state, coalesce(committee_on::text, '-'), branch_on) from chibo.probation where id = test.id('Nga')), 'branch_approved - 2024-03-01', 'step');
select test.step('Nga', 'send_probation_back', ', ''Bỏ phiếu lại''') \g /dev/null
select is((select concat_ws(' ', state, coalesce(branch_on::text, '-'), round) from chibo.probation where id = test.id('Nga')), 'running - 1', 'by step');
select is(test.clocks('Nga'), 'probation 2024-02-10, consider_full 2024-03-27, decide_full 2024-04-12 stopped 2024-03-05', 'and the branch''s time runs on');
select is(test.step('Nga', 'send_probation_back', ', ''x'''), 'probation_state id state=running', 'not further');

-- ---- Not worthy ----

select test.as('secretary', 'ProbationService/ProposeRemoval') \g /dev/null
select is(test.step('Nga', 'propose_removal', ', ''Không phấn đấu'''), '', 'the branch proposes removal');
select is((select concat_ws(' ', state, removal_on, reason) from chibo.probation where id = test.id('Nga')), 'removal_proposed 2024-03-05 Không phấn đấu', 'which is told');
select is((select count(*) from chibo.clock where member_id = test.id('Nga') and stopped_on is null), 0::bigint, 'and nothing runs');
select is(test.step('Nga', 'vote_on_probation', ', null, null'), 'probation_state id state=removal_proposed', 'nor is voted on');
select is(test.step('Nga', 'resume_probation', ', ''Đã tiến bộ'''), '', 'or takes it back');
select is(test.state('Nga') || ': ' || test.clocks('Nga'),
	'running: probation 2024-02-10, consider_full 2024-03-27, decide_full 2024-04-12 stopped 2024-03-05', 'its time never stood still');
select test.as_superuser() \g /dev/null
select test.put('Nga', 'under_review', '2024-03-01') \g /dev/null
select test.as('chief', 'ProbationService/Decide') \g /dev/null
select is(test.step('Nga', 'decide_probation', ', false, null, null, null, ''Chưa đủ tiêu chuẩn'''), '', 'who decides may refuse');
select is((select concat_ws(' ', p.state, p.reason, m.status) from chibo.probation p join chibo.member m on m.id = p.id where p.id = test.id('Nga')),
	'removal_proposed Chưa đủ tiêu chuẩn probationary', 'then removal is to be proposed');

-- nobody moves himself
select test.as_superuser() \g /dev/null
select test.probationer('Yen', 'A1', '2023-01-01') \g /dev/null
update chibo.member set person_id = test.id('person secretary') where id = test.id('Yen');
select test.as('secretary', 'ProbationService/ProposeRemoval') \g /dev/null
select is(test.step('Yen', 'propose_removal', ', ''x'''), 'own_record id', 'nobody takes a step of his own probation');

-- ---- R10 ----

select test.on_day('2024-06-03') \g /dev/null
select test.as('clerk', 'ReportService/ProbationDue') \g /dev/null
select results_eq($$ select full_name, due_on, days_left, working_days_left < -1000, reminder, missing, state::text from auth.probation_due(null, '2024-06-03', null, null, 500) $$,
	$$ values ('Hà Sen', '2019-05-19', -1842, true, 10, 5, 'running'), ('Hà Lan', '2021-02-28', -1191, false, 10, 0, 'branch_approved'),
	('Hà Mai', '2021-03-01', -1190, false, 10, 0, 'grassroots_approved'),
	('Trần Thư', '2024-01-01', -154, false, 10, 5, 'running'), ('Hà Nga', '2024-02-10', -114, false, 10, 0, 'removal_proposed'),
	('Hà Cuc', '2024-06-03', 0, false, 0, 5, 'running'), ('Hà Khách', '2025-01-10', 221, false, null, 5, 'running') $$,
	'the forgotten one is first; who was recognised later still stands there');
select is((select string_agg(full_name, ', ' order by due_on) from auth.probation_due(null, '2024-06-03', '2024-02-10', test.id('Nga'), 2)), 'Hà Cuc, Hà Khách',
	'a page goes on behind the last row');
select is((select array[t.running, t.due_soon, t.overdue] from auth.probation_totals(null, '2024-06-03') t), '{7,1,5}', 'all of them are counted');
select is((select papers_missing from auth.probation_due(test.id('A2'), '2024-06-03', null, null, 1)), 'Giấy chứng nhận bồi dưỡng đảng viên mới, '
	'Bản tự kiểm điểm của đảng viên dự bị, Nhận xét của đảng viên giúp đỡ, Ý kiến của tổ chức chính trị - xã hội, Ý kiến của chi ủy nơi cư trú', 'by name');
select results_eq($$ select full_name, state::text, missing, days_left, unit_name from auth.probation_due(test.id('A1'), '2021-03-03', null, null, 500) $$,
	$$ values ('Hà Lan', 'running', 0, -3, 'Đơn vị A1'), ('Hà Hoa', 'running', 0, -3, 'Đơn vị A1'), ('Hà Mai', 'branch_approved', 0, -2, 'Đơn vị A1') $$,
	'as it stood on a day');
select results_eq($$ select d, (select array[t.running, t.due_soon, t.overdue] from auth.probation_totals(test.id('A1'), d::date) t)
	from unnest('{2020-02-29,2020-11-25,2020-11-26,2021-02-28,2021-03-01,2021-03-02,2021-05-01}'::text[]) d $$,
	$$ values ('2020-02-29', '{2,0,0}'::int[]), ('2020-11-25', '{3,0,0}'), ('2020-11-26', '{3,2,0}'), ('2021-02-28', '{3,3,0}'), ('2021-03-01', '{3,1,2}'),
	('2021-03-02', '{3,0,3}'), ('2021-05-01', '{2,0,2}') $$, 'soon from the first reminder on, overdue from the day after, no more from the decision on');
select is((select count(*) from auth.probation_due(null, '2021-02-19', null, null, 9) where missing = 5), 4::bigint, 'papers count from their day on');
select is((select count(*) from auth.probation_due(test.id('B1'), '2024-06-03', null, null, 9)), 0::bigint, 'other wards are not told of');
select is((select string_agg(c.field || '=' || c.value, ' ' order by c.field_no) from chibo.report_cells('R10', test.id('A2'), '2024-05') c
	where c.row_no = 1 and c.field in ('full_name', 'due_on', 'days_left', 'state')),
	'full_name=Hà Sen due_on=2019-05-19 days_left=-1839 state=running', 'it may be frozen by the month');
select is(test.refusal($$ select from chibo.report_cells('R10', test.id('A2'), '2024') $$), 'period_kind period value=2024', 'and no other period');

select finish();
rollback;
