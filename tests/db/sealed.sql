-- Sealed columns as the database knows them: their shape, who sees how much, and re-sealing for the server alone.
begin;
\ir fixture.psql
select plan(19);

create function test.value(key int, tail text) returns bytea language sql as $$
	select int4send(key) || convert_to(rpad(tail, 40, '.'), 'UTF8')
$$;
select test.member('lan', 'A1', 'Lan', 'female') \g /dev/null
insert into person_sealed (id, unit_id, unit_pos, feed_id, phone, notes)
select p.id, p.unit_id, p.unit_pos, p.feed_id, test.value(1, 'phone'), test.value(2, 'notes')
from person p where p.id = test.id('person lan');
insert into person_sealed (id, unit_id, unit_pos, feed_id)
select p.id, p.unit_id, p.unit_pos, p.feed_id from person p where p.id = test.id('person an');

select is(seal_key(test.value(258, 'x')), 258, 'a value names its key');
select is((select oldest_key from person_sealed where id = test.id('person lan')), 1, 'the oldest key of a record is known');
select is((select oldest_key from person_sealed where id = test.id('person an')), null, 'no value, no key');
select throws_ok($$ update person_sealed set notes = 'số 12, ngõ 3, đường Mẫu' $$, '23514', null, 'plain text is refused');
select throws_ok($$ update person_sealed set national_id = test.value(1, 'n') $$, '23514', null,
	'a number is never without its hash');
select throws_ok($$ insert into person_origin (id, unit_id, unit_pos, feed_id, ethnicity)
	select id, unit_id, unit_pos, feed_id, 'none' from person_sealed $$, '23503', null, 'a code comes from its own list');

-- as row security and reach tell
select test.as('clerk') \g /dev/null
select isnt_empty($$ select from person_sealed $$, 'the ward sees its rows');
select is(auth.sealed_sight(test.id('person lan')), 'open', 'a whole scope opens');
select set_config('app.reach', 'own', true) \g /dev/null
select is(auth.sealed_sight(test.id('person lan')), null, 'reach own: not of somebody else');
select is(auth.sealed_sight(current_setting('app.person_id')::uuid), 'open', 'but of oneself');
select set_config('app.reach', 'masked', true) \g /dev/null
select is(auth.sealed_sight(test.id('person lan')), 'masked', 'reach masked: which fields there are');
select set_config('app.reach', 'meeting', true) \g /dev/null
select is(auth.sealed_sight(test.id('person lan')), null, 'a reach that says nothing about it opens nothing');
select set_config('app.reach', '', true) \g /dev/null
select is(auth.sealed_sight(test.id('person lan')), null, 'nor does none');
select throws_ok($$ select * from auth.stale_values(9, 9) $$, 'CB007', 'permission_denied',
	'nobody re-seals within a session: neither reads');
select throws_ok($$ select auth.reseal('{}', '{}', '{}', '{}') $$, 'CB007', 'permission_denied', 'nor writes');

-- the server itself
select test.as_superuser() \g /dev/null
select set_config('app.session_id', '', true), set_config('app.touched', '', true) \g /dev/null
set local role chibo_app;
select results_eq($$ select column_name, value from auth.stale_values(2, 9) $$,
	$$ values ('phone'::text, test.value(1, 'phone')) $$, 'what an older key sealed is found');
select is(auth.reseal(array['phone', 'notes'], array[test.id('person lan'), test.id('person lan')],
	array[test.value(1, 'phone'), test.value(1, 'another')], array[test.value(3, 'phone'), test.value(3, 'notes')]), 2::bigint,
	'values are put back');
select test.as_superuser() \g /dev/null
select results_eq($$ select phone::bytea, notes::bytea, version from person_sealed where id = test.id('person lan') $$,
	$$ select test.value(3, 'phone'), test.value(2, 'notes'), 0 $$, 'but for one that has changed since');
select is(current_setting('app.touched'), '', 'and the ledger hears nothing');

select finish();
rollback;
