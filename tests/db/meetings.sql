-- The branch meeting: each step from the state before it alone, who takes it, the roll call, and what the rules remark.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(96);

create function test.at(clock text) returns timestamptz language sql immutable as $$
	select (clock || '+07')::timestamptz
$$;
create function test.state(name text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select m.state::text || ' ' || m.version from meeting m where m.id = test.id(name)
$$;
-- A regular meeting of A1, with its checklist.
create function test.plan_meeting(name text, kind text default 'regular', unit text default 'A1', month text default '2022-06',
                                  topic text default null, template text default null) returns void language sql as $$
	select chibo.create_meeting(test.id(name), test.id(unit), kind::chibo.meeting_kind, month, test.at(month || '-20 08:00'),
		'Nhà văn hóa', test.id('person an'), test.id('person binh'), topic, null, template)
$$;
-- Taken there by whoever acts now.
create function test.bring(name text, state text) returns void language plpgsql as $$
begin
	perform chibo.check_meeting(test.id(name), 'content_agreed'), chibo.prepare_meeting(test.id(name));
	if state in ('notified', 'in_session') then
		perform chibo.notify_meeting(test.id(name), '{}');
	end if;
	if state = 'in_session' then
		perform chibo.open_meeting(test.id(name), test.at('2022-06-20 08:00'));
	end if;
end
$$;
create function test.line(member text, state text, reason text default null, arrived text default null, gone text default null)
returns chibo.attendance_line language sql as $$
	select row(test.id(member), state, reason, test.at(arrived), test.at(gone))::chibo.attendance_line
$$;
create function test.remark(name text, rule text) returns text language sql as $$
	select concat_ws(' ', r.value, r.wanted, r.ok) from chibo.meeting_remarks(test.id(name)) r where r.rule = remark.rule
$$;
-- Past the minutes, as their own functions do it.
create function test.close(name text, ended text, seal boolean default true) returns void language plpgsql as $$
begin
	update chibo.meeting m set state = 'closed', ended_at = test.at(ended), version = version + 1 where m.id = test.id(name);
	insert into chibo.minutes (id, unit_id, unit_pos, feed_id, meeting_id, number, body, hash, adopted_at, chair_id, chair_name,
		clerk_id, clerk_name)
	select test.id('minutes ' || name), m.unit_id, m.unit_pos, m.feed_id, m.id, 1, 'x', sha256('x'), now(), m.chair_id, 'x',
	       m.clerk_id, 'y' from chibo.meeting m where m.id = test.id(name);
	if seal then
		update chibo.minutes x set state = 'sealed', chair_signed_at = now(), clerk_signed_at = now()
		where x.meeting_id = test.id(name);
	end if;
end
$$;
grant execute on all functions in schema test to public;

-- A1 gets further members: one who is away by transfer, one on probation; the district an officer; ward A a head.
select test.official('deputy', 'A1', 'BD'), test.official('officer', 'Q', 'DO'), test.official('ward.head', 'A', 'WS'),
	test.official('clerk.b', 'B', 'WO'), test.official('simple', 'A1', 'MB') \g /dev/null
select test.as_superuser() \g /dev/null
select test.member('em', 'A1', 'Em'), test.member('giang', 'A1', 'Giang', 'female'), test.member('hoa', 'A1', 'Hoa') \g /dev/null
insert into membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select test.id('away hoa'), test.id('hoa'), u.id, u.pos, u.feed_id, 'temporary', '[2022-01-01,2023-01-01)' from unit u where u.id = test.id('A2');

-- ---- Planning ----

select test.as('secretary', 'MeetingService/Create') \g /dev/null
select is(test.refusal($$ select test.plan_meeting('x', 'thematic') $$), 'topic__required', 'a thematic meeting has a topic');
select is(test.refusal($$ select test.plan_meeting('x', unit => 'A2') $$), 'not_found unit_id', 'a branch plans no meeting of the next one');
select is(test.refusal($$ select test.plan_meeting('x', template => 'la') $$), 'not_found template', 'a template is one of the list');
select is(test.refusal($$ select chibo.create_meeting(test.id('x'), test.id('A1'), 'regular', '2022-06', now(), null, test.id('person an'),
	test.id('person an'), null, null, null) $$), 'clerk_id__same_person', 'rule 5: the chair is not the clerk');
select is(test.refusal($$ select chibo.create_meeting(test.id('x'), test.id('A1'), 'regular', '2022-06', now(), null, test.id('person an'),
	test.id('person dung'), null, null, null) $$), 'not_found clerk_id', 'nor is somebody of another ward');
select is(test.refusal($$ select chibo.create_meeting(test.id('x'), test.id('A1'), 'regular', '2022-06', now(), null, test.id('person an'),
	test.id('person binh'), null, 'thơ', null) $$), 'unknown_code topic_tag list=topic, value=thơ', 'a topic has a tag of the list');
select test.plan_meeting('june'), test.plan_meeting('theme', 'thematic', topic => 'Phát triển đảng viên', template => 'chuyen-de') \g /dev/null
select is((select concat_ws(' ', chair, clerk, state, period_month, held_on, unit_path) from chibo.meeting_record(test.id('june'))),
	'Nguyễn An Nguyễn Bình planned 2022-06 Đảng bộ mẫu › Đơn vị A › Đơn vị A1', 'names are as on the day');
select is((select count(*) from checklist_item where meeting_id = test.id('june')), 5::bigint, 'the checklist of a regular meeting');
select is((select count(*) from checklist_item where meeting_id = test.id('theme')), 7::bigint, 'a theme has an author and an approved draft');
select ok((select count(*) > 3 from agenda_item where meeting_id = test.id('theme')), 'the agenda comes from the template');
select is(test.refusal($$ select test.plan_meeting('june') $$), 'meeting_id__id_taken', 'planned once');

select is(test.refusal($$ select chibo.update_meeting(test.id('june'), 7, '{place}', null, null, 'Trường', null, null, null, null, null) $$),
	'conflict base_version version=1', 'who changes it knows its version');
select is(test.refusal($$ select chibo.update_meeting(test.id('june'), 1, '{}', null, null, null, null, null, null, null, null) $$),
	'required update_mask', 'and names what changes');
select is(test.refusal($$ select chibo.update_meeting(test.id('june'), 1, '{state}', null, null, null, null, null, null, null, null) $$),
	'unknown_field update_mask value=state', 'of what may change');
select chibo.update_meeting(test.id('june'), 1, '{place}', null, null, 'Trường', null, null, null, null, null) \g /dev/null
select is((select concat_ws(' ', place, chair, version) from chibo.meeting_record(test.id('june'))), 'Trường Nguyễn An 2', 'alone');

select is(test.refusal($$ select chibo.set_agenda(test.id('june'), 2, array[row(1, 'hát', 'Hát', null, null, null, null)::chibo.agenda_line]) $$),
	'unknown_code lines list=agenda_item, value=hát', 'an item is of a kind');
select is(test.refusal($$ select chibo.set_agenda(test.id('june'), 2, array[row(1, 'theme', 'a', null, null, null, null),
	row(1, 'theme', 'b', null, null, null, null)]::chibo.agenda_line[]) $$), 'item_no__twice__agenda_item', 'no number occurs twice');
select test.candidate('c', 'A1', 'giang'), test.candidate('c2', 'A2') \g /dev/null
insert into admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by)
select test.id('case'), c.id, c.unit_id, c.unit_pos, c.feed_id, '2022-01-01', test.id('person an') from candidate c where c.id = test.id('c');
select is(test.refusal($$ select chibo.set_agenda(test.id('june'), 2, array[row(1, 'candidate_review', 'a', null, null, test.id('c2'), null)::chibo.agenda_line]) $$),
	'not_found lines', 'whom an item is about belongs to the branch');
