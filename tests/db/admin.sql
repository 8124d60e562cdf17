-- Accounts: nobody reaches above his rank or outside his interval.
begin;
\ir fixture.psql
select plan(13);

create function test.bootstrap(role text) returns void language sql as $$
	select from auth.bootstrap(role, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'second', 'A', 'B',
		null, null, '1945-09-02', test.token('x'), 0)
$$;
select throws_ok(format('select test.bootstrap(%L)', role), 'CB009', 'administrator_exists', 'there is a first ' || role || ' only once')
from unnest('{SA,DH,DS}'::text[]) role;
select throws_ok($$ select test.bootstrap('DO') $$, 'CB003', 'enum_value', 'and of other roles none');
select results_eq($$ select g.role, p.unit_id, e.local_uid from auth."grant" g join chibo.person p on p.id = g.person_id
		join auth.account a on a.person_id = p.id join auth.event e on e.account_id = a.id and e.kind = 'bootstrap'
		join auth.role r on r.code = g.role where g.created_by is null order by r.rank $$,
	$$ values ('SA', test.id('Q'), 0), ('DH', test.id('Q'), 0), ('DS', test.id('Q'), 0) $$,
	'three people at the root, one role each, and who asked');

select test.as('system', 'AccountService/Create') \g /dev/null
select throws_ok(format('select auth.invite_account(%L, %L)', test.id('account ' || who), test.token('x')),
	'CB007', 'outranked', 'the system administrator does not reset the ' || who) from unnest('{head,chief}'::text[]) who;
select throws_ok(format('select auth.invite_account(%L, %L)', test.id('account system'), test.token('x')),
	'CB007', 'outranked', 'nor himself');
select throws_ok(format('select auth.create_account(gen_random_uuid(), ''clerk'', %L, %L)',
	test.id('person an'), test.token('x')), '23505', null, 'a login name is given once');
select throws_ok(format('select auth.create_account(gen_random_uuid(), ''second'', %L, %L)',
	test.id('person clerk'), test.token('x')), '23505', null, 'a person has one account');
select lives_ok(format('select auth.invite_account(%L, %L)', test.id('account clerk'), test.token('new')),
	'a clerk can be reset');
select throws_ok($$ select test.as('clerk') $$, 'CB016', 'login_required', 'which ends his sessions');
select test.as_superuser() \g /dev/null
update auth.account set ended_at = now() where id = test.id('account system');
select lives_ok($$ select test.bootstrap('SA') $$, 'a role whose holder cannot log in any more is given anew');

select finish();
rollback;
