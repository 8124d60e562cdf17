-- The chain of a computer, and what becomes of its refused operations.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(84);

create function test.device(name text, unit text) returns void language sql as $$
	insert into auth.device (id, unit_id, feed_id, name, state, key_hash, invited_by, enrolled_at, seen_at)
	select test.id(name), t.unit_id, t.feed_id, 'Máy ' || name, 'active', test.token('key ' || name), test.id('account system'), now(), now()
	from auth.tree t where t.unit_id = test.id(unit)
$$;
select test.official('clerk.b', 'B', 'WO') \g /dev/null
select test.device('dA', 'A'), test.device('dA1', 'A1'), test.device('dB', 'B') \g /dev/null

create function test.content(content text) returns bytea language sql as $$ select sha256(convert_to(content, 'UTF8')) $$;

-- What the computer itself knows of its chain.
create table test.sent (device text, seq bigint, prev bytea, op text, content text, hash bytea);
grant all on test.sent to public;
create function test.put(p_device text, p_op text, p_content text default 'x') returns test.sent language plpgsql as $$
declare
	s test.sent;
begin
	select p_device, x.seq + 1, x.hash, p_op, p_content into s.device, s.seq, s.prev, s.op, s.content
	from (select t.seq, t.hash from test.sent t where t.device = p_device
	      union all select 0, decode(repeat('00', 32), 'hex') order by seq desc limit 1) x;
	s.hash := sha256(s.prev || int8send(s.seq) || uuid_send(test.id(s.op)) || test.content(s.content));
	insert into test.sent values (s.*);
	return s;
end
$$;

-- Leaves the computer, too.
create or replace function test.as_superuser() returns void language plpgsql as $$
begin
	perform set_config('role', session_user, true), set_config('app.device_id', '', true);
end
$$;

-- As a segment runs: enters on the computer's connection, in a transaction of its own.
create function test.on_device(who text, device text, method text default 'UnitService/List') returns void language plpgsql as $$
begin
	perform set_config('role', session_user, true), set_config('app.touched', '', true);
	insert into auth.session (token_hash, account_id, device_id)
	values (test.token(who || device), test.id('account ' || who), test.id(device)) on conflict do nothing;
	perform auth.enter(test.token(who || device), test.id('grant ' || who), method, false, 60000, test.token('key ' || device));
	perform set_config('role', 'chibo_app', true);
end
$$;
create function test.write(who text, s test.sent, named text[] default '{}', attended boolean default false)
returns bigint language plpgsql as $$
declare
	v bigint;
begin
	perform test.on_device(who, s.device);
	perform ledger.claim(test.id(s.op), test.content(s.content), test.id(s.device), s.seq, s.prev,
		(select array_agg(test.id(n)) from unnest(named) n), attended);
	perform ledger.mark(test.id(case when s.device in ('dB', 'dD') then 'B' else 'A' end));
	select p.position into v from ledger.publish() p;
	perform test.as_superuser();
	return v;
end
$$;
create function test.park(who text, s test.sent, rule text default 'conflict', subject text default null, params text default '',
                          body bytea default convert_to(rpad('body', 50), 'UTF8'))
returns text language plpgsql as $$
declare
	v record;
begin
	perform test.on_device(who, s.device, 'SessionService/WhoAmI');
	select * into v from ledger.park(test.id(s.op), test.content(s.content), test.id(s.device), s.seq, s.prev,
		'MemberService/Update', test.id(subject), body, 10, rule, 'base_version', params);
	perform test.as_superuser();
	return concat_ws(' ', v.position > 0, v.code, v.rule, v.field, v.params);
end
$$;
create function test.fork(who text, s test.sent, row_id text) returns text language plpgsql as $$
declare
	v record;
begin
	perform test.on_device(who, s.device, 'SessionService/WhoAmI');
	select * into v from ledger.quarantine(test.id(row_id), test.id(s.op), test.content(s.content), test.id(s.device), s.seq,
		s.prev, 'MemberService/Update', null, convert_to(rpad('body', 50), 'UTF8'));
	perform test.as_superuser();
	return concat_ws(' ', v.rule, v.params);