select chibo.set_agenda(test.id('june'), 2, array[row(null, 'opening', 'Mở đầu', null, 5, null, null),
	row(null, 'ceremony', 'Lễ kết nạp', 'An', 30, null, test.id('case'))]::chibo.agenda_line[]) \g /dev/null
select is((select string_agg(concat_ws(' ', item_no, kind, admission_case_id = test.id('case')), ', ' order by item_no) from agenda_item
	where meeting_id = test.id('june')), '1 opening, 2 ceremony t', 'AT-42: a ceremony is an item of the meeting, bound to its case');

-- ---- Each step from the state before it ----

select is(test.refusal($$ select chibo.check_meeting(test.id('june'), 'hát') $$), 'not_found code', 'a step of the list is ticked');
select is(test.refusal($$ select chibo.prepare_meeting(test.id('june')) $$), 'checklist_open id code=content_agreed', 'content first');
select is(test.refusal($$ select chibo.notify_meeting(test.id('june'), '{}') $$), 'meeting_state id state=planned', 'then the invitation');
select is(test.refusal($$ select chibo.open_meeting(test.id('june'), test.at('2022-06-20 08:00')) $$), 'meeting_state id state=planned', 'then the opening');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), '{}', 'present') $$), 'meeting_state id state=planned', 'then the roll call');
select is(test.refusal($$ select chibo.submit_meeting(test.id('june')) $$), 'meeting_state id state=planned', 'nothing unheld goes upward');
select chibo.check_meeting(test.id('june'), 'content_agreed') \g /dev/null
select is((select done_by from checklist_item where meeting_id = test.id('june') and code = 'content_agreed'), test.id('person secretary'), 'who ticked is kept');
select chibo.prepare_meeting(test.id('june')) \g /dev/null
select is(test.refusal($$ select chibo.prepare_meeting(test.id('june')) $$), 'meeting_state id state=prepared', 'prepared once');
select is(test.refusal($$ select chibo.notify_meeting(test.id('june'), array[row('Giấy mời', 'A', now() + interval '1 day')::chibo.paper_line]) $$),
	'not_future sent_at_us value=' || chibo.iso(chibo.today() + 1), 'no paper was sent tomorrow');
