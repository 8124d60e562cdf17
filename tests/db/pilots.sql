-- Plans of branches and pilot meetings: who may take which step in which state, how many a month, and who is a delegate.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(122);

-- The state as a superuser sees it, whoever acts now.
create function test.state(name text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select coalesce((select p.state::text from pilot p where p.id = test.id(name)),
	                (select p.state::text from plan p where p.id = test.id(name)))
$$;
create function test.version(name text) returns int language sql security definer set search_path = pg_catalog, chibo as $$
	select coalesce((select p.version from pilot p where p.id = test.id(name)), (select p.version from plan p where p.id = test.id(name)))
$$;
grant execute on all functions in schema test to public;

-- Ward A has branches A1, A2 and a clerk; here it gets a secretary, A1 a deputy, A2 a secretary; the district an officer
-- and a second head; ward A and B a member at home.
select test.official('ward.head', 'A', 'WS'), test.official('deputy', 'A1', 'BD'), test.official('secretary.2', 'A2', 'BS'),
	test.official('officer', 'Q', 'DO'), test.official('secretary.b', 'B1', 'BS'), test.official('clerk.b', 'B', 'WO') \g /dev/null
select test.meeting('m1', 'A1'), test.meeting('m2', 'A2', 'thematic'), test.meeting('m3', 'A1', 'thematic', '2022-07'),
	test.meeting('m4', 'B1'), test.meeting('congress', 'A1', 'congress'), test.meeting('m5', 'A2', 'regular', '2022-08'),
	test.meeting('m6', 'A1', 'regular', '2022-09'), test.meeting('m7', 'A1', 'regular', '2022-10') \g /dev/null

-- ---- Plans ----

select test.as('secretary', 'PlanService/Create') \g /dev/null
select is(test.refusal($$ select chibo.create_plan(test.id('x'), test.id('A2'), 'other', 'Kế hoạch', '2020-01-01', null, null) $$),
	'not_found unit_id', 'a branch makes no plan for the next one');
select is(test.refusal($$ select chibo.create_plan(test.id('x'), test.id('A1'), 'other', 'Kế hoạch', '2020-01-02', '2020-01-01', null) $$),
	'before_start until_on from_on=2020-01-02', 'nor one that ends before it begins');
select is(test.refusal($$ select chibo.create_plan(test.id('x'), test.id('A1'), 'other', ' ', '2020-01-01', null, null) $$),
	'title__text', 'nor one without a title');
select is(test.refusal($$ select chibo.create_plan(test.id('x'), test.id('A1'), 'other', 'Kế hoạch', '2020-01-01', null, ' ') $$),
	'basis__text', 'nor with an empty basis');
select chibo.create_plan(test.id('plan'), test.id('A1'), 'development', 'Kế hoạch phát triển đảng viên 2020–2023', '2020-01-01',
	'2023-12-31', null) \g /dev/null
select is((select concat_ws(' ', from_on, until_on, kind, state, unit_path) from chibo.plan_rows(test.id('plan'))),
	'2020-01-01 2023-12-31 development draft Đảng bộ mẫu › Đơn vị A › Đơn vị A1', 'AT-04: a plan of four years, owned by a branch');
select is(test.refusal($$ select chibo.create_plan(test.id('plan'), test.id('A1'), 'other', 'Kế hoạch', '2020-01-01', null, null) $$),
	'plan_id__id_taken', 'made once');

select is(test.refusal($$ select chibo.set_plan_items(test.id('plan'), '{null}', '{2020-13}', '{Chủ đề}', '{null}', '{null}') $$),
	'month_format month value=2020-13', 'an item''s month is one');
select is(test.refusal($$ select chibo.set_plan_items(test.id('plan'), '{null}', '{null}', '{Chủ đề}', '{thơ}', '{null}') $$),
	'unknown_code topic_tag list=topic, value=thơ', 'its topic is of the list');
select is(test.refusal($$ select chibo.set_plan_items(test.id('plan'), '{1,1}', '{null,null}', '{a,b}', '{null,null}', '{null,null}') $$),
	'item_no__twice__plan_item', 'no number occurs twice');
select is(test.refusal($$ select chibo.set_plan_items(test.id('plan'), '{101}', '{null}', '{a}', '{null}', '{null}') $$),
	'item_no__out_of_range', 'nor is above a hundred');
select is(test.refusal($$ select chibo.set_plan_items(test.id('plan'), '{null}', '{null}', '{" "}', '{null}', '{null}') $$),
	'topic__text', 'a topic has words');
select is(test.refusal($$ select chibo.set_plan_items(test.id('plan'), '{null}', '{null}', '{a}', '{null}', '{" "}') $$),
	'author__text', 'an author has a name');
select chibo.set_plan_items(test.id('plan'), '{null,null}', '{2020-06,null}', '{Phát triển đảng viên,Nêu gương}',
	'{development,null}', '{Lê Thị Mẫu,null}') \g /dev/null
select is((select string_agg(concat_ws(' ', i.item_no, i.month, i.topic), ', ' order by i.item_no) from chibo.plan_item i),
	'1 2020-06 Phát triển đảng viên, 2 Nêu gương', 'items are numbered as they come');
select lives_ok($$ select chibo.check_plan_months(test.id('plan')) $$, 'and lie in the period');
select is(test.refusal($$ select chibo.update_plan(test.id('plan'), 7, '{title}', null, 'Khác', null, null, null) $$),
	'conflict base_version version=1', 'who changes it knows its version');
select is(test.refusal($$ select chibo.update_plan(test.id('plan'), 1, '{from_on}', null, null, null, null, null) $$),
	'required from_on', 'a first day stays');
select is(test.refusal($$ select chibo.update_plan(test.id('plan'), 1, '{until_on}', null, null, null, '2019-12-31', null) $$),
	'before_start until_on from_on=2020-01-01', 'before the last one');
select chibo.update_plan(test.id('plan'), 1, '{from_on}', null, null, '2021-01-01', null, null) \g /dev/null
select is(test.refusal($$ select chibo.check_plan_months(test.id('plan')) $$), 'outside_period month value=2020-06',
	'a period that leaves a month outside is refused');
select chibo.update_plan(test.id('plan'), 2, '{from_on,title}', null, 'Kế hoạch 2020–2023', '2020-01-01', null, 'NQ 1') \g /dev/null
select is((select concat_ws(' ', title, from_on, until_on, kind, basis, version) from chibo.plan_rows(test.id('plan'))),
	'Kế hoạch 2020–2023 2020-01-01 2023-12-31 development NQ 1 3', 'only what is named changes');
select is(test.refusal($$ select chibo.end_plan(test.id('plan')) $$), 'plan_draft id', 'a draft does not end');

select chibo.create_plan(test.id('themes'), test.id('A1'), 'thematic', 'Chuyên đề 2022', '2022-01-01', '2022-12-31', null) \g /dev/null
select is(test.refusal($$ select chibo.submit_plan(test.id('themes'), 1) $$), 'plan_empty id', 'a list of themes names some');
select is(test.refusal($$ select chibo.submit_plan(test.id('plan'), 2) $$), 'conflict base_version version=3',
	'what is sent is what was seen');
select test.as('ward.head', 'PlanService/Submit') \g /dev/null
select is(test.refusal($$ select chibo.submit_plan(test.id('plan'), 3) $$), 'not_found id', 'a ward''s head sends his own unit''s plans only');
select test.as('secretary', 'PlanService/Submit') \g /dev/null
select chibo.submit_plan(test.id('plan'), 3) \g /dev/null
select is((select concat_ws(' ', state, sent_by, sent_at_us is not null, version) from chibo.plan_rows(test.id('plan'))),
	'sent Trần Thư t 4', 'the secretary reports it');
select is(test.refusal($$ select chibo.update_plan(test.id('plan'), 4, '{title}', null, 'Khác', null, null, null) $$), 'plan_sent id',
	'then it stays');
select is(test.refusal($$ select chibo.submit_plan(test.id('plan'), 4) $$), 'plan_sent id', 'and is sent once');
select chibo.end_plan(test.id('plan')) \g /dev/null
select is(test.refusal($$ select chibo.end_plan(test.id('plan')) $$), 'plan_ended id', 'it ends once');
select is(test.refusal($$ select chibo.submit_plan(test.id('plan'), 5) $$), 'plan_ended id', 'and is over');
select is(test.refusal($$ select chibo.update_plan(test.id('plan'), 5, '{title}', null, 'Khác', null, null, null) $$), 'plan_ended id',
	'for changes too');

select test.as('secretary.2', 'PlanService/Update') \g /dev/null
select is(test.refusal($$ select chibo.update_plan(test.id('themes'), 1, '{title}', null, 'Khác', null, null, null) $$),
	'not_found id', 'another branch finds no plan');
select is_empty($$ select from chibo.plan_page(null, null, null, null, null, 9) $$, 'lists none');
select test.as('clerk', 'PlanService/Update') \g /dev/null
select is(test.refusal($$ select chibo.update_plan(test.id('themes'), 1, '{title}', null, 'Khác', null, null, null) $$),
	'not_found id', 'a ward''s clerk changes no branch''s plan');
select test.as('clerk', 'PlanService/List') \g /dev/null
select is((select string_agg(title, ', ' order by title) from chibo.plan_page(null, null, null, null, null, 9)), 'Chuyên đề 2022, Kế hoạch 2020–2023',
	'but reads it');
select is((select string_agg(title, ', ') from chibo.plan_page(test.id('A1'), 'ended', null, null, null, 9)), 'Kế hoạch 2020–2023',
	'by state');
select is((select string_agg(title, ', ') from chibo.plan_page(null, null, 'thematic', null, null, 9)), 'Chuyên đề 2022', 'by kind');
select is_empty($$ select from chibo.plan_page(test.id('A2'), null, null, null, null, 9) $$, 'by unit');
select is((select count(*) from chibo.plan_page(null, null, null, null, null, 1) a
	cross join lateral chibo.plan_page(null, null, null, a.pos, a.id, 9) b where a.id <> b.id), 1::bigint, 'page by page');
select test.as('officer', 'PlanService/Get') \g /dev/null
select is((select concat_ws(' ', title, sent_by, item_count) from chibo.plan_rows(test.id('plan'))), 'Kế hoạch 2020–2023 2',
	'the district sees it without names');

-- ---- Pilots: proposing and registering ----

select test.as('secretary', 'PilotService/Propose') \g /dev/null
select is(test.refusal($$ select chibo.propose_pilot(test.id('m2')) $$), 'not_found id', 'a branch proposes no meeting of another');
select is(test.refusal($$ select chibo.propose_pilot(test.id('congress')) $$), 'pilot_kind id', 'a congress is no pilot');
select chibo.propose_pilot(test.id('m1')), chibo.propose_pilot(test.id('m3')), chibo.propose_pilot(test.id('m6')),
	chibo.propose_pilot(test.id('m7')) \g /dev/null
select is(test.refusal($$ select chibo.propose_pilot(test.id('m1')) $$), 'pilot_id__pilot_exists', 'it is proposed once');
select is((select concat_ws(' ', state, period_month, kind, proposed_by, unit_path) from chibo.pilot_rows(test.id('m1'))),
	'proposed 2022-06 regular Trần Thư Đảng bộ mẫu › Đơn vị A › Đơn vị A1', 'a proposal tells its branch and month');
select test.as('secretary.2', 'PilotService/Propose'), chibo.propose_pilot(test.id('m2')), chibo.propose_pilot(test.id('m5')) \g /dev/null
select test.as('secretary.b', 'PilotService/Propose'), chibo.propose_pilot(test.id('m4')) \g /dev/null

select test.as('clerk.b', 'PilotService/Enrol') \g /dev/null
select is(test.refusal($$ select chibo.register_pilot(test.id('m1')) $$), 'not_found id', 'another ward registers none of them');
select is(test.refusal($$ select chibo.withdraw_pilot(test.id('m1'), 'b') $$), 'not_found id', 'nor withdraws one');
select chibo.register_pilot(test.id('m4')) \g /dev/null
select test.as('clerk', 'PilotService/Enrol') \g /dev/null
select chibo.register_pilot(test.id('m1')) \g /dev/null
select is((select concat_ws(' ', state, registered_by, rule_doc, version) from chibo.pilot_rows(test.id('m1'))),
	'registered Trần Thư Nghị quyết của cấp ủy cấp trên, nhiệm kỳ 2020–2025 2', 'the ward registers, by a rule that is kept');
select is(test.refusal($$ select chibo.register_pilot(test.id('m1')) $$), 'pilot_registered id', 'once');
select is(test.refusal($$ select chibo.register_pilot(test.id('m2')) $$), 'pilots_per_month id month=2022-06, max=1',
	'AT-38: a second one of the month is refused');
select lives_ok($$ select chibo.register_pilot(test.id('m3')) $$, 'not of another month');
select test.as('ward.head', 'PilotService/Withdraw') \g /dev/null
select is(test.refusal($$ select chibo.withdraw_pilot(test.id('m1'), ' ') $$), 'reason__text', 'a withdrawal has a reason');
select chibo.withdraw_pilot(test.id('m1'), 'Chưa chuẩn bị xong') \g /dev/null
select is(test.refusal($$ select chibo.register_pilot(test.id('m1')) $$), 'pilot_withdrawn id', 'a withdrawn one is over');
select is(test.refusal($$ select chibo.withdraw_pilot(test.id('m1'), 'b') $$), 'pilot_withdrawn id', 'once');
select lives_ok($$ select chibo.register_pilot(test.id('m2')) $$, 'and gives its place free');
-- the rule is data, of the day of registration
select test.as_superuser() \g /dev/null
select test.meeting('m8', 'A1') \g /dev/null
insert into chibo.pilot (id, unit_id, unit_pos, feed_id, committee_id, period_month, proposed_by)
select m.id, m.unit_id, m.unit_pos, m.feed_id, m.feed_id, m.period_month, test.id('person secretary') from chibo.meeting m where m.id = test.id('m8');
savepoint before_rule;
update chibo.rule_param set during = daterange(null, today()) where key = 'meeting.pilots_per_month';
select test.as('clerk', 'PilotService/Enrol') \g /dev/null
select is(test.refusal($$ select chibo.register_pilot(test.id('m8')) $$), 'pilots_per_month id month=2022-06, max=', 'without a rule none is registered');
select test.as_superuser() \g /dev/null
insert into chibo.rule_param (key, value, unit, during, legal_doc)
values ('meeting.pilots_per_month', '2', 'meetings', daterange(today(), null), 'NQ 03');
select test.as('clerk', 'PilotService/Enrol') \g /dev/null
select lives_ok($$ select chibo.register_pilot(test.id('m8')) $$, 'a newer rule allows two');
select is((select rule_doc from chibo.pilot_rows(test.id('m8'))), 'NQ 03', 'and is the one that is kept');
select test.as_superuser() \g /dev/null
rollback to before_rule;
-- whoever sees less than the organisation counts all of it
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
select test.id('grant clerk at A1'), test.id('person clerk'), 'WO', t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', now() from auth.tree t where t.unit_id = test.id('A1');
select test.enter('clerk', 'PilotService/Enrol', test.id('grant clerk at A1')) \g /dev/null
set local role chibo_app;
select is_empty($$ select from chibo.pilot_rows(test.id('m2')) $$, 'who acts in a branch does not see the next one''s');
select is(test.refusal($$ select chibo.register_pilot(test.id('m8')) $$), 'pilots_per_month id month=2022-06, max=1', 'which counts all the same');
select is(auth.pilots_in(test.id('A2'), '2022-06'), null, 'and whose figure does not come out');
-- two people
select test.as_superuser() \g /dev/null
update auth."grant" set ended_at = now() where id = test.id('grant clerk at A1');
update chibo.pilot set proposed_by = test.id('person clerk') where id = test.id('m5');
select test.as('clerk', 'PilotService/Enrol') \g /dev/null
select is(test.refusal($$ select chibo.register_pilot(test.id('m5')) $$), 'own_proposal id', 'nobody registers what he proposed');
select test.as_superuser() \g /dev/null
select is(test.refusal($$ update chibo.pilot set registered_by = proposed_by where id = test.id('m5') $$), 'id__own_proposal', 'whatever writes');
update chibo.meeting set state = 'prepared' where id = test.id('m5');
update chibo.meeting set state = 'notified' where id = test.id('m5');
update chibo.meeting set state = 'in_session', started_at = '2022-08-20 08:00+07' where id = test.id('m5');
select test.as('ward.head', 'PilotService/Enrol') \g /dev/null
select is(test.refusal($$ select chibo.register_pilot(test.id('m5')) $$), 'meeting_state id state=in_session', 'nor what has opened');
select test.as('secretary.2', 'PilotService/Propose') \g /dev/null
select is(test.refusal($$ select chibo.propose_pilot(test.id('m5')) $$), 'meeting_state id state=in_session', 'nor is that proposed');

-- ---- Delegates ----

select test.as('officer', 'PilotService/AssignDelegate') \g /dev/null
select is(test.refusal($$ select chibo.assign_delegate(test.id('d'), test.id('m6'), test.id('person dung'), 'Cán bộ') $$),
	'pilot_not_registered pilot_id', 'delegates go to what is registered');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d'), test.id('m1'), test.id('person dung'), 'Cán bộ') $$),
	'pilot_withdrawn pilot_id', 'not to what was withdrawn');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d'), test.id('m2'), test.id('nobody'), 'Cán bộ') $$),
	'not_found person_id', 'and are somebody');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d'), test.id('m2'), test.id('person chi'), 'Cán bộ') $$),
	'own_branch person_id', 'who is none of the branch');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d'), test.id('m2'), test.id('person dung'), ' ') $$),
	'capacity__text', 'and has a capacity');
