-- What is due: the day before, the day and the day after of each kind, whose turn it is, and who sees whom.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(37);

-- Wednesday, 24 March 2027.
create or replace function chibo.today() returns date language sql stable parallel safe as $$
	select coalesce(nullif(current_setting('test.today', true), '')::date, date '2027-03-24')
$$;
create function test.seeker(name text, unit text, stage chibo.candidate_stage) returns void language sql as $$
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
	select test.id('person ' || seeker.name), u.id, u.pos, u.feed_id, 'Hoàng', seeker.name, 'male', '2000'
	from chibo.unit u where u.id = test.id(unit);
	insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on, stage_on)
	select test.id(seeker.name), u.id, u.pos, u.feed_id, test.id('person ' || seeker.name), seeker.stage, 'worker', '2020-01-01', '2020-01-01'
	from chibo.unit u where u.id = test.id(unit)
$$;
create function test.probationary(name text, unit text, joined date) returns void language plpgsql as $$
begin
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
	select test.id('person ' || name), u.id, u.pos, u.feed_id, 'Lý', name, 'female', '2000' from chibo.unit u where u.id = test.id(unit);
	insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
	select test.id(name), test.id('person ' || name), u.id, u.pos, u.feed_id, false, 'probationary', joined, joined,
	       lpad((hashtext(name) & 524287)::text, 6, '0') || 'NA'
	from chibo.unit u where u.id = test.id(unit);
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select test.id('place ' || name), test.id(name), u.id, u.pos, u.feed_id, 'primary', daterange(joined, null)
	from chibo.unit u where u.id = test.id(unit);
end
$$;
create function test.task(name text, unit text, due date, state chibo.task_state default 'assigned') returns void language sql as $$
	insert into chibo.task (id, unit_id, unit_pos, feed_id, source, category, title, assigner_id, assigner_name, assigned_by, assigned_at,
		assignee_name, due_on, state, reported_by, confirmed_by)
	select test.id(task.name), u.id, u.pos, u.feed_id, 'other', 'general', 'Việc ' || task.name, test.id('A'), 'Đơn vị A',
	       test.id('person clerk'), '2027-03-01', 'Đơn vị', task.due, task.state,
	       case when task.state in ('reported', 'confirmed') then test.id('person secretary') end,
	       case when task.state = 'confirmed' then test.id('person clerk') end
	from chibo.unit u where u.id = test.id(unit)
$$;
create function test.proposal(name text, unit text, state chibo.proposal_state) returns void language sql as $$
	insert into chibo.proposal (id, unit_id, unit_pos, feed_id, state, title, body, category, drafted_by, sent_at)
	select test.id(proposal.name), u.id, u.pos, u.feed_id, proposal.state, 'Kiến nghị ' || proposal.name, 'x', 'other', test.id('person an'), '2027-03-01'
	from chibo.unit u where u.id = test.id(unit)
$$;
create function test.asked(proposal text, recipient text, due date, state chibo.recipient_state default 'waiting') returns void language sql as $$
	insert into chibo.proposal_recipient (id, unit_id, unit_pos, feed_id, proposal_id, recipient_id, body_name, recipient_name, state, reply,
		sent_at, due_on)
	select test.id(asked.proposal || ' ' || asked.recipient), p.unit_id, p.unit_pos, p.feed_id, p.id, u.id,
	       case when u.id is null then asked.recipient end, case when u.id is null then '' else 'Đơn vị ' end || asked.recipient, asked.state,
	       case when asked.state in ('answered', 'refused') then 'x' end, '2027-03-01', asked.due
	from chibo.proposal p left join chibo.unit u on u.id = test.id(asked.recipient)
	where p.id = test.id(asked.proposal)
$$;
-- A clock that runs out on a day.
create function test.clock(kind text, name text, due date, started date default '2027-01-04') returns void language sql as $$
	insert into chibo.clock (kind, candidate_id, member_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value, rule_unit, rule_doc)
	select clock.kind, c.id, p.id, coalesce(c.unit_id, p.unit_id), coalesce(c.unit_pos, p.unit_pos), coalesce(c.feed_id, p.feed_id),
	       clock.started, clock.due, k.rule_key, 1, 'days', 'Văn bản mẫu'
	from chibo.clock_kind k left join chibo.candidate c on c.id = test.id(clock.name)
	left join chibo.probation p on p.id = test.id(clock.name)
	where k.code = clock.kind