select chibo.notify_meeting(test.id('june'), array[row('Dự thảo', '5 đảng viên', test.at('2022-06-10 09:00'))::chibo.paper_line]) \g /dev/null
select is((select string_agg(code, ' ' order by code) from checklist_item where meeting_id = test.id('june') and done_at is not null),
	'content_agreed members_notified papers_sent', 'what was sent is ticked');
select is(test.refusal($$ select chibo.notify_meeting(test.id('june'), '{}') $$), 'required papers', 'called once');
select chibo.notify_meeting(test.id('june'), array[row('Phụ lục', '5 đảng viên', test.at('2022-06-11 09:00'))::chibo.paper_line]) \g /dev/null
select is((select count(*) from paper where meeting_id = test.id('june')), 2::bigint, 'a paper may follow');
select is(test.refusal($$ select chibo.open_meeting(test.id('june'), now() + interval '1 hour') $$),
	'not_future started_at_us value=' || chibo.iso(chibo.day_of(now() + interval '1 hour')), 'nothing opens in the future');
select is(test.refusal($$ select chibo.set_agenda(test.id('june'), 1, '{}') $$), 'conflict base_version version=' ||
	(select version from chibo.meeting where id = test.id('june')), 'each step raised the version');
select chibo.open_meeting(test.id('june'), test.at('2022-07-01 08:00')) \g /dev/null
select is((select concat_ws(' ', state, period_month, held_on, members_due, not_recorded) from chibo.meeting_record(test.id('june'))),
	'in_session 2022-06 2022-07-01 4 5', 'AT-22: of June, held on 1 July; whom a transfer keeps away is not due');
select is(test.refusal($$ select chibo.open_meeting(test.id('june'), now()) $$), 'meeting_state id state=in_session', 'opened once');
select is(test.refusal($$ select chibo.cancel_meeting(test.id('june'), 'Bão') $$), 'meeting_state id state=in_session', 'what goes on is not cancelled');
select is(test.refusal($$ select chibo.update_meeting(test.id('june'), (select version from chibo.meeting where id = test.id('june')), '{place}',
	null, null, 'x', null, null, null, null, null) $$), 'meeting_state id state=in_session', 'nor planned anew');

-- ---- Guests ----

select is(test.refusal($$ select chibo.add_guest(test.id('g'), test.id('june'), 'delegate', test.id('person dung'), null, 'Phó ban', null) $$),
	'not_found person_id', 'whose record lies elsewhere is like nobody');
select is(test.refusal($$ select chibo.add_guest(test.id('g'), test.id('june'), 'other', null, null, 'Phó ban', null) $$),
	'required full_name', 'a guest has a name');