select chibo.assign_delegate(test.id('d1'), test.id('m2'), test.id('person dung'), 'Trưởng Ban Nội chính') \g /dev/null
select is((select state || ' ' || delegate_count from chibo.pilot_rows(test.id('m2'))), 'delegates_assigned 1', 'so one is sent');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d2'), test.id('m2'), test.id('person dung'), 'Cán bộ') $$),
	'person_id__assigned', 'once to a meeting');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d1'), test.id('m2'), test.id('person an'), 'Cán bộ') $$),
	'pilot_delegate_id__id_taken', 'in an assignment of its own');
select lives_ok($$ select chibo.assign_delegate(test.id('d2'), test.id('m2'), test.id('person an'), 'Ủy viên'),
	chibo.assign_delegate(test.id('d3'), test.id('m3'), test.id('person dung'), 'Trưởng Ban Nội chính') $$,
	'a meeting gets several, and a delegate has several');
select is(test.refusal($$ select chibo.assign_delegate(test.id('d4'), test.id('m3'), test.id('person an'), 'Ủy viên') $$),
	'own_branch person_id', 'but not at home');
select test.as_superuser() \g /dev/null
insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select test.id('stay'), test.id('dung'), u.id, u.pos, u.feed_id, 'temporary', '[2022-01-01,2022-05-01)'
from chibo.unit u where u.id = test.id('A1');
insert into chibo.pilot (id, unit_id, unit_pos, feed_id, committee_id, period_month, state, proposed_by)
select m.id, m.unit_id, m.unit_pos, m.feed_id, m.feed_id, m.period_month, 'registered', test.id('person secretary') from chibo.meeting m where m.id = test.id('congress');
select test.as('officer', 'PilotService/AssignDelegate') \g /dev/null
select is(test.refusal($$ select chibo.check_delegate(p, test.id('person dung')) from chibo.pilot p where id = test.id('congress') $$), '',
	'a place that was over on the day does not matter');
