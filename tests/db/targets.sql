-- Terms, targets from level to level, and progress against them.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(146);

-- Somebody's further role.
create function test.holder(who text, person text, role text, unit text) returns void language sql as $$
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_by, confirmed_at)
	select test.id('grant ' || holder.who), test.id(holder.person), holder.role, t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', null, now()
	from auth.tree t where t.unit_id = test.id(holder.unit);
	insert into auth.session (token_hash, account_id)
	select test.token(holder.who), a.id from auth.account a where a.person_id = test.id(holder.person)
$$;
create function test.term(name text, unit text, first date, last date, years int default 5) returns void language sql as $$
	select chibo.create_term(test.id(term.name), test.id(term.unit), 'Nhiệm kỳ ' || term.name, first, last, years, 'Nghị quyết đại hội')
$$;
create function test.propose(name text, unit text, value int, term text default null, year int default null,
                             month text default null, parent text default null, metric text default 'admissions')
returns void language sql as $$
	select chibo.propose_target(test.id(propose.name), test.id(propose.unit), propose.metric, test.id(propose.term), propose.year,
		propose.month, propose.value, 'Kế hoạch', test.id(propose.parent))
$$;
create function test.version(name text) returns int language sql security definer set search_path = pg_catalog, chibo as $$
	select t.version from target t where t.id = test.id(version.name)
$$;
create function test.state(name text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select concat_ws(' ', t.state, t.version) from target t where t.id = test.id(state.name)
$$;
create function test.agree(name text) returns void language sql as $$
	select chibo.agree_target(test.id(agree.name), test.version(agree.name)) $$;
create function test.issue(name text) returns void language sql as $$
	select chibo.issue_target(test.id(issue.name), test.version(issue.name)) $$;
create function test.back(name text) returns void language sql as $$
	select chibo.send_back_target(test.id(back.name), test.version(back.name), 'Cao quá') $$;
create function test.close(name text) returns void language sql as $$
	select chibo.close_target(test.id(close.name), test.version(close.name), 'Hết kỳ') $$;
create function test.adjust(name text, new text, value int) returns void language sql as $$
	select chibo.adjust_target(test.id(adjust.name), test.version(adjust.name), test.id(adjust.new), adjust.value, 'Kết luận', 'Sáp nhập') $$;
-- Shares 'A1=30,A2=20'; a share of A1 is called 'TARGET/A1'.
create function test.cascade(name text, shares text, difference text default null) returns void language sql as $$
	select chibo.cascade_target(test.id(cascade.name), test.version(cascade.name), array(
		select row(test.id(cascade.name || '/' || split_part(s, '=', 1)), test.id(split_part(s, '=', 1)), null, split_part(s, '=', 2)::int)::chibo.target_line
		from unnest(string_to_array(cascade.shares, ',')) s), difference)
$$;
-- A target as it stands, by SQL.
create function test.target(name text, unit text, period text, during daterange, value int, state text default 'issued', term text default null)
returns void language sql as $$
	insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, term_id, value, basis, state, proposed_by, issued_by, issued_at)
	select test.id(target.name), u.id, u.pos, u.feed_id, 'admissions', target.period::chibo.target_period, target.during, test.id(target.term),
	       target.value, 'Nghị quyết', target.state::chibo.target_state, test.id('person system'), test.id('person chief'), now()
	from chibo.unit u where u.id = test.id(target.unit)
$$;
-- Members who were admitted in a branch on a day; where they are now and what became of them does not matter.
create function test.admit(unit text, day date, n int default 1, decided date default null, placed date default null)
returns void language plpgsql as $$
declare
	i int;
	v_base int := (select count(*) from chibo.member);
begin
	for i in 1..n loop
		insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
		select test.id('p ' || v_base + i), u.id, u.pos, u.feed_id, 'Mẫu', 'Mới', 'female', '1995' from chibo.unit u where u.id = test.id(unit);
		insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
		select test.id('m ' || v_base + i), test.id('p ' || v_base + i), u.id, u.pos, u.feed_id, false, 'probationary', coalesce(decided, day), day,
		       lpad((900000 + v_base + i)::text, 6, '0') || 'NA' from chibo.unit u where u.id = test.id(unit);
		insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
		select gen_random_uuid(), test.id('m ' || v_base + i), u.id, u.pos, u.feed_id, 'primary', daterange(coalesce(placed, day), null)
		from chibo.unit u where u.id = test.id(unit);
	end loop;
