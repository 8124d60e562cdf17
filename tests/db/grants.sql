-- The life of a grant: who may take which step, and what has an effect when.
begin;
\ir fixture.psql
select plan(91);

-- ---- People and short words for the steps ----

create function test.in_draft(who text, role text, unit text, holder text, until_on date default null,
                              meeting uuid default null) returns void language sql as $$
	select auth.create_grant(test.id(who), test.id('person ' || holder), role, test.id(unit), '2026-01-01', until_on,
		meeting, '7-QĐ')
$$;
create function test.state(name text) returns text language sql as $$
	select auth.grant_state(g)::text from auth."grant" g where g.id = test.id(name)
$$;
create function test.live(name text) returns boolean language sql as $$
	select exists (select from auth.live_grant g where g.id = test.id(name))
$$;
create function test.who_did(name text) returns text language sql as $$
	select concat_ws(' ', (select login_name from auth.account where person_id = g.requested_by),
		(select login_name from auth.account where person_id = g.created_by),
		(select login_name from auth.account where person_id = g.confirmed_by),
		(select login_name from auth.account where person_id = g.ended_by))
	from auth."grant" g where g.id = test.id(name)
$$;
grant execute on all functions in schema test to public;

select test.official('officer', 'Q', 'DO'), test.meeting('meeting', 'A1'), test.meeting('meeting b', 'B1') \g /dev/null
select test.official('inspector', 'B', 'IC'), test.official('chief.two', 'Q', 'DS') \g /dev/null

-- ---- Request, adopt, confirm, end ----

select test.as('clerk', 'GrantService/Request') \g /dev/null
select lives_ok($$ select auth.request_grant(test.id('asked'), test.id('person an'), 'BD', test.id('A1'), '2026-01-01', null,
	null, '7-QĐ') $$, 'a ward asks for a role');
select throws_ok($$ select auth.request_grant(test.id('x'), test.id('person an'), 'WO', test.id('A1'), '2026-01-01', null,
	null, '7-QĐ') $$, 'CB007', 'outranked', 'not for one as high as its own');
select throws_ok($$ select auth.request_grant(test.id('x'), test.id('person an'), 'BD', test.id('B1'), '2026-01-01', null,
	null, '7-QĐ') $$, 'CB005', 'not_found', 'not at a unit of another ward');
select throws_ok($$ select auth.request_grant(test.id('x'), test.id('person dung'), 'BD', test.id('A1'), '2026-01-01', null,
	null, '7-QĐ') $$, 'CB005', 'not_found', 'not for a person of another ward');
select throws_ok($$ select auth.request_grant(test.id('x'), test.id('person clerk'), 'BD', test.id('A1'), '2026-01-01', null,
	null, '7-QĐ') $$, 'CB009', 'granted_to_self', 'not for the one who asks');
select throws_ok($$ select auth.request_grant(test.id('x'), test.id('person an'), 'XX', test.id('A1'), '2026-01-01', null,
	null, '7-QĐ') $$, 'CB005', 'not_found', 'not for a role that does not exist');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('asked')) $$, 'CB009', 'not_adopted',
	'a request is not confirmed before the board takes it up');
select test.as('clerk', 'GrantService/Request'), auth.request_grant(test.id('for inspector'), test.id('person an'), 'BS',
	test.id('A1'), '2026-01-01', null, null, '7-QĐ') \g /dev/null
select test.as_superuser() \g /dev/null
update auth."grant" set person_id = test.id('person inspector'), unit_id = test.id('B1'), feed_id = t.feed_id
from auth.tree t where t.unit_id = test.id('B1') and id = test.id('for inspector');
select test.as('officer', 'GrantService/Adopt') \g /dev/null
select throws_ok($$ select auth.adopt_grant(test.id('for inspector')) $$, 'CB009', 'inspector_executive',
	'nor taken up for an inspector of that unit');
select test.as_superuser() \g /dev/null
update auth."grant" set person_id = test.id('person officer') where id = test.id('for inspector');
select test.as('officer', 'GrantService/Adopt') \g /dev/null
select throws_ok($$ select auth.adopt_grant(test.id('for inspector')) $$, 'CB009', 'granted_to_self',
	'nor by the one it is for');