select test.as_superuser() \g /dev/null
update chibo.membership set during = '[2022-01-01,)', kind = 'residential' where id = test.id('stay');
select test.as('officer', 'PilotService/AssignDelegate') \g /dev/null
select is(test.refusal($$ select chibo.check_delegate(p, test.id('person dung')) from chibo.pilot p where id = test.id('congress') $$), '',
	'nor does living there');
select test.as_superuser() \g /dev/null
update chibo.membership set kind = 'temporary' where id = test.id('stay');
select test.as('officer', 'PilotService/AssignDelegate') \g /dev/null
select is(test.refusal($$ select chibo.check_delegate(p, test.id('person dung')) from chibo.pilot p where id = test.id('congress') $$),
	'own_branch person_id', 'but a temporary place does');
select test.as_superuser() \g /dev/null
delete from chibo.pilot where id = test.id('congress');

-- ---- It follows its meeting ----

select test.as_superuser() \g /dev/null
update chibo.meeting set period_month = '2022-11' where id = test.id('m6');
select is((select period_month from chibo.pilot where id = test.id('m6')), '2022-11', 'a proposal moves with its month');
select is(test.refusal($$ update chibo.meeting set period_month = '2022-11' where id = test.id('m2') $$), 'pilot_registered period_month',
	'what is registered counts in its month');
