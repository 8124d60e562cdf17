-- Resolutions down to the branches, tasks to whoever does them: who takes which step, in which state, after what.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(103);

-- A vote of a meeting, about a purpose, that passed or did not.
create function test.vote(name text, meeting text, purpose text, votes_for int default 12, subject text default null)
returns void language sql as $$
	insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, voted_at,
		eligible, present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
	select test.id(vote.name), m.unit_id, m.unit_pos, m.feed_id, m.id, vote.purpose::chibo.vote_purpose, vote.name,
	       test.id(vote.subject), 'hand', now(), 18, 18, true, 18, vote.votes_for, 18 - vote.votes_for, 0,
	       'vote.ordinary_ratio', '1/2', 'Điều lệ', 10, vote.votes_for >= 10
	from chibo.meeting m where m.id = test.id(vote.meeting)
$$;

create function test.draft(name text, unit text, parent text default null, meeting text default null,
                           kind chibo.resolution_kind default 'thematic', month text default null) returns void language sql as $$
	select chibo.create_resolution(test.id(draft.name), test.id(draft.unit), draft.kind, 'Nghị quyết ' || draft.name, 'Toàn văn',
		draft.month, null, test.id(draft.parent), test.id(draft.meeting))
$$;
create function test.issue(name text, number text, units text[] default '{}', suffix text default 'NQ/ĐU',
                           issued_on date default '2021-10-27') returns void language sql as $$
	select chibo.issue_resolution(test.id(issue.name), issue.number, issue.suffix, 'Đảng ủy', issue.issued_on,
		array(select test.id(u) from unnest(issue.units) u), null)
$$;
create function test.state(name text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select coalesce((select r.state::text from resolution r where r.id = test.id(name)),
	                (select t.state::text from task t where t.id = test.id(name)))
$$;
create function test.task(name text, unit text, source text default 'other', source_id text default null, member text default null,
                          category text default null, due_on text default '2099-01-31') returns void language sql as $$
	select chibo.create_tasks(task.source::chibo.task_source, test.id(task.source_id), array[row(test.id(task.name), test.id(task.unit),
		null, test.id(task.member), 'Việc ' || task.name, task.category, task.due_on)::chibo.task_line])
$$;
grant execute on all functions in schema test to public;

select test.official('ward.head', 'A', 'WS'), test.official('deputy', 'A1', 'BD'), test.official('secretary.2', 'A2', 'BS'),
	test.official('clerk.b', 'B', 'WO') \g /dev/null
select test.meeting('w', 'A', 'committee'), test.meeting('m', 'A1'), test.meeting('other', 'A1', 'regular', '2022-07'),
	test.meeting('m2', 'A2') \g /dev/null
select test.vote('passed', 'm', 'resolution'), test.vote('failed', 'm', 'resolution', 9), test.vote('score', 'm', 'score'),
	test.vote('elsewhere', 'other', 'resolution'), test.vote('about x', 'm', 'resolution', 12, 'x'),
	test.vote('next door', 'm2', 'resolution'), test.vote('ward 1', 'w', 'resolution'), test.vote('ward 2', 'w', 'resolution'),
	test.vote('half', 'm', 'resolution', 10) \g /dev/null

-- ---- Drafts ----

select test.as('clerk', 'ResolutionService/Create') \g /dev/null
select test.draft('r', 'A'), test.draft('r2', 'A') \g /dev/null
select is((select concat_ws(' ', kind, state, version, unit_path) from chibo.resolution_sheet where id = test.id('r')),
	'thematic draft 1 Đảng bộ mẫu › Đơn vị A', 'a ward''s office drafts a resolution of its own unit');
select is(test.refusal($$ select test.draft('x', 'A1') $$), 'not_found unit_id', 'not of a branch');
select is(test.refusal($$ select test.draft('x', 'B') $$), 'not_found unit_id', 'nor of the next ward');
select is(test.refusal($$ select test.draft('r', 'A') $$), 'resolution_id__id_taken', 'each once');
select is(test.refusal($$ select test.draft('x', 'A', null, null, 'monthly') $$), 'period_month__required', 'a monthly one names its month');
select is(test.refusal($$ select test.draft('x', 'A', null, 'm') $$), 'not_found meeting_id', 'a meeting is the unit''s own');
select is(test.refusal($$ select chibo.period_of('2021-01-02', '2021-01-01') $$), 'before_start until_on', 'a term ends after it begins');
select is(chibo.period_of('2020-06-01', '2025-05-31'), '[2020-06-01,2025-06-01)', 'its both days count');
select is(chibo.period_of(null, null), null, 'or there is none');
select is(test.refusal($$ select chibo.update_resolution(test.id('r'), 2, '{body}', null, null, null, null, null, null) $$),
	'conflict base_version version=1', 'who changes it knows its version');
select is(test.refusal($$ select chibo.update_resolution(test.id('r'), 1, '{subject}', '', null, null, null, null, null) $$),
	'subject__text', 'a subject has words');
select chibo.update_resolution(test.id('r'), 1, '{subject,from_on,until_on}', 'Tạo nguồn', null, null, '2020-06-01', '2025-05-31', null) \g /dev/null
select chibo.update_resolution(test.id('r'), 2, '{until_on}', 'Khác', 'Khác', '2020-01', '2000-01-01', '2024-05-31', null) \g /dev/null
select is((select concat_ws(' ', subject, from_on, until_on, body, period_month, version) from chibo.resolution_sheet where id = test.id('r')),
	'Tạo nguồn 2020-06-01 2024-05-31 Toàn văn 3', 'only what is named changes');
select is(test.refusal($$ select test.issue('r', '22') $$), 'not_voted id from=draft, to=issued', 'a draft is not issued');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('r'), test.id('ward 1')) $$), 'state_transition state from=draft, to=voted',
	'nor adopted');
