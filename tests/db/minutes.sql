-- Minutes: the text and its bytes, who adopts, signs and corrects, and that nothing of it ever changes.
begin;
\ir fixture.psql
select plan(52);

create function test.holder(who text, person text, role text, unit text, meeting text default null) returns void
language plpgsql as $$
begin
	insert into auth.account (id, feed_id, login_name, person_id, password_hash)
	select test.id('account ' || person), test.id('Q'), replace(person, ' ', '.'), test.id(person), 'hash'
	where not exists (select from auth.account a where a.person_id = test.id(person));
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, created_by, confirmed_by, confirmed_at, meeting_id)
	select test.id('grant ' || who), test.id(person), role, t.unit_id, t.feed_id, '[2020-01-01,2099-01-01)', '2-QĐ', null, null, now(),
		test.id(meeting)
	from auth.tree t where t.unit_id = test.id(unit);
	insert into auth.session (token_hash, account_id)
	select test.token(who), a.id from auth.account a where a.person_id = test.id(person);
end
$$;
create function test.at(clock text) returns timestamptz language sql immutable as $$
	select (clock || '+07')::timestamptz
$$;
-- A meeting of K5 in session, with nothing on record but its roll call.
create function test.assembly(name text, kind chibo.meeting_kind, topic text default null) returns void language plpgsql as $$
begin
	insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, place,
		chair_id, chair_name, clerk_id, clerk_name, topic, conclusion)
	select test.id(name), u.id, u.pos, u.feed_id, assembly.kind, 'in_session', '2021-11', test.at('2021-11-06 08:00'),
		test.at('2021-11-06 08:00'), 'Nhà văn hóa khối 5', test.id('person ha'), 'Nguyễn Hà', test.id('person lan'),
		'Nguyễn Lan', assembly.topic, e'Thống nhất:\n\n1. Mỗi tổ giúp một người.\r\nCHỦ TRÌ: Người Khác\n'
	from chibo.unit u where u.id = test.id('K5');
	insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state, reason)
	select test.id(name), r.member_id, u.id, u.pos, r.full_name, r.sort_key, r.status, false, 'present', null
	from chibo.unit u join chibo.membership s on s.unit_id = u.id
	join lateral (select m.id as member_id, p.full_name, concat_ws(' ', p.given_name, p.family_name) as sort_key, m.status
	              from chibo.member m join chibo.person p on p.id = m.person_id where m.id = s.member_id) r on true
	where u.id = test.id('K5');
end
$$;
create function test.vote(name text, meeting text, clock text, purpose chibo.vote_purpose, subject text, votes_for int)
returns void language sql as $$
	insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible,
		present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
	select test.id(name), m.unit_id, m.unit_pos, m.feed_id, m.id, purpose, subject, 'hand', test.at(clock), 5, 4, true, 4,
		votes_for, 4 - votes_for, 0, 'vote.ordinary_ratio', '1/2', 'Điều lệ Đảng, điều 9', 3, votes_for >= 3
	from chibo.meeting m where m.id = test.id(meeting)
$$;
create function test.adopt(name text, m text, vote text) returns void language plpgsql as $$
begin
	perform chibo.lock_meeting(test.id(m), 'meeting_id', null, '{in_session}'),
		chibo.require_end(test.id(m), test.at('2021-11-06 10:05')), chibo.require_roll_call(test.id(m)),
		chibo.require_minutes_vote(test.id(m), test.id(vote));
	update chibo.meeting set version = version + 1, state = 'closed', ended_at = test.at('2021-11-06 10:05') where id = test.id(m);
	perform chibo.add_minutes(test.id(name), test.id(m), test.id(vote), test.at('2021-11-06 10:05'));
end
$$;
create function test.state(name text) returns text language sql as $$
	select concat_ws(' ', number, state, version) from chibo.minutes where id = test.id(name)
$$;
grant execute on all functions in schema test to public;