select lives_ok($$ select auth.adopt_grant(test.id('asked')) $$, 'which it does');
select throws_ok($$ select auth.adopt_grant(test.id('asked')) $$, 'CB009', 'grant_adopted', 'once');
select test.as_superuser() \g /dev/null
select is(test.state('asked'), 'draft', 'then it is a draft');
select ok(not test.live('asked'), 'without effect');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select lives_ok($$ select auth.confirm_grant(test.id('asked')) $$, 'the head''s or chief''s word gives it effect');
select throws_ok($$ select auth.confirm_grant(test.id('asked')) $$, 'CB009', 'grant_confirmed', 'once');
select test.as_superuser() \g /dev/null
select is(test.state('asked'), 'live', 'then it is live');
select ok(test.live('asked'), 'and is one to act in');
select test.as('head', 'GrantService/End') \g /dev/null
select lives_ok($$ select auth.end_grant(test.id('asked')) $$, 'it is ended');
select throws_ok($$ select auth.end_grant(test.id('asked')) $$, 'CB009', 'grant_ended', 'once');
select test.as_superuser() \g /dev/null
select is(test.state('asked'), 'ended', 'then it is over by somebody''s hand');
select is(test.who_did('asked'), 'clerk officer chief head', 'and four people stand in its row');
select is((select version from auth."grant" where id = test.id('asked')), 4, 'each step is a version of it');

-- ---- Drafts ----

select test.as('officer', 'GrantService/Create') \g /dev/null
select lives_ok($$ select test.in_draft('high', 'DS', 'Q', 'clerk') $$, 'an officer drafts even the highest role');
select throws_ok($$ select test.in_draft('x', 'BS', 'A1', 'officer') $$, 'CB009', 'granted_to_self', 'but none for himself');
select throws_ok($$ select test.in_draft('x', 'BS', 'A1', 'an', '2025-12-31') $$, 'CB003', 'before_start',
	'none that ends before it begins');
select throws_ok($$ select test.in_draft('x', 'DG', 'A1', 'an', '2999-01-01') $$, '23514', null, 'a delegate needs a meeting');
select throws_ok($$ select test.in_draft('x', 'DG', 'A1', 'an', null, test.id('meeting')) $$, '23514', null, 'and a last day');
select throws_ok($$ select test.in_draft('x', 'BS', 'A1', 'an', null, test.id('meeting')) $$, '23514', null,
	'nobody else has a meeting');
select lives_ok($$ select test.in_draft('delegate', 'DG', 'A1', 'an', '2999-01-01', test.id('meeting')) $$,
	'a delegate of one meeting');
select throws_ok($$ select test.in_draft('x', 'DG', 'A', 'an', '2999-01-01', test.id('meeting')) $$, 'CB009', 'meeting_unit',
	'of the very unit that the role is for');
select throws_ok($$ select test.in_draft('x', 'DG', 'A1', 'an', '2999-01-01', test.id('meeting b')) $$, 'CB009', 'meeting_unit',
	'and of no other');
select throws_ok($$ select test.in_draft('x', 'DG', 'A1', 'an', '2999-01-01', test.id('no meeting')) $$, 'CB005', 'not_found',
	'that exists');
select test.as('clerk', 'GrantService/Request') \g /dev/null
select throws_ok($$ select auth.request_grant(test.id('x'), test.id('person an'), 'DG', test.id('A1'), '2026-01-01', '2999-01-01',
	test.id('meeting b'), '7-QĐ') $$, 'CB005', 'not_found', 'nor does a ward name one of another ward');
select test.as('chief', 'GrantService/CreateEmergency') \g /dev/null
select throws_ok($$ select auth.create_emergency_grant(test.id('x'), test.id('person an'), 'DG', test.id('A1'),
	test.id('meeting b'), '7-QĐ') $$, 'CB009', 'meeting_unit', 'nor does an emergency');
select test.as_superuser() \g /dev/null
update chibo.unit set closed_on = chibo.today() where id = test.id('A2');
select test.as('officer', 'GrantService/Create') \g /dev/null
select throws_ok($$ select test.in_draft('x', 'BS', 'A2', 'an') $$, 'CB009', 'closed', 'no role at a closed unit');
select test.as_superuser() \g /dev/null
update chibo.unit set closed_on = null where id = test.id('A2');