select is(test.refusal($$ select chibo.add_guest(test.id('g'), test.id('june'), 'other', null, 'Ông Mẫu', ' ', null) $$), 'capacity__text',
	'and a capacity');
select test.as_superuser() \g /dev/null
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at, meeting_id)
select test.id('grant dg'), test.id('person dung'), 'DG', t.unit_id, t.feed_id, '[2020-01-01,2099-01-01)', '2-QĐ', now(), test.id('june')
from auth.tree t where t.unit_id = test.id('A1');
select test.as('secretary', 'MeetingService/AddGuest') \g /dev/null
select chibo.add_guest(test.id('g'), test.id('june'), 'delegate', test.id('person dung'), 'Tên Khác', 'Phó Trưởng ban Dân vận', 'Thị ủy') \g /dev/null
select is((select full_name from guest where id = test.id('g')), 'Nguyễn Dũng', 'but for whoever has a grant for this very meeting');
select is(test.refusal($$ select chibo.add_guest(test.id('g2'), test.id('june'), 'delegate', test.id('person dung'), null, 'x', null) $$),
	'person_id__twice', 'a person is one guest');
select is(test.refusal($$ select chibo.add_guest(test.id('g2'), test.id('theme'), 'delegate', test.id('person dung'), null, 'x', null) $$),
	'not_found person_id', 'and of the other meeting he is none');
select chibo.add_guest(test.id('g3'), test.id('june'), 'other', test.id('person em'), null, 'Trưởng khối', null),
	chibo.add_guest(test.id('g4'), test.id('theme'), 'other', test.id('person em'), null, 'Khối trưởng khối 5', null) \g /dev/null
select is((select string_agg(capacity, ', ' order by capacity) from guest where person_id = test.id('person em')), 'Khối trưởng khối 5, Trưởng khối',
	'AT-03: one person, two wordings');
select chibo.comment_guest(test.id('june'), test.id('g'), 'Chuẩn bị kỹ') \g /dev/null
select is((select comment from guest where id = test.id('g')), 'Chuẩn bị kỹ', 'what he said');
select is(test.refusal($$ select chibo.comment_guest(test.id('theme'), test.id('g4'), 'x') $$), 'meeting_state meeting_id state=planned', 'on the day');
select is(test.refusal($$ select chibo.comment_guest(test.id('june'), test.id('g4'), 'x') $$), 'not_found guest_id', 'at this meeting');

-- ---- Roll call ----

select is(test.refusal($$ select chibo.record_attendance(test.id('june'), '{}', null) $$), 'required lines', 'a roll call has lines');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), array[test.line('chi', 'present')], null) $$), 'not_on_roll lines count=1',
	'of members on the roll of the day');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), array[test.line('em', 'excused')], null) $$), 'reason__required',
	'who is excused has a reason');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), array[test.line('em', 'unexcused', null, '2022-07-01 08:10')], null) $$),
	'arrived_at__absent', 'who did not come did not arrive');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), array[test.line('em', 'present', null, '2022-07-01 09:10', '2022-07-01 09:00')], null) $$),
	'left_at__before_arrival', 'nobody leaves before he comes');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), array[test.line('em', 'present'), test.line('em', 'present')], null) $$),
	'member_id__twice', 'each is called once');
select chibo.record_attendance(test.id('june'), array[test.line('em', 'excused', 'ốm'), test.line('giang', 'present', null, '2022-07-01 08:30',
	'2022-07-01 09:30')], 'present') \g /dev/null
select is((select concat_ws(' ', members_due, present, excused, unexcused, not_recorded, attendance_pct) from chibo.meeting_record(test.id('june'))),
	'4 3 1 0 0 75.0', 'all are called');
select chibo.record_attendance(test.id('june'), array[test.line('em', 'exempt')], null) \g /dev/null
select is((select concat_ws(' ', state, reason) from attendance where member_id = test.id('em')), 'exempt', 'a new line replaces the old one');
select is((select concat_ws(' ', members_due, present, attendance_pct) from chibo.meeting_record(test.id('june'))), '3 3 100.0',
	'who is exempt and stays away is not due');