select chibo.move_resolution(test.id('r'), 'discussed', '{discussed}'), chibo.move_resolution(test.id('r2'), 'discussed', '{discussed}') \g /dev/null
select is(test.refusal($$ select chibo.update_resolution(test.id('r'), 4, '{body}', null, null, null, null, null, null) $$),
	'not_draft id state=discussed', 'what is discussed stays');
select chibo.move_resolution(test.id('r'), 'draft', '{draft}') \g /dev/null
select is(test.state('r'), 'draft', 'unless it goes back');
select chibo.move_resolution(test.id('r'), 'discussed', '{discussed}') \g /dev/null
select is(test.refusal($$ select chibo.move_resolution(test.id('r'), 'voted', '{in_force,reviewed,completed}') $$),
	'state_transition state from=discussed, to=voted', 'no step leads past the vote');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('r'), test.id('passed')) $$), 'not_found vote_id', 'a branch''s vote is not the ward''s');
select chibo.adopt_resolution(test.id('r'), test.id('ward 1')) \g /dev/null
select is((select concat_ws(' ', state, meeting_id = test.id('w'), vote_id = test.id('ward 1')) from chibo.resolution_sheet where id = test.id('r')),
	'voted t t', 'a committee adopts its own; the meeting follows from the vote');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('r2'), test.id('ward 1')) $$), 'vote_id__vote_used__resolution', 'one vote, one resolution');
select chibo.adopt_resolution(test.id('r2'), test.id('ward 2')) \g /dev/null

-- ---- Issued and sent ----