end
$$;
create function test.line(unit text, day date, metric text default 'admissions', year int default null, tree chibo.tree_mode default 'then',
                          basis text default null, quiet int default 2, key text default '*')
returns table (row_key text, unit_code text, unit_name text, unit_id uuid, term_target int, year_target int,
               done_year bigint, done_term bigint, year_pct text, term_pct text, pro_rata text, pro_rata_pct text,
               pro_rata_part text, status chibo.target_pace, remaining bigint, months_left int, needed_monthly text,
               needed_yearly text, average_nominal text, nominal_years int, average_elapsed text, elapsed_months int,
               zero_branches bigint, is_total boolean) language sql as $$
	select * from auth.target_progress(test.id(unit), day, metric, coalesce(year, extract(year from day)::int), tree, basis, quiet) p
	where p.row_key = line.key
$$;
grant execute on all functions in schema test to public;

select test.official('officer', 'Q', 'DO'), test.official('ward.head', 'A', 'WS'), test.official('secretary.2', 'A2', 'BS'),
	test.official('clerk.b', 'B', 'WO') \g /dev/null
select test.holder('officer, head', 'person officer', 'DH', 'Q'), test.holder('officer, chief', 'person officer', 'DS', 'Q'),
	test.holder('clerk, head', 'person clerk', 'WS', 'A'), test.holder('clerk, secretary', 'person clerk', 'BS', 'A1') \g /dev/null

-- ---- Terms ----

select test.as('officer', 'TermService/Create') \g /dev/null
select test.term('t', 'Q', '2020-07-20', '2025-07-19'), test.term('ta', 'A', '2020-05-20', '2025-05-19') \g /dev/null
select is((select concat_ws(' ', lower(during), upper(during), nominal_years) from chibo.term where id = test.id('ta')), '2020-05-20 2025-05-20 5',
	'a term has its unit''s own days, the last one is in it');
select is(test.refusal($$ select test.term('x', 'A', '2025-05-19', '2030-05-19') $$), 'from_on__one_term_a_day', 'one term a day');
select is(test.refusal($$ select test.term('x', 'A', '2026-05-19', '2026-05-18') $$), 'before_start last_on', 'it ends after it begins');
select is(test.refusal($$ select test.term('x', 'A', '2026-05-19', '2030-05-18', 11) $$), 'nominal_years__out_of_range', 'years of a term');
select is(test.refusal($$ select test.term('t', 'A', '2026-05-19', '2030-05-18') $$), 'term_id__id_taken', 'an id once');
select test.as('clerk', 'TermService/Create') \g /dev/null
select is(test.refusal($$ select test.term('x', 'B', '2026-05-19', '2030-05-18') $$), 'not_found unit_id', 'not of another ward');

-- ---- Proposed ----

select test.as('officer', 'TargetService/Propose') \g /dev/null
select test.propose('q', 'Q', 100, 't'), test.propose('a', 'A', 50, 't'), test.propose('a21', 'A', 10, null, 2021) \g /dev/null
select is((select concat_ws(' ', period, from_on, last_on, value, state, number, share_count, sum_differs) from chibo.target_sheet where id = test.id('a')),
	'term 2020-07-20 2025-07-19 50 proposed 1 0 f', 'a term''s target takes its days, also those of a unit above');
select is((select concat_ws(' ', period, from_on, last_on) from chibo.target_sheet where id = test.id('a21')), 'year 2021-01-01 2021-12-31', 'a year''s the year');
select test.propose('a2112', 'A', 2, null, null, '2021-12') \g /dev/null
select is((select concat_ws(' ', period, from_on, last_on) from chibo.target_sheet where id = test.id('a2112')), 'month 2021-12-01 2021-12-31', 'a month''s the month');
select is(test.refusal($$ select test.propose('x', 'B', 5, 'ta') $$), 'term_of_other term_id', 'not the term of another unit');
select is(test.refusal($$ select test.propose('x', 'B', 5, 't', 2021) $$), 'one_period term_id', 'for one period');
select is(test.refusal($$ select test.propose('x', 'B', 5) $$), 'one_period term_id', 'for some period');
select is(test.refusal($$ select test.propose('x', 'B', 5, null, 1900) $$), 'out_of_range year min=1930, max=9999', 'of our time');
select is(test.refusal($$ select test.propose('x', 'B', 0, null, 2021) $$), 'value__out_of_range', 'of something');
select is(test.refusal($$ select test.propose('x', 'B', 5, null, 2021, metric => 'poems') $$), 'unknown_code metric list=metric, value=poems', 'that is counted');
select is(test.refusal($$ select test.propose('x', 'A', 5, null, 2021) $$), 'unit_id__target_exists', 'once for each period');
select lives_ok($$ select test.propose('a21c', 'A', 5, null, 2021, metric => 'candidates') $$, 'another metric is another target');
select is(test.refusal($$ select test.propose('x', 'A1', 5, 't', parent => 'a') $$), 'parent_not_issued parent_id state=proposed', 'a share is of an issued target');
select is(test.refusal($$ select test.propose('a21', 'B', 5, null, 2021) $$), 'target_id__id_taken', 'an id once, and');
select test.as('clerk', 'TargetService/Propose') \g /dev/null
select is(test.refusal($$ select test.propose('x', 'B', 5, null, 2021) $$), 'not_found unit_id', 'not for another ward');
select is(test.refusal($$ select test.propose('x', 'A', 5, 't') $$), 'term_of_other term_id', 'not in a term that one does not see');
select is(test.refusal($$ select test.propose('x', 'A1', 5, null, 2022, parent => 'q') $$), 'not_found parent_id', 'nor of a target');