select is((select string_agg(concat_ws('/', x.present, x.eligible), ' ' order by c) from unnest('{08:29,08:30,09:29,09:30}'::text[]) c,
	chibo.roll_at(test.id('june'), test.at('2022-07-01 ' || c)) x), '2/3 3/3 3/3 2/3', 'who is there at an instant');
select is((select array_agg(full_name) from chibo.meeting_attendance(test.id('june'))),
	'{Nguyễn An,Nguyễn Bình,Nguyễn Em,Nguyễn Giang,Nguyễn Hoa}', 'in the order of a list of members');

-- ---- What was said ----

select is(test.refusal($$ select chibo.add_speech(test.id('s'), test.id('june'), null, 'Ông Mẫu', null, 'x', test.at('2022-07-01 07:59')) $$),
	'outside_session spoken_at_us', 'nobody speaks before it opens');
select is(test.refusal($$ select chibo.add_speech(test.id('s'), test.id('june'), null, null, null, 'x', now()) $$), 'required speaker', 'somebody speaks');
select is(test.refusal($$ select chibo.add_speech(test.id('s'), test.id('june'), test.id('chi'), null, null, 'x', now()) $$), 'not_on_roll member_id', 'of the branch');
select is(test.refusal($$ select chibo.add_speech(test.id('s'), test.id('june'), null, 'Ông Mẫu', 9, 'x', now()) $$), 'not_found item_no', 'on an item of the agenda');
select chibo.add_speech(test.id('s'), test.id('june'), test.id('giang'), null, 2, 'Đồng ý', test.at('2022-07-01 08:40')),
	chibo.add_speech(test.id('s2'), test.id('june'), test.id('giang'), null, null, 'Bổ sung', test.at('2022-07-01 08:50')) \g /dev/null
select is(test.remark('june', 'speakers'), '1 1 t', 'one speaker, however often');
select is(test.refusal($$ select chibo.report_candidate(test.id('r'), test.id('june'), test.id('c'), test.id('an'), null, 'a', 'b', null) $$),
	'not_mentor mentor_id', 'only who helps him reports');
select chibo.report_candidate(test.id('r'), test.id('june'), test.id('c'), test.id('giang'), null, 'Nhiệt tình', 'Ít giờ', 'Tiếp tục') \g /dev/null
select is((select concat_ws(' ', month, mentor_name, strengths) from mentor_report), '2022-06 Nguyễn Giang Nhiệt tình', 'AT-35: a report of the month');
select is(test.refusal($$ select chibo.report_candidate(test.id('r2'), test.id('june'), test.id('c'), test.id('giang'), null, 'a', 'b', null) $$),
	'month__reported', 'one in a month');
select chibo.conclude_meeting(test.id('june'), (select version from chibo.meeting where id = test.id('june')), 'Thống nhất') \g /dev/null

-- ---- Remarks ----

select is(array(select concat_ws(' ', r.value, r.wanted, r.ok) from (values (18, 15), (18, 16), (20, 17), (20, 18), (0, 0)) x (due, present)
	left join lateral chibo.attendance_remark('2021-11-06', due, present) r on true), '{15/18 16/18 f,16/18 16/18 t,17/20 18/20 f,18/20 18/20 t,""}',
	'above 85 %: 16 of 18; 17 of 20 is exactly 85.0 % and fails; of nobody nothing is asked');
select is((select rule from chibo.attendance_remark('2018-07-05', 18, 16)), null, 'no rule before its day');
select is(test.remark('june', 'period_window'), '2022-07-01 2022-05-27…2022-07-15 t', 'AT-22: 1 July lies within the days of June');
select is(test.remark('june', 'papers_before'), '2 1 t', 'AT-43: papers beforehand');
select is(test.remark('june', 'unexcused'), '0 0 t', 'nobody was missing without a word');
select is(test.remark('june', 'min_minutes'), null, 'how long it took is known at the end');

-- ---- Who sees what ----

