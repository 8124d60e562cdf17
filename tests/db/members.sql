-- Where members take part, and what becomes of them.
begin;
\ir fixture.psql
select plan(47);

select test.as('head') \g /dev/null
select throws_ok($$ insert into membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select gen_random_uuid(), test.id('an'), id, pos, feed_id, 'primary', '[2024-01-01,2024-02-01)' from unit
	where id = test.id('B1') $$, '23P01', null, 'one primary place a day');
select throws_ok($$ select place_member(test.id('an'), 1, gen_random_uuid(), test.id('A1'), 'residential', '2024-01-01', null) $$,
	'23P01', null, 'nobody is a guest of his own unit');
select lives_ok($$ select place_member(test.id('an'), 1, test.id('stay'), test.id('A2'), 'residential', '2024-01-01', null) $$,
	'a member takes part where he lives');
select throws_ok($$ select place_member(test.id('an'), 2, gen_random_uuid(), test.id('B1'), 'residential', '2024-03-01', null) $$,
	'23P01', null, 'in one place at a time');
select throws_ok($$ select place_member(test.id('an'), 1, gen_random_uuid(), test.id('B1'), 'primary', '2024-06-01', null) $$,
	'CB010', 'conflict', 'a stale version is refused');
select throws_ok($$ select place_member(test.id('an'), 2, gen_random_uuid(), test.id('B'), 'primary', '2024-06-01', null) $$,
	'CB009', 'not_a_branch', 'members belong to branches');
select throws_ok($$ select place_member(test.id('an'), 2, gen_random_uuid(), test.id('B1'), 'primary', today() + 1, null) $$,
	'CB003', 'not_future', 'the home unit changes when the day has come');
select throws_ok($$ select place_member(test.id('an'), 2, gen_random_uuid(), test.id('B1'), 'primary', '2005-02-01', null) $$,
	'CB009', 'before_current_place', 'not before the present place began');
select throws_ok($$ select leave_place(test.id('an'), 2, test.id('place an'), '2024-05-01') $$, 'CB009', 'primary_stays',
	'the primary place is not simply left');
select throws_ok($$ select leave_place(test.id('an'), 2, test.id('stay'), '2023-12-31') $$, 'CB003', 'before_start',
	'a place is left after it began');

select place_member(test.id('an'), 2, test.id('new'), test.id('B1'), 'primary', '2024-06-01', null) \g /dev/null
select is((select during from membership where id = test.id('place an')), '[2005-02-01,2024-06-01)'::daterange,
	'a move ends the old place the day before');
select results_eq($$ select m.unit_id, m.feed_id, p.unit_id from member m join person p on p.id = m.person_id
	where m.id = test.id('an') $$, $$ select test.id('B1'), test.id('B'), test.id('B1') $$, 'the records go along');
select is(current_setting('app.touched') like format('%%member,%s,3,left_scope,%s%%', test.id('an'), test.id('A')), true,
	'the old ward''s feed is told');

select test.as('clerk') \g /dev/null
select is_empty($$ select from member where id = test.id('an') $$, 'the old ward no longer sees the record');
select is((select string_agg(full_name, ', ') from auth.member_page(null, '2024-05-31', 'primary', null, null, null, 9)),
	'Nguyễn An, Nguyễn Bình, Nguyễn Chi', 'but its list of that time is complete');
select is((select string_agg(full_name, ', ') from auth.member_page(null, today(), 'residential', null, null, null, 9)),
	'Nguyễn An', 'and its residential guest has a name');
select is((select sum(members) || ' ' || sum(women) || ' ' || sum(residential)
	from auth.unit_figures(test.id('A'), '2024-05-31', 'then')), '3 2 1', 'figures of that time hold');
select is((select sum(members) || ' ' || sum(women) || ' ' || sum(residential)
	from auth.unit_figures(test.id('A'), '2024-06-01', 'then')), '2 2 1', 'and change with the day, guests apart');