$$;
-- What the list says, one row a line, of all pages.
create function test.due(unit text default null, kind text default null, within int default null, only_overdue boolean default false)
returns text language sql as $$
	select string_agg(format('%s %s %s %s', coalesce(d.subject, '-'), d.kind, d.working_days_left, d.level), e'\n' order by d.due_on, d.id)
	from chibo.due_page(test.id(due.unit), due.kind, case when due.only_overdue then chibo.today() - 1 else chibo.today() + due.within end,
		'-infinity', test.id('0'), 500) d
$$;
create function test.row(kind text, subject text) returns chibo.due_level language sql as $$
	select d.level from chibo.due_page(null, row.kind, '2029-01-01', '-infinity', test.id('0'), 500) d where d.subject = row.subject
$$;
create function test.totals(unit text default null, kind text default null) returns text language sql as $$
	select string_agg(format('%s %s/%s/%s', t.kind, t.overdue, t.near, t.later), ', ') from chibo.due_totals(test.id(totals.unit), totals.kind) t
$$;
grant execute on all functions in schema test to public;
update auth."grant" set during = '[2020-01-01,)';
alter table chibo.candidate disable trigger user;
alter table chibo.task disable trigger user;
alter table chibo.proposal disable trigger user;
alter table chibo.proposal_recipient disable trigger user;

-- ---- Levels: of each kind the day before, the day, the day after, the last near day and the one after it ----

select test.seeker('K' || chr(64 + n), 'A2', 'decided') from generate_series(1, 5) n \g /dev/null
select test.clock(k.code, 'K' || chr(64 + x.n), x.due)
from chibo.clock_kind k,
	(values (1, date '2027-03-23'), (2, '2027-03-24'), (3, '2027-03-25'), (4, '2027-04-07'), (5, '2027-04-08')) x (n, due)
where k.code not in ('probation', 'consider_full', 'decide_full') \g /dev/null
select test.as('head', 'DueService/List') \g /dev/null
select is(array(select test.row(k.code, 'Hoàng K' || chr(64 + n))::text from generate_series(1, 5) n), '{overdue,today,near,near,later}', 'levels of ' || k.code)
from chibo.clock_kind k where k.code not in ('probation', 'consider_full', 'decide_full') order by k.order_no;
select is(array(select d.working_days_left from chibo.due_page(null, 'decide', '2029-01-01', '-infinity', test.id('0'), 9) d),
	'{-1,0,1,10,11}', 'and the days left');
select test.as_superuser() \g /dev/null
delete from chibo.clock;
select test.probationary('D' || chr(64 + n), 'A2', d) from (values (1, date '2026-03-23'), (2, '2026-03-24'), (3, '2026-03-25'), (4, '2026-04-07'), (5, '2026-04-08')) x (n, d) \g /dev/null
select test.as('head', 'DueService/List') \g /dev/null
select is(array(select test.row('probation', 'Lý D' || chr(64 + n))::text from generate_series(1, 5) n), '{overdue,today,near,near,later}', 'levels of probation');
select is(array(select d.reminder from chibo.due_page(null, 'probation', '2029-01-01', '-infinity', test.id('0'), 9) d), '{0,0,-30,-30,-30}', 'the last reminder that has passed');
select test.as_superuser() \g /dev/null
update chibo.clock c set due_on = x.due, started_on = x.due - 30
from (values (1, date '2027-03-23'), (2, '2027-03-24'), (3, '2027-03-25'), (4, '2027-04-07'), (5, '2027-04-08')) x (n, due)
where c.member_id = test.id('D' || chr(64 + x.n)) and c.kind = 'consider_full';
select test.clock('decide_full', 'D' || chr(64 + x.n), x.due)
from (values (1, date '2027-03-23'), (2, '2027-03-24'), (3, '2027-03-25'), (4, '2027-04-07'), (5, '2027-04-08')) x (n, due) \g /dev/null
select test.as('head', 'DueService/List') \g /dev/null
select is(array(select test.row(k, 'Lý D' || chr(64 + n))::text from generate_series(1, 5) n), '{overdue,today,near,near,later}', 'levels of ' || k)
from unnest('{consider_full,decide_full}'::text[]) k;
select test.as_superuser() \g /dev/null
delete from chibo.clock;
select test.task('T' || n, 'A2', due) from (values (1, date '2027-03-23'), (2, '2027-03-24'), (3, '2027-03-25'), (4, '2027-04-07'), (5, '2027-04-08')) x (n, due) \g /dev/null
select test.proposal('P' || n, 'A2', 'sent'), test.asked('P' || n, 'A', due)
from (values (1, date '2027-03-23'), (2, '2027-03-24'), (3, '2027-03-25'), (4, '2027-04-07'), (5, '2027-04-08')) x (n, due) \g /dev/null
select test.as('head', 'DueService/List') \g /dev/null
select is(array(select test.row('task', 'Việc T' || n)::text from generate_series(1, 5) n), '{overdue,today,near,near,later}', 'levels of tasks');
select is(array(select test.row('proposal', 'Kiến nghị P' || n)::text from generate_series(1, 5) n), '{overdue,today,near,near,later}', 'levels of proposals');
select is(test.totals(), 'task 1/3/1, proposal 1/3/1', 'totals');