select is(test.refusal($$ update chibo.meeting set kind = 'committee' where id = test.id('m6') $$), 'pilot_kind kind', 'a pilot stays of its kinds');
select lives_ok($$ update chibo.meeting set period_month = '2022-05', kind = 'extraordinary' where id = test.id('m1') $$,
	'which a withdrawn one does not mind');
update chibo.meeting set state = 'cancelled', reason = 'Mưa lũ' where id = test.id('m7');
select is(test.state('m7'), 'withdrawn', 'with its meeting it is cancelled');
select test.as('officer', 'PilotService/Comment') \g /dev/null
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), test.id('person dung'), 'Tốt', today()) $$),
	'pilot_not_held pilot_id', 'nobody comments on what is still to come');
select is(test.refusal($$ select chibo.publish_lessons(test.id('m2'), 'Bài học') $$), 'pilot_not_held id', 'nor learns from it');
select test.as_superuser() \g /dev/null
create function test.close(name text) returns void language plpgsql as $$
begin
	update chibo.meeting set state = 'prepared' where id = test.id(name);
	update chibo.meeting set state = 'notified' where id = test.id(name);
	update chibo.meeting set state = 'in_session', started_at = '2022-06-20 08:00+07' where id = test.id(name);
	update chibo.meeting set state = 'closed', ended_at = '2022-06-20 10:00+07' where id = test.id(name);