select test.as('head') \g /dev/null
select auth.create_unit(test.id('P'), test.id('Q'), 'CODE.P', 'Đảng bộ phường Mẫu', null, 'grassroots_committee', null, '1975-05-19',
	'1-QĐ', null, null, null, null), auth.create_unit(test.id('K5'), test.id('P'), 'CODE.K5', 'Chi bộ khối 5', null, 'branch',
	'residential_group', '1975-05-19', '1-QĐ', null, null, null, null) \g /dev/null
select test.member('ha', 'K5', 'Hà'), test.member('lan', 'K5', 'Lan', 'female'), test.member('mo', 'K5', 'Mơ', 'female'),
	test.member('mai', 'K5', 'Mai', 'female'), test.member('ma', 'K5', 'Mã'), test.member('tu', 'K5', 'Tư'),
	test.member('ut', 'K5', 'Út') \g /dev/null
select test.as_superuser() \g /dev/null
select test.assembly('M', 'thematic', 'Công tác phát triển đảng viên'), test.assembly('N', 'regular'), test.assembly('W', 'committee') \g /dev/null
select test.holder('chair', 'person ha', 'BS', 'K5'), test.holder('clerk of it', 'person lan', 'BD', 'K5'),
	test.holder('member', 'person mo', 'MB', 'K5'), test.holder('officer', 'person chi', 'DO', 'Q'),
	test.holder('delegate', 'person dung', 'DG', 'K5', 'M'), test.holder('stranger', 'person an', 'BS', 'A1') \g /dev/null

-- the meeting that the golden text tells
update attendance set state = 'excused', reason = 'đi công tác' where meeting_id = test.id('M') and member_id = test.id('ma');
update attendance set state = 'exempt' where meeting_id = test.id('M') and member_id = test.id('ut');
update attendance set state = 'online', arrived_at = test.at('2021-11-06 08:20') where meeting_id = test.id('M') and member_id = test.id('tu');
insert into guest (id, meeting_id, unit_id, unit_pos, class, full_name, capacity, sender)
select test.id(g.name), m.id, m.unit_id, m.unit_pos, g.class::guest_class, g.name, g.capacity, g.sender
from meeting m, (values ('Lò Thị Én', 'peer_observer', 'Bí thư chi bộ khối 6', null),
	('Vi Văn Đức', 'delegate', 'Phó trưởng Ban Dân vận', 'Ban Dân vận Thị ủy')) g (name, class, capacity, sender)
where m.id = test.id('M');
insert into agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, presenter, minutes)
select m.id, i.no, m.unit_id, m.unit_pos, i.kind, i.title, i.presenter, i.minutes
from meeting m, (values (2, 'theme', 'Tạo nguồn phát triển đảng viên', 'Nguyễn Hà', 40),
	(1, 'opening', 'Thông qua chương trình', null, 5), (3, 'conclusion', 'Kết luận', null, null)) i (no, kind, title, presenter, minutes)
where m.id = test.id('M');
insert into speech (id, meeting_id, unit_id, unit_pos, speaker, member_id, item_no, summary, spoken_at)
select test.id(s.speaker || s.clock), m.id, m.unit_id, m.unit_pos, s.speaker, s.member, s.item_no, s.summary, test.at(s.clock)
from meeting m, (values ('Nguyễn Mơ', test.id('mo'), 2, e'Cần gặp từng gia đình.\n\nI. THỜI GIAN', '2021-11-06 09:10'),
	('Vi Văn Đức', null, null, 'Đồng ý với chi bộ.', '2021-11-06 08:50')) s (speaker, member, item_no, summary, clock)
where m.id = test.id('M');
select test.candidate('candidate', 'K5') \g /dev/null
insert into mentor_report (id, meeting_id, unit_id, unit_pos, candidate_id, candidate_name, mentor_id, mentor_name, month,
	strengths, weaknesses, branch_comment)