-- ---- Two people ----

select test.as('officer', 'GrantService/Create'), test.in_draft('role', 'WO', 'A', 'binh') \g /dev/null
select test.as('head', 'GrantService/Create'), test.in_draft('of head', 'WO', 'A', 'chi'),
	test.in_draft('for chief', 'BS', 'A1', 'chief') \g /dev/null
select test.as('head', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('of head')) $$, 'CB009', 'own_proposal', 'nobody confirms his own draft');
select throws_ok($$ select auth.confirm_grant(test.id('high')) $$, 'CB007', 'outranked', 'the head does not confirm a chief');
select lives_ok($$ select auth.confirm_grant(test.id('role')) $$, 'the head confirms a ward''s clerk');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('for chief')) $$, 'CB009', 'granted_to_self',
	'nobody confirms his own grant');
select lives_ok($$ select auth.confirm_grant(test.id('high')) $$, 'a chief confirms another chief');
select test.as_superuser() \g /dev/null
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, requested_by, requested_at, created_at)
select test.id('of chief two'), test.id('person an'), 'BD', unit_id, feed_id, '[2026-01-01,)', '7-QĐ',
       test.id('person chief.two'), now(), null from auth.tree where unit_id = test.id('A1');
select test.as('officer', 'GrantService/Adopt'), auth.adopt_grant(test.id('of chief two')) \g /dev/null
select test.as('chief.two', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('of chief two')) $$, 'CB009', 'own_proposal',
	'nor does anybody confirm what he asked for');
select test.as('chief.two', 'GrantService/End') \g /dev/null
select lives_ok($$ select auth.end_grant(test.id('of chief two')) $$, 'a draft is refused by ending it');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('of chief two')) $$, 'CB009', 'grant_ended', 'and then not confirmed');
select test.as('head', 'GrantService/End') \g /dev/null
select throws_ok($$ select auth.end_grant(test.id('high')) $$, 'CB007', 'outranked', 'the head does not end a chief');
select test.as_superuser() \g /dev/null
select is(test.state('of chief two'), 'refused', 'refused is another word than ended');
select throws_ok($$ update auth."grant" set confirmed_by = created_by where id = test.id('role') $$, '23514', null,
	'the table itself wants two people');
select throws_ok($$ update auth."grant" set person_id = confirmed_by where id = test.id('role') $$, '23514', null,
	'and a third to hold the role');

-- ---- The system administrator gives nothing ----

insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('also system'), test.id('person officer'), 'SA', unit_id, feed_id, '[2026-01-01,)', '7-QĐ', now()
from auth.tree where unit_id = test.id('Q');
update auth."grant" set person_id = test.id('person chief.two') where id = test.id('also system');
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('too'), test.id('person officer'), 'SA', unit_id, feed_id, '[2026-01-01,)', '7-QĐ', now()
from auth.tree where unit_id = test.id('Q');
select test.as('clerk', 'GrantService/Request'), auth.request_grant(test.id('asked two'), test.id('person an'), 'BD',
	test.id('A1'), '2026-01-01', null, null, '7-QĐ') \g /dev/null
select test.as('officer', 'GrantService/Create') \g /dev/null
select throws_ok($$ select test.in_draft('x', 'BS', 'A1', 'an') $$, 'CB009', 'administrator_grants',
	'whoever is system administrator too drafts nothing');
select throws_ok($$ select auth.adopt_grant(test.id('asked two')) $$, 'CB009', 'administrator_grants', 'adopts nothing');
select test.as('chief.two', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('of head')) $$, 'CB009', 'administrator_grants', 'confirms nothing');
select throws_ok($$ select auth.create_emergency_grant(test.id('x'), test.id('person an'), 'BS', test.id('A1'), null, 'ốm') $$,
	'CB009', 'administrator_grants', 'and gives nothing in an emergency');