end
$$;
select test.close('m2'), test.close('m3'), test.close('m6') \g /dev/null
select is(concat_ws(' ', test.state('m2'), test.state('m3'), test.state('m6')), 'held held withdrawn',
	'with its meeting it is held; unregistered it was none');
select test.as('officer', 'PilotService/AssignDelegate') \g /dev/null
select is(test.refusal($$ select chibo.assign_delegate(test.id('d'), test.id('m2'), test.id('person clerk'), 'Cán bộ') $$),
	'pilot_held pilot_id', 'nobody is sent any more');
select test.as('clerk', 'PilotService/Withdraw') \g /dev/null
select is(test.refusal($$ select chibo.withdraw_pilot(test.id('m2'), 'b') $$), 'pilot_held id', 'nor is it withdrawn');
select is(test.refusal($$ select chibo.register_pilot(test.id('m2')) $$), 'meeting_closed id state=closed', 'nor registered');

-- ---- Comments and lessons ----

select test.as('head', 'PilotService/PublishLessons') \g /dev/null
select is(test.refusal($$ select chibo.publish_lessons(test.id('m2'), 'Bài học') $$), 'comment_missing id', 'lessons follow from comments');
select test.as('officer', 'PilotService/Comment') \g /dev/null
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), null, 'Tốt', today()) $$), 'not_delegate author_id',
	'who was not sent does not comment');
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m3'), test.id('person an'), 'Tốt', today()) $$),
	'not_delegate author_id', 'and who was sent elsewhere does not here');
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), test.id('person an'), '', today()) $$),
	'comment__text', 'a comment says something');
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), test.id('person an'), 'Tốt', today() + 1) $$),
	'not_future said_on value=' || iso(today() + 1), 'that was said');
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), test.id('person an'), 'Tốt', '2022-06-19') $$),
	'before_start said_on from_on=2022-06-20', 'after the meeting');
