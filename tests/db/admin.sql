-- Accounts and grants: nobody reaches above his rank or outside his interval.
begin;
\ir fixture.psql
select plan(13);

select throws_ok($$ select auth.bootstrap(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'second', 'A', 'B',
	'CODE.X', 'X', '1945-09-02', test.token('x'), 0) $$, 'CB009', 'administrator_exists',
	'there is a first administrator only once');

select test.as('admin') \g /dev/null
select throws_ok(format('select auth.create_grant(gen_random_uuid(), %L, ''DH'', %L, today(), null, ''b'')',
	test.id('person clerk'), test.id('A')), 'CB007', 'outranked', 'no role as high as the own one');
select throws_ok(format('select auth.create_grant(gen_random_uuid(), %L, ''WO'', %L, today(), null, ''b'')',
	test.id('person admin'), test.id('A')), 'CB009', 'granted_to_self', 'nothing to oneself');
select throws_ok(format('select auth.create_grant(gen_random_uuid(), %L, ''DG'', %L, today(), null, ''b'')',
	test.id('person clerk'), test.id('A')), 'CB003', 'required', 'a delegate''s grant has an end');
select throws_ok(format('select auth.create_grant(gen_random_uuid(), %L, ''WO'', %L, today(), today() - 1, ''b'')',
	test.id('person clerk'), test.id('A')), 'CB003', 'before_start', 'which is not before its start');
select throws_ok(format('select auth.create_account(gen_random_uuid(), ''clerk'', %L, %L)',
	test.id('person an'), test.token('x')), '23505', null, 'a login name is given once');
select throws_ok(format('select auth.create_account(gen_random_uuid(), ''second'', %L, %L)',
	test.id('person clerk'), test.token('x')), '23505', null, 'a person has one account');
select throws_ok(format('select auth.invite_account(%L, %L)', test.id('account admin'), test.token('x')),
	'CB007', 'outranked', 'nobody resets an equal');
select lives_ok(format('select auth.invite_account(%L, %L)', test.id('account clerk'), test.token('new')),
	'a clerk can be reset');
select throws_ok($$ select test.as('clerk') $$, 'CB016', 'login_required', 'which ends his sessions');

select test.as('secretary') \g /dev/null
select throws_ok(format('select auth.create_grant(gen_random_uuid(), %L, ''MB'', %L, today(), null, ''b'')',
	test.id('person an'), test.id('A2')), 'CB005', 'not_found', 'no grant on a unit out of scope');
select throws_ok(format('select auth.create_grant(gen_random_uuid(), %L, ''MB'', %L, today(), null, ''b'')',
	test.id('person dung'), test.id('A1')), 'CB005', 'not_found', 'nor to a person out of scope');
select is((select count(*) from auth.grant_rows(null, null, null, 50)), 1::bigint, 'grants are listed inside the scope');

select finish();
rollback;
