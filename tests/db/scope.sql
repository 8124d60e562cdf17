-- What one grant sees and changes, and what it does not.
begin;
\ir fixture.psql
select plan(23);

set local role chibo_app;
select is_empty('select from unit', 'without a grant there are no units');
select is_empty('select from unit_name', 'nor names');
select is_empty('select from unit_closure', 'nor the closure');
select is_empty('select from person', 'nor persons');
select is_empty('select from member', 'nor members');
select is_empty('select from membership', 'nor memberships');
select is_empty('select from auth.member_page(null, today(), ''primary'', null, null, null, 10)', 'nor lists');
select is_empty('select from auth.member_search(''an'', null, 10)', 'nor search hits');
select is_empty(format('select from auth.unit_figures(%L, today(), ''then'')', test.id('Q')), 'nor figures');
select throws_ok('select from auth.session', '42501', null, 'sessions are out of reach');
select throws_ok('select from auth.tree', '42501', null, 'and so is the tree');
select throws_ok('select from ledger.entry', '42501', null, 'and so is the ledger');

select test.as('clerk') \g /dev/null
select is((select string_agg(code, ' ' order by pos) from unit), 'CODE.A CODE.A1 CODE.A2', 'a ward clerk sees his ward');
select is((select count(*) from member), 3::bigint, 'and its members');
select is(auth.unit_path(test.id('A1'), today()), 'Đảng bộ mẫu › Đơn vị A › Đơn vị A1', 'and the names above it');
select is(auth.unit_path(test.id('B1'), today()), null, 'but not the path of a unit elsewhere');
select is((select count(*) from auth.member_page(null, today(), 'primary', null, null, null, 10)), 3::bigint,
	'his list has the same members');

prepare foreign_update as
	with changed as (update member set version = version + 1 where id = test.id('dung') returning 1)
	select count(*) from changed;
select results_eq('foreign_update', 'select 0::bigint', 'a member elsewhere cannot be changed');
select throws_ok($$
	update member set unit_id = test.id('B1'), unit_pos = (select pos + 65536 from unit where code = 'CODE.A1')
	where id = test.id('an')$$, '42501', null, 'nor can one be moved out of scope');
select throws_ok($$
	update member set unit_pos = unit_pos + 1 where id = test.id('an')$$, '23503', null,
	'a false position inside the scope fails the key');
select throws_ok($$
	insert into person (id, unit_id, unit_pos, feed_id, family_name, given_name)
	values (gen_random_uuid(), test.id('B1'), 0, test.id('B'), 'A', 'B')$$, '42501', null,
	'nothing is created out of scope');

select test.as('secretary') \g /dev/null
select is((select string_agg(code, ' ' order by pos) from unit), 'CODE.A1', 'a branch secretary sees his branch');
select is((select count(*) from member), 2::bigint, 'and not the neighbour''s members');

select finish();
rollback;