-- ---- Agreed, issued ----

select test.as('officer, head', 'TargetService/Agree') \g /dev/null
select is(test.refusal($$ select test.agree('q') $$), 'own_proposal id', 'who proposes does not agree');
select is(test.refusal($$ select test.agree('a') $$), 'not_found id', 'the unit itself agrees, not the one above');
select test.as('head', 'TargetService/Agree') \g /dev/null
select is(test.refusal($$ select chibo.agree_target(test.id('q'), 2) $$), 'conflict base_version version=1', 'to what it has seen');
select test.agree('q') \g /dev/null
select is(test.state('q'), 'agreed 2', 'agreed to');
select is(test.refusal($$ select test.agree('q') $$), 'state_transition state from=agreed, to=agreed', 'once');
select test.as('officer, chief', 'TargetService/Issue') \g /dev/null
select is(test.refusal($$ select test.issue('q') $$), 'own_proposal id', 'who proposes does not issue');
select test.as('chief', 'TargetService/Issue') \g /dev/null
select is(test.refusal($$ select test.issue('a') $$), 'state_transition state from=proposed, to=issued', 'not before it is agreed to');
select test.back('q') \g /dev/null
select is(test.state('q'), 'proposed 3', 'one step back');
select is((select concat_ws(' ', reason, agreed_at_us is null) from chibo.target_sheet where id = test.id('q')), 'Cao quá t', 'with a reason');
select test.as('head', 'TargetService/Agree'), test.agree('q') \g /dev/null
select test.as('chief', 'TargetService/Issue') \g /dev/null
select test.issue('q') \g /dev/null
select is(test.state('q'), 'issued 5', 'the root, which has nobody above, issues its own');

select test.as('ward.head', 'TargetService/Agree'), test.agree('a'), test.agree('a21'), test.agree('a2112') \g /dev/null
select test.as('ward.head', 'TargetService/Issue') \g /dev/null
select is(test.refusal($$ select test.issue('a') $$), 'own_unit id', 'no other unit does');
select is(test.refusal($$ select test.back('a') $$), 'own_unit id', 'nor sends it back,');
select is(test.refusal($$ select test.close('a') $$), 'own_unit id', 'closes');
select test.as('chief', 'TargetService/Issue'), test.issue('a'), test.issue('a21') \g /dev/null
select test.as('ward.head', 'TargetService/Adjust') \g /dev/null
select is(test.refusal($$ select test.adjust('a', 'x', 40) $$), 'own_unit id', 'or adjusts it');

-- ---- Shared out ----

