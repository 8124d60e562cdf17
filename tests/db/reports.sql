-- Figures of any day, in the tree of that day or in today's.
begin;
\ir fixture.psql
select plan(12);

create function test.figures(unit text, day date, tree chibo.tree_mode) returns text language sql as $$
	select format('%s branches, %s members, %s women',
		count(*) filter (where f.is_branch and not f.is_grassroots), sum(f.members), sum(f.women))
	from auth.unit_figures(test.id(unit), day, tree) f
$$;
grant execute on function test.figures to public;

select test.enter('head', 'UnitService/List', test.id('grant head')) \g /dev/null
select test.unit('G', 'Q', 'grassroots_branch', 'health'), test.member('giang', 'G', 'Giang') \g /dev/null
select auth.move_unit(test.id('A1'), 1, test.id('B'), '2024-06-01') \g /dev/null

select test.as('head') \g /dev/null
select is(test.figures('A', '2024-05-31', 'then'), '2 branches, 3 members, 2 women', 'a ward as it was');
select is(test.figures('A', '2024-06-01', 'then'), '1 branches, 1 members, 1 women', 'and as it became');
select is(test.figures('A', '2024-05-31', 'now'), '1 branches, 1 members, 1 women', 'today''s tree credits the other ward');
select is(test.figures('B', '2024-05-31', 'now'), '2 branches, 3 members, 1 women', 'with what came over');
select is(test.figures('Q', '2024-05-31', 'now'), test.figures('Q', '2024-05-31', 'then'), 'the total is the same');
select is((select count(*) from auth.unit_figures(test.id('Q'), today(), 'then') where is_branch and is_grassroots),
	1::bigint, 'a grassroots branch is known as one');
select is(test.figures('Q', '2005-01-31', 'then'), '3 branches, 0 members, 0 women', 'the day before joining counts nobody');
select is(test.figures('Q', '2005-02-01', 'then'), '3 branches, 5 members, 2 women', 'the day of joining does');
select is(test.figures('Q', '1975-05-18', 'then'), '0 branches, 0 members, 0 women', 'no unit before its founding');
select is((select sum(probationary) from auth.unit_figures(test.id('Q'), '2006-01-31', 'then')), 5::numeric,
	'probation is judged by the day');
select is((select sum(probationary) from auth.unit_figures(test.id('Q'), '2006-02-01', 'then')), 0::numeric, 'and ends on its day');

select test.as('clerk') \g /dev/null
select is(test.figures('Q', today(), 'then'), '1 branches, 1 members, 1 women', 'figures stay inside the scope');

select finish();
rollback;