select test.as('ward.head', 'ResolutionService/Issue') \g /dev/null
select is(test.refusal($$ select test.issue('r', '22', '{A1,B1}') $$), 'not_found unit_ids', 'it is sent to units below alone');
select is(test.refusal($$ select test.issue('r', '22', '{A1,Q}') $$), 'not_found unit_ids', 'not above');
select is(test.refusal($$ select test.issue('r', '22', '{A1,nobody}') $$), 'not_found unit_ids', 'nor to none');
select is(test.refusal($$ select test.issue('r', '22', '{A1,A1}') $$), 'unit_ids__sent', 'to each once');
select is(test.refusal($$ select test.issue('r', 'hai', '{A1}') $$), 'number__format', 'a number is one');
select is(test.refusal($$ select test.issue('r', '22', '{A1}', 'nghị quyết') $$), 'suffix__format', 'a suffix has its form');
select test.issue('r', '22', '{A1,A}') \g /dev/null
select is((select concat_ws(' ', state, number, suffix, issued_on) from chibo.resolution_sheet where id = test.id('r')),
	'issued 22 NQ/ĐU 2021-10-27', 'AT-13: number, suffix and day');
select is((select string_agg(unit_path || ': ' || sender_path, ', ' order by pos) from chibo.copy_sheet where resolution_id = test.id('r')),
	'Đảng bộ mẫu › Đơn vị A: Đảng bộ mẫu › Đơn vị A, Đảng bộ mẫu › Đơn vị A › Đơn vị A1: Đảng bộ mẫu › Đơn vị A',
	'AT-14: each unit gets a row of its own');
select is((select count(*) from chibo.resolution_copy c join chibo.unit u on u.id = c.unit_id
           where c.resolution_id = test.id('r') and (c.unit_pos, c.feed_id) <> (u.pos, u.feed_id)), 0::bigint, 'where that unit stands');
select is(test.refusal($$ select test.issue('r2', '22', '{A1}', 'NQ/DU') $$), 'number__resolution_exists', 'ĐU and DU are one suffix');
select test.issue('r2', '22', '{A1}', 'NQ/ĐU', '2022-01-05') \g /dev/null
select is(test.state('r2'), 'issued', 'the day is part of the key');
select is(test.refusal($$ select test.issue('r', '23') $$), 'state_transition id from=issued, to=issued', 'it is issued once');
select is(test.refusal($$ select chibo.receive_copy(c.id) from chibo.resolution_copy c where c.unit_id = test.id('A1') limit 1 $$),
	'not_found id', 'the ward''s secretary does not receive for a branch');
select is(test.refusal($$ select chibo.supersede_resolution(test.id('r'), test.id('r')) $$), 'not_found superseded_by', 'nothing supersedes itself');
select chibo.move_resolution(test.id('r'), 'in_force', '{in_force,reviewed,completed}') \g /dev/null
select is(test.refusal($$ select chibo.move_resolution(test.id('r'), 'in_force', '{in_force,reviewed,completed}') $$),
	'state_transition state from=in_force, to=in_force', 'no step is taken twice');

-- ---- A branch makes it concrete ----

select test.as('secretary', 'ResolutionService/Create') \g /dev/null
select is((select count(*) from chibo.resolution), 0::bigint, 'a branch sees nothing of the ward''s own records');
select is((select count(*) from chibo.copy_sheet where unit_id = test.id('A1')), 2::bigint, 'but what it was sent');
select is(test.refusal($$ select chibo.supersede_resolution(test.id('r'), test.id('r2')) $$), 'not_found id', 'and changes none of it');
select test.draft('child', 'A1', 'r', 'm', 'monthly', '2023-04') \g /dev/null
select test.draft('grandchild', 'A1', 'child') \g /dev/null
select is((select parent_id from chibo.resolution_sheet where id = test.id('child')), test.id('r'), 'a monthly resolution names what it makes concrete');
select is(test.refusal($$ select test.draft('x', 'A1', 'nobody') $$), 'parent_not_received parent_id', 'not what does not exist');
select is(test.refusal($$ select chibo.update_resolution(test.id('grandchild'), 1, '{parent_id}', null, null, null, null, null, test.id('nobody')) $$),
	'parent_not_received parent_id', 'nor later');