select test.as('officer', 'TargetService/Propose') \g /dev/null
select is(test.refusal($$ select test.propose('x', 'B', 5, 't', parent => 'a') $$), 'parent_differs parent_id', 'a share is of a unit above,');
select is(test.refusal($$ select test.propose('x', 'A1', 5, null, 2021, parent => 'a') $$), 'parent_differs parent_id', 'for the same days,');
select is(test.refusal($$ select test.propose('x', 'A1', 5, 't', parent => 'a', metric => 'candidates') $$), 'parent_differs parent_id', 'and metric');
select is(test.refusal($$ select test.propose('x', 'A', 5, null, 2023, parent => 'a') $$), 'parent_differs parent_id', 'not its own');
select test.as('clerk', 'TargetService/Cascade') \g /dev/null
select is(test.refusal($$ select test.cascade('a', 'A1=30,A2=19') $$), 'sum_differs lines sum=49, value=50', 'shares add up');
select is(test.refusal($$ select test.cascade('a', '') $$), 'required lines', 'of something');
select is(test.refusal($$ select test.cascade('a', 'A1=30,B1=20') $$), 'not_found lines', 'units of others');
select is(test.refusal($$ select test.cascade('a', 'A1=30,A=20') $$), 'not_directly_below lines unit_code=CODE.A', 'and the unit itself have none');
select is(test.refusal($$ select test.cascade('a', 'A1=30,A1=20') $$), 'target_id__id_taken', 'each has one');
select is(test.refusal($$ select test.cascade('a2112', 'A1=2') $$), 'state_transition state from=agreed, to=cascaded', 'of what was issued');
select test.cascade('a', 'A1=30,A2=20') \g /dev/null
select is(test.state('a'), 'cascaded 4', 'shared out');
select is((select string_agg(concat_ws(' ', unit_path, value, state, from_on, term_id = test.id('t'), parent_id = test.id('a')), ', ' order by value)
           from chibo.target_sheet where parent_id = test.id('a')),
	'Đảng bộ mẫu › Đơn vị A › Đơn vị A2 20 proposed 2020-07-20 t t, Đảng bộ mẫu › Đơn vị A › Đơn vị A1 30 proposed 2020-07-20 t t', 'each share is proposed');
select is((select concat_ws(' ', share_count, sum_of_shares, sum_differs, difference) from chibo.target_sheet where id = test.id('a')), '2 50 f', 'and adds up');
select test.cascade('a21', 'A1=5', 'A2 mới tách') \g /dev/null
select is((select concat_ws(' ', share_count, sum_of_shares, sum_differs, difference) from chibo.target_sheet where id = test.id('a21')), '1 5 t A2 mới tách',
	'a difference that is explained stays flagged');
select test.as('clerk, secretary', 'TargetService/Agree') \g /dev/null
select is(test.refusal($$ select test.agree('a/A1') $$), 'own_proposal id', 'who shares out does not agree for the branch,');
select test.as('secretary', 'TargetService/Agree'), test.agree('a/A1') \g /dev/null
select is(test.refusal($$ select test.agree('a/A2') $$), 'not_found id', 'each agrees for his own');
select test.as('clerk, head', 'TargetService/Issue') \g /dev/null
select is(test.refusal($$ select test.issue('a/A1') $$), 'own_proposal id', 'nor issues it');
select test.as('ward.head', 'TargetService/Issue'), test.issue('a/A1') \g /dev/null
select is(test.state('a/A1'), 'issued 3', 'the ward issues its branches''');
select is((select string_agg(method, ' ') from chibo.target_actions(test.id('a/A1'))), 'TargetService/Adjust TargetService/Close', 'what it may do next');
select is_empty($$ select from chibo.target_actions(test.id('a')) $$, 'with its own nothing: that comes from above');
select test.as('chief', 'TargetService/Get') \g /dev/null
select is((select string_agg(method, ' ') from chibo.target_actions(test.id('q'))), 'TargetService/Adjust TargetService/Close', 'but with the root''s');
select test.as('secretary', 'TargetService/Get') \g /dev/null
select is((select string_agg(unit_path || ' ' || value, ', ' order by value) from chibo.target_sheet where reaches(unit_id, pos)),
	'Đảng bộ mẫu › Đơn vị A › Đơn vị A1 5, Đảng bộ mẫu › Đơn vị A › Đơn vị A1 30', 'a branch sees its own');

-- ---- Adjusted ----

select test.as('officer, chief', 'TargetService/Adjust') \g /dev/null
select is(test.refusal($$ select test.adjust('a', 'a v2', 60) $$), 'own_proposal id', 'who proposed it does not adjust it');
select test.as('chief', 'TargetService/Adjust') \g /dev/null
select is(test.refusal($$ select test.adjust('a', 'a v2', 50) $$), 'same_value value', 'it changes');
select is(test.refusal($$ select test.adjust('a2112', 'x', 5) $$), 'state_transition state from=agreed, to=adjusted', 'what was issued');
select test.adjust('a', 'a v2', 60) \g /dev/null
select is(array[test.state('a'), test.state('a v2')], '{"adjusted 5","issued 1"}', 'a new version holds at once, the old one is kept');
select is((select concat_ws(' ', number, value, reason, replaces = test.id('a'), share_count, sum_of_shares, sum_differs, from_on)
           from chibo.target_sheet where id = test.id('a v2')), '2 60 Sáp nhập t 2 50 t 2020-07-20', 'the shares of the old one count, and the difference shows');
