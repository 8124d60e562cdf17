-- Where members take part, and what becomes of them.
begin;
\ir fixture.psql
select plan(30);

select test.as('admin') \g /dev/null
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
select test.as('admin') \g /dev/null
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
select throws_ok($$ select set_status(test.id('chi'), 1, 'full', '2021-02-27', '5-QĐ', '00000001') $$, 'CB009',
	'probation_running', 'probation lasts twelve months');
select set_status(test.id('chi'), 1, 'full', '2021-05-01', '5-QĐ', '00000001') \g /dev/null
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

select finish();
rollback;
