-- One entry per write and feed, in a chain, for ever.
begin;
\ir fixture.psql
select plan(22);

create function test.write(who text, op text, statement text) returns bytea language plpgsql as $$
declare
	v_head bytea;
begin
	perform set_config('app.touched', '', true);
	perform test.as(who);
	perform ledger.claim(test.id(op), sha256(convert_to(statement, 'UTF8')));
	execute statement;
	select p.head_hash into v_head from ledger.publish() p;
	perform test.as_superuser();
	return v_head;
end
$$;

select is((select method from ledger.entry where position = 1), 'AdminSocket/Bootstrap', 'the first entry made the district');
select test.write('clerk', 'op 1', 'update chibo.member set version = version + 1, works_away = true where id = test.id(''an'')') \g /dev/null
select results_eq($$ select position, method, account_id, grant_id, touched from ledger.entry where op_id = test.id('op 1') $$,
	$$ select 1::bigint, 'UnitService/List', test.id('account clerk'), test.id('grant clerk'),
	          format('member,%s,2,changed', test.id('an')) $$, 'an entry tells who changed what');
select throws_ok($$ select test.write('clerk', 'op 1', 'update chibo.member set version = version + 1, works_away = true where id = test.id(''an'')') $$,
	'CB100', 'replayed', 'the same operation is known');
select throws_ok($$ select test.write('clerk', 'op 1', 'select 1') $$, 'CB006', 'op_id_reused', 'another content is refused');
select throws_ok($$ select test.write('secretary', 'op 1', 'update chibo.member set version = version + 1, works_away = true where id = test.id(''an'')') $$,
	'CB006', 'op_id_reused', 'and so is another account');
select test.as('clerk') \g /dev/null
select is((select r.position from ledger.replay(test.id('op 1'), sha256(convert_to(
	'update chibo.member set version = version + 1, works_away = true where id = test.id(''an'')', 'UTF8'))) r), 1::bigint,
	'a replay gives the same receipt');
select test.as_superuser() \g /dev/null

select throws_ok($$ select test.write('clerk', 'op 2', 'update chibo.member set version = version + 1 where id = test.id(''dung'')') $$,
	'CB005', 'not_found', 'a write that reaches nothing is refused');
select test.as_superuser() \g /dev/null
select is_empty($$ select from ledger.op where op_id = test.id('op 2') $$, 'and leaves no trace');

select test.write('head', 'op 3', 'select chibo.place_member(test.id(''an''), 2, test.id(''p''), test.id(''B1''), ''primary'', ''2024-01-01'', null)') \g /dev/null
select results_eq($$ select feed, touched like '%left_scope%' from ledger.entry where op_id = test.id('op 3') order by feed $$,
	$$ select feed, left_scope from (values (test.id('A'), true), (test.id('B'), false)) v (feed, left_scope) order by feed $$,
	'a move stands in both feeds');
select test.write('clerk', 'op 4', 'select ledger.mark(test.id(''A''))') \g /dev/null
select is((select touched from ledger.entry where op_id = test.id('op 4')), '', 'an operation may find nothing left to do');
select test.write('head', 'op 5', 'insert into chibo.scheme (id, feed_id, code, name) values (test.id(''s''), auth.root_feed(), ''s1'', ''Mẫu'')') \g /dev/null
select is((select feed from ledger.entry where op_id = test.id('op 5')), test.id('Q'), 'what belongs to no ward is in the root''s feed');

select test.write('head', 'op 6', 'select auth.move_unit(test.id(''A1''), 1, test.id(''B''), ''2024-06-01'')') \g /dev/null
create temporary view moved as
	select e.feed, split_part(l, ',', 1) as entity, split_part(l, ',', 4) as kind
	from ledger.entry e cross join string_to_table(e.touched, e'\n') l where e.op_id = test.id('op 6');
select bag_eq($$ select distinct entity, kind from moved where feed = test.id('A') $$,
	$$ select e, 'left_scope' from unnest('{unit,person,member,membership,grant}'::text[]) e $$,
	'what follows a unit to another ward has left the old one');
select bag_eq($$ select distinct entity, kind from moved where feed = test.id('B') $$,
	$$ select e, 'changed' from unnest('{unit,person,member,membership,grant}'::text[]) e $$, 'and come to the new one');
select set_eq($$ select r.feed, r.position, r.at, concat_ws(',', r.entity, r.id, r.version, r.kind) from ledger.record r $$,
	$$ select e.feed, e.position, e.at, l from ledger.entry e cross join string_to_table(nullif(e.touched, ''), e'\n') l $$,
	'the index of records says what the entries say');
select throws_ok('update ledger.record set version = 9', '23000', null, 'and is not changed');
select throws_ok('delete from ledger.record', '23000', null, 'nor deleted');

select is_empty($$ select feed, position from ledger.entry where hash <> sha256(prev_hash || body) $$, 'hashes are right');
select is_empty($$ select e.feed, e.position from ledger.entry e left join ledger.entry p on p.feed = e.feed and p.position = e.position - 1
	where e.prev_hash <> coalesce(p.hash, sha256('')) or e.position > 1 and p.position is null $$, 'chained without holes');
select is_empty($$ select h.feed from ledger.feed_head h where (h.position, h.hash) is distinct from (
	select (e.position, e.hash) from ledger.entry e where e.feed = h.feed order by e.position desc limit 1) $$, 'up to the head');
select throws_ok('update ledger.entry set method = ''x''', '23000', null, 'entries are not changed');
select throws_ok('delete from ledger.entry', '23000', null, 'nor deleted');
select throws_ok('truncate ledger.entry', '23000', null, 'nor truncated');

select finish();
rollback;