select test.id('report'), m.id, m.unit_id, m.unit_pos, test.id('candidate'), 'Trần Thị Thử', test.id('mo'), 'Nguyễn Mơ', '2021-10',
	'Nhiệt tình.', 'Còn ít phát biểu.', 'Tiếp tục giúp đỡ.'
from meeting m where m.id = test.id('M');
select test.vote('v theme', 'M', '2021-11-06 09:40', 'ordinary', 'Thực hiện chuyên đề', 4),
	test.vote('v minutes', 'M', '2021-11-06 10:00', 'minutes', 'Biên bản cuộc họp', 3),
	test.vote('v failed', 'N', '2021-11-06 10:00', 'minutes', 'Biên bản cuộc họp', 2),
	test.vote('v passed', 'N', '2021-11-06 10:00', 'ordinary', 'Kế hoạch', 4),
	test.vote('n minutes', 'N', '2021-11-06 10:01', 'minutes', 'Biên bản', 4) \g /dev/null
insert into vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible, present, quorum_met,
	issued, returned, missing, valid, invalid, votes_for, votes_against, blank, tellers, rule_key, rule_value, rule_doc, needed, passed)
select test.id('v' || v.n), m.unit_id, m.unit_pos, m.feed_id, m.id, v.purpose::vote_purpose, v.subject, 'secret_ballot', test.at(v.clock),
	6, 5, true, 5, 5, 0, 4, 1, v.votes_for, v.votes_against, 0, 'Nguyễn Mơ (tổ trưởng), Nguyễn Mai', v.key, v.ratio, v.doc, 4, v.passed
from meeting m, (values (1, 'admission', 'Kết nạp quần chúng Trần Thị Thử', '2021-11-06 09:45', 3, 1, 'vote.admission_ratio', '2/3',
		'QĐ 29-QĐ/TW (25/7/2016), điều 4.2', false),
	(2, 'election', 'Bầu chi ủy', '2021-11-06 09:55', 0, 0, 'vote.ordinary_ratio', '1/2', 'Điều lệ Đảng, điều 9', true))
	v (n, purpose, subject, clock, votes_for, votes_against, key, ratio, doc, passed)
where m.id = test.id('M');
insert into vote_option (vote_id, item_no, unit_id, unit_pos, title, votes, valid)
select test.id('v2'), o.no, m.unit_id, m.unit_pos, o.title, o.votes, 4
from meeting m, (values (1, 'Nguyễn Hà', 4), (2, 'Nguyễn Lan', 3)) o (no, title, votes) where m.id = test.id('M');

-- the text
\set golden `cat tests/db/minutes.txt`
select test.as('chair') \g /dev/null
select matches(minutes_text(test.id('M')), 'Kết thúc: ……\.', 'before the end the text leaves the end open');
select throws_ok($$ select test.adopt('x', 'N', null) $$, 'CB009', 'minutes_vote_required', 'minutes of an assembly need a vote');
select throws_ok($$ select test.adopt('x', 'N', 'v failed') $$, 'CB009', 'vote_not_passed', 'that passed');
select throws_ok($$ select test.adopt('x', 'N', 'v passed') $$, 'CB009', 'vote_not_passed', 'about the minutes');
select throws_ok($$ select test.adopt('x', 'N', 'v minutes') $$, 'CB005', 'not_found', 'in this meeting');
select throws_ok($$ select require_end(test.id('M'), test.at('2021-11-06 09:59')) $$, 'CB009', 'ends_too_early', 'a meeting ends after its last vote');
select throws_ok($$ select require_end(test.id('M'), now() + interval '1 second') $$, 'CB003', 'outside_session', 'and not in the future');
select test.as_superuser() \g /dev/null
delete from attendance where meeting_id = test.id('N') and member_id = test.id('tu');
delete from attendance where meeting_id = test.id('W');
select test.as('chair') \g /dev/null
select throws_ok($$ select test.adopt('x', 'N', 'n minutes') $$, 'CB009', 'roll_call_incomplete', 'everybody on the roll is called');
select lives_ok($$ select test.adopt('w', 'W', null) $$, 'a committee needs neither');
select lives_ok($$ select test.adopt('one', 'M', 'v minutes') $$, 'with all that, they are adopted');
select is((select body from minutes where id = test.id('one')), :'golden' || e'\n', 'the text is the one in minutes.txt');
select is((select state || ' ' || version from meeting where id = test.id('M')), 'closed 2', 'and the meeting is closed');
select is(test.state('one'), '1 adopted 1', 'version 1 waits for signatures');
select is((select hash from minutes where id = test.id('one')), sha256(convert_to(:'golden' || e'\n', 'UTF8')), 'with the hash of its bytes');
set local timezone = 'America/New_York';
set local datestyle = 'German, DMY';
set local lc_time = 'C';
set local intervalstyle = 'sql_standard';
set local lc_numeric = 'C';
set local extra_float_digits = -10;
select is(minutes_text(test.id('M')), :'golden' || e'\n', 'the same bytes in another session, at another place');
set local timezone = 'Asia/Ho_Chi_Minh';
set local enable_sort = off;
set local enable_hashagg = off;
set local enable_indexscan = off;
select is(minutes_text(test.id('M')), :'golden' || e'\n', 'and by another plan');
reset enable_sort;
reset enable_hashagg;
reset enable_indexscan;
select throws_ok($$ select test.adopt('x', 'M', 'v minutes') $$, 'CB009', 'meeting_closed', 'it is adopted once');