end
$$;
create function test.why(statement text) returns text language plpgsql as $$
declare
	v text := test.refusal(statement);
begin
	perform test.as_superuser();
	return v;
end
$$;
create function test.again(p_op text) returns test.sent language sql as $$ select * from test.sent where op = p_op $$;
create function test.high(p_device text) returns text language sql as $$
	select concat_ws(' ', d.high_seq, d.high_hash = s.hash, d.state)
	from auth.device d left join test.sent s on s.device = p_device and s.seq = d.high_seq where d.id = test.id(p_device)
$$;

-- ---- the chain ----
select isnt(test.write('clerk', test.put('dA', 'op 1')), null, 'the first one is accepted');
select is(test.high('dA'), '1 t active', 'and the chain is where the computer thinks it is');
select results_eq($$ select device_id, device_seq from ledger.entry where op_id = test.id('op 1') $$,
	$$ select test.id('dA'), 1::bigint $$, 'the entry tells the computer and its number');
select is(test.why($$ select test.write('clerk', test.again('op 1')) $$), 'replayed', 'sent again it is known');
select is(test.high('dA'), '1 t active', 'and nothing moves');
select test.put('dA', 'op 2'), test.put('dA', 'op 3') \g /dev/null
select is(test.why($$ select test.write('clerk', test.again('op 3')) $$), 'gap device_seq expected=2', 'a hole is told with what is expected');
select isnt(test.write('clerk', test.again('op 2')), null, 'sent in order');
select isnt(test.write('clerk', test.again('op 3')), null, 'all goes on');
select is(test.high('dA'), '3 t active', 'to the end');
select test.as_superuser() \g /dev/null
select is(test.why($$ select test.write('clerk', ('dA', 4, decode(repeat('11', 32), 'hex'), 'op 4', 'x', null)) $$),
	'fork device_seq expected=4', 'another predecessor is a fork');
select is(test.why($$ select test.write('clerk', ('dA', 3, decode(repeat('11', 32), 'hex'), 'op 4', 'x', null)) $$),
	'fork device_seq expected=4', 'and so is another operation at a number that was answered');
select is(test.why($$ select test.write('clerk', ('dA', 3, (test.again('op 3')).prev, 'op 3', 'y', null)) $$),
	'fork device_seq expected=4', 'under the same id too');
select is(test.why($$ select test.write('clerk', ('dA', 4, (test.again('op 3')).hash, 'op 3', 'y', null)) $$),
	'op_id_reused op_id', 'a known id with another content is that');
select test.on_device('clerk', 'dB') \g /dev/null
select is(test.why($$ select ledger.claim(test.id('op 9'), test.content('x'), test.id('dA'), 4, (test.again('op 3')).hash) $$),
	'device_mismatch device_id', 'a computer speaks for itself');
select test.as('clerk') \g /dev/null
select is(test.why($$ select ledger.claim(test.id('op 9'), test.content('x'), test.id('dA'), 4, (test.again('op 3')).hash) $$),
	'device_mismatch device_id', 'and only on a connection with its key');
select is(test.why($$ select test.write('clerk', ('dA', 4, null, 'op 4', 'x', null)) $$), 'fork device_seq expected=4', 'without a predecessor there is no chain');

-- ---- parked ----
select is(test.park('clerk', test.put('dA', 'op 4'), subject => 'an', params => 'version=7'), 't 10 conflict base_version version=7',
	'a refusal is kept');
select is(test.high('dA'), '4 t active', 'and is an answer: the chain goes on');
select results_eq($$ select state, version, device_seq, account_id, method, subject_id, rule, params from ledger.parked where id = test.id('op 4') $$,
	$$ select 'open'::ledger.parked_state, 1, 4::bigint, test.id('account clerk'), 'MemberService/Update', test.id('an'), 'conflict', 'version=7' $$,
	'with all that a person needs');
select results_eq($$ select feed, method, device_id, device_seq, touched from ledger.entry where op_id = test.id('op 4') $$,
	$$ select test.id('A'), 'MemberService/Update', test.id('dA'), 4::bigint, format('parked_operation,%s,1,created', test.id('op 4')) $$,
	'the feed of the computer tells it');