select chibo.move_resolution(test.id('child'), 'discussed', '{discussed}'), chibo.move_resolution(test.id('grandchild'), 'discussed', '{discussed}') \g /dev/null
select is(test.refusal($$ select chibo.adopt_resolution(test.id('child'), test.id('failed')) $$), 'vote_not_passed vote_id votes_for=9, needed=10',
	'a vote that failed adopts nothing');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('child'), test.id('score')) $$), 'vote_on_other vote_id purpose=score, subject=score',
	'nor one about a score sheet');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('child'), test.id('elsewhere')) $$),
	'vote_on_other vote_id purpose=resolution, subject=elsewhere', 'nor one of another meeting');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('child'), test.id('about x')) $$),
	'vote_on_other vote_id purpose=resolution, subject=about x', 'nor one about another resolution');
select is(test.refusal($$ select chibo.adopt_resolution(test.id('child'), test.id('next door')) $$), 'not_found vote_id', 'nor another branch''s');
select lives_ok($$ select chibo.adopt_resolution(test.id('child'), test.id('half')) $$, 'just enough is enough');
select test.as('secretary', 'ResolutionService/Receive') \g /dev/null
select chibo.receive_copy(c.id) from chibo.resolution_copy c where c.resolution_id = test.id('r') and c.unit_id = test.id('A1') \g /dev/null
select is((select concat_ws(' ', received_at_us is not null, version) from chibo.copy_sheet where resolution_id = test.id('r') and unit_id = test.id('A1')),
	't 2', 'the branch confirms the receipt');
select is(test.refusal($$ select chibo.receive_copy(c.id) from chibo.resolution_copy c where c.resolution_id = test.id('r') and c.unit_id = test.id('A1') $$),
	'received_before id', 'once');
select is(test.refusal($$ select test.draft('x', 'A2') $$), 'not_found unit_id', 'it writes nothing for the next branch');
-- a group below the branch is a unit of its own
select test.as('head') \g /dev/null
select test.unit('G', 'A1', 'party_group') \g /dev/null
select test.as('secretary', 'ResolutionService/Create') \g /dev/null
select is(test.refusal($$ select test.draft('x', 'G', 'child') $$), 'parent_not_received parent_id', 'a unit below names only what it was sent');
select test.draft('group', 'G') \g /dev/null
select is(test.refusal($$ select chibo.send_copies(r, array[test.id('A1')]) from chibo.resolution r where r.id = test.id('group') $$),
	'not_found unit_ids', 'and sends nothing up');
select test.as('secretary.2', 'ResolutionService/Create') \g /dev/null
select is(test.refusal($$ select test.draft('x', 'A2', 'r') $$), 'parent_not_received parent_id', 'what was not sent to a branch it cannot name');
select is(test.refusal($$ select test.draft('x', 'A2', 'child') $$), 'parent_not_received parent_id', 'nor the neighbour''s');

