-- Computers: invited, enrolled, silent, revoked; and the sessions that belong to them.
begin;
\ir fixture.psql
select plan(41);

-- ---- Short words ----

create function test.key(name text) returns bytea language sql immutable as $$ select sha256(convert_to('key ' || name, 'UTF8')) $$;
create function test.code(name text) returns bytea language sql immutable as $$ select sha256(convert_to('code ' || name, 'UTF8')) $$;
create function test.device(which text) returns auth.device language sql stable as $$
	select d.* from auth.device d where d.id = test.id(which)
$$;
-- A request of somebody on a computer; none: without one.
create function test.from_computer(who text, computer text, token text default null) returns void language plpgsql as $$
begin
	perform set_config('app.device_id', '', true);
	perform auth.enter(test.token(coalesce(token, who)), test.id('grant ' || who), 'UnitService/List', false, 60000,
		case when computer is not null then test.key(computer) end);
end
$$;
create function test.invite(name text, unit text) returns void language plpgsql as $$
begin
	perform set_config('app.device_id', '', true);
	perform test.enter('system', 'DeviceService/Invite', test.id('grant system'));
	perform auth.invite_device(test.id(name), test.id(unit), 'Máy ' || name, test.code(name));
end
$$;
create function test.enrol(name text) returns uuid language sql as $$
	select id from auth.enrol_device(test.code(name), test.key(name))
$$;
create function test.entries(name text) returns text language sql stable as $$
	select string_agg(e.method, ' ' order by r.version) from ledger.record r
	join ledger.entry e on e.feed = r.feed and e.position = r.position
	where r.entity = 'device' and r.id = test.id(name)
$$;
grant execute on all functions in schema test to public;
update auth."grant" set id = test.id('grant ' || a.login_name) from auth.account a where a.person_id = "grant".person_id;

-- ---- Invited ----

select test.invite('ward', 'A') \g /dev/null
select is((test.device('ward')).state, 'invited', 'an invited computer');
select is((test.device('ward')).feed_id, (select feed_id from auth.tree where unit_id = test.id('A')), 'it lies in the feed of its unit');
select is((test.device('ward')).code_until, now() + interval '15 minutes', 'its code holds for 15 minutes');
select is((test.device('ward')).invited_by, test.id('account system'), 'and somebody answers for it');
select ok((select open_ms between 880000 and 900000 from auth.open_invitations()), 'the door stands open');
select is((select count(*) from auth.known_devices()), 0::bigint, 'nobody is known yet');
select throws_ok($$ select auth.invite_device(test.id('x'), test.id('nowhere'), 'Máy', test.code('x')) $$, 'CB005', 'not_found',
	'not at a unit that does not exist');
select throws_ok($$ select auth.invite_device(test.id('x'), test.id('A'), '', test.code('x')) $$, '23514', null,
	'not without a name');
select throws_ok($$ select auth.invite_device(test.id('x'), test.id('A'), 'Máy', 'short') $$, '23514', null,
	'not with something that is no hash');
select set_config('app.lo', t.pos::text, true), set_config('app.hi', t.last::text, true)
from auth.tree t where t.unit_id = test.id('A') \g /dev/null
select throws_ok($$ select auth.invite_device(test.id('x'), test.id('B'), 'Máy', test.code('x')) $$, 'CB005', 'not_found',
	'not at a unit out of scope');

-- ---- Enrolled ----