select is((select count(*)::int from chibo.versions_of_target(test.id('a'))), 2, 'from each version all are found');
select test.as('ward.head', 'TargetService/Adjust'), test.adjust('a/A1', 'a/A1 v2', 40) \g /dev/null
select is((select concat_ws(' ', share_count, sum_of_shares, sum_differs) from chibo.target_sheet where id = test.id('a v2')), '2 60 f', 'shares are adjusted, too');
select is((select concat_ws(' ', parent_id = test.id('a'), value) from chibo.target_sheet where id = test.id('a/A1 v2')), 't 40', 'and stay with the version that they were made for');
select test.as('clerk', 'TargetService/Cascade') \g /dev/null
select is(test.refusal($$ select test.cascade('a v2', 'A1=10') $$), 'unit_id__target_exists', 'a unit has one share');
select test.cascade('a v2', '') \g /dev/null
select is(test.state('a v2'), 'cascaded 2', 'there may be nothing to add');
select test.as('ward.head', 'TargetService/Close'), test.close('a/A1 v2') \g /dev/null
select is((select concat_ws(' ', share_count, sum_of_shares, sum_differs) from chibo.target_sheet where id = test.id('a v2')), '1 20 t', 'a closed share counts no more');
select lives_ok($$ select test.close('a/A2') $$, 'a proposed one is taken back');
select test.as('officer', 'TargetService/Propose') \g /dev/null
select lives_ok($$ select test.propose('again', 'A1', 7, 't') $$, 'and another takes its place');

-- ---- Every step from state to state ----

select test.as_superuser() \g /dev/null
create function test.step(from_state text, to_state text) returns text language plpgsql as $$
declare
	v_id uuid := gen_random_uuid();
begin
	insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, state, proposed_by)
	select v_id, u.id, u.pos, u.feed_id, 'recognitions', 'year', '[2031-01-01,2032-01-01)', 1, 'x', from_state::chibo.target_state, test.id('person system')
	from chibo.unit u where u.id = test.id('B1');
	update chibo.target set state = to_state::chibo.target_state where id = v_id;
	raise exception 'done';
exception when others then
	return sqlerrm;
end
$$;
select is(test.step(f::text, t::text), case when f::text || '>' || t::text in ('proposed>agreed', 'agreed>issued', 'issued>cascaded', 'issued>adjusted',
	'cascaded>adjusted', 'issued>closed', 'cascaded>closed', 'proposed>closed', 'agreed>closed', 'agreed>proposed') then 'done' else 'state_transition' end, f || ' to ' || t)
from unnest(enum_range(null::chibo.target_state)) f, unnest(enum_range(null::chibo.target_state)) t where f <> t;
select is(test.refusal(format($$ insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, proposed_by, term_id)
	select gen_random_uuid(), u.id, u.pos, u.feed_id, 'recognitions', %L, %L, 1, 'x', test.id('person system'), %L from chibo.unit u where u.id = test.id('B1') $$,
	p, d, test.id(t))), c, c)
from (values ('year', '[2021-01-01,2021-12-31)', null, 'period__year'), ('month', '[2021-01-02,2021-02-01)', null, 'period__month'),
	('term', '[2021-01-01,2022-01-01)', null, 'term_id__required'), ('year', '[2021-01-01,2022-01-01)', 't', 'term_id__required'),
	('year', 'empty', null, 'last_on__before_start__target')) v (p, d, t, c);
select is(test.refusal(format($$ update chibo.target set %s where id = test.id('q') $$, u)), 'id__own_proposal__target', u)
from unnest('{agreed_by = proposed_by,issued_by = proposed_by}'::text[]) u;

-- ---- Parts of a year, months, pace ----

select is((select string_agg(concat_ws(' ', passed, whole, words), ', ' order by d) from unnest('{2019-12-31,2022-01-01,2022-01-31,2022-05-31,2022-06-15,2022-12-31,2023-05-01}'::date[]) d
	cross join lateral chibo.part_of_year(2022, d)), '0 12 0/12 tháng, 1 365 1/365 ngày, 1 12 1/12 tháng, 5 12 5/12 tháng, 166 365 166/365 ngày, 12 12 12/12 tháng, 12 12 12/12 tháng',
	'in months at the end of one, else in days');
select is((select string_agg(words, ', ' order by d) from unnest('{2024-02-28,2024-02-29}'::date[]) d cross join lateral chibo.part_of_year(2024, d)),
	'59/366 ngày, 2/12 tháng', 'February ends on the 29th');
