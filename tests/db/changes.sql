-- Corrections of a file: who may propose, who approves, and what happens when he must not.
begin;
\ir fixture.psql
select plan(79);

-- Somebody who acts in a grant of his own person; several names may stand for one person.
create function test.holder(who text, person text, role text, unit text) returns void language plpgsql as $$
begin
	insert into auth.account (id, feed_id, login_name, person_id, password_hash)
	select test.id('account ' || person), test.id('Q'), replace(person, ' ', '.'), test.id(person), 'hash'
	where not exists (select from auth.account a where a.person_id = test.id(person));
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, created_by, confirmed_by, confirmed_at)
	select test.id('grant ' || who), test.id(person), role, t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', null, null, now()
	from auth.tree t where t.unit_id = test.id(unit);
	insert into auth.session (token_hash, account_id)
	select test.token(who), a.id from auth.account a where a.person_id = test.id(person);
end
$$;
create function test.submit(id text, person text, born_on text) returns void language sql as $$
	select auth.submit_change(test.id(id), test.id(person), '{born_on}', null, null, null, null, born_on, null, 'Giấy khai sinh')
$$;
create function test.waits(id text) returns text language sql as $$
	select concat_ws(' ', waits_for_role, waits_for_unit_path, case when moved_up then 'up' end) from auth.change_rows(test.id(id))
$$;
create function test.whose(unit text, excluded text default '') returns text language sql as $$
	select concat_ws(' ', a.role, auth.path_of(a.unit_id, today()), case when a.moved_up then 'up' end)
	from auth.approver_of(test.id(unit), 'change_first', array[test.id(excluded)]) a
$$;
-- The rule that refuses, and its params.
create function test.refusal(sql text) returns text language plpgsql as $$
declare
	v_rule text;
	v_params text;
begin
	execute sql;
	return '';
exception when others then
	get stacked diagnostics v_rule = message_text, v_params = pg_exception_detail;
	return concat_ws(' ', v_rule, replace(v_params, e'\n', ', '));
end
$$;
grant execute on all functions in schema test to public;

-- Ward C has one branch of three: its secretary, its deputy, and the only clerk of the ward.
select test.as('head') \g /dev/null
select test.unit('C', 'Q', 'grassroots_committee') \g /dev/null
select test.unit('C1', 'C', 'branch', 'hamlet') \g /dev/null
select test.member('lan', 'C1', 'Lan', 'female'), test.member('mai', 'C1', 'Mai', 'female'), test.member('nam', 'C1', 'Nam') \g /dev/null
select test.as_superuser() \g /dev/null
select test.holder('c head', 'person lan', 'BS', 'C1'), test.holder('c deputy', 'person mai', 'BD', 'C1'),
	test.holder('c clerk', 'person nam', 'WO', 'C'), test.holder('nam', 'person nam', 'MB', 'C1'),
	test.holder('mai', 'person mai', 'MB', 'C1') \g /dev/null
-- Two officers at the district, members of A2 and B1; ward A's clerk, a member of A1, his secretary.
select test.holder('officer', 'person chi', 'DO', 'Q'), test.holder('officer 2', 'person dung', 'DO', 'Q'),
	test.holder('an', 'person an', 'MB', 'A1'), test.holder('deputy', 'person binh', 'BD', 'A1'),
	test.holder('inspector', 'person clerk', 'IC', 'A') \g /dev/null

-- what may be proposed, and for whom
select test.as('an', 'ChangeRequestService/List') \g /dev/null
select throws_ok($$ select test.submit('x', 'person binh', '1981') $$, 'CB005', 'not_found',
	'a member proposes nothing for his neighbour');
select lives_ok($$ select test.submit('own', 'person an', '1980-05-01') $$, 'but for himself');
select is((select old_values || ' > ' || new_values from auth.change_rows(test.id('own'))), '1980 > 1980-05-01',
	'the request tells old and new');
select is(test.waits('own'), 'WO Đảng bộ mẫu › Đơn vị A', 'it waits for the ward''s office');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{}', null, null, null, null, null, null, 'b') $$,
	'CB003', 'required', 'a request names fields');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{education}', null, null, null, null, null, null, 'b') $$,
	'CB003', 'unknown_field', 'of the file');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{given_name}', null, null, null, null, null, null, 'b') $$,
	'CB003', 'required', 'and does not empty a name');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{born_on}', null, null, null, null, '1980', null, 'b') $$,
	'CB009', 'same_value', 'nor say what the file says');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{born_on}', null, null, null, null, '2999', null, 'b') $$,
	'CB003', 'not_future', 'nor name a day to come');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{given_name}', null, null, 'R2D2', null, null, null, 'b') $$,
	'23514', null, 'nor what is no name');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{born_on}', null, null, null, null, '1981', null, null) $$,
	'23502', null, 'and rests on a paper');