select test.as_superuser() \g /dev/null
update auth."grant" set ended_at = now() where id in (test.id('also system'), test.id('too'));
select test.as('chief.two', 'GrantService/Confirm') \g /dev/null
select lives_ok($$ select auth.confirm_grant(test.id('of head')) $$, 'until that grant is ended');

-- ---- Inspectors ----

select test.as('officer', 'GrantService/Create') \g /dev/null
select throws_ok(format('select test.in_draft(''x'', %L, %L, ''inspector'')', role, unit), 'CB009', 'inspector_executive',
	format('an inspector of B is no %s at %s', role, unit))
from (values ('BD', 'B1'), ('BS', 'B'), ('WO', 'B'), ('WS', 'B'), ('DO', 'Q'), ('DH', 'Q'), ('DS', 'Q')) v (role, unit);
select lives_ok($$ select test.in_draft('elsewhere', 'BS', 'A1', 'inspector') $$, 'beside it he may hold an office');
select lives_ok($$ select test.in_draft('member', 'MB', 'B1', 'inspector') $$, 'or be a member');
select throws_ok($$ select test.in_draft('x', 'IC', 'Q', 'clerk') $$, 'CB009', 'inspector_executive',
	'nor does an officer become inspector above himself');
select lives_ok($$ select test.in_draft('inspects', 'IC', 'A', 'dung'), test.in_draft('governs', 'BS', 'A1', 'dung') $$,
	'two drafts stand in nobody''s way');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select lives_ok($$ select auth.confirm_grant(test.id('inspects')) $$, 'the first to be confirmed wins');
select throws_ok($$ select auth.confirm_grant(test.id('governs')) $$, 'CB009', 'inspector_executive', 'against the second');

-- ---- Emergencies ----

select test.as('head', 'GrantService/CreateEmergency') \g /dev/null
select throws_ok(format('select auth.create_emergency_grant(test.id(''x''), test.id(''person an''), %L, test.id(''Q''), null, ''ốm'')',
	role), 'CB007', 'outranked', 'the head makes no ' || role || ' alone') from unnest('{DH,DO,IC}'::text[]) role;
select throws_ok($$ select auth.create_emergency_grant(test.id('x'), test.id('person inspector'), 'BS', test.id('B1'), null,
	'ốm') $$, 'CB009', 'inspector_executive', 'nor an inspector head of what he inspects');
select lives_ok($$ select auth.create_emergency_grant(test.id('urgent'), test.id('person an'), 'BS', test.id('A1'), null, 'ốm') $$,
	'but a secretary');
select throws_ok($$ select auth.create_emergency_grant(test.id('again'), test.id('person an'), 'BS', test.id('A1'), null, 'ốm') $$,
	'CB009', 'emergency_again', 'not twice');
select test.as('chief', 'GrantService/CreateEmergency') \g /dev/null
select throws_ok($$ select auth.create_emergency_grant(test.id('again'), test.id('person an'), 'BS', test.id('A1'), null, 'ốm') $$,
	'CB009', 'emergency_again', 'by whomever');
select throws_ok($$ select auth.create_emergency_grant(test.id('x'), test.id('person an'), 'DS', test.id('Q'), null, 'ốm') $$,
	'CB007', 'outranked', 'and no chief makes another alone');
select test.as_superuser() \g /dev/null
select is((select expires_at from auth."grant" where id = test.id('urgent')), now() + interval '24 hours',
	'it holds for 24 hours');
select ok(test.live('urgent'), 'from now on');
update auth."grant" set expires_at = now() where id = test.id('urgent');
select ok(not test.live('urgent') and test.state('urgent') = 'over', 'to the second');
update auth."grant" set created_at = now() - interval '7 days' + interval '1 second' where id = test.id('urgent');
select test.as('head', 'GrantService/CreateEmergency') \g /dev/null
select throws_ok($$ select auth.create_emergency_grant(test.id('again'), test.id('person an'), 'BS', test.id('A1'), null, 'ốm') $$,
	'CB009', 'emergency_again', 'a second before a week has passed it is too soon');
