-- What a ward pulls: who is told what of a record that moved, ended or went; digests; histories.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(55);

-- --- histories ---

select is((select count(*) from ledger.history), 1::bigint, 'a new database is in its first history');
select isnt(ledger.refresh_history(), (select id from ledger.history order by started_at limit 1), 'this one was copied from it');
select is(ledger.refresh_history(), (ledger.newest_history()).id, 'and is in one of its own from then on');
update ledger.history set timeline = timeline - 1;
select isnt(ledger.refresh_history(), (select id from ledger.history order by started_at limit 1), 'another timeline: another history');
update ledger.history set database = '1';
select ledger.refresh_history() \g /dev/null
update ledger.history set system_identifier = 1, started_at = started_at + interval '1 year';
select isnt(ledger.refresh_history(), null, 'another database, another cluster, and that while the clock was put back');
select is((ledger.newest_history()).system_identifier, (select system_identifier from pg_control_system()), 'the newest is of here');
select ledger.new_history(1000) \g /dev/null
select is((select count(*) from ledger.history), 6::bigint, 'somebody may say so as well');
select is((ledger.newest_history()).local_uid, 1000, 'and is on record');
select is(ledger.refresh_history(), (ledger.newest_history()).id, 'his history goes on');

-- --- what is kept ---

select is_empty($$ select r.role, e.entity, p.reach
	from auth.role_permission r cross join auth.sync_entity e
	left join auth.role_permission p on p.role = r.role and p.permission = e.permission
	where r.permission = 'sync_read' and p.reach is distinct from 'scope' $$,
	'who keeps records may read all of each kind in his scope');
select is_empty($$ select e.entity from auth.sync_entity e left join auth.permission p on p.code = e.permission where p.code is null $$,
	'by permissions that there are');