select throws_ok($$ select auth.enrol_device(test.code('no'), test.key('ward')) $$, 'CB016', 'enrol_failed', 'a wrong code');
select throws_ok($$ select auth.enrol_device(test.code('ward'), null) $$, 'CB016', 'enrol_failed', 'no key');
select is(test.enrol('ward'), test.id('ward'), 'a right one');
select is((test.device('ward')).state, 'active', 'makes it known');
select is((test.device('ward')).version, 2, 'as its second version');
select is((test.device('ward')).code_hash, null, 'the code is gone');
select throws_ok($$ select test.enrol('ward') $$, 'CB016', 'enrol_failed', 'a code works once');
select is(test.entries('ward'), 'DeviceService/Enrol', 'the ledger tells of it');
select is((select state from auth.known_devices() where key_hash = test.key('ward')), 'active', 'the server will know its key');
select is((select open_ms from auth.open_invitations()), 0::bigint, 'the door is closed again');
select test.invite('twin', 'A') \g /dev/null
select throws_ok($$ select auth.enrol_device(test.code('twin'), test.key('ward')) $$, 'CB016', 'enrol_failed', 'a key enrols once');
update auth.device set code_until = now() where id = test.id('twin');
select throws_ok($$ select test.enrol('twin') $$, 'CB016', 'enrol_failed', 'a late code');
select is(auth.fingerprint('\xfbff'), '-_8', 'fingerprints are written like pins');

-- ---- Sessions belong to computers ----

update auth.account set password_hash = 'hash' where login_name in ('clerk', 'secretary');
select lives_ok($$ select auth.open_session(test.id('account clerk'), 'hash', test.token('on ward'), null, test.key('ward')) $$,
	'somebody logs in on it');
select lives_ok($$ select test.from_computer('clerk', 'ward', 'on ward') $$, 'and works');
select is(current_setting('app.device_id')::uuid, test.id('ward'), 'on this computer');
select throws_ok($$ select test.from_computer('clerk', null, 'on ward') $$, 'CB016', 'other_computer', 'not without its key');
select test.invite('second', 'A'), test.enrol('second') \g /dev/null
select throws_ok($$ select test.from_computer('clerk', 'second', 'on ward') $$, 'CB016', 'other_computer', 'not on another one');
select throws_ok($$ select test.from_computer('clerk', 'second') $$, 'CB016', 'other_computer',
	'nor with a session that was opened without a key');
select throws_ok($$ select test.from_computer('clerk', 'unknown') $$, 'CB016', 'device_unknown', 'nor with a key that nobody knows');
select throws_ok($$ select auth.open_session(test.id('account clerk'), 'hash', test.token('y'), null, test.key('unknown')) $$,
	'CB016', 'device_unknown', 'nobody logs in on such a computer');

-- ---- Silent ----

update auth.device set seen_at = now() - interval '89 days' where id = test.id('ward');
select is(auth.device_state(test.device('ward')), 'active', 'silent for 89 days');
update auth.device set seen_at = now() - interval '91 days' where id = test.id('ward');
select throws_ok($$ select test.from_computer('clerk', 'ward', 'on ward') $$, 'CB016', 'device_suspended', 'silent for 91 days');
select test.enter('system', 'DeviceService/Confirm', test.id('grant system'))
from set_config('app.device_id', '', true) \g /dev/null
select throws_ok($$ select auth.confirm_device(test.id('ward'), 1) $$, 'CB010', 'conflict', 'confirming names the version');
select lives_ok($$ select auth.confirm_device(test.id('ward'), 2) $$, 'somebody confirms it');
select lives_ok($$ select test.from_computer('clerk', 'ward', 'on ward') $$, 'it works again');

-- ---- Revoked ----

select test.enter('system', 'DeviceService/Revoke', test.id('grant system'))
from set_config('app.device_id', '', true) \g /dev/null
select lives_ok($$ select auth.revoke_device(test.id('ward'), 3, 'Máy bị mất') $$, 'it is revoked');
select ok((select revoked_at is not null from auth.session where token_hash = test.token('on ward')), 'its sessions end');
select throws_ok($$ select test.from_computer('clerk', 'ward', 'on ward') $$, 'CB016', 'device_revoked', 'it is refused');
select throws_ok($$ select auth.confirm_device(test.id('ward'), 4) $$, 'CB009', 'device_ended', 'and not let in again');
select lives_ok($$ select auth.revoke_device(test.id('twin'), 1, 'nhầm') $$, 'an invitation is taken back in the same way');

select * from finish();
rollback;
