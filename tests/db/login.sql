-- Passwords, codes and what failed: what the database itself holds to, whatever the server asks.
begin;
\ir fixture.psql
select plan(39);

-- a session of `who`, opened with the hash that the fixture has set
create function test.open(who text, checked text, token text) returns void language plpgsql as $$
begin
	perform auth.open_session(test.id('account ' || who), checked, test.token(token), null);
end
$$;
create function test.failures(name text) returns int language sql as $$
	select f.failures from auth.find_account(name, '') f
$$;
create function test.record(name text, tested boolean, source text default '127.0.0.0/24') returns void
language sql as $$ select auth.record_failure(name, source, tested, 3000) $$;

-- Sessions: both ends
select is((select expires_at from auth.session where token_hash = test.token('clerk')), now() + interval '7 days',
	'a session is made for seven days');
update auth.session set expires_at = now() + interval '1 microsecond' where token_hash = test.token('clerk');
select lives_ok($$ select test.enter('clerk') $$, 'it lives until they are over');
update auth.session set expires_at = now() where token_hash = test.token('clerk');
select throws_ok($$ select test.enter('clerk') $$, 'CB016', 'session_expired', 'and not a moment longer');
update auth.session set expires_at = now() + interval '7 days',
	last_seen_at = now() - interval '12 hours' + interval '1 microsecond' where token_hash = test.token('clerk');
select lives_ok($$ select test.enter('clerk') $$, 'just under twelve idle hours are nothing');
update auth.session set last_seen_at = now() - interval '12 hours' where token_hash = test.token('clerk');
select throws_ok($$ select test.enter('clerk') $$, 'CB016', 'session_expired', 'twelve are the end');
update auth.session set last_seen_at = now() where token_hash = test.token('clerk');

-- Opening: only for whoever has read the hash that counts
select throws_ok($$ select test.open('clerk', 'another hash', 't1') $$, 'CB016', 'login_failed',
	'no session for a hash that is not the account''s');
select throws_ok($$ select test.open('clerk', null, 't1') $$, 'CB016', 'login_failed', 'nor for none');
select lives_ok($$ select test.open('clerk', 'hash', 't1') $$, 'the right one opens it');
update auth.account set ended_at = now() where login_name = 'secretary';
select throws_ok($$ select test.open('secretary', 'hash', 't2') $$, 'CB016', 'login_failed', 'not of an ended account');
select is((select password_hash from auth.find_account('secretary', '')), null, 'whose hash nobody sees');
select is((select count(*) from auth.find_account('nobody', '')), 1::bigint, 'a name of nobody has an answer, too');

-- Failures
select test.record('clerk', true) from generate_series(1, 3) \g /dev/null
select test.record('clerk', false), test.record('nobody', true) \g /dev/null
select is(test.failures('clerk'), 3, 'failures are counted; attempts that were refused unseen are not');
select is(test.failures('nobody'), 1, 'names of nobody as well');
select ok((select f.source_owes_ms between 14000 and 15000 from auth.find_account('', '127.0.0.0/24') f),
	'each costs its network three seconds');
select ok((select f.failed_ago_ms between 0 and 60000 from auth.find_account('clerk', '') f), 'and has an age');
select test.open('clerk', 'hash', 't3') \g /dev/null
select is(test.failures('clerk'), 0, 'a login forgives them');
select is((select f.cleared from auth.find_account('clerk', '') f), 1, 'and says so');
select is(test.failures('nobody'), 1, 'those of others stay');
update auth.failure set in_a_row = 99 where subject = 'clerk';
select lives_ok($$ select test.open('clerk', 'hash', 't4') $$, 'after 99 the right password still opens');
update auth.failure set in_a_row = 99 where subject = 'clerk';
select test.record('clerk', true) \g /dev/null
select is((select count(*) from auth.event where kind = 'blocked' and account_id = test.id('account clerk')), 1::bigint,
	'the hundredth is an event');
select throws_ok($$ select test.open('clerk', 'hash', 't5') $$, 'CB016', 'login_failed', 'after it nothing opens');
insert into auth.code values (test.id('account clerk'), test.token('old code'), now() + interval '1 hour')
on conflict (account_id) do nothing;
update auth.code set code_hash = test.token('old code'), used_at = null, expires_at = now() + interval '1 hour'
where account_id = test.id('account clerk');
select throws_ok($$ select auth.redeem_code('clerk', test.token('old code'), 'h', test.token('t6')) $$, 'CB016',
	'login_failed', 'not even a code that was given before');
select test.as('system', 'AccountService/Invite'), test.as_superuser(), auth.invite_account(test.id('account clerk'), test.token('reset')) \g /dev/null
select is(test.failures('clerk'), 0, 'a new code forgives');
select lives_ok($$ select auth.redeem_code('clerk', test.token('reset'), 'hash', test.token('own')) $$, 'and opens');
insert into auth.failure (kind, subject, kept_until) select 'name', 'old.' || n, now() - interval '1 second'
from generate_series(1, 25) n;
select test.record('new', true), test.record('new', true) \g /dev/null
select is((select count(*) from auth.failure where subject like 'old.%'), 0::bigint, 'what is over is cleared away');
select is((select count(*) from auth.failure where subject = repeat('x', 41)), 0::bigint, 'no name is too long');
select lives_ok($$ select test.record(repeat('x', 4000), true) $$, 'to be counted by its beginning');

-- Codes: an invitation and a reset
select is((select c.expires_at - now() from auth.code c where c.account_id = test.id('account clerk')),
	interval '30 minutes', 'a reset holds for 30 minutes');
select test.as('system', 'AccountService/Invite'), test.as_superuser() \g /dev/null
select auth.create_account(test.id('account new'), 'new.one', test.id('person an'), test.token('first')) \g /dev/null
select is((select c.expires_at - now() from auth.code c where c.account_id = test.id('account new')),
	interval '72 hours', 'an invitation for 72 hours');
update auth.code set expires_at = now() where account_id = test.id('account new');
select throws_ok($$ select auth.redeem_code('new.one', test.token('first'), 'h', test.token('t7')) $$, 'CB016',
	'login_failed', 'and then no longer');

-- One's own password
select test.open('clerk', 'hash', 'second') \g /dev/null
select test.enter('own') \g /dev/null
select throws_ok($$ select auth.change_password('no', 'new hash') $$, 'CB003', 'wrong_password', 'a changed hash is refused');
select is(auth.change_password('hash', 'new hash'), 1, 'the other session ends');
select lives_ok($$ select test.enter('own') $$, 'this one does not');
select throws_ok($$ select test.enter('second') $$, 'CB016', 'login_required', 'it has ended');

-- The way back
update auth.failure set in_a_row = 100 where subject = 'system';
select throws_ok($$ select auth.reset_admin('clerk', test.token('x'), 0) $$, 'CB005', 'not_found',
	'it is not for ordinary accounts');
select is(auth.reset_admin('system', test.token('back'), 12), test.id('account system'), 'but for the highest');
select is((select c.expires_at - now() from auth.code c where c.account_id = test.id('account system')),
	interval '30 minutes', 'for 30 minutes');
select is((select e.local_uid from auth.event e where e.kind = 'reset' and e.local_uid is not null), 12,
	'with the local user on record');
select is((select count(*) from ledger.entry e where e.method = 'AdminSocket/ResetAdmin uid=12'), 1::bigint,
	'in the ledger, too');

select finish();
rollback;