select throws_ok($$ select auth.submit_change(test.id('x'), test.id('person an'), '{born_on}', null, null, null, null, '1981', null, ' ') $$,
	'23514', null, 'that has a name');

select test.as('secretary') \g /dev/null
select throws_ok($$ select auth.submit_change(test.id('names'), test.id('person binh'), '{given_name,family_name,middle_name}',
	'Trần', 'Thị', 'Bình', 'male', null, null, 'b') $$, 'CB009', 'same_value', 'every named field says something new');
select lives_ok($$ select auth.submit_change(test.id('names'), test.id('person binh'), '{middle_name,family_name,family_name}',
	'Trần', 'Thị', 'Bình', 'male', null, null, 'b') $$, 'a secretary proposes for his branch');
select is((select old_values || ' > ' || new_values from auth.change_rows(test.id('names'))), 'Nguyễn; – > Trần; Thị',
	'what is not named is not proposed');
select test.as_superuser() \g /dev/null
select is((select sex from change_request where id = test.id('names')), null, 'nor kept');
select test.as('secretary') \g /dev/null
select throws_ok($$ select test.submit('x', 'person chi', '1981') $$, 'CB005', 'not_found', 'not for the next branch');
select throws_ok($$ select test.submit('x', 'person nobody', '1981') $$, 'CB005', 'not_found', 'which looks like nobody');

-- who sees them
select is((select string_agg(full_name, ', ' order by full_name) from auth.change_page(null, null, null, null, 9)), 'Nguyễn An, Nguyễn Bình',
	'a secretary lists his branch');
select test.as('deputy') \g /dev/null
select is((select count(*) from auth.change_page(null, null, null, null, 9)), 2::bigint, 'so does his deputy');
select test.as('an', 'ChangeRequestService/List') \g /dev/null
select is((select string_agg(full_name, ', ') from auth.change_page(null, null, null, null, 9)), 'Nguyễn An',
	'a member lists his own');
select is_empty($$ select from auth.change_rows(test.id('names')) $$, 'and sees no other');
select is_empty($$ select from auth.change_lines(test.id('names')) $$, 'nor its fields');
select test.as('c clerk') \g /dev/null
select is_empty($$ select from auth.change_page(null, null, null, null, 9) $$, 'another ward lists none of them');
select is_empty($$ select from auth.change_rows(test.id('own')) $$, 'nor finds one');
select throws_ok($$ select auth.approve_change(test.id('own')) $$, 'CB005', 'not_found', 'nor approves one');
select throws_ok($$ select auth.refuse_change(test.id('own'), 'no') $$, 'CB005', 'not_found', 'nor refuses one');
-- the functions hold the interval themselves
select test.as_superuser() \g /dev/null
alter table change_request disable row level security;
alter table person disable row level security;
select test.as('c clerk') \g /dev/null
select is_empty($$ select from auth.change_page(null, null, null, null, 9) $$, 'also without row-level security: no list');
select is_empty($$ select from auth.change_rows(test.id('own')) union all
	select from auth.change_lines(test.id('own')) $$, 'no request');
select throws_ok($$ select auth.approve_change(test.id('own')) $$, 'CB005', 'not_found', 'no approval');
select throws_ok($$ select auth.confirm_change(test.id('own')) $$, 'CB005', 'not_found', 'no confirmation');
select throws_ok($$ select auth.refuse_change(test.id('own'), 'no') $$, 'CB005', 'not_found', 'no refusal');
select throws_ok($$ select test.submit('x', 'person an', '1981') $$, 'CB005', 'not_found', 'no request for others');
select test.as('an', 'ChangeRequestService/List') \g /dev/null
select is_empty($$ select from auth.change_rows(test.id('names')) $$, 'and a member still sees only his own');
select throws_ok($$ select test.submit('x', 'person binh', '1981') $$, 'CB005', 'not_found', 'and proposes only for himself');
select test.as_superuser() \g /dev/null
alter table change_request enable row level security;
alter table person enable row level security;

-- two approvals
select test.as('officer') \g /dev/null
select throws_ok($$ select auth.confirm_change(test.id('own')) $$, 'CB009', 'first_approval_missing', 'first comes first');
select throws_ok($$ select auth.approve_change(test.id('own')) $$, 'CB009', 'not_yours_to_approve',
	'which is the ward''s as long as it can');