select is(array[chibo.months_begun('2022-06-01', '2025-12-31'), chibo.months_begun('2015-09-01', '2020-06-30'), chibo.months_begun('2020-05-20', '2023-04-10'),
	chibo.months_begun('2020-02-29', '2020-02-29'), chibo.months_begun('2021-01-01', '2020-12-31')], '{43,58,35,1,0}', 'months of a term');
select is(array(select chibo.pace_of(n, 200, 5, 12, 100)::text from unnest('{51,83,84}'::bigint[]) n), '{behind,behind,ahead}', 'pace by exact figures');
select is(array[chibo.pace_of(5, 12, 5, 12, 100), chibo.pace_of(5, null, 5, 12, 100), chibo.pace_of(0, 12, 0, 12, 100), chibo.pace_of(4, 12, 5, 12, 80)]::text[],
	'{on_track,NULL,NULL,on_track}', 'on track, without a target, before the year, and by the rule');

-- ---- Acceptance: Ngô Quyền (AT-24 to 26) ----

select test.enter('head', 'UnitService/Create') \g /dev/null
select test.unit('NQ', 'Q', 'grassroots_committee', null, '1990-01-01'), test.unit('NQ1', 'NQ', 'branch', 'hamlet', '1990-01-01'), test.unit('NQ2', 'NQ', 'branch', 'school', '1990-01-01'),
	test.unit('NQ3', 'NQ', 'branch', 'school', '2021-06-01'), test.unit('NL', 'Q', 'grassroots_committee', null, '1990-01-01'), test.unit('NL1', 'NL', 'branch', 'hamlet', '1990-01-01'),
	test.unit('TT', 'NL', 'branch', 'hamlet', '1990-01-01'), test.unit('TX', 'Q', 'branch', 'hamlet', '1990-01-01') \g /dev/null
select test.as_superuser() \g /dev/null
insert into chibo.term (id, unit_id, unit_pos, feed_id, name, during, nominal_years, basis)
select test.id(t.name), u.id, u.pos, u.feed_id, 'Nhiệm kỳ', t.during::daterange, 5, 'Đại hội'
from (values ('term nq', 'NQ', '[2020-01-01,2026-01-01)'), ('term nl', 'NL', '[2015-09-01,2020-07-01)'), ('term tx', 'TX', '[2020-05-20,2025-05-20)')) t (name, unit, during)
join chibo.unit u on u.id = test.id(t.unit);
select test.target('nq', 'NQ', 'term', '[2020-01-01,2026-01-01)', 1000, 'cascaded', 'term nq') \g /dev/null
select test.target('nq ' || y, 'NQ', 'year', daterange(make_date(y, 1, 1), make_date(y + 1, 1, 1)), 200)
from (values (2020), (2021), (2022)) v (y) \g /dev/null
select test.admit('NQ1', '2019-12-31'), test.admit('NQ1', '2020-01-01'), test.admit('NQ1', '2020-02-29', 93), test.admit('NQ2', '2020-07-01', 100), test.admit('NQ2', '2020-12-31'),
	test.admit('NQ1', '2021-01-01'), test.admit('NQ1', '2021-05-19', 198), test.admit('NQ1', '2021-12-31'), test.admit('NQ1', '2022-01-01', 20), test.admit('NQ1', '2022-05-31', 31),
	test.admit('NQ1', '2022-06-01', 2), test.admit('NQ1', '2022-03-01', 3, null, '2022-04-01') \g /dev/null
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is((select concat_ws(' ', term_target, done_term, term_pct, remaining) from test.line('NQ', '2022-05-31')), '1000 446 44.6 554', 'AT-25: 446 = 44.6 %, 554 remain');
select is((select concat_ws(' ', year_target, done_year, year_pct) from test.line('NQ', y)), w, 'AT-26: ' || w)
from (values ('2020-12-31'::date, '200 195 97.5'), ('2021-12-31', '200 200 100.0'), ('2022-05-31', '200 51 25.5')) v (y, w);
select is((select concat_ws(' ', pro_rata, pro_rata_pct, pro_rata_part, status) from test.line('NQ', '2022-05-31')), '83.3 61.2 5/12 tháng behind', 'AT-26: behind the pro rata of five months');
select is((select concat_ws(' ', status) from test.line('NQ', '2021-12-31')), 'on_track', 'AT-26: 200 of 200 is on track');
select is((select concat_ws(' ', needed_monthly, months_left, needed_yearly) from test.line('NQ', '2022-05-31')), '12.9 43 154.6', 'AT-26: needed until the end of the term');
select is((select concat_ws(' ', done_year, year_pct) from test.line('NQ', '2022-05-31', year => 2020)), '195 97.5', 'an earlier year');
select is((select concat_ws(' ', row_key, done_year, done_term, year_target is null, zero_branches) from test.line('NQ', '2022-05-31', key => 'CODE.NQ1')), 'CODE.NQ1 51 345 t 0',
	'a line for each unit below, in the term of the one above');