-- Around Tết 2026 and on a day off: days left are working days, levels are days.
select set_config('test.today', '2026-02-15', false) \g /dev/null
select test.as_superuser() \g /dev/null
update chibo.task set due_on = due_on - 400 where due_on > '2027-04-01';
update chibo.task set due_on = '2026-02-14' where title = 'Việc T1';
update chibo.task set due_on = '2026-02-16' where title = 'Việc T2';
update chibo.task set due_on = '2026-02-23' where title = 'Việc T3';
select test.as('head', 'DueService/List') \g /dev/null
select is((select string_agg(format('%s %s %s', d.subject, d.working_days_left, d.level), ', ' order by d.due_on)
           from chibo.due_page(null, 'task', '2026-02-25', '-infinity', test.id('0'), 9) d),
	'Việc T1 0 overdue, Việc T2 0 near, Việc T3 1 near', 'a Sunday in Tết');
select set_config('test.today', '', false) \g /dev/null

-- ---- What is listed ----

select test.as_superuser() \g /dev/null
delete from chibo.task;
delete from chibo.proposal_recipient;
delete from chibo.proposal;
delete from chibo.candidate;
delete from chibo.probation;
select test.seeker('An', 'A1', 'under_review'), test.seeker('Bê', 'A1', 'branch_approved'), test.seeker('Xuân', 'B1', 'decided'),
	test.probationary('Mơ', 'A1', '2026-03-20'), test.probationary('Na', 'B1', '2026-06-10') \g /dev/null
delete from chibo.clock where kind = 'consider_full';
select test.clock('decide', 'An', '2027-03-10'), test.clock('consider_file', 'Bê', '2027-04-20'), test.clock('certificate', 'Bê', '2027-09-24'),
	test.clock('ceremony', 'Xuân', '2027-04-24') \g /dev/null
select test.task('open', 'A1', '2027-03-26'), test.task('told', 'A1', '2027-03-22', 'reported'), test.task('done', 'A1', '2027-03-22', 'confirmed'),
	test.task('off', 'A1', '2027-03-22', 'cancelled') \g /dev/null
select test.proposal('Đường', 'A1', 'sent'), test.proposal('Điện', 'A1', 'closed'), test.asked('Đường', 'A', '2027-03-31'),
	test.asked('Đường', 'Tỉnh', '2027-04-01', 'received'), test.asked('Đường', 'Q', '2027-03-01', 'refused'), test.asked('Điện', 'A', '2027-03-01') \g /dev/null
select test.as('head', 'DueService/List') \g /dev/null
select is(test.due(), e'Hoàng An decide -10 overdue\nLý Mơ probation -3 overdue\nViệc told task -2 overdue\nViệc open task 2 near\n'
	'Kiến nghị Đường proposal 5 near\nKiến nghị Đường proposal 6 near\nHoàng Bê consider_file 19 later\nLý Na probation 56 later\n'
	'Hoàng Bê certificate 132 later', 'overdue, the next thirty days, and what is to be thought of long before');
select is(test.due(null, null, 0), e'Hoàng An decide -10 overdue\nLý Mơ probation -3 overdue\nViệc told task -2 overdue', 'within no days: overdue and today');
select is(test.due(null, null, null, true), test.due(null, null, 0), 'overdue alone');
select is(test.due(null, 'ceremony', 31), 'Hoàng Xuân ceremony 22 later', 'of a kind, in 31 days');
select is(test.due(null, 'ceremony', 30), null, 'not in 30');
select is(test.due('B1', null, 365), e'Hoàng Xuân ceremony 22 later\nLý Na probation 56 later', 'of a branch');
select is(test.due('A', 'task'), e'Việc told task -2 overdue\nViệc open task 2 near', 'of a ward');
select is(test.totals(), 'certificate 0/0/1, consider_file 0/0/1, decide 1/0/0, ceremony 0/0/1, probation 1/0/1, task 1/1/0, proposal 0/2/0', 'all that runs');
select is(test.totals('B1'), 'ceremony 0/0/1, probation 0/0/1', 'of a branch');
select is(test.totals(null, 'decide'), 'decide 1/0/0', 'of a kind');
select is((select string_agg(coalesce(d.subject, '') || ' ' || coalesce(d.reminder::text, '-'), ', ') from chibo.due_page(null, null, null, '-infinity', test.id('0'), 500) d
	where d.kind = 'probation'), 'Lý Mơ 0, Lý Na -60', 'reminders');