select test.as('clerk') \g /dev/null
select auth.approve_change(test.id('own')) \g /dev/null
select is(test.waits('own'), 'DO Đảng bộ mẫu', 'then it waits for the district');
select is((select born_on::text from person where id = test.id('person an')), '1980', 'and the record is as it was');
select throws_ok($$ select auth.approve_change(test.id('own')) $$, 'CB009', 'first_approval_given', 'there is one first approval');
select throws_ok($$ select auth.confirm_change(test.id('own')) $$, 'CB009', 'second_person', 'the second is another person''s');
select throws_ok($$ select auth.refuse_change(test.id('own'), 'no') $$, 'CB009', 'second_person', 'and so is the refusal by now');
select test.as('officer') \g /dev/null
select auth.confirm_change(test.id('own')) \g /dev/null
select is((select born_on || ' ' || version from person where id = test.id('person an')), '1980-05-01 2', 'the second one changes it');
select is((select state || ' ' || first_by || ', ' || second_by from auth.change_rows(test.id('own'))),
	'confirmed Trần Thư, Nguyễn Chi', 'and both are on record');
select is(current_setting('app.touched') like format('%%change_request,%s,3,changed,%s%%', test.id('own'), test.id('A'))
	and current_setting('app.touched') like format('%%person,%s,2,changed,%s%%', test.id('person an'), test.id('A')), true,
	'the ledger hears of request and person, in the ward''s feed');
select test.as('officer 2') \g /dev/null
select throws_ok($$ select auth.confirm_change(test.id('own')) $$, 'CB009', 'request_closed', 'it is done once');
select throws_ok($$ select auth.refuse_change(test.id('own'), 'no') $$, 'CB009', 'request_closed', 'and is not refused afterwards');
select test.as('clerk') \g /dev/null
select throws_ok($$ select auth.refuse_change(test.id('names'), '') $$, '23514', null, 'a refusal has a reason');
update person set version = version + 1, profession = 'Nông dân' where id = test.id('person binh') \g /dev/null
select auth.approve_change(test.id('names')) \g /dev/null
select test.as('officer') \g /dev/null
select throws_ok($$ select auth.confirm_change(test.id('names')) $$, 'CB010', 'conflict', 'a record that has moved on is not overwritten');
select auth.refuse_change(test.id('names'), 'Hồ sơ đã đổi') \g /dev/null
select is((select state || ' ' || refused_by || ' ' || reason from auth.change_rows(test.id('names'))),
	'refused Nguyễn Chi Hồ sơ đã đổi', 'it is refused with a reason');

-- the only clerk asks for his own change: nobody in the ward may approve it
select test.as('nam', 'ChangeRequestService/List') \g /dev/null
select test.submit('clerk''s', 'person nam', '1980-02') \g /dev/null
select is(test.waits('clerk''s'), 'DO Đảng bộ mẫu up', 'the approval of the clerk''s own request moves up');
select test.as('c clerk') \g /dev/null
select throws_ok($$ select auth.approve_change(test.id('clerk''s')) $$, 'CB009', 'own_proposal', 'he cannot approve it in the office''s name');
select test.as('c deputy') \g /dev/null
select test.submit('for clerk', 'person nam', '1980-03') \g /dev/null
select test.submit('deputy''s', 'person mai', '1980-03') \g /dev/null
select is(test.waits('for clerk'), 'DO Đảng bộ mẫu up', 'nor when somebody else submitted it');
select is(test.waits('deputy''s'), 'WO Đảng bộ mẫu › Đơn vị C', 'other requests of the branch stay in the ward');
select test.as('c clerk') \g /dev/null
select throws_ok($$ select auth.approve_change(test.id('for clerk')) $$, 'CB009', 'own_record', 'because it is his record');
select throws_ok($$ select auth.refuse_change(test.id('for clerk'), 'no') $$, 'CB009', 'own_record', 'he cannot refuse it either');
select test.as('officer') \g /dev/null
select auth.approve_change(test.id('clerk''s')) \g /dev/null
select throws_ok($$ select auth.confirm_change(test.id('clerk''s')) $$, 'CB009', 'second_person', 'nobody confirms what he approved');
select is(test.waits('clerk''s'), 'DO Đảng bộ mẫu', 'but another officer may');
select test.as('officer 2') \g /dev/null
select auth.confirm_change(test.id('clerk''s')) \g /dev/null
select is((select born_on::text from person where id = test.id('person nam')), '1980-02', 'so three persons correct a file of three');

select test.as('clerk') \g /dev/null
select is((select count(*) from auth.change_page(null, null, null, null, 9)), 2::bigint, 'a ward lists its own');
select is((select count(*) from auth.change_page(test.id('A2'), null, null, null, 9)), 0::bigint, 'or one of its branches');