select throws_ok($$ update member set biography_no = (select biography_no from member where id = test.id('binh'))
	where id = test.id('chi') $$, '23505', null, 'a biography number is given once in a ward');
select test.as('head') \g /dev/null
select lives_ok($$ update member set biography_no = (select biography_no from member where id = test.id('binh'))
	where id = test.id('dung') $$, 'what another ward has is no error');
select throws_ok($$ update member set card_no = null where id = test.id('binh') $$, '23514', null, 'a full member has a card');

select set_status(test.id('an'), 3, 'removed', '2024-09-01', '3-QĐ', null) \g /dev/null
select is((select string_agg(upper(during)::text, ' ' order by lower(during)) from membership where member_id = test.id('an')),
	'2024-06-01 2024-09-01 2024-09-01', 'leaving the Party ends every place');
select throws_ok($$ select set_status(test.id('an'), 4, 'full', '2024-10-01', '4-QĐ', null) $$, 'CB009', 'status_transition',
	'and there is no way back here');
select throws_ok($$ select place_member(test.id('an'), 4, gen_random_uuid(), test.id('A1'), 'primary', '2025-01-01', null) $$,
	'CB009', 'not_active', 'nor a new place');

update member set status = 'probationary', full_on = null, card_no = null, joined_on = '2020-02-29', version = 1
where id = test.id('chi') \g /dev/null
select throws_ok($$ select set_status(test.id('chi'), 1, 'full', '2021-05-01', '5-QĐ', '00000001') $$, 'CB009',
	'recognition_required', 'no office makes a full member by itself');
select throws_ok($$ select make_full(m, '2021-02-27', '5-QĐ', '00000001') from member m where m.id = test.id('chi') $$, 'CB009',
	'probation_running', 'probation lasts twelve months');
select make_full(m, '2021-05-01', '5-QĐ', '00000001') from member m where m.id = test.id('chi') \g /dev/null
select is((select full_on from member where id = test.id('chi')), '2021-02-28'::date,
	'full membership counts from its end, whatever the decision''s day');
select is((select sum(probationary) from auth.unit_figures(test.id('A2'), '2021-02-27', 'then')), 1::numeric,
	'so he was on probation the day before');

-- an imported list, one line good, one known, one wrong
prepare check_lines(text, text) as
	select string_agg(field || ' ' || rule, ', ' order by field) from check_lines(test.id('A'), array[
		row(1, test.id('new 1'), test.id('new p1'), test.id('new s1'), 'CODE.A1', null, null, 'Lê', null, $1, 'male', $2,
			null, null, null, 'full', '2001-01-01', '2001-02-01', '2002-02-01', '87654321', '654321NA', false),
		row(2, test.id('new 2'), test.id('new p2'), test.id('new s2'), 'CODE.B1', null, null, 'Lê', null, 'Em', 'male', '1970',
			null, null, null, 'full', '2001-01-01', '2001-02-01', '2002-02-01', '87654322', '654322NA', false)]::member_line[]);
select results_eq($$ execute check_lines('Em1', '1970-02-30') $$,
	$$ select 'born_on date_format, given_name name, unit_code not_found' $$, 'every bad cell is named');
select throws_ok($$ select import_lines(test.id('A'), array[
		row(7, test.id('new 1'), test.id('new p1'), test.id('new s1'), 'CODE.A1', null, null, 'Lê', null, 'Em', 'male', '1970',
			null, null, null, 'full', '2001-01-01', '2001-02-01', null, '87654321', '654321NA', false)]::member_line[]) $$,
	'CB003', 'import_rows', 'one bad line stops the slice');
select import_lines(test.id('A'), array[
		row(7, id, id, id, 'CODE.A1', null, null, 'Lê', null, 'Em', 'male', '1970',
			null, null, null, 'full', '2001-01-01', '2001-02-01', '2002-02-01', '87654321', '654321NA', false)]::member_line[])
from (values (test.id('new 1')), (test.id('new 2'))) as v (id) \g /dev/null
select is((select count(*) from member where biography_no = '654321NA'), 1::bigint, 'a known line is matched, not doubled');

