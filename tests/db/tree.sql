-- The tree: positions, closure, names and parents by day.
begin;
\ir fixture.psql
select plan(26);

create function test.broken_intervals() returns bigint language sql as $$
	select count(*) from auth.tree a join auth.tree b on a.unit_id < b.unit_id and a.pos <= b.last and b.pos <= a.last
	where not (a.pos < b.pos and b.last <= a.used or b.pos < a.pos and a.last <= b.used)
$$;
create function test.broken_closure() returns bigint language sql as $$
	select count(*) from (
		select a.ancestor_id, u.id, a.depth, range_agg(a.during) as during
		from unit u cross join lateral auth.ancestry(u.id, daterange(u.founded_on, u.closed_on)) a group by 1, 2, 3) want
	full join (
		select ancestor_id, unit_id as id, depth, range_agg(during) as during from unit_closure group by 1, 2, 3) have
	using (ancestor_id, id, depth)
	where want.during is distinct from have.during
$$;

select test.enter('head', 'UnitService/Move', test.id('grant head')) \g /dev/null
select throws_ok($$ select test.unit('X', 'A', 'branch') $$, 'CB003', 'required', 'a branch needs a sector');
select throws_ok($$ select test.unit('X', 'A', 'nothing') $$, 'CB005', 'not_found', 'a kind is known');
select throws_ok($$ select test.unit('X', 'A', 'branch', 'hamlet', '1970-01-01') $$, 'CB009', 'before_parent',
	'nothing is older than what it belongs to');
select throws_ok($$ select test.unit('X', 'nowhere', 'branch', 'hamlet') $$, 'CB005', 'not_found', 'a parent is known');
select throws_ok($$ select test.unit('A1', 'B', 'branch', 'hamlet') $$, '23505',
	'duplicate key value violates unique constraint "unit_id__id_taken"', 'an id is given once');
select throws_ok($$ select auth.move_unit(test.id('A'), 1, test.id('A1'), '2024-06-01') $$, 'CB009', 'cycle', 'no cycles');
select throws_ok($$ select auth.move_unit(test.id('A1'), 7, test.id('B'), '2024-06-01') $$, 'CB010', 'conflict',
	'a stale version is refused');
select throws_ok($$ select auth.move_unit(test.id('Q'), 1, test.id('A1'), '2024-06-01') $$, 'CB009', 'root_stays',
	'the root stays');

-- more children than the branch has numbers: it must grow, and its parent with it
do $$ begin
	for i in 1..40 loop
		perform test.unit('A1.' || i, 'A1', 'party_group');
	end loop;
end $$;
select is(test.broken_intervals(), 0::bigint, 'intervals nest after growing');
select is((select count(*) from auth.tree t, auth.tree top where top.unit_id = test.id('A1')
	and t.pos between top.pos and top.last), 41::bigint, 'and hold all children');
select is((select unit_pos from member where id = test.id('an')), (select pos from unit where id = test.id('A1')),
	'members follow their unit');
select is((select version from member where id = test.id('an')), 1, 'without a new version');

create temporary table before as select unit_id, pos, last from auth.tree;
select auth.move_unit(test.id('A1'), 1, test.id('B'), '2024-06-01') \g /dev/null
select is(test.broken_intervals(), 0::bigint, 'intervals nest after a move');
select is(test.broken_closure(), 0::bigint, 'the closure is what the parents say');
select is_empty($$ select from before b join auth.tree t on t.pos between b.pos and b.last
	where b.unit_id = test.id('A1') $$, 'numbers of a moved unit are not given to another');
select is((select feed_id from member where id = test.id('an')), test.id('B'), 'records change the feed with their unit');
select is(current_setting('app.touched') like '%left_scope,' || test.id('A') || '%', true, 'and the old feed is told');
select is(auth.path_of(test.id('A1'), '2024-05-31'), 'Đảng bộ mẫu › Đơn vị A › Đơn vị A1', 'the old path holds before');
select is(auth.path_of(test.id('A1'), '2024-06-01'), 'Đảng bộ mẫu › Đơn vị B › Đơn vị A1', 'the new one from the day on');
select throws_ok($$ select auth.move_unit(test.id('A1'), 2, test.id('A'), '2024-05-01') $$, 'CB009', 'before_last_move',
	'history is not rewritten');

select auth.rename_unit(test.id('B'), 1, 'Phường Mới', null, '2025-07-01') \g /dev/null
select is(auth.path_of(test.id('B'), '2025-06-30'), 'Đảng bộ mẫu › Đơn vị B', 'a name holds until the change');
select is(auth.path_of(test.id('B'), '2025-07-01'), 'Đảng bộ mẫu › Phường Mới', 'and the next from its day');
select throws_ok($$ select auth.rename_unit(test.id('B'), 2, 'X', null, '1970-01-01') $$, 'CB009', 'before_founding',
	'no name before the founding');
select throws_ok($$ insert into unit_parent (unit_id, unit_pos, parent_id, during)
	select id, pos, test.id('A'), '[2025-01-01,2025-02-01)' from unit where id = test.id('A1') $$, '23P01', null,
	'exactly one parent a day');

select is_empty('select meta.lint()', 'after all this the intervals still nest');
update auth.tree set last = last + 1000000 where unit_id = test.id('A2');
select matches((select string_agg(finding, ' ') from meta.lint()), 'unit ' || test.id('A2') || ': its interval does not lie',
	'and one that reaches too far is found');

select finish();
rollback;