select is((select concat_ws(' ', done_year, done_term) from test.line('NQ', '2022-05-31', key => 'CODE.NQ3')), '0 0', 'also without any');
select is((select zero_branches from test.line('NQ', '2022-05-31')), 0::bigint, 'no branch has had none for two years: one is too young');
select is((select zero_branches from test.line('NQ', '2022-05-31', quiet => 1)), 1::bigint, 'one for one year');
select is((select zero_branches from test.line('NQ', '2023-05-31', quiet => 1)), 2::bigint, 'and a year later two');
select is((select zero_branches from test.line('NQ', '2022-12-30')), 0::bigint, 'the first day of two years counts');
select is((select zero_branches from test.line('NQ', '2022-12-31')), 1::bigint, 'and then no more');
select is((select array_agg(row_key) from auth.target_progress(test.id('NQ'), '2022-05-31', 'admissions', 2022, 'then', null, 2)), '{CODE.NQ1,CODE.NQ2,CODE.NQ3,*}', 'in tree order, the unit itself last');
select is(array(select auth.metric_actual(test.id('NQ'), 'admissions', a, b, 'then') from (values ('2020-01-01'::date, '2020-12-31'::date), ('2021-01-01', '2021-12-31'),
	('2022-01-01', '2022-05-31'), ('2020-12-31', '2021-01-01'), ('2020-02-29', '2020-02-29'), ('2022-02-28', '2022-03-01')) v (a, b)), '{195,200,51,2,93,0}',
	'AT-25: 31/12 and 1/1, 29 February; whose record came later from elsewhere does not count');
select is(auth.metric_actual(test.id('Q'), 'admissions', '2020-01-01', '2020-12-31', 'then'), 195::bigint, 'the unit above has them, too');

-- ---- Nghĩa Lộ, Trung Tâm, Thủy Xuân ----

select test.as_superuser() \g /dev/null
select test.target('nl', 'NL', 'term', '[2015-09-01,2020-07-01)', 400, 'closed', 'term nl'), test.target('tt', 'TT', 'term', '[2015-09-01,2020-07-01)', 50, 'issued', 'term nl') \g /dev/null
select test.admit('NL1', '2015-08-31', 3), test.admit('NL1', '2015-09-01', 6), test.admit('NL1', '2018-05-19', 340), test.admit('TT', '2019-05-19', 53), test.admit('TT', '2020-06-30'),
	test.admit('TT', '2020-07-01') \g /dev/null
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is((select concat_ws(' ', done_term, term_pct, remaining, months_left, needed_monthly is null) from test.line('NL', '2020-06-30')), '400 100.0 0 0 t', 'AT-29: 100 %');
select is((select concat_ws(' ', average_nominal, nominal_years, average_elapsed, elapsed_months) from test.line('NL', '2020-06-30')), '80.0 5 82.8 58', 'AT-29: both averages with what divides them');
select is((select concat_ws(' ', done_term, term_target, term_pct, remaining) from test.line('NL', '2020-06-30', key => 'CODE.TT')), '54 50 108.0 0', 'AT-33: 108 %, not capped');
select test.as_superuser(), test.admit('TX', '2020-05-19', 2), test.admit('TX', '2020-05-20'), test.admit('TX', '2023-04-10', 18), test.admit('TX', '2023-04-11') \g /dev/null
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is((select concat_ws(' ', done_term, average_elapsed, elapsed_months) from test.line('TX', '2023-04-10')), '19 6.5 35', 'AT-12: the congress day counts, the day before does not');
select is((select concat_ws(' ', done_term, term_target, status) from test.line('TX', '2030-04-10')), '', 'outside any term there is nothing to add up');

-- ---- Decided in December, admitted in January ----

select test.as_superuser(), test.admit('B1', '2022-01-05', 2, '2021-12-20') \g /dev/null
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is((select array_agg(done_year order by d, b) from unnest('{2021-12-31,2022-01-31}'::date[]) d, unnest('{ceremony,decision}'::text[]) b cross join lateral test.line('B', d, basis => b)),
	'{0,2,2,0}', 'each admission once, in the year of its basis');
