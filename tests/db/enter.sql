-- Token, grant, method: the gate in front of every request.
begin;
\ir fixture.psql
select plan(28);

select throws_ok($$ select test.enter('nobody') $$, 'CB016', 'login_required', 'an unknown token');
select lives_ok($$ select test.enter('clerk') $$, 'SELF needs no more than a session');
select is(current_setting('app.lo', true), '', 'and opens no scope');
select lives_ok($$ select test.enter('clerk', 'MemberService/Import') $$, 'the only grant is taken by itself');
select is(current_setting('app.role'), 'WO', 'its role is known');
select throws_ok($$ select test.enter('clerk', 'AccountService/List') $$, 'CB007', 'permission_denied', 'a missing permission');
select throws_ok($$ select test.enter('clerk', 'TestService/Test') $$, 'CB007', 'permission_denied',
	'a method that the database does not know');
select throws_ok($$ select test.enter('clerk', 'SessionService/Login') $$, 'CB007', 'permission_denied',
	'nor one that nobody enters');
select throws_ok($$ select test.enter('clerk', null) $$, 'CB007', 'permission_denied', 'nor none');
select is(current_setting('app.reach'), 'scope', 'a permission reaches over the scope');
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('grant head at home'), test.id('person head'), 'MB', unit_id, feed_id, '[2020-01-01,)', '3-QĐ', now()
from auth.tree where unit_id = test.id('A1');
select test.enter('head', 'HistoryService/List', test.id('grant head at home')) \g /dev/null
select is(current_setting('app.reach'), 'own', 'or to the own record alone');
select test.meeting('meeting', 'A1') \g /dev/null
update auth."grant" set role = 'DG', meeting_id = test.id('meeting'), during = '[2020-01-01,2999-01-01)'
where id = test.id('grant head at home');
select test.enter('head', 'UnitService/List', test.id('grant head at home')) \g /dev/null
select is(current_setting('app.meeting_id'), test.id('meeting')::text, 'a grant may be for one meeting');
select test.enter('head', 'UnitService/List', test.id('grant head')) \g /dev/null
select is(current_setting('app.meeting_id'), '', 'and most are for none');
select throws_ok($$ select test.enter('head', 'UnitService/List') $$, 'CB009', 'grant_required', 'several grants, none chosen');
select throws_ok($$ select test.enter('clerk', 'UnitService/List', test.id('grant secretary')) $$, 'CB007', 'grant_ended',
	'the grant of another person');

select test.enter('head') \g /dev/null
select is((select count(*) from auth.own_grants()), 2::bigint, 'a person lists his own grants');
select lives_ok($$ select auth.choose_grant(test.id('grant head')) $$, 'chooses one of them');
select lives_ok($$ select test.enter('head', 'UnitService/List') $$, 'and then needs not name it');
select throws_ok($$ select auth.choose_grant(test.id('grant clerk')) $$, 'CB005', 'not_found', 'but not another''s');

select test.enter('head', 'GrantService/End', test.id('grant head')), auth.end_grant(test.id('grant clerk')) \g /dev/null
select throws_ok($$ select test.enter('clerk', 'UnitService/List') $$, 'CB007', 'grant_ended', 'an ended grant is refused at once');
update auth."grant" set during = daterange('2020-01-01', today()) where id = test.id('grant secretary');
select throws_ok($$ select test.enter('secretary', 'UnitService/List') $$, 'CB007', 'grant_ended', 'so is one whose last day has passed');

update auth.session set last_seen_at = now() - interval '13 hours' where token_hash = test.token('clerk');
select throws_ok($$ select test.enter('clerk') $$, 'CB016', 'session_expired', 'twelve idle hours end a session');
update auth.session set last_seen_at = now() - interval '6 minutes' where token_hash = test.token('clerk');
select test.enter('clerk') \g /dev/null
select is((select last_seen_at from auth.session where token_hash = test.token('clerk')), now(), 'use keeps it alive');
update auth.session set expires_at = now() where token_hash = test.token('clerk');
select throws_ok($$ select test.enter('clerk') $$, 'CB016', 'session_expired', 'seven days end it in any case');
update auth.session set expires_at = now() + interval '1 day' where token_hash = test.token('clerk');
select test.enter('clerk'), auth.log_out() \g /dev/null
select throws_ok($$ select test.enter('clerk') $$, 'CB016', 'login_required', 'a logout ends it for good');

select throws_ok($$ select auth.redeem_code('secretary', test.token('code secretary'), 'h', test.token('again')) $$,
	'CB016', 'login_failed', 'a one-time code works once');
select auth.enter(test.token('secretary'), null, 'SessionService/WhoAmI', true, 60000) \g /dev/null
select throws_ok($$ select auth.log_out() $$, '25006', null, 'a read request cannot write');

select is_empty($$ select from auth.role_permission where role = 'SA' and permission !~ '^(account_|catalogue_|device_|sync_status$)' $$,
	'the system administrator has no business with records');
select finish();
rollback;