-- the statements hold the interval without row-level security
select test.as_superuser() \g /dev/null
alter table chibo.resolution disable row level security;
alter table chibo.resolution_copy disable row level security;
alter table chibo.task disable row level security;
alter table chibo.meeting disable row level security;
alter table chibo.vote_item disable row level security;
alter table chibo.unit disable row level security;
alter table chibo.member disable row level security;
select test.as('secretary.2', 'ResolutionService/Create') \g /dev/null
select is(test.refusal($$ select test.draft('x', 'A1') $$), 'not_found unit_id', 'also without row-level security: no draft elsewhere');
select is(test.refusal($$ select test.draft('x', 'A2', 'child') $$), 'parent_not_received parent_id', 'no parent elsewhere');
select is(test.refusal($$ select test.draft('x', 'A2', null, 'm') $$), 'not_found meeting_id', 'no meeting elsewhere');
select is(test.refusal($$ select chibo.move_resolution(test.id('grandchild'), 'draft', '{draft}') $$), 'not_found id', 'no step');
select is(test.refusal($$ select chibo.update_resolution(test.id('grandchild'), 1, '{body}', null, null, null, null, null, null) $$), 'not_found id', 'no change');
select is(test.refusal($$ select chibo.receive_copy(c.id) from chibo.resolution_copy c where c.unit_id = test.id('A1') limit 1 $$), 'not_found id', 'no receipt');
select is(test.refusal($$ select test.task('x', 'A1') $$), 'not_found unit_id', 'no task to another branch');
select is(test.refusal($$ select test.task('x', 'A2', 'other', null, 'an') $$), 'not_found member_id', 'nor to its member');
select is(test.refusal($$ select test.task('x', 'A2', 'conclusion', 'm') $$), 'not_found source_id', 'nor from its meeting');
select is(test.refusal($$ select test.task('x', 'A2', 'resolution', 'child') $$), 'not_found source_id', 'nor from its resolution');
select test.as_superuser() \g /dev/null
alter table chibo.resolution enable row level security;
alter table chibo.resolution_copy enable row level security;
alter table chibo.task enable row level security;
alter table chibo.meeting enable row level security;
alter table chibo.vote_item enable row level security;
alter table chibo.unit enable row level security;
alter table chibo.member enable row level security;

-- ---- Tasks ----

select test.as('ward.head', 'TaskService/Create') \g /dev/null
select is(test.refusal($$ select test.task('x', 'B1') $$), 'not_found unit_id', 'a ward assigns to units below');
select is(test.refusal($$ select test.task('x', 'A1', 'conclusion', 'nobody') $$), 'not_found source_id', 'from what is in its reach');
select is(test.refusal($$ select test.task('x', 'A1', 'conclusion') $$), 'required source_id', 'which it names');
select is(test.refusal($$ select test.task('x', 'A1', 'other', 'm') $$), 'no_source source_id', 'or leaves out');
select is(test.refusal($$ select test.task('x', 'A1', 'other', null, 'an') $$), 'not_own_member member_id', 'not to members over their branch''s head');
select is(test.refusal($$ select test.task('x', 'A1', 'other', null, null, 'thơ') $$), 'unknown_code category list=task_category, value=thơ', 'a category is of the list');
select is(test.refusal($$ select test.task('x', 'A1', 'other', null, null, null, '31/1') $$), 'date_format due_on value=31/1', 'a day is one');
select is(test.refusal($$ select chibo.create_tasks('other', null, '{}') $$), 'required title', 'a request has one task at least');
select test.task('conclusion', 'A1', 'conclusion', 'm'), test.task('late', 'A1', 'resolution', 'r', null, 'file_review', '2023-01-31') \g /dev/null
select is((select concat_ws(' ', assigner_name, assignee_name, state, category, overdue, progress) from chibo.task_sheet where id = test.id('conclusion')),
	'Đơn vị A Đơn vị A1 assigned general f 0', 'AT-09: a conclusion becomes a task of a unit');