select is(test.park('clerk', test.again('op 4'), rule => 'not_found'), 't 10 conflict base_version version=7', 'sent again it is refused alike');
select is(test.why($$ select test.write('clerk', test.again('op 4')) $$), 'parked op_id', 'also if it would be accepted by now');
select is(test.high('dA'), '4 t active', 'and takes no second place');
select is(test.why($$ select test.park('clerk', test.again('op 3')) $$), 'replayed', 'what was accepted is never parked');
select is(test.why($$ select test.park('clerk', ('dA', 9, null, 'op 9', 'x', null)) $$), 'gap device_seq expected=5', 'nor what is out of turn');
select is(test.why($$ select test.park('clerk', ('dA', 2, null, 'op 9', 'x', null)) $$), 'fork device_seq expected=5', 'nor a fork');
select isnt(test.park('clerk', test.put('dA', 'op 5'), body => null), null, 'who was there');
select is((select state from ledger.parked where id = test.id('op 5')), 'answered', 'has been told');

-- what builds on it waits
select test.put('dA', 'op 6') \g /dev/null
select is(test.why($$ select test.write('clerk', test.again('op 6'), '{binh,an}') $$), 'waits_for_operation op=' || test.id('op 4'),
	'an operation on the record of a parked one waits');
select isnt(test.park('clerk', test.again('op 6'), rule => 'waits_for_operation', params => 'op=' || test.id('op 4'), subject => 'binh'), null,
	'as one that is parked');
select is((select waits_for from ledger.parked where id = test.id('op 6')), test.id('op 4'), 'behind the other');
select test.put('dA', 'op 7') \g /dev/null
select is(test.why($$ select test.write('clerk', test.again('op 7'), '{binh}') $$), 'waits_for_operation op=' || test.id('op 6'),
	'and so on');
select isnt(test.park('clerk', test.again('op 7'), rule => 'waits_for_operation', params => 'op=' || test.id('op 6'), body => null), null, 'in order');
select isnt(test.write('clerk', test.put('dA', 'op 8'), '{dung}'), null, 'others go on');
select isnt(test.write('clerk', test.put('dA', 'op 9'), '{an}', true), null, 'and so does who sees what he does');
select isnt(test.write('secretary', test.put('dA1', 'op A1'), '{an}'), null, 'or another computer');

-- ---- enrolled anew: known operations under another computer ----
select test.device('dC', 'A') \g /dev/null
select is(test.why($$ select test.write('clerk', ('dC', 1, decode(repeat('00', 32), 'hex'), 'op 8', 'x', null)) $$), 'replayed', 'an accepted one is known');
select test.on_device('clerk', 'dC') \g /dev/null
select isnt_empty($$ select from ledger.replay(test.id('op 8'), test.content('x'), test.id('dC'), 1, decode(repeat('00', 32), 'hex')) $$,
	'has its receipt');
select test.as_superuser() \g /dev/null
select is((select high_seq from auth.device where id = test.id('dC')), 1::bigint, 'and its place in the new chain');
select is(test.park('clerk', ('dC', 2, (select high_hash from auth.device where id = test.id('dC')), 'op 4', 'x', null)),
	't 10 conflict base_version version=7', 'a parked one is refused alike');
select is((select high_seq from auth.device where id = test.id('dC')), 2::bigint, 'and passed over too');

-- ---- a fork ----
select test.put('dB', 'op B1'), test.put('dB', 'op B2') \g /dev/null
select isnt(test.write('clerk.b', test.again('op B1')), null, 'a computer works');
select is(test.why($$ select test.fork('clerk.b', test.again('op B2'), 'kept 0') $$), 'busy', 'what is in turn is no fork');
select is(test.fork('clerk.b', ('dB', 1, null, 'op BB', 'y', null), 'kept'), format(e'fork op=%s\nexpected=2', test.id('op BB')),
	'until its double writes');