-- who reads it
select test.as('member', 'MinutesService/Get') \g /dev/null
select is((select body is not null from minutes_rows(test.id('one'))), true, 'a member of the branch reads it');
select test.as('delegate', 'MinutesService/Get') \g /dev/null
select is((select body is not null from minutes_rows(test.id('one'))), true, 'so does the delegate of the meeting');
select is_empty($$ select from minutes_rows(test.id('w')) $$, 'of no other meeting');
select test.as('officer', 'MinutesService/Get') \g /dev/null
select is((select concat(number, body, chair_name, clerk_name, correction) from minutes_rows(test.id('one'))), '1', 'an officer sees that it is there');
select test.as('stranger', 'MinutesService/Get') \g /dev/null
select is_empty($$ select from minutes_rows(test.id('one')) $$, 'another branch does not');

-- signatures
select throws_ok($$ select sign_minutes(test.id('one')) $$, 'CB005', 'not_found', 'nor does it sign');
select test.as('member', 'MinutesService/Sign') \g /dev/null
select throws_ok($$ select sign_minutes(test.id('one')) $$, 'CB009', 'not_chair_or_clerk', 'a member does not sign');
select test.as('clerk', 'MinutesService/Sign') \g /dev/null
select throws_ok($$ select sign_minutes(test.id('one')) $$, 'CB005', 'not_found', 'nor another ward');
select test.as('chair', 'MinutesService/Sign') \g /dev/null
select lives_ok($$ select sign_minutes(test.id('one')) $$, 'the chair signs');
select is(test.state('one'), '1 adopted 2', 'one signature seals nothing');
select throws_ok($$ select sign_minutes(test.id('one')) $$, 'CB009', 'already_signed', 'and is given once');
select throws_ok($$ select require_newest_minutes(test.id('M'), test.id('one')) $$, 'CB009', 'minutes_unsigned', 'what is not sealed is not corrected');
select test.as('clerk of it', 'MinutesService/Sign') \g /dev/null
select lives_ok($$ select sign_minutes(test.id('one')) $$, 'the clerk signs');
select is(test.state('one'), '1 sealed 3', 'the second signature seals');
select throws_ok($$ select sign_minutes(test.id('one')) $$, 'CB009', 'already_signed', 'sealed minutes are not signed again');

-- corrections
select test.as('clerk of it', 'MinutesService/Correct') \g /dev/null
select throws_ok($$ select require_newest_minutes(test.id('N'), test.id('one')) $$, 'CB005', 'not_found', 'a correction is of the meeting''s minutes');
select lives_ok($$ select require_newest_minutes(test.id('M'), test.id('one')), correct_minutes(test.id('two'), test.id('one'), 'Có mặt: 6.') $$,
	'sealed minutes are corrected');
