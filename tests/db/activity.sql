-- What branches did in a month: counted by the month that a meeting is for, who is due, and who sees it.
begin;
\ir fixture.psql
select plan(19);

-- A meeting of the unit for a month, held at `at`, with one attendance line for each pair name=state.
create function test.held(name text, unit text, kind chibo.meeting_kind, month text, at timestamptz, roll text[],
                          state chibo.meeting_state default 'closed') returns void language plpgsql as $$
begin
	insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, ended_at,
		chair_id, chair_name, clerk_id, clerk_name, topic)
	select test.id(name), u.id, u.pos, u.feed_id, held.kind, 'in_session', month, at, at, at + interval '95 minutes',
	       test.id('person an'), 'An', test.id('person binh'), 'Bình', 'Chủ đề'
	from chibo.unit u where u.id = test.id(unit);
	insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state, reason)
	select test.id(name), test.id(split_part(r, '=', 1)), u.id, u.pos, 'x', 'x', 'full', r like '%away',
	       split_part(replace(r, ' away', ''), '=', 2)::chibo.attendance_state, 'bận'
	from unnest(roll) as r, chibo.unit u where u.id = test.id(unit);
	update chibo.meeting m set state = 'closed' where m.id = test.id(name);
	if state <> 'closed' then
		update chibo.meeting m set state = held.state where m.id = test.id(name);
	end if;
end
$$;
create function test.line(unit text, month text) returns text language sql as $$
	select string_agg(concat_ws(' ', row_key, held_on, kind, members_due, present, excused, attendance_pct, minutes), '; '
		order by row_key) from auth.branch_activity(test.id(unit), month)
$$;
create function test.ward(month text, totals boolean default false) returns text language sql as $$
	select string_agg(format('%s: %s branches, %s held, %s+%s, %s%%, %s late', row_key, branches, held, regular, thematic,
		attendance_pct, late), '; ' order by row_key) from auth.ward_activity(null, month, totals)
$$;
grant execute on all functions in schema test to public;

select test.as_superuser() \g /dev/null
select test.member('em', 'A1', 'Em'), test.member('giang', 'A1', 'Giang'), test.member('hoa', 'A1', 'Hoa') \g /dev/null
-- Friday 1 July 2022, 00:30 there: still 30 June in UTC
select test.held('june', 'A1', 'thematic', '2022-06', '2022-06-30 17:30+00',
	'{an=present,binh=online,em=excused,giang=exempt,hoa=present away}') \g /dev/null
select test.held('august', 'A1', 'regular', '2022-08', '2022-08-03 01:00+00', '{an=present,binh=present}', 'submitted'),
       test.held('august 2', 'A1', 'thematic', '2022-08', '2022-08-10 01:00+00', '{an=present,binh=unexcused}'),
       test.held('august b', 'B1', 'regular', '2022-08', '2022-08-03 01:00+00', '{dung=present}', 'submitted'),
       test.held('august c', 'A2', 'committee', '2022-08', '2022-08-03 01:00+00', '{chi=present}') \g /dev/null
insert into chibo.task (id, unit_id, unit_pos, feed_id, source, category, title, assigner_id, assigned_by, assigned_at,
	assignee_name, due_on)
select test.id('task'), u.id, u.pos, u.feed_id, 'other', 'general', 'Việc', u.feed_id, test.id('person an'),
	'2022-08-05', 'Chi bộ', '2022-08-20' from chibo.unit u where u.id = test.id('A1');

select test.as('secretary', 'ReportService/BranchActivity') \g /dev/null
select is(test.line('A1', '2022-06'), 'CODE.A1 2022-07-01 thematic 3 2 1 66.7 95',
	'a meeting counts in its month; the exempt who stay away and those who are away by transfer are not due');
select is(test.line('A1', '2022-07'), 'CODE.A1', 'and not in the month of its day');
select is((select is_held from auth.branch_activity(test.id('A1'), '2022-07')), false, 'which has a line that says so');
select is(test.line('A1', '2022-08'), 'CODE.A1 2022-08-03 regular 2 2 0 100.0 95; CODE.A1/2 2022-08-10 thematic 2 1 0 50.0 95',
	'two meetings in a month are two lines');
select results_eq($$ select tasks_new, tasks_overdue, proposals from auth.branch_activity(test.id('A1'), '2022-08') order by row_key $$,
	$$ values (1, 1, 0), (null, null, null) $$, 'tasks stand in the first of them');
select results_eq($$ select tasks_new, tasks_overdue from auth.branch_activity(test.id('A1'), '2022-09') $$,
	$$ values (0, 1) $$, 'a task that nobody finished is overdue in the next month too');
select is((select count(*) from auth.branch_activity(test.id('A2'), '2022-08')), 0::bigint, 'a neighbour has no lines');
select is((select count(*) from auth.branch_activity(test.id('A'), '2022-08')), 2::bigint, 'nor has what stands above');

select test.as('clerk', 'ReportService/WardActivity') \g /dev/null
select is(test.ward('2022-06'), 'CODE.A: 2 branches, 1 held, 0+1, 66.7%, 2 late', 'the ward in June');
select is(test.ward('2022-07'), 'CODE.A: 2 branches, 0 held, 0+0, %, 2 late', 'nothing to divide by is no percentage');
select is(test.ward('2022-08'), 'CODE.A: 2 branches, 1 held, 1+1, 75.0%, 1 late',
	'a committee''s own meeting is no meeting of the branch; the divisor is all who were due');
select is((select count(*) from auth.branch_activity(null, '2022-08') where unit_code = 'CODE.B1'), 0::bigint,
	'another ward is not seen');

select test.as('head', 'ReportService/WardActivity') \g /dev/null
select is(test.ward('2022-08'), 'CODE.A: 2 branches, 1 held, 1+1, 75.0%, 1 late; CODE.B: 1 branches, 1 held, 1+0, 100.0%, 0 late',
	'a line for each grassroots organisation');
select is(test.ward('2022-08', true), '*: 3 branches, 2 held, 2+1, 80.0%, 1 late', 'and all of them together');
select is((select count(*) from auth.branch_activity(null, '1975-04')), 0::bigint, 'no unit before its founding');

-- pilots
select test.as_superuser() \g /dev/null
insert into chibo.pilot (id, unit_id, unit_pos, feed_id, committee_id, period_month, state, proposed_by)
select m.id, m.unit_id, m.unit_pos, m.feed_id, m.feed_id, m.period_month, 'proposed', m.chair_id
from chibo.meeting m where m.id in (test.id('june'), test.id('august b'));
select test.as('head', 'ReportService/PilotList') \g /dev/null
select is((select count(*) from auth.pilot_list(null, '2022-06')), 0::bigint, 'what is only proposed is on no list');
select test.as_superuser() \g /dev/null
update chibo.pilot set state = 'registered' where id = test.id('june');
select test.as('head', 'ReportService/PilotList') \g /dev/null
select results_eq($$ select ward_name, unit_name, kind::text, topic, held_on from auth.pilot_list(null, '2022-06') $$,
	$$ values ('Đơn vị A', 'Đơn vị A1', 'thematic', 'Chủ đề', '2022-07-01') $$, 'what is registered is on the list of its month');
select is((select is_pilot from auth.branch_activity(test.id('A1'), '2022-06')), true, 'and marked with its branch');
select is(auth.share_text(54, 50), '108.0', 'a percentage is never capped');

select finish();
rollback;