select is((select overdue from chibo.task_sheet where id = test.id('late')), true, 'overdue is computed from the day');
select is(chibo.line_id(test.id('a'), 1) = chibo.line_id(test.id('a'), 1), true, 'a repeated request finds the same tasks');
select is(chibo.line_id(test.id('a'), 1) = chibo.line_id(test.id('a'), 2), false, 'line by line');
select test.as('ward.head', 'TaskService/Accept') \g /dev/null
select is(test.refusal($$ select chibo.accept_task(test.id('conclusion')) $$), 'not_assignee id assignee=Đơn vị A1', 'the assigner does not accept for the assignee');
select test.as('secretary', 'TaskService/Accept') \g /dev/null
select is(test.refusal($$ select chibo.report_task(test.id('conclusion'), 10, null, null) $$), 'state_transition state from=assigned, to=in_progress', 'first it is accepted');
select chibo.accept_task(test.id('conclusion')), chibo.accept_task(test.id('late')) \g /dev/null
select is(test.refusal($$ select chibo.accept_task(test.id('late')) $$), 'state_transition state from=accepted, to=accepted', 'once');
select chibo.report_task(test.id('conclusion'), 40, null, null) \g /dev/null
select is(test.state('conclusion'), 'in_progress', 'with less than all it is in progress');
select is(test.refusal($$ select chibo.report_task(test.id('conclusion'), 100, null, null) $$), 'required result', 'what is done has a result');
select is(test.refusal($$ select chibo.report_task(test.id('conclusion'), -1, 'x', null) $$), 'percent__out_of_range', 'progress is a share');
select is(test.refusal($$ select chibo.report_task(test.id('conclusion'), 100, '', null) $$), 'result__text', 'a result has words');
select chibo.report_task(test.id('conclusion'), 100, 'Xong', null), chibo.report_task(test.id('late'), null, 'Xong', true) \g /dev/null
select is(test.state('conclusion') || ' ' || test.state('late'), 'reported reported', 'all, or done, waits for the assigner');
select is(test.refusal($$ select chibo.report_task(test.id('late'), 50, 'x', null) $$), 'state_transition state from=reported, to=in_progress', 'and is not reported meanwhile');
select test.as('secretary', 'TaskService/Confirm') \g /dev/null
select is(test.refusal($$ select chibo.confirm_task(test.id('conclusion')) $$), 'not_assigner id assigner=Đơn vị A', 'the assignee does not confirm');
select is(test.refusal($$ select chibo.cancel_task(test.id('conclusion'), 'x') $$), 'not_assigner id assigner=Đơn vị A', 'nor cancels');
select is(test.refusal($$ select chibo.return_task(test.id('conclusion'), 'x') $$), 'not_assigner id assigner=Đơn vị A', 'nor returns');
select test.as('ward.head', 'TaskService/Confirm') \g /dev/null
select is(test.refusal($$ select chibo.return_task(test.id('conclusion'), ' ') $$), 'reason__text', 'it is returned with a reason');
select chibo.return_task(test.id('conclusion'), 'Thiếu danh sách') \g /dev/null
select is(test.refusal($$ select chibo.confirm_task(test.id('conclusion')) $$), 'state_transition state from=in_progress, to=confirmed', 'and then not confirmed');
select chibo.cancel_task(test.id('conclusion'), 'Không còn cần') \g /dev/null
select chibo.confirm_task(test.id('late')) \g /dev/null
select is((select concat_ws(' ', state, overdue) from chibo.task_sheet where id = test.id('late')), 'confirmed f', 'what is confirmed is no longer overdue');
select is(test.refusal($$ select chibo.cancel_task(test.id('late'), 'x') $$), 'state_transition state from=confirmed, to=cancelled', 'nor cancelled');

-- members, and the person in several roles
select test.as_superuser() \g /dev/null
insert into auth.account (id, feed_id, login_name, person_id) values
	(test.id('account an'), test.id('Q'), 'an.mb', test.id('person an')), (test.id('account binh'), test.id('Q'), 'binh.mb', test.id('person binh'));