-- names of one unit, and nobody's own record
select test.as_superuser() \g /dev/null
select test.official('plain', 'A', 'MB'), test.official('delegate', 'B1', 'MB'), test.meeting('meeting', 'B1') \g /dev/null
update auth."grant" set role = 'DG', meeting_id = test.id('meeting'), during = daterange('2020-01-01', today() + 1)
where id = test.id('grant delegate');
update auth."grant" set unit_id = test.id('A2') where id = test.id('grant plain');
insert into membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select gen_random_uuid(), test.id('dung'), id, pos, feed_id, 'residential', '[2024-01-01,)' from unit where id = test.id('A2');

create function test.roster(who text, unit text default null, after text default null) returns text language plpgsql as $$
declare
	v_names text;
begin
	perform test.as(who, 'MemberService/Roster');
	v_names := (select string_agg(r.full_name || ' ' || r.kind, ', ' order by r.full_name)
	            from auth.roster_page(test.id(unit), test.id(after), 50) r);
	perform test.as_superuser();
	return v_names;
end
$$;
select is(test.roster('plain'), 'Nguyễn Chi primary, Nguyễn Dũng residential', 'a member sees the names of his branch, guests too');
select is(test.roster('plain', 'A2'), 'Nguyễn Chi primary, Nguyễn Dũng residential', 'also by its name');
update auth."grant" set unit_id = test.id('A') where id = test.id('grant plain');
select is(test.roster('plain', 'A2'), null, 'and of no other unit, even below his own');
select is(test.roster('clerk', 'A2'), 'Nguyễn Chi primary, Nguyễn Dũng residential', 'where an office sees each branch');
select is(test.roster('clerk', 'B1'), null, 'of its own ward');
select is(test.roster('clerk'), null, 'one unit at a time');
select is(test.roster('delegate'), 'Nguyễn Dũng primary', 'a delegate sees the unit of his grant');
update auth."grant" set during = '[2020-01-01,2020-02-01)' where id = test.id('grant delegate');
select throws_ok($$ select test.roster('delegate') $$, 'CB007', 'grant_ended', 'while it lasts');
select test.as_superuser() \g /dev/null
select is(test.roster('clerk', 'A2', case when test.id('chi') < test.id('dung') then 'chi' else 'dung' end),
	case when test.id('chi') < test.id('dung') then 'Nguyễn Dũng residential' else 'Nguyễn Chi primary' end,
	'a page goes on behind the last row');
update membership set during = daterange(lower(during), today()) where member_id = test.id('dung') and unit_id = test.id('A2');
select is(test.roster('clerk', 'A2'), 'Nguyễn Chi primary', 'who has left is on no list');

update member set person_id = test.id('person clerk') where id = test.id('binh');
select test.as('clerk') \g /dev/null
select throws_ok($$ select auth.require_not_own(test.id('person clerk'), 'person_id') $$, 'CB009', 'own_record',
	'nobody changes his own record');
select lives_ok($$ select auth.require_not_own(test.id('person binh'), 'person_id') $$, 'but another''s');
select throws_ok(format('select lock_member(%L, %s)', test.id('binh'), (select version from member where id = test.id('binh'))),
	'CB009', 'own_record', 'nor himself as a member');
select throws_ok(format('select place_member(%L, %s, gen_random_uuid(), %L, ''temporary'', today(), null)', test.id('binh'),
	(select version from member where id = test.id('binh')), test.id('A2')), 'CB009', 'own_record', 'nor his place');
select throws_ok(format('select leave_place(%L, %s, %L, today())', test.id('binh'),
	(select version from member where id = test.id('binh')), test.id('place binh')), 'CB009', 'own_record', 'to leave or to take');
select throws_ok(format('select set_status(%L, %s, ''resigned'', today(), ''b'', null)', test.id('binh'),
	(select version from member where id = test.id('binh'))), 'CB009', 'own_record', 'nor his status');

select finish();
rollback;
