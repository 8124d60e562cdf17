-- What the server's own gate asks: the caller's permissions, the targets of a request, the table of methods.
begin;
\ir fixture.psql
select plan(39);

-- What a session and its grants make of two questions: whether the server's gate and the database's agree.
create function test.both(who text, grant_id uuid default null) returns text[] language plpgsql as $$
declare
	answers text[];
	question text;
	state text;
	field text;
	detail text;
begin
	foreach question in array array[
		format('select auth.identify(test.token(%L), %L)', who, grant_id),
		format('select test.enter(%L, %L, %L)', who, 'SectorService/List', grant_id)]
	loop
		begin
			execute question;
			answers := answers || 'ok'::text;
		exception when others then
			get stacked diagnostics state = returned_sqlstate, field = column_name, detail = pg_exception_detail;
			answers := answers || concat_ws(' ', state, sqlerrm, field, detail);
		end;
	end loop;
	return array(select distinct unnest(answers));
end
$$;

select results_eq($$ select i.grant_id, i.permissions from auth.identify(test.token('clerk'), null) i $$,
	$$ select test.id('grant clerk'), string_agg(permission, ' ' order by permission)
	   from auth.role_permission where role = 'WO' $$, 'the only grant and its permissions');
select is((select permissions from auth.identify(test.token('clerk'), null)) ~ '\mmember_read\M', true, 'by name');
select is(nullif(current_setting('app.lo', true), ''), null, 'no scope is opened');
select is(test.both('clerk'), '{ok}', 'both gates know the clerk');
select is(test.both('nobody'), array['CB016 login_required  '], 'an unknown token');
select is(test.both('clerk', test.id('grant secretary')), array['CB007 grant_ended grant_id '], 'somebody else''s grant');
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('grant head at home'), test.id('person head'), 'MB', unit_id, feed_id, '[2020-01-01,)', '3-QĐ', now()
from auth.tree where unit_id = test.id('A1');
select is(test.both('head'), array['CB009 grant_required grant_id '], 'several grants, none chosen');
select is(test.both('head', test.id('grant head at home')), '{ok}', 'one named');
select is((select permissions from auth.identify(test.token('head'), test.id('grant head at home'))) ~ 'unit_create', false,
	'has the permissions of that one alone');
select test.enter('head'), auth.choose_grant(test.id('grant head')) \g /dev/null
select is(test.both('head'), '{ok}', 'one chosen');
select is((select permissions from auth.identify(test.token('head'), null)) ~ 'unit_create', true, 'has the permissions of that');
select is(test.both('head', test.id('grant head at home')), '{ok}', 'and the named one comes before the chosen');
update auth."grant" set ended_at = now() where id = test.id('grant secretary');
select is(test.both('secretary'), array['CB007 grant_ended grant_id '], 'an ended grant');
update auth."grant" set ended_at = null, during = daterange('2020-01-01', today()) where id = test.id('grant secretary');
select is(test.both('secretary'), array['CB007 grant_ended grant_id '], 'one whose last day has passed');
update auth."grant" set during = daterange(today() + 1, null) where id = test.id('grant secretary');
select is(test.both('secretary'), array['CB007 grant_ended grant_id '], 'one that begins tomorrow');
update auth."grant" set during = daterange(today(), today() + 1) where id = test.id('grant secretary');
select is(test.both('secretary'), '{ok}', 'one that begins and ends today');
update auth.session set last_seen_at = now() - interval '13 hours' where token_hash = test.token('secretary');
select is(test.both('secretary'), array['CB016 session_expired  '], 'an idle session');
update auth.session set last_seen_at = now(), expires_at = now() where token_hash = test.token('secretary');
select is(test.both('secretary'), array['CB016 session_expired  '], 'an old one');
update auth.session set expires_at = now() + interval '1 day', revoked_at = now() where token_hash = test.token('secretary');
select is(test.both('secretary'), array['CB016 login_required  '], 'a revoked one');
update auth.session set revoked_at = null where token_hash = test.token('secretary');
update auth.account set ended_at = now() where id = test.id('account secretary');
select is(test.both('secretary'), array['CB016 login_required  '], 'one of an ended account');

-- targets, seen by the clerk of ward A
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('grant at ' || name), test.id('person head'), 'MB', unit_id, feed_id, '[2020-01-01,)', '4-QĐ', now()
from unnest('{A1,B1}'::text[]) name join auth.tree on unit_id = test.id(name);
insert into auth.account (id, feed_id, login_name, person_id)
select test.id('account ' || name), auth.root_feed(), 'nguoi.' || name, test.id('person ' || name)
from unnest('{an,dung}'::text[]) name;

create function test.check(variadic p_targets text[]) returns void language plpgsql as $$
begin
	perform auth.check_targets(
		array(select split_part(t, ' ', 1) from unnest(p_targets) t),
		array(select test.id(substr(t, position(' ' in t) + 1)) from unnest(p_targets) t),
		array(select split_part(t, ' ', 1) || '_id' from unnest(p_targets) t));
end
$$;
grant execute on function test.check to public;
select test.as('clerk') \g /dev/null
select lives_ok(format('select test.check(%L)', target), target || ' lies in scope')
from unnest(array['unit A', 'unit A1', 'person person an', 'member an', 'account account an', 'grant grant at A1']) target;
select throws_ok(format('select test.check(%L)', target), 'CB005', 'not_found', target || ' does not')
from unnest(array['unit Q', 'unit B1', 'person person dung', 'member dung', 'account account dung', 'grant grant at B1',
	'member nobody']) target;
select lives_ok($$ select test.check('member an', 'unit A2') $$, 'several are all looked at');
select throws_ok($$ select test.check('member an', 'unit B1') $$, 'CB005', 'not_found', 'one outside is enough');
select throws_ok($$ select test.check('village A1') $$, '20000', null, 'what nobody knows is no target');
select throws_ok($$ select auth.check_targets(null, null, null) $$, '22004', null, 'nothing at all is not nothing outside');
select test.as_superuser() \g /dev/null
select set_config('app.lo', '', true), set_config('app.hi', '', true) \g /dev/null
select throws_ok($$ select test.check('unit A1') $$, 'CB005', 'not_found', 'without a scope nothing lies in it');

select is_empty($$ select method from auth.route_table() where not is_held $$, 'every method can be used by some role');

select finish();
rollback;