insert into auth.session (token_hash, account_id) values
	(test.token('an'), test.id('account an')), (test.token('binh'), test.id('account binh')), (test.token('an, deputy'), test.id('account an'));
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_by, confirmed_at)
select test.id('grant ' || g.who), test.id(g.person), g.role, test.id('A1'), test.id('A'), '[2020-01-01,)', '2-QĐ', null, now()
from (values ('an', 'person an', 'MB'), ('binh', 'person binh', 'MB'), ('an, deputy', 'person an', 'BD')) g (who, person, role);
select test.as('secretary', 'TaskService/Create') \g /dev/null
select test.task('an''s', 'A1', 'other', null, 'an'), test.task('an''s 2', 'A1', 'other', null, 'an') \g /dev/null
select is((select assignee_name from chibo.task_sheet where id = test.id('an''s')), 'Nguyễn An', 'a branch assigns to its member');
select test.as('binh', 'TaskService/List') \g /dev/null
select is_empty($$ select from chibo.task_sheet where reaches(unit_id, pos, source_id, person_id) $$, 'whose neighbour sees none of it');
select test.as('binh', 'TaskService/Accept') \g /dev/null
select is(test.refusal($$ select chibo.accept_task(test.id('an''s')) $$), 'not_found id', 'nor finds it');
select test.as('an', 'TaskService/Accept') \g /dev/null
select chibo.accept_task(test.id('an''s')), chibo.accept_task(test.id('an''s 2')) \g /dev/null
select chibo.report_task(test.id('an''s'), 100, 'Xong', null) \g /dev/null
select test.as('secretary', 'TaskService/Report') \g /dev/null
select chibo.report_task(test.id('an''s 2'), 100, 'Xong', null) \g /dev/null
select test.as('secretary', 'TaskService/Confirm') \g /dev/null
select is(test.refusal($$ select chibo.confirm_task(test.id('an''s 2')) $$), 'own_proposal id', 'who reported for a member does not confirm');
select test.as('an, deputy', 'TaskService/Confirm') \g /dev/null
select is(test.refusal($$ select chibo.confirm_task(test.id('an''s 2')) $$), 'own_record id', 'nor the member himself in another role');
select is(test.refusal($$ select chibo.confirm_task(test.id('an''s')) $$), 'own_proposal id', 'what he reported less than ever');
select test.as('deputy', 'TaskService/Confirm') \g /dev/null
select lives_ok($$ select chibo.confirm_task(test.id('an''s')), chibo.confirm_task(test.id('an''s 2')) $$, 'another person does');
select test.as_superuser() \g /dev/null
select is(test.refusal($$ update chibo.task set confirmed_by = reported_by where id = test.id('an''s') $$), 'id__own_proposal', 'whatever a function forgets');

-- ---- Every way from one state to another ----

select test.as_superuser() \g /dev/null
-- The pairs of states that a table lets pass, as the trigger judges them; `others` fills what a state needs.
create function test.passes(target regclass, p_id uuid, states text[], others jsonb) returns text language plpgsql as $$
declare
	v_from text;
	v_to text;
	v_passed text[] := '{}';
begin
	foreach v_from in array states loop
		foreach v_to in array states loop
			continue when v_from = v_to;
			begin
				execute format('alter table %s disable trigger user', target);
				execute format('update %s set state = %L %s where id = %L', target, v_from, others ->> v_from, p_id);
				execute format('alter table %s enable trigger user', target);
				execute format('update %s set state = %L %s where id = %L', target, v_to, others ->> v_to, p_id);
				v_passed := v_passed || (v_from || '>' || v_to);
				raise exception using errcode = 'TEST1';
			exception when sqlstate 'TEST1' or sqlstate 'CB009' then
			end;
		end loop;
	end loop;
	return array_to_string(v_passed, ' ');
end
$$;

select is(test.passes('chibo.resolution', test.id('r'), '{draft,discussed,voted,issued,in_force,reviewed,completed,superseded}', '{}'),
	'draft>discussed discussed>draft discussed>voted voted>issued issued>in_force issued>superseded in_force>reviewed '
	'in_force>superseded reviewed>completed reviewed>superseded', 'a resolution''s ways');
select is(test.passes('chibo.task', test.id('late'), '{assigned,accepted,in_progress,reported,confirmed,cancelled}', '{}'),
	'assigned>accepted assigned>cancelled accepted>in_progress accepted>reported accepted>cancelled in_progress>reported '
	'in_progress>cancelled reported>in_progress reported>confirmed', 'a task''s ways');
select is(test.refusal($$ update chibo.resolution set number = null where id = test.id('r2') $$), 'resolution_check', 'what was issued has a number');

select * from finish();
rollback;