select chibo.comment_pilot(test.id('c1'), test.id('m2'), test.id('person an'), 'Cần thêm thảo luận', '2022-06-20') \g /dev/null
select is(test.state('m2'), 'after_action', 'an officer writes down what a delegate said');

select test.as_superuser() \g /dev/null
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at, meeting_id)
select test.id('grant delegate'), test.id('person secretary.b'), 'DG', t.unit_id, t.feed_id, '[2020-01-01,2999-01-01)', '2-QĐ', now(),
       test.id('m2')
from auth.tree t where t.unit_id = test.id('A2');
create function test.as_delegate(method text) returns void language plpgsql as $$
begin
	perform set_config('role', session_user, true);
	perform test.enter('secretary.b', method, test.id('grant delegate'));
	perform set_config('role', 'chibo_app', true);
end
$$;
select test.as_delegate('PilotService/Comment') \g /dev/null
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m5'), null, 'Tốt', today()) $$), 'not_found pilot_id',
	'a delegate has one meeting');
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), test.id('person an'), 'Tốt', today()) $$),
	'author_self author_id', 'and speaks for himself');
select lives_ok($$ select chibo.comment_pilot(test.id('c2'), test.id('m2'), null, 'Bí thư điều hành tốt', today()) $$, 'which he does');
select is(test.refusal($$ select chibo.comment_pilot(test.id('c2'), test.id('m2'), null, 'Tốt', today()) $$), 'pilot_comment_id__id_taken', 'once');
select test.as_delegate('PilotService/Get') \g /dev/null
select is((select string_agg(author_name, ', ' order by said_on) from chibo.pilot_comment), 'Nguyễn An, Trần Thư', 'both stand by name');
select isnt_empty($$ select from chibo.pilot_rows(test.id('m2')) $$, 'he reads his meeting''s');
select is_empty($$ select from chibo.pilot_rows(test.id('m5')) $$, 'and no other of the branch');
select is((select count(*) from chibo.pilot_page(null, null, null, null, null, 9)), 1::bigint, 'nor in a list');
select is_empty($$ select from chibo.plan_page(null, null, null, null, null, 9) $$, 'nor a plan');