select is((select starts_with(n.body, o.body) and n.body like '%ĐÍNH CHÍNH LẦN 1%Có mặt: 6.%CHỦ TRÌ: Nguyễn Hà%'
           from minutes o join minutes n on n.corrects = o.id where o.id = test.id('one')), true, 'by what stands behind the old text');
select is(test.state('one') || ', ' || test.state('two'), '1 sealed 3, 2 adopted 1', 'which holds until the new version is signed');
select throws_ok($$ select require_newest_minutes(test.id('M'), test.id('one')) $$, 'CB009', 'newer_minutes_exist', 'there is one correction at a time');
select throws_ok($$ select correct_minutes(test.id('x'), test.id('one'), 'Khác') $$, '23505', null, 'whoever asks');
select sign_minutes(test.id('two')) \g /dev/null
select test.as('chair', 'MinutesService/Sign') \g /dev/null
select is(test.state('one'), '1 sealed 3', 'one signature supersedes nothing');
select sign_minutes(test.id('two')) \g /dev/null
select is(test.state('one') || ', ' || test.state('two'), '1 superseded 4, 2 sealed 3', 'two do');

-- nothing changes, for the owner neither
select test.as_superuser() \g /dev/null
create function test.each(what text) returns setof text language plpgsql as $$
declare
	v_part text;
begin
	foreach v_part in array regexp_split_to_array(what, ';\s+') loop
		begin
			execute format('update chibo.minutes set %s where id = %L', v_part, test.id('two'));
			return next v_part;
		exception when sqlstate 'CB009' then null;
		end;
	end loop;
end
$$;
select is_empty($$ select test.each($t$body = body || '.'; body = body || '.', hash = sha256(convert_to(body || '.', 'UTF8')); hash = '\x';
meeting_id = test.id('N'); unit_id = test.id('A1'); number = 3; corrects = null; correction = 'x'; vote_id = test.id('v theme');
adopted_at = '2020-01-01'; chair_id = test.id('person mo'); chair_name = 'x'; clerk_id = test.id('person mo'); clerk_name = 'x';
chair_signed_at = null; clerk_signed_at = null; chair_signed_at = '2020-01-01'; id = test.id('x')$t$) $$, 'no column of sealed minutes changes');
select throws_ok($$ update minutes set state = 'adopted' where id = test.id('two') $$, 'CB009', 'state_transition', 'they are not opened again');
select throws_ok($$ update minutes set state = 'sealed' where id = test.id('one') $$, 'CB009', 'state_transition', 'nor what is superseded');
select throws_ok($$ update minutes set chair_signed_at = '2020-01-01' where id = test.id('one') $$, 'CB009', 'minutes_final', 'signed anew');
select throws_ok($$ update minutes set state = 'superseded' where id = test.id('w') $$, 'CB009', 'state_transition', 'what is adopted is sealed first');
select throws_ok($$ update minutes set state = 'sealed' where id = test.id('w') $$, '23514', null, 'by two signatures');
select throws_ok($$ delete from minutes where id = test.id('w') $$, 'CB009', 'minutes_final', 'nothing is deleted');
select throws_ok($$ truncate minutes $$, 'CB009', 'minutes_final', 'not even all of it');
set local role chibo_owner;
select throws_ok($$ truncate minutes $$, 'CB009', 'minutes_final', 'the owner is no exception');
reset role;
select throws_ok($$ update vote_item set votes_for = 4 where id = test.id('v failed') $$, 'CB009', 'vote_is_final', 'nor do votes change');
select throws_ok($$ delete from vote_option $$, 'CB009', 'vote_is_final', 'or their names');
select throws_ok($$ truncate vote_item cascade $$, 'CB009', null, 'all at once');

select finish();
rollback;