select test.as_superuser() \g /dev/null
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('regular'), test.id('person an'), 'BS', unit_id, feed_id, '[2026-01-01,2026-01-02)', '7-QĐ', now()
from auth.tree where unit_id = test.id('A1');
select test.as('head', 'GrantService/CreateEmergency') \g /dev/null
select lives_ok($$ select auth.create_emergency_grant(test.id('again'), test.id('person an'), 'BS', test.id('A1'), null, 'ốm') $$,
	'unless two people have given the role since');

-- ---- One-time codes ----

select test.as('officer', 'GrantService/Create'), test.in_draft('rises', 'DH', 'Q', 'secretary') \g /dev/null
select test.as('system', 'AccountService/Invite'),
	auth.invite_account(test.id('account secretary'), test.token('new code')) \g /dev/null
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('rises')) $$, 'CB009', 'code_given',
	'nobody becomes head while a code that the system administrator knows is open');
select test.as_superuser() \g /dev/null
update auth.code set used_at = now() + interval '1 second' where account_id = test.id('account secretary');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select throws_ok($$ select auth.confirm_grant(test.id('rises')) $$, 'CB009', 'code_given', 'or was used since the draft');
select test.as_superuser() \g /dev/null
update auth.code set used_at = now() - interval '1 second' where account_id = test.id('account secretary');
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select lives_ok($$ select auth.confirm_grant(test.id('rises')) $$, 'what he used before is his own matter');
select test.as('system', 'AccountService/Invite') \g /dev/null
select throws_ok($$ select auth.invite_account(test.id('account secretary'), test.token('third code')) $$, 'CB007', 'outranked',
	'and from then on he gives him no more');

select test.as('system', 'AccountService/Create'), auth.create_account(test.id('account binh'), 'binh', test.id('person binh'),
	test.token('code binh')) \g /dev/null
select test.as('officer', 'GrantService/Create'), test.in_draft('low', 'BD', 'A1', 'binh') \g /dev/null
select test.as('chief', 'GrantService/Confirm') \g /dev/null
select lives_ok($$ select auth.confirm_grant(test.id('low')) $$, 'a lower role may be confirmed before the first login');

-- ---- What has no effect, and what is seen ----

select test.as_superuser() \g /dev/null
update auth."grant" set role = 'DH', during = daterange(chibo.today() + 1, null) where id = test.id('regular');
select is(test.state('regular'), 'upcoming', 'a grant may begin later');
select ok(not test.live('regular'), 'and has no effect until then');
select test.as('system', 'AccountService/Create') \g /dev/null
select throws_ok($$ select auth.create_account(test.id('x'), 'an.an', test.id('person an'), test.token('x')) $$, 'CB007',
	'outranked', 'but the administrator makes no account for who will outrank him');
select test.as_superuser() \g /dev/null
update chibo.unit set closed_on = chibo.today() where id = test.id('A1');
select is(test.state('grant secretary'), 'over', 'with its unit closes a grant');
update chibo.unit set closed_on = null where id = test.id('A1');

select test.as('clerk', 'GrantService/List') \g /dev/null
select results_eq($$ select requested_by, created_by, confirmed_by, ended_by, confirmed_at_us is not null
		from auth.grant_rows(test.id('asked'), null, null, null, 1) $$,
	$$ values ('Trần Thư', null::text, null::text, null::text, true) $$, 'a ward learns no names from above');
select is((select array_agg(distinct state order by state)::text from auth.grant_rows(null, null, true, null, 50)),
	'{requested,draft}', 'it can ask for what waits alone');
select test.as('head', 'GrantService/List') \g /dev/null
select isnt((select created_by from auth.grant_rows(test.id('asked'), null, null, null, 1)), null,
	'whoever has them in his scope sees them');
select test.as('officer', 'GrantService/Create'), test.in_draft('waits', 'AU', 'B', 'secretary'),
	test.in_draft('past', 'BS', 'A2', 'secretary', '2026-01-31') \g /dev/null
select test.as_superuser() \g /dev/null
update auth.session set revoked_at = null where token_hash = test.token('secretary');
select test.enter('secretary') \g /dev/null
select results_eq($$ select role, waits_for from auth.own_waiting_grants() $$,
	$$ values ('AU', 'Bí thư, thường trực cấp ủy') $$, 'the holder sees what waits, and for whom');

select finish();
rollback;