select set_eq($$ select (regexp_matches(pg_get_viewdef('auth.sync_row'), '''([a-z_]+)''::text( AS entity|,|$)', 'g'))[1] $$,
	$$ select entity from auth.sync_entity $$, 'rows and list name the same kinds');
select is_empty($$ select e.entity from auth.sync_entity e
	where not exists (select from pg_trigger t where t.tgname = 'touch_update' and encode(t.tgargs, 'escape') = e.entity || '\000') $$,
	'each of which the ledger watches');

-- --- who is told what ---

-- A write by the superuser in the name of a caller, from which the ledger makes entries.
create function test.write(who text, op text, statement text) returns void language plpgsql as $$
begin
	perform set_config('app.touched', '', true);
	perform test.as(who);
	perform ledger.claim(test.id(op), sha256(convert_to(op, 'UTF8')));
	perform test.as_superuser();
	execute statement;
	perform from ledger.publish();
end
$$;
create function test.name_of(id uuid) returns text language sql as $$
	select coalesce((select n from unnest('{Q,A,B,A1,A2,A3,A11,B1,an,person an,place an,binh,person binh,chi,cand,person cand,post,hold,t1,t2,doc,rule}'::text[]) n
	                 where test.id(n) = name_of.id), id::text)
$$;
create function test.head(feed text) returns bigint language sql as $$
	select coalesce((select h.position from ledger.feed_head h where h.feed = test.id(head.feed)), 0)
$$;
-- Marks behind a position as "kind entity name"; as many entries as are asked for.
create function test.pull(who text, feed text, behind bigint, n int default 500, reads uuid default null) returns setof text
language plpgsql as $$
declare
	v_hash bytea := (select e.hash from ledger.entry e where e.feed = test.id(pull.feed) and e.position = behind);
	v_history uuid := (ledger.newest_history()).id;
	m record;
begin
	perform set_config('app.sync_' || e.entity, '', true) from auth.sync_entity e;
	perform test.as(who, 'SyncService/Pull');
	for m in select x.kind, x.entity, x.id from auth.sync_pull(v_history, test.id(pull.feed), behind, v_hash, n, null, null) x loop
		return next m.kind || ' ' || m.entity || ' ' || test.name_of(m.id);
	end loop;
	perform test.as_superuser();
end
$$;
select test.unit('x', 'A', 'branch', 'hamlet') from (select test.enter('head', 'UnitService/Create')) x \g /dev/null
create function test.told(who text, feed text, behind bigint) returns text language sql as $$
	select coalesce(string_agg(p, ', ' order by p), '') from test.pull(who, feed, behind) p
$$;
create function test.mark(n text) returns bigint language sql as $$ select current_setting('test.' || n)::bigint $$;

select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w1', $$update chibo.member set version = version + 1 where id = test.id('an')$$) \g /dev/null
select is(test.told('clerk', 'A', test.mark('p')), 'changed member an', 'a ward is told of its member');
select is(test.told('secretary', 'A', test.mark('p')), 'changed member an', 'and so is his branch');
select is((select string_agg(id::text, '') from chibo.sync_page('member')), test.id('an')::text, 'whose record the page holds');
select is((select version from chibo.sync_page('member')), 2, 'in this version');

select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w2', $$update chibo.member set version = version + 1 where id = test.id('chi')$$) \g /dev/null
select is(test.told('clerk', 'A', test.mark('p')), 'changed member chi', 'the ward sees another branch');
select is(test.told('secretary', 'A', test.mark('p')), '', 'a branch does not');
select test.as('secretary', 'SyncService/Pull') \g /dev/null
select is((select count(*) from auth.sync_entries(test.id('A'), test.mark('p'))), 1::bigint, 'but counts the entry');
select test.as_superuser() \g /dev/null

-- from one branch to another of the same ward
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w3', $$
	update chibo.person p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos from chibo.unit u where u.id = test.id('A2') and p.id = test.id('person an');
	update chibo.member p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos from chibo.unit u where u.id = test.id('A2') and p.id = test.id('an')$$) \g /dev/null
select results_eq($$ select r.entity, r.unit_id, r.from_unit_id from ledger.record r where r.feed = test.id('A') and r.position = test.head('A') order by 1 $$,
	$$ values ('member', test.id('A2'), test.id('A1')), ('person', test.id('A2'), test.id('A1')) $$, 'the ledger knows where it lay and lies');
select is(test.told('clerk', 'A', test.mark('p')), 'changed member an, changed person person an', 'to the ward it changed');
select is(test.told('secretary', 'A', test.mark('p')), 'left_scope member an, left_scope person person an', 'the old branch is told that it left');
select test.write('clerk', 'w4', $$update chibo.member set version = version + 1 where id = test.id('an')$$) \g /dev/null
select is(test.told('secretary', 'A', test.mark('p')), 'left_scope member an, left_scope person person an',
	'also if it went on changing there');
select is(test.told('secretary', 'A', test.head('A') - 1), '', 'of which the old branch hears nothing');

-- to another ward
select set_config('test.p', test.head('A')::text, true), set_config('test.q', test.head('B')::text, true) \g /dev/null
select test.official('other', 'B', 'WO') \g /dev/null
select test.official('second', 'A2', 'BD') \g /dev/null
select test.write('clerk', 'w5', $$
	update chibo.member p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id from chibo.unit u where u.id = test.id('B1') and p.id = test.id('an')$$) \g /dev/null
select is(test.told('clerk', 'A', test.mark('p')), 'left_scope member an', 'the old ward is told that he left');
select is(test.told('second', 'A', test.mark('p')), 'left_scope member an', 'and so is his branch there');
select is(test.told('secretary', 'A', test.mark('p')), '', 'but not the one before');
select is(test.told('other', 'B', test.mark('q')), 'changed member an', 'to the new one he comes');
select test.write('clerk', 'w6', $$
	update chibo.member p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id from chibo.unit u where u.id = test.id('A2') and p.id = test.id('an')$$) \g /dev/null
select is(test.told('clerk', 'A', test.mark('p')), 'changed member an', 'who has come back has not left');
select is(test.told('other', 'B', test.mark('q')), 'left_scope member an', 'where he was only passing, he left');

-- a unit that moves inside its ward, with what stands in it
select test.enter('head', 'UnitService/Create'), test.unit('A3', 'A', 'branch', 'hamlet'), test.official('third', 'A3', 'BS') \g /dev/null
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('head', 'w7', $$select auth.move_unit(test.id('A2'), 1, test.id('A3'), '2024-01-01')$$) \g /dev/null
select matches(test.told('third', 'A', test.mark('p')), 'changed member chi,.*changed unit A2', 'whoever stands above it now gets all of it');
select is((select count(*) from test.pull('secretary', 'A', test.mark('p'))), 0::bigint, 'a neighbour nothing');
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('head', 'w8', $$select auth.move_unit(test.id('A2'), 2, test.id('A'), '2024-02-01')$$) \g /dev/null
select matches(test.told('third', 'A', test.mark('p')), 'left_scope member chi,.*left_scope unit A2', 'and is told when it goes again');
select doesnt_match(test.told('second', 'A', test.mark('p')), 'left', 'the unit itself stays with what it has');
select test.write('head', 'w9', $$select auth.move_unit(test.id('A2'), 3, test.id('B'), '2024-03-01')$$) \g /dev/null
select matches(test.told('clerk', 'A', test.mark('p')), 'left_scope member chi,.*left_scope unit A2', 'a unit that moves to another ward leaves');
select is(test.refusal($$select * from test.pull('second', 'A', 0)$$), 'not_found feed', 'and follows the new ward''s feed alone');
select test.as_superuser() \g /dev/null

-- what is renumbered has not changed
select set_config('test.p', test.head('A')::text, true) \g /dev/null
create temp table before as select test.head('A') as head;
select test.write('head', 'w10', $$select auth.widen(test.id('A'), 70000); select ledger.mark(test.id('A'))$$) \g /dev/null
select is(test.told('clerk', 'A', test.mark('p')), '', 'new positions of all are no news');

-- what has gone, has ended, goes on elsewhere
insert into chibo.task (id, unit_id, unit_pos, feed_id, source, category, title, assigner_id, assigned_by, assignee_name, due_on)
select test.id(n), u.id, u.pos, u.feed_id, 'other', 'general', 'Việc', u.id, test.id('person clerk'), 'Đơn vị', '2030-01-01'
from chibo.unit u, unnest('{t1,t2}'::text[]) n where u.id = case n when 't1' then test.id('A1') else test.id('A3') end;
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w11', $$delete from chibo.task where id in (test.id('t1'), test.id('t2'))$$) \g /dev/null
select is(test.told('secretary', 'A', test.mark('p')), 'deleted task t1', 'what is gone is deleted, where it was');
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('head', 'w12', $$update chibo.unit set version = version + 1, closed_on = '2024-05-01', successor = test.id('A3') where id = test.id('A1')$$) \g /dev/null
select is(test.told('clerk', 'A', test.mark('p')), 'merged_into unit A1', 'a unit goes on in another one');
select is((select x.into_id from auth.sync_row x where x.id = test.id('A1')), test.id('A3'), 'which is named');
update chibo.unit set closed_on = null, successor = null where id = test.id('A1');
select set_config('test.p', test.head('Q')::text, true) \g /dev/null
select test.write('head', 'w13', $$
	insert into chibo.legal_doc (id, feed_id, number, suffix, issuer, issued_on, title) values (test.id('doc'), test.id('Q'), '7', 'HD/BTCTW', 'Ban', '2020-01-01', 'Văn bản');
	insert into chibo.rule_param (id, feed_id, key, value, unit, during, legal_doc) values (test.id('rule'), test.id('Q'), 'probe.rule', '1', 'days', '[2020-01-01,2021-01-01)', 'HD')$$) \g /dev/null
select is(test.told('secretary', 'Q', test.mark('p')), 'changed legal_doc doc, retired rule rule', 'the root''s feed tells reference data to everybody');
select test.write('head', 'w14', $$update chibo.person set version = version + 1 where id = test.id('person head')$$) \g /dev/null
select is(test.told('clerk', 'Q', test.mark('p') + 1), '', 'and nothing else');

-- what shows something of others
insert into chibo.post (id, unit_id, unit_pos, feed_id, type, title, is_party, during)
select test.id('post'), id, pos, feed_id, 'secretary', 'Bí thư', true, '[2020-01-01,)' from chibo.unit where id = test.id('A1');
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w15', $$
	insert into chibo.post_holding (id, unit_id, unit_pos, feed_id, post_id, person_id, holder_name, mode, decision_doc, during)
	select test.id('hold'), p.unit_id, p.unit_pos, p.feed_id, p.id, test.id('person binh'), 'Bình', 'elected', '1-QĐ', '[2020-01-01,)' from chibo.post p where p.id = test.id('post')$$) \g /dev/null
select is(test.told('secretary', 'A', test.mark('p')), 'changed post post, changed post_holding hold', 'a post shows who holds it');
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w16', $$update chibo.person set version = version + 1, given_name = 'Bích' where id = test.id('person binh')$$) \g /dev/null
select is(test.told('secretary', 'A', test.mark('p')), 'changed member binh, changed person person binh', 'a member shows the person''s name');

-- who follows a person is told of with its own version
select test.candidate('cand', 'A1') \g /dev/null
select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w17', $$
	update chibo.person p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos from chibo.unit u where u.id = test.id('A3') and p.id = test.id('person cand')$$) \g /dev/null
select is(test.told('secretary', 'A', test.mark('p')), 'left_scope candidate cand, left_scope person person cand', 'a candidate follows his person');

-- --- pages ---

select set_config('test.p', test.head('A')::text, true) \g /dev/null
select test.write('clerk', 'w18' || n, $$update chibo.member set version = version + 1 where id = test.id('binh')$$) from generate_series(1, 5) n \g /dev/null
select is((select count(*) from test.pull('clerk', 'A', test.mark('p'), 2)), 1::bigint, 'of several changes the newest');
select is(current_setting('app.sync_until')::bigint, test.mark('p') + 2, 'a page has as many entries as it may');

-- --- refusals ---

select is(test.refusal($$select * from test.pull('clerk', 'B', 0)$$), 'not_found feed', 'a feed of another ward is like none');
select test.as_superuser() \g /dev/null
select is(test.refusal(format($$select * from test.pull('clerk', 'A', %s)$$, test.head('A') + 1)), format('out_of_range position min=0, max=%s', test.head('A')),
	'a position ahead of the head');
select test.as_superuser() \g /dev/null
select is(test.refusal(format($$select test.as('clerk', 'SyncService/Pull'); select * from auth.sync_pull(%L, test.id('A'), 1, sha256('x'), 10, null, null)$$,
	(ledger.newest_history()).id)), 'history hash history_id=' || (ledger.newest_history()).id, 'another hash at the position');
select test.as_superuser() \g /dev/null
select is(test.refusal($$select test.as('clerk', 'SyncService/Pull'); select * from auth.sync_pull(test.id('x'), test.id('A'), 0, null, 10, null, null)$$),
	'history history_id history_id=' || (ledger.newest_history()).id, 'another history');
select test.as_superuser() \g /dev/null

-- --- digests ---

create function test.digests(who text, feed text) returns table (entity text, unit_id uuid, count int, digest bigint) language plpgsql as $$
begin
	perform test.as(who, 'SyncService/Digest');
	return query select * from auth.sync_digests(test.id(digests.feed));
	perform test.as_superuser();
end
$$;
create function test.copied(who text, feed text) returns table (entity text, unit_id uuid, count int, digest bigint) language plpgsql as $$
begin
	perform test.as(who, 'SyncService/Copy');
	return query
	select m.entity, m.unit_id, count(*)::int, bit_xor(m.digest)
	from unnest('{unit,person,member,membership,post,task,candidate}'::text[]) e cross join lateral auth.sync_copy(test.id(copied.feed), e, null, 1000) m
	group by m.entity, m.unit_id;
	perform test.as_superuser();
end
$$;
select bag_eq($$ select * from test.copied('clerk', 'A') $$, $$ select * from test.digests('clerk', 'A')
	where entity in ('unit', 'person', 'member', 'membership', 'post', 'task', 'candidate') $$, 'the digest of all is that of each');
create temp table kept as select * from test.digests('clerk', 'A');
set local timezone = 'America/New_York';
select test.write('head', 'w20', $$select auth.widen(test.id('A1'), 70000); select ledger.mark(test.id('A'))$$) \g /dev/null
select bag_eq('select * from test.digests(''clerk'', ''A'')', 'select * from kept', 'positions and time zones are in no digest');
update chibo.member set works_away = true where id = test.id('binh');
select is((select count(*) from (select * from test.digests('clerk', 'A') except select * from kept) d), 1::bigint, 'anything else is');

select finish();
rollback;