select is(test.high('dB'), '1 t quarantined', 'the chain stands still');
select results_eq($$ select state, device_seq, rule, length(body) from ledger.parked where id = test.id('kept') $$,
	$$ select 'open'::ledger.parked_state, 1::bigint, 'fork', 50 $$, 'what the double sent is kept');
select is((select touched from ledger.entry where op_id = test.id('kept')),
	format(e'device,%s,2,changed\nparked_operation,%s,1,created', test.id('dB'), test.id('kept')), 'all of it on record');
select is(test.why($$ select test.fork('clerk.b', ('dB', 1, null, 'op BC', 'y', null), 'kept 2') $$), 'device_quarantined device_id', 'once');
select is(test.why($$ select test.write('clerk.b', test.again('op B2')) $$), 'device_quarantined device_id', 'neither of the two writes');
select is(test.why($$ select test.park('clerk.b', test.again('op B2')) $$), 'device_quarantined device_id', 'nor is refused for good');
select is(test.why($$ select test.write('clerk.b', test.again('op B1')) $$), 'replayed', 'what is known is known');
select test.on_device('clerk.b', 'dB', 'MemberService/Update') \g /dev/null
select is(test.why($$ select ledger.claim(test.id('op BX'), test.content('x')) $$), 'device_quarantined device_id', 'nor past its chain');
select test.on_device('clerk.b', 'dB') \g /dev/null
select is(test.why($$ select ledger.claim(test.id('op BX'), test.content('x')) $$), '', 'but it may read on record');
select test.device('dD', 'B') \g /dev/null
select isnt(test.write('clerk.b', ('dD', 1, decode(repeat('00', 32), 'hex'), 'op BB', 'y', null)), null,
	'enrolled anew, it may send again what was kept');

-- ---- what people see and decide ----
create function test.seen(who text, method text, statement text) returns text language plpgsql as $$
declare
	v text;
begin
	perform test.as(who, method);
	begin
		execute format('select string_agg(x::text, '' '') from (%s) x', statement) into v;
	exception when others then
		perform test.as_superuser();
		raise;
	end;
	perform test.as_superuser();
	return v;
end
$$;
grant execute on all functions in schema test to public;
select is(test.seen('clerk', 'ConflictService/List', 'select count(*) from auth.parked_operations(null, null, null, 9)'), '(2)',
	'a ward sees the open ones of its computers');
select is(test.seen('clerk', 'ConflictService/List', 'select count(*) from auth.parked_operations(null, ''answered'', null, 9)'), '(2)',
	'or those of another state');
select is(test.seen('clerk', 'ConflictService/List', 'select count(*) from auth.parked_operations(null, null, null, 1)'), '(1)', 'by pages');
select is(test.seen('secretary', 'ConflictService/List', 'select count(*) from auth.parked_operations(null, null, null, 9)'), '(0)',
	'a branch sees nothing of its ward');
select is(test.seen('clerk.b', 'ConflictService/List', 'select string_agg(rule, '' '') from auth.parked_operations(null, null, null, 9)'), '(fork)',
	'a ward sees nothing of another');
select is(test.seen('clerk.b', 'ConflictService/List', format('select from auth.parked_operation(%L)', test.id('op 4'))), null, 'asked for by name');
select is(test.seen('clerk', 'ConflictService/List', format('select device_name, unit_path, full_name, code, rule, field, params from auth.parked_operation(%L)',
	test.id('op 4'))), '("Máy dA","Đảng bộ mẫu › Đơn vị A","Trần Thư",10,conflict,base_version,version=7)', 'all that is told of one');
select is(test.seen('clerk', 'ConflictService/Show', format('select length(body) from auth.parked_body(%L)', test.id('op 4'))), '(50)', 'its maker opens it');
select is(test.seen('clerk.b', 'ConflictService/Show', format('select length(body) from auth.parked_body(%L)', test.id('op 4'))), '()', 'nobody from elsewhere');
select test.official('secretary.a', 'A', 'BS'), test.official('deputy', 'A', 'BD') \g /dev/null
update ledger.parked set method = 'PersonService/SetSensitive' where id = test.id('op 4');
select is(test.seen('secretary.a', 'ConflictService/Show', format('select length(body) from auth.parked_body(%L)', test.id('op 4'))), '(50)',
	'who may read such things opens it');