select test.as('simple', 'MeetingService/Get') \g /dev/null
select is((select chair from chibo.meeting_record(test.id('june'))), 'Nguyễn An', 'a member reads the meetings of his branch');
select test.as('officer', 'MeetingService/Get') \g /dev/null
select is((select concat_ws('|', members_due, present, chair, clerk, conclusion) from chibo.meeting_record(test.id('june'))), '3|3', 'a masked reader gets counts');
select is((select count(*) from chibo.meeting_attendance(test.id('june'))), 0::bigint, 'and no names');
select is(test.remark('june', 'attendance_pct'), '3/3 3/3 t', 'and what the rules remark');
select test.as('clerk.b', 'MeetingService/Get') \g /dev/null
select is((select count(*) from chibo.meeting_record(test.id('june'))) + (select count(*) from chibo.meeting_remarks(test.id('june'))), 0::bigint,
	'another ward gets nothing');
select test.as('clerk', 'MeetingService/Open') \g /dev/null
select is(test.refusal($$ select chibo.set_agenda(test.id('theme'), 1, '{}') $$), 'not_found id', 'the ward''s office writes its own unit''s meetings alone');

-- ---- Upward ----

select test.as_superuser() \g /dev/null
select test.close('june', '2022-07-01 09:29:59', false) \g /dev/null
select test.as('secretary', 'MeetingService/Submit') \g /dev/null
select is(test.remark('june', 'min_minutes'), '89 90 f', 'a minute that is not over does not count');
select is(test.refusal($$ select chibo.record_attendance(test.id('june'), '{}', 'present') $$), 'meeting_closed id state=closed', 'what is closed stays');
select is(test.refusal($$ select chibo.submit_meeting(test.id('june')) $$), 'minutes_unsigned id', 'both sign before it goes upward');
select test.as_superuser() \g /dev/null
update minutes x set state = 'sealed', chair_signed_at = now(), clerk_signed_at = now() where x.meeting_id = test.id('june');
select test.as('clerk', 'MeetingService/Acknowledge') \g /dev/null
select is(test.refusal($$ select chibo.acknowledge_meeting(test.id('june')) $$), 'meeting_state id state=closed', 'nothing is received that was not sent');
select test.as('secretary', 'MeetingService/Submit') \g /dev/null
select chibo.submit_meeting(test.id('june')) \g /dev/null
select is(test.refusal($$ select chibo.submit_meeting(test.id('june')) $$), 'meeting_state id state=submitted', 'sent once');
select test.as('officer', 'MeetingService/Acknowledge') \g /dev/null
select chibo.return_meeting(test.id('june'), 'Thiếu danh sách') \g /dev/null
select is((select concat_ws('|', state, chair, reason) from chibo.meeting_record(test.id('june'), auth.reads_meetings_whole())), 'closed',
	'sent back by the district, which still gets no names');
select test.as('secretary', 'MeetingService/Submit') \g /dev/null
select is((select reason from chibo.meeting_record(test.id('june'))), 'Thiếu danh sách', 'the branch reads why');
select chibo.submit_meeting(test.id('june')) \g /dev/null
select test.as_superuser() \g /dev/null
update meeting set submitted_by = test.id('person clerk') where id = test.id('june');
select test.as('clerk', 'MeetingService/Acknowledge') \g /dev/null
select is(test.refusal($$ select chibo.acknowledge_meeting(test.id('june')) $$), 'own_proposal id', 'rule 1: who sent it does not receive it');
select test.as_superuser() \g /dev/null
update meeting set submitted_by = test.id('person secretary') where id = test.id('june');
update auth."grant" set unit_id = test.id('A1'), feed_id = test.id('A') where id = test.id('grant clerk.b');
select test.as('clerk.b', 'MeetingService/Acknowledge') \g /dev/null
select is(test.refusal($$ select chibo.acknowledge_meeting(test.id('june')) $$), 'own_unit id', 'nor does its own unit');
select test.as('clerk', 'MeetingService/Acknowledge') \g /dev/null
select chibo.acknowledge_meeting(test.id('june')) \g /dev/null
select is((select concat_ws('|', state, chair) from chibo.meeting_record(test.id('june'), auth.reads_meetings_whole())), 'acknowledged|Nguyễn An',
	'the ward received it, and reads names');
select is(test.refusal($$ select chibo.return_meeting(test.id('june'), 'x') $$), 'meeting_state id state=acknowledged', 'then it is done');

-- ---- Cancelled, and every other way ----