select test.as('head', 'PilotService/PublishLessons') \g /dev/null
select is(test.refusal($$ select chibo.publish_lessons(test.id('m2'), '') $$), 'lessons__text', 'lessons say something');
select chibo.publish_lessons(test.id('m2'), 'Gửi tài liệu trước năm ngày') \g /dev/null
select is(test.refusal($$ select chibo.publish_lessons(test.id('m2'), 'Bài học') $$), 'lessons_published id', 'they are published once');
select test.as('officer', 'PilotService/Comment') \g /dev/null
select is(test.refusal($$ select chibo.comment_pilot(test.id('c'), test.id('m2'), test.id('person an'), 'Tốt', today()) $$),
	'lessons_published pilot_id', 'and end the talk');

-- who reads
select test.as('secretary', 'PilotService/List') \g /dev/null
select is((select count(*) from chibo.pilot_page(null, null, null, null, null, 9)), 5::bigint, 'a branch lists its own');
select is_empty($$ select from chibo.pilot_rows(test.id('m2')) $$, 'and no other''s');
select test.as('clerk', 'PilotService/List') \g /dev/null
select is((select count(*) from chibo.pilot_page(null, '2022-06', null, null, null, 9)), 3::bigint, 'a ward lists a month');
select is((select string_agg(lessons, ', ') from chibo.pilot_page(null, null, 'lessons_published', null, null, 9)), 'Gửi tài liệu trước năm ngày', 'a state');
select is((select count(*) from chibo.pilot_page(test.id('A2'), null, null, null, null, 9)), 2::bigint, 'a unit');
select is((select count(*) from chibo.pilot_page(null, null, null, null, null, 2) a), 2::bigint, 'a page');
select is((select count(distinct b.id) from (select * from chibo.pilot_page(null, null, null, null, null, 2) order by pos desc, id desc limit 1) a
	cross join lateral chibo.pilot_page(null, null, null, a.pos, a.id, 9) b), 5::bigint, 'and the next');