select is((select string_agg(d.subject, ', ' order by n) from (
	select (chibo.due_page(null, null, null, p.due, p.id, 3)).*, 1 as n from (values (date '2027-03-22', test.id('told'))) p (due, id)) d), 'Việc open, Kiến nghị Đường, Kiến nghị Đường',
	'the next page goes on after day and id');
select is((select string_agg(format('%s: %s %s (%s)', d.kind, d.actor_unit, d.actor_roles, coalesce(d.rule_doc, '-')), e'\n' order by d.due_on, d.id)
	from chibo.due_page(test.id('A'), null, null, '-infinity', test.id('0'), 500) d where d.kind <> 'certificate'),
	format(e'decide: Đảng bộ mẫu %s (Văn bản mẫu)\nprobation: Đơn vị A1 %s (Điều lệ Đảng, điều 5; QĐ 29-QĐ/TW (25/7/2016), điều 4.2)\n'
		'task: Đơn vị A %s (-)\ntask: Đơn vị A1 %s (-)\nproposal: Đơn vị A %s (-)\nproposal: Tỉnh %s (-)\nconsider_file: Đơn vị A1 %s (Văn bản mẫu)',
		auth.role_names('admission_decide'), auth.role_names('admission_branch'), auth.role_names('task_write'), auth.role_names('task_report'),
		auth.role_names('proposal_answer'), auth.role_names('proposal_route'), auth.role_names('admission_branch')), 'whose turn it is');

-- ---- Who sees what ----

select test.as('secretary', 'DueService/List') \g /dev/null
select is(test.due(), e'Hoàng An decide -10 overdue\nLý Mơ probation -3 overdue\nViệc told task -2 overdue\nViệc open task 2 near\n'
	'Kiến nghị Đường proposal 5 near\nKiến nghị Đường proposal 6 near\nHoàng Bê consider_file 19 later\nHoàng Bê certificate 132 later', 'a branch its own');
select is(test.due('B1'), null, 'and nothing of another, whatever it asks');
select is(test.totals('B1'), null, 'nor counts of it');
select is((select d.actor_unit from chibo.due_page(null, 'decide', null, '-infinity', test.id('0'), 500) d) is not null, true, 'the unit above that decides is named');
select test.as('chief', 'DueService/List') \g /dev/null
select is(test.due(), e'Hoàng An decide -10 overdue\n- probation -3 overdue\n- task -2 overdue\n- task 2 near\n'
	'- proposal 5 near\n- proposal 6 near\n- consider_file 19 later\n- probation 56 later\n- certificate 132 later', 'counts alone: only whose file lies before him');
select is((select count(d.member_id) from chibo.due_page(null, null, null, '-infinity', test.id('0'), 500) d), 0::bigint, 'nor ids of members');
select is(test.totals(null, 'probation'), 'probation 1/0/1', 'and the counts');

-- ---- Clocks run on when people and units move ----

select test.as_superuser() \g /dev/null
create temp table before as select c.id, c.unit_id, c.unit_pos, c.due_on from chibo.clock c;
grant select on before to public;
update chibo.person p set unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id from chibo.unit u where p.id = test.id('person An') and u.id = test.id('A2');
select test.enter('head', 'UnitService/Move') \g /dev/null
select auth.move_unit(test.id('B1'), (select u.version from chibo.unit u where u.id = test.id('B1')), test.id('A'), '2027-03-01') \g /dev/null
select test.as_superuser() \g /dev/null
select is((select count(*) from chibo.clock c join before b using (id) where c.due_on <> b.due_on), 0::bigint, 'no day moves');
select is((select count(*) from chibo.clock c join chibo.unit u on u.id = c.unit_id where (c.unit_pos, c.feed_id) is distinct from (u.pos, u.feed_id)), 0::bigint,
	'positions follow the tree');
select is((select c.unit_id from chibo.clock c where c.candidate_id = test.id('An')), test.id('A2'), 'a candidate takes his along');
select test.as('clerk', 'DueService/List') \g /dev/null
select is(test.due('B1', null, 365), e'Hoàng Xuân ceremony 22 later\nLý Na probation 56 later', 'and the new ward lists them');

select finish();
rollback;