select is(test.seen('deputy', 'ConflictService/Show', format('select length(body) from auth.parked_body(%L)', test.id('op 4'))), '()',
	'who may not is told all but the body');
update ledger.parked set grant_id = test.id('grant clerk.b') where id = test.id('op 4');
select is(test.seen('secretary.a', 'ConflictService/Show', format('select length(body) from auth.parked_body(%L)', test.id('op 4'))), '()',
	'nor of what was done in a grant of elsewhere');
select is(test.why($$ select test.seen('clerk.b', 'ConflictService/Show', format('select auth.mark_parked_read(%L)', test.id('op 4'))) $$), 'not_found id',
	'reading is recorded, in scope');

create function test.resolve(who text, row_id text, base int, resent text default null, note text default null) returns text language plpgsql as $$
begin
	return test.refusal(format('select test.seen(%L, %L, %L)', who, 'ConflictService/Resolve',
		format('select auth.resolve_parked(%L, %s, %L, %L)', test.id(row_id), base, test.id(resent), note)));
end
$$;
grant execute on all functions in schema test to public;
select is(test.resolve('clerk.b', 'op 4', 1), 'not_found id', 'nobody else decides');
select test.as_superuser() \g /dev/null
select is(test.resolve('clerk', 'op 4', 2), 'conflict base_version version=1', 'nor who has not seen the newest');
select is(test.resolve('clerk', 'op 4', 1, 'op 99'), 'resent_unknown resent_id', 'what takes its place has been accepted');
select is(test.resolve('clerk', 'op 4', 1, 'op 6'), 'resent_unknown resent_id', 'not refused');
select is(test.resolve('clerk', 'op 4', 1, 'op B1'), 'resent_unknown resent_id', 'and not somewhere else');
select is(test.resolve('clerk', 'op 4', 1, 'op 9'), '', 'with that it is over');
select results_eq($$ select state, version, resent_id, resolved_by from ledger.parked where id = test.id('op 4') $$,
	$$ select 'resent'::ledger.parked_state, 2, test.id('op 9'), test.id('account clerk') $$, 'and says what took its place, and who said so');
select is(test.resolve('clerk', 'op 4', 2), 'parked_closed id state=resent', 'once');
select is(test.resolve('clerk', 'op 6', 1, null, 'Ghi nhầm'), '', 'or nothing takes its place');
select is((select state from ledger.parked where id = test.id('op 6')), 'discarded', 'and it is dropped');
select isnt(test.write('clerk', test.put('dA', 'op 10'), '{an,binh}'), null, 'nothing waits any more');

-- ---- keys ----
select set_config('app.session_id', '', true), set_config('app.touched', '', true) \g /dev/null
update ledger.parked set body = int4send(1) || substring(body from 5) where id = test.id('op 6');
set local role chibo_app;
select results_eq($$ select table_name, column_name, id from ledger.stale_bodies(2, 9) $$, $$ select 'parked', 'body', test.id('op 6') $$,
	'what an older key sealed is found');
select is(ledger.stale_bodies_left(2), 1::bigint, 'and counted');
select ledger.reseal_bodies('{body,body}', array[test.id('op 6'), test.id('kept')],
	array[(select value from ledger.stale_bodies(2, 1)), '\x00'], array[int4send(5) || convert_to(rpad('new', 50), 'UTF8'), '\x00']) \g /dev/null
select is(ledger.stale_bodies_left(2), 0::bigint, 'until a newer one does');
select test.as_superuser() \g /dev/null
select is(current_setting('app.touched'), '', 'and the ledger hears nothing');
select test.as('clerk') \g /dev/null
select throws_ok($$ select ledger.stale_bodies(2, 9) $$, 'CB007', 'permission_denied', 'nobody re-seals within a session');
select throws_ok($$ select ledger.reseal_bodies('{}', '{}', '{}', '{}') $$, 'CB007', 'permission_denied', 'nor writes');
select test.as_superuser() \g /dev/null

select finish();
rollback;