select test.as('officer', 'PilotService/Get') \g /dev/null
select is((select concat_ws(' ', delegate_count, comment_count, registered_by, published_by, lessons) from chibo.pilot_rows(test.id('m2'))),
	'2 2 Gửi tài liệu trước năm ngày', 'the district counts, without names');
select is_empty($$ select from chibo.pilot_delegate where chibo.reaches(unit_id, unit_pos, pilot_id) and chibo.sees_names() $$, 'and lists nobody');

-- ---- What stands without the policies ----

select test.as_superuser() \g /dev/null
alter table chibo.pilot disable row level security;
alter table chibo.plan disable row level security;
alter table chibo.meeting disable row level security;
select test.as('clerk.b', 'PilotService/Enrol') \g /dev/null
select is(test.refusal($$ select chibo.register_pilot(test.id('m8')) $$), 'not_found id', 'no pilot is registered from outside');
select is(test.refusal($$ select chibo.withdraw_pilot(test.id('m8'), 'b') $$), 'not_found id', 'nor withdrawn');
select is_empty($$ select from chibo.pilot_rows(test.id('m8')) union all select from chibo.plan_rows(test.id('plan')) $$, 'nor read');
select is((select count(*) from chibo.pilot_page(null, null, null, null, null, 9)), 1::bigint, 'nor listed');
select is_empty($$ select from chibo.plan_page(null, null, null, null, null, 9) $$, 'nor a plan');
select test.as('secretary', 'PilotService/Propose') \g /dev/null
select is(test.refusal($$ select chibo.propose_pilot(test.id('m4')) $$), 'not_found id', 'nor proposed');

-- ---- Every way from one state to another ----

select test.as_superuser() \g /dev/null
-- The pairs of states that a table lets pass, as the trigger judges them.
create function test.passes(entity text, target regclass, states text[], others jsonb) returns text language plpgsql as $$
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
				execute format('update %s set state = %L %s', target, v_from, others ->> v_from);
				execute format('alter table %s enable trigger user', target);
				execute format('update %s set state = %L %s', target, v_to, others ->> v_to);
				v_passed := v_passed || (v_from || '>' || v_to);
				raise exception using errcode = 'TEST1';
			exception when sqlstate 'TEST1' or sqlstate 'CB009' then
			end;
		end loop;
	end loop;
	return array_to_string(v_passed, ' ');
end
$$;
delete from chibo.plan_item;
delete from chibo.plan where id <> test.id('plan');
select is(test.passes('plan', 'chibo.plan', '{draft,sent,ended}',
	'{"draft": ", sent_at = null", "sent": ", sent_at = now()", "ended": ", sent_at = now()"}'), 'draft>sent sent>ended', 'a plan''s ways');
select is(test.passes('pilot', 'chibo.pilot', '{proposed,registered,delegates_assigned,held,after_action,lessons_published,withdrawn}',
	'{"proposed": ", published_at = null", "registered": ", published_at = null", "delegates_assigned": ", published_at = null",
	  "held": ", published_at = null", "after_action": ", published_at = null", "lessons_published": ", published_at = now()",
	  "withdrawn": ", published_at = null"}'),
	'proposed>registered proposed>withdrawn registered>delegates_assigned registered>held registered>withdrawn '
	'delegates_assigned>held delegates_assigned>withdrawn held>after_action after_action>lessons_published', 'a pilot''s ways');

select * from finish();
rollback;