-- who may is asked anew each time
select test.as_superuser() \g /dev/null
update auth.account set password_hash = null where person_id = test.id('person nam');
select is(test.whose('C1'), 'DO Đảng bộ mẫu up', 'a clerk who has not taken up his account is none');
update auth.account set password_hash = 'hash', ended_at = now() where person_id = test.id('person nam');
select test.as('officer') \g /dev/null
select is(test.waits('deputy''s'), 'DO Đảng bộ mẫu up', 'a clerk who cannot log in is none');
select auth.approve_change(test.id('deputy''s')) \g /dev/null
select test.as_superuser() \g /dev/null
update auth."grant" set ended_at = now() where id = test.id('grant officer 2');
select test.as('officer') \g /dev/null
select is(test.waits('deputy''s'), '', 'without a second officer it waits for nobody');
select throws_ok($$ select auth.confirm_change(test.id('deputy''s')) $$, 'CB009', 'second_person', 'and the first does not do both');
select is((select string_agg(left(state::text, 1), '') from auth.change_page(null, null, null, null, 9)), 'sarcc',
	'open requests come first, each part in tree order');

-- an upper committee between ward and district: its clerk comes before the district
select test.as('head') \g /dev/null
select test.unit('U', 'Q', 'upper_committee') \g /dev/null
select auth.move_unit(test.id('C'), 1, test.id('U'), today()) \g /dev/null
select test.as_superuser() \g /dev/null
select test.holder('upper', 'person dung', 'WO', 'U') \g /dev/null
select test.as('upper') \g /dev/null
select is(test.waits('for clerk'), 'WO Đảng bộ mẫu › Đơn vị U up', 'one level up is the next level with an office');
select test.as('officer') \g /dev/null
select is(test.refusal($$ select auth.approve_change(test.id('for clerk')) $$),
	'approval_moved_up role=WO, unit=Đảng bộ mẫu › Đơn vị U', 'the district is told where it went');
select test.as_superuser() \g /dev/null
update auth.account set ended_at = null where person_id = test.id('person nam');
select test.holder('ward officer', 'person chi', 'DO', 'C') \g /dev/null
select is(test.whose('C1'), 'WO Đảng bộ mẫu › Đơn vị U › Đơn vị C', 'the lowest office comes first, before any officer');
select test.as('ward officer') \g /dev/null
select is(test.refusal($$ select auth.approve_change(test.id('for clerk')) $$), 'approval_moved_up role=WO',
	'a unit out of scope is not named');
select test.as('c head') \g /dev/null
select test.submit('head''s', 'person lan', '1980-03') \g /dev/null
select test.as('upper') \g /dev/null
select is(test.refusal($$ select auth.approve_change(test.id('head''s')) $$),
	'not_yours_to_approve role=WO, unit=Đảng bộ mẫu › Đơn vị U › Đơn vị C', 'an upper office does not act for a lower one');
select test.as_superuser() \g /dev/null
select is(test.whose('Q'), 'DO Đảng bộ mẫu up', 'a higher role is a higher level, also at the same unit');
select test.holder('branch office', 'person an', 'WO', 'A1'), test.holder('district office', 'person binh', 'WO', 'Q') \g /dev/null
select is(test.whose('A1', 'person an'), 'WO Đảng bộ mẫu › Đơn vị A up', 'so is a higher unit of the same ward');
select test.holder('dung', 'person dung', 'MB', 'B1') \g /dev/null
select test.as('dung', 'ChangeRequestService/List') \g /dev/null
select test.submit('dung''s', 'person dung', '1980-03') \g /dev/null
select test.as('officer') \g /dev/null
select throws_ok($$ select auth.approve_change(test.id('dung''s')) $$, 'CB009', 'approval_moved_up',
	'an officer does not act for the office at his side');

-- the record moves, and its requests with it
select test.as('officer') \g /dev/null
select place_member(test.id('nam'), 1, test.id('nam B1'), test.id('B1'), 'primary', today(), null) \g /dev/null
select is((select unit_path from auth.change_rows(test.id('for clerk'))), 'Đảng bộ mẫu › Đơn vị B › Đơn vị B1', 'a request goes where the record goes');
select is(current_setting('app.touched') like format('%%change_request,%s,2,left_scope,%s%%', test.id('for clerk'), test.id('C')),
	true, 'and the old ward''s feed is told');

-- the table itself holds the rules
select test.as_superuser() \g /dev/null
select throws_ok($$ update change_request set state = 'approved', first_by = submitted_by where id = test.id('for clerk') $$, '23514', null,
	'no row has an approval by whoever submitted it');
select throws_ok($$ update change_request set state = 'approved', first_by = person_id where id = test.id('for clerk') $$, '23514', null,
	'nor by its subject');
select throws_ok($$ update change_request set state = 'confirmed', second_by = first_by where id = test.id('deputy''s') $$, '23514', null,
	'nor two by one person');

select finish();
rollback;