select test.as('deputy', 'MeetingService/Cancel') \g /dev/null
select is(test.refusal($$ select chibo.cancel_meeting(test.id('theme'), ' ') $$), 'reason__text', 'cancelled with a reason');
select chibo.cancel_meeting(test.id('theme'), 'Bão') \g /dev/null
select is(test.refusal($$ select chibo.prepare_meeting(test.id('theme')) $$), 'meeting_state id state=cancelled', 'what is cancelled does not go on');
select test.as_superuser() \g /dev/null
select test.meeting('pair', 'A1') \g /dev/null
alter table meeting disable trigger keep_closed;
create function test.ways() returns setof text language plpgsql as $$
declare
	f text;
	t text;
begin
	for f, t in select a, b from unnest(enum_range(null::meeting_state)) a, unnest(enum_range(null::meeting_state)) b where a <> b loop
		perform set_config('session_replication_role', 'replica', true);
		update meeting set state = f::meeting_state, started_at = case when f in ('in_session', 'closed', 'submitted', 'acknowledged')
			then now() - interval '2 hours' end, ended_at = case when f in ('closed', 'submitted', 'acknowledged') then now() end
		where id = test.id('pair');
		perform set_config('session_replication_role', 'origin', true);
		if test.refusal(format($u$ update chibo.meeting set state = %L, started_at = case when %L in ('in_session', 'closed', 'submitted',
			'acknowledged') then now() - interval '2 hours' end, ended_at = case when %L in ('closed', 'submitted', 'acknowledged') then now() end
			where id = test.id('pair') $u$, t, t, t)) = '' then
			return next f || ' ' || t;
		end if;
	end loop;
end
$$;
select set_eq('select test.ways()', $$ values ('planned prepared'), ('prepared notified'), ('notified in_session'), ('in_session closed'),
	('closed submitted'), ('submitted acknowledged'), ('submitted closed'), ('prepared planned'), ('notified prepared'),
	('planned cancelled'), ('prepared cancelled'), ('notified cancelled') $$, 'of 56 pairs of states twelve are ways');

-- ---- Absent in a row ----

select test.as_superuser() \g /dev/null
alter table meeting enable trigger keep_closed;
do $$
begin
	for n in 1 .. 4 loop
		perform test.meeting('row ' || n, 'A1', 'regular', '2023-0' || n);
		update chibo.meeting m set state = 'prepared' where m.id = test.id('row ' || n);
		update chibo.meeting m set state = 'notified' where m.id = test.id('row ' || n);
		update chibo.meeting m set state = 'in_session', started_at = m.planned_at where m.id = test.id('row ' || n);
		insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state, reason)
		select m.id, x.id, m.unit_id, m.unit_pos, 'x', 'x', 'full', false, x.state::chibo.attendance_state, 'ốm'
		from chibo.meeting m, (values (test.id('em'), 'excused'), (test.id('giang'), case n when 2 then 'present' else 'excused' end)) x (id, state)
		where m.id = test.id('row ' || n);
	end loop;
end
$$;
select test.as('secretary', 'MeetingService/Get') \g /dev/null
select is(array[test.remark('row 3', 'excused_in_a_row'), test.remark('row 4', 'excused_in_a_row')], '{0 0 t,1 0 f}',
	'three times in a row is allowed, a fourth time is remarked');

-- ---- Lists ----

select is((select string_agg(period_month || ' ' || state, ', ') from chibo.meeting_rows(null, '2022-06', '2023-02', null, null, null, null, null, 9)),
	(select string_agg(period_month || ' ' || state, ', ' order by period_month desc, unit_pos, id) from meeting
	 where period_month between '2022-06' and '2023-02'), 'the newest month first');
select is((select count(*) from (select * from chibo.meeting_rows(null, null, null, null, null, null, null, null, 3)) first
	full join (select r.* from (select * from chibo.meeting_rows(null, null, null, null, null, null, null, null, 3) order by period_month, pos desc, id desc
		limit 1) p, chibo.meeting_rows(null, null, null, null, null, p.period_month, p.pos, p.id, 9) r) rest using (id)),
	(select count(*) from meeting), 'a page follows the last');
select is((select count(*) from chibo.meeting_rows(test.id('A1'), null, null, 'thematic', 'cancelled', null, null, null, 9)), 1::bigint, 'by kind and state');

select * from finish();
rollback;