select test.as_superuser() \g /dev/null
update chibo.rule_param set value = 'decision' where key = 'admission.count_basis';
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is((select array_agg(done_year order by d) from unnest('{2021-12-31,2022-01-31}'::date[]) d cross join lateral test.line('B', d)), '{2,0}', 'by the rule when nothing is asked');

-- ---- The tree of the day, and today's ----

select test.as_superuser() \g /dev/null
update chibo.rule_param set value = 'ceremony' where key = 'admission.count_basis';
update chibo.unit_closure set during = daterange(lower(during), '2022-02-01') where unit_id = test.id('B1') and ancestor_id = test.id('B');
update chibo.unit set closed_on = '2022-02-01', successor = test.id('A1') where id = test.id('B1');
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is((select array_agg(done_year order by u, t) from unnest('{A,B,Q}'::text[]) u, unnest('{then,now}'::chibo.tree_mode[]) t
	cross join lateral test.line(u, '2022-01-31', tree => t)), '{0,2,2,0,22,22}', 'then the ward of that day has them, now the one of the heir; the total is equal');
select test.as('clerk.b', 'ReportService/Progress') \g /dev/null
select is((select done_year from test.line('B', '2022-01-31')), 2::bigint, 'a ward sees its own');
select is_empty($$ select from test.line('A', '2022-01-31') $$, 'and no other');
select is(auth.metric_actual(test.id('Q'), 'admissions', '2020-01-01', '2022-12-31', 'then'), 0::bigint, 'nor what is above it');

-- ---- Other metrics ----

select test.as_superuser() \g /dev/null
insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
select test.id('source'), u.id, u.pos, u.feed_id, 'Mẫu', 'Nguồn', 'male', '2000' from chibo.unit u where u.id = test.id('A1');
insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, source_group, identified_on, listed_on, listing_resolution, stage_on)
select test.id('candidate'), p.unit_id, p.unit_pos, p.feed_id, p.id, 'pupil', '2024-01-05', '2024-02-29', 'Nghị quyết', '2024-02-29' from chibo.person p where p.id = test.id('source');
insert into chibo.awareness_class (id, feed_id, code, name, organiser, during) values (test.id('class'), test.id('Q'), 'LOP-1', 'Lớp', 'Trung tâm', '[2024-03-01,2024-03-06)');
insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no, issued_on, valid_until_on)
select c.id, test.id('class'), c.unit_id, c.unit_pos, c.feed_id, 'certified', '1', '2024-03-10', '2029-03-10' from chibo.candidate c where c.id = test.id('candidate');
update chibo.member m set status = 'full', full_on = '2023-01-05', card_no = '99999999' where m.id = (select x.id from chibo.member x where x.joined_on = '2022-01-05' order by x.id limit 1);
do $$
declare
	v_state text;
begin
	foreach v_state in array '{branch_approved,grassroots_approved,under_review,recognised}'::text[] loop
		update chibo.probation p set state = v_state::chibo.probation_state, decided_by = test.id('person chief')
		where p.id in (select m.id from chibo.member m where m.full_on = '2023-01-05');
	end loop;
end
$$;
select test.as('chief', 'ReportService/Progress') \g /dev/null
select is(array(select auth.metric_actual(test.id(u), m, d::date, d::date, 'then') from (values ('A', 'candidates', '2024-02-29'), ('A', 'candidates', '2024-03-01'), ('A', 'class_certified', '2024-03-10'),
	('B1', 'recognitions', '2023-01-05'), ('B1', 'recognitions', '2023-02-01')) v (u, m, d)), '{1,0,1,1,0}', 'each metric by the day of its event');
select is(test.refusal($$ select auth.metric_actual(test.id('A'), 'dues', '2024-01-01', '2024-01-31', 'then') $$), 'metric_not_counted metric value=dues', 'others are not counted');

-- ---- R08 as a report that is sent ----

select is((select string_agg(line ->> 'row_key' || ' ' || coalesce(line ->> 'term_pct', '-'), ', ') from chibo.report_lines('R08', test.id('NQ'), '2022-05')),
	'CODE.NQ1 -, CODE.NQ2 -, CODE.NQ3 -, * 44.6', 'R08 of a month is as of its last day');
select is(array[chibo.report_periods('R08')], '{mqy}', 'of a month, a quarter, a year');

select * from finish();
rollback;
