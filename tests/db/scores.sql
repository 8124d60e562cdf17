-- Criteria tables that never change, the sheets of those who judge, what each of them sees, and the year that comes of it.
begin;
\ir fixture.psql
select plan(138);

-- Somebody who acts in a grant of his own person; several names may stand for one person.
create function test.holder(who text, person text, role text, unit text, meeting text default null) returns void
language plpgsql as $$
begin
	insert into auth.account (id, feed_id, login_name, person_id, password_hash)
	select test.id('account ' || person), test.id('Q'), replace(person, ' ', '.'), test.id(person), 'hash'
	where not exists (select from auth.account a where a.person_id = test.id(person));
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, created_by, confirmed_by, confirmed_at,
		meeting_id)
	select test.id('grant ' || who), test.id(person), role, t.unit_id, t.feed_id,
	       daterange('2020-01-01', case when meeting is not null then today() + 30 end), '2-QĐ', null, null, now(), test.id(meeting)
	from auth.tree t where t.unit_id = test.id(unit);
	insert into auth.session (token_hash, account_id)
	select test.token(who), a.id from auth.account a where a.person_id = test.id(person);
end
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
	return concat_ws(' ', v_rule, replace(nullif(v_params, ''), e'\n', ', '));
end
$$;
create function test.held(name text, unit text, month text, state chibo.meeting_state default 'in_session',
                             p_kind chibo.meeting_kind default 'regular') returns void language sql as $$
	insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, ended_at,
		chair_id, chair_name, clerk_id, clerk_name)
	select test.id(name), u.id, u.pos, u.feed_id, p_kind, state, month, d.day, case when state <> 'planned' then d.day end,
	       case when state in ('closed', 'submitted') then d.day + interval '2 hours' end,
	       test.id('person an'), 'Nguyễn An', test.id('person binh'), 'Nguyễn Bình'
	from chibo.unit u, (select (month || '-06 08:00+07')::timestamptz) as d (day) where u.id = test.id(unit)
$$;
create function test.vote(name text, meeting text, purpose chibo.vote_purpose, votes int) returns void language sql as $$
	insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible,
		present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
	select test.id(name), m.unit_id, m.unit_pos, m.feed_id, m.id, purpose, name, 'hand', coalesce(m.started_at, m.planned_at), 2, 2, true, 2, votes,
	       2 - votes, 0, 'vote.ordinary_ratio', '1/2', 'Điều lệ', 2, votes = 2
	from chibo.meeting m where m.id = test.id(meeting)
$$;
create function test.guest(meeting text, person text, class chibo.guest_class) returns void language sql as $$
	insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, person_id, full_name, capacity, sender)
	select test.id('guest ' || meeting || person), m.id, m.unit_id, m.unit_pos, class, test.id(person), person, 'Khách', 'Nơi cử'
	from chibo.meeting m where m.id = test.id(meeting)
$$;
-- A table of 15/20/45/20 with gates on the first and the last.
create function test.table(code text, kind chibo.meeting_kind default null, sector text default null,
                           from_on date default '2021-09-15', edition int default 1) returns void language sql as $$
	select chibo.publish_criteria(test.id(code), code, 'Bảng ' || code, test.id('doc'), edition, kind, sector, '100', from_on, null,
		true, '{1,2,3,4}', '{Dự họp,Chuẩn bị,Nội dung,Kết luận}', '{15,20,45,20}', '{0.5,0.5,0.5,0.5}', '{t,f,f,t}',
		'{good,fair,average,poor}', '{90,70,50,0}')
$$;
create function test.refused_table(max_points text, bands text, total text default '100', step text default '0.5') returns text
language sql as $$
	select split_part(test.refusal(format($f$ select chibo.publish_criteria(gen_random_uuid(), 'x%1$s', 'X', test.id('doc'), %1$s, null, null, %2$L,
		'2021-01-01', null, true, '{1,2}', '{A,B}', %3$L, '{%4$s,%4$s}', '{t,f}', %5$L, %6$L) $f$, 20 + (hashtext(bands || max_points) & 511),
		total, max_points, step, case bands when '{}' then '{}' else '{good,poor}' end, bands)), ' ', 1)
$$;
create function test.draft(meeting text, points text, codes text default '{1,2,3,4}', criteria text default 'mau') returns void
language sql as $$
	select chibo.draft_self(test.id('self ' || meeting), test.id(meeting), test.id(criteria), null, codes::text[], points::text[],
		'{Chú ý}')
$$;
create function test.upper(who text, meeting text, points text, comment text default null) returns void language sql as $$
	select chibo.score_upper(test.id(who || ' ' || meeting), test.id(meeting), comment, nullif('{1,2,3,4}', case when points is null
		then '{1,2,3,4}' end)::text[], points::text[], '{Ghi riêng}')
$$;
create function test.version(meeting text) returns int language sql as $$
	select version from chibo.scoring where id = test.id(meeting)
$$;
create function test.state(meeting text) returns text language sql as $$
	select concat_ws(' ', state, self_total, self_grade, total, grade, gap, is_flagged) from chibo.scoring_rows(test.id(meeting))
$$;
-- Which sheets somebody sees, with a star where he sees names and notes.
create function test.sheets(meeting text) returns text language sql as $$
	select string_agg(x.class || ':' || coalesce(x.total, '-') || case when x.assessor_name is not null then '*' else '' end, ' '
		order by x.class, x.total nulls first)
	from chibo.sheet_rows(test.id(meeting)) x
$$;
create function test.lines(meeting text) returns text language sql as $$
	select string_agg(distinct x.class, ' ') from chibo.line_rows(test.id(meeting)) l join chibo.score_sheet x on x.id = l.sheet_id
$$;
-- Tries to take a scoring of the meeting 'planned' from one state to another.
create function test.moves(f chibo.scoring_state, t chibo.scoring_state) returns text language plpgsql as $$
declare
	v_voted boolean := f <> 'draft_self';
	v_done boolean := f in ('confirmed', 'final');
begin
	insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, state, drafted_by, voted_by, vote_id, total, grade, gap,
		gap_alert, confirmed_by, confirmed_at)
	select m.id, m.unit_id, m.unit_pos, m.feed_id, test.id('mau'), f, test.id('person an'),
	       case when v_voted then test.id('person an') end, case when v_voted then test.id('late vote') end,
	       case when v_done then 1 end, case when v_done then 'poor' end, case when v_done then 0 end, case when v_done then 10 end,
	       case when v_done then test.id('person chi') end, case when v_done then now() end
	from chibo.meeting m where m.id = test.id('planned');
	update chibo.scoring set state = t where id = test.id('planned');
	raise exception 'moved';
exception when others then
	return sqlerrm;
end
$$;
grant execute on all functions in schema test to public;

insert into legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
values (test.id('doc'), test.id('Q'), '08', 'QĐ/TU', 'Tỉnh ủy', '2021-09-15', 'Quy định mẫu');
select test.held('M', 'A1', '2021-11'), test.held('planned', 'A1', '2021-12', 'planned') \g /dev/null
select test.vote('passed', 'M', 'score', 2), test.vote('failed', 'M', 'score', 1), test.vote('other', 'M', 'minutes', 2) \g /dev/null
select test.holder('deputy', 'person binh', 'BD', 'A1'), test.holder('an', 'person an', 'MB', 'A1'),
	test.holder('ward', 'person chi', 'WS', 'A'), test.holder('officer', 'person chief', 'DO', 'Q'),
	test.holder('inspector', 'person clerk', 'IC', 'A'), test.holder('far secretary', 'person dung', 'BS', 'B1') \g /dev/null
-- Nguyễn An is head of the organisation board and a plain member at home; Nguyễn Bình acts for the ward as well.
select test.holder('an above', 'person an', 'DH', 'Q'), test.holder('binh above', 'person binh', 'WO', 'A'),
	test.holder('secretary above', 'person secretary', 'WS', 'A') \g /dev/null
-- Dũng comes as a secretary of another branch, Chi as a delegate, the clerk's invitation is as something else.
select test.guest('M', 'person dung', 'peer_observer'), test.guest('M', 'person chi', 'delegate'),
	test.guest('M', 'person clerk', 'other') \g /dev/null
select test.holder('peer', 'person dung', 'DG', 'A1', 'M'), test.holder('delegate', 'person chi', 'DG', 'A1', 'M'),
	test.holder('stranger', 'person clerk', 'DG', 'A1', 'M'), test.holder('uninvited', 'person head', 'DG', 'A1', 'M') \g /dev/null

-- what a table is
select test.as('head', 'CriteriaService/Create') \g /dev/null
select lives_ok($$ select test.table('mau') $$, 'a table is published whole');
select is(test.refused_table('{15,85}', '{90,0}'), '', 'another one too');
select is(test.refused_table('{15,84}', '{90,0}'), 'sum_of_maximum', 'the criteria add up to the total');
select is(test.refused_table('{15,85}', '{90,50}'), 'band_from_zero', 'every total has a grade');
select is(test.refused_table('{15,85}', '{}'), 'band_from_zero', 'so there is one');
select is(test.refused_table('{15,85}', '{0,90}'), 'band_order', 'more points are no worse a grade');
select is(test.refused_table('{15,85}', '{101,0}'), 'out_of_range', 'no grade lies above the total');
select is(test.refused_table('{15,85}', '{90,x}'), 'number_format', 'points are numbers');
select is(test.refused_table('{15,85}', '{90,0}', '1e2'), 'number_format', 'written as people do');
select throws_ok($$ select chibo.publish_criteria(gen_random_uuid(), 'xy', 'X', test.id('doc'), 8, null, null, '100', '2021-01-01', null,
	true, '{1}', '{A}', '{100}', '{3}', '{t}', '{poor}', '{0}') $$, '23514', null, 'the step divides the maximum');
select throws_ok($$ select test.table('mau') $$, '23505', null, 'a code is given once');
select throws_like($$ select test.table('khac') $$, '%edition__edition_exists%', 'so is an edition of a document, also for every kind');
select lives_ok($$ select test.table('thematic', 'thematic') $$, 'another kind of meeting has its own');
select lives_ok($$ select test.table('school', null, 'school') $$, 'and so has another sector');
select lives_ok($$ select test.table('late', null, null, '2023-10-30', 2) $$, 'and a later document');
select throws_ok($$ update criteria_table set title = 'Khác' $$, '42501', null, 'the application cannot change it');
select test.as_superuser() \g /dev/null
select throws_ok($$ update criteria_table set title = 'Khác' where code = 'mau' $$, 'CB009', 'table_published', 'nor can anybody');
select throws_ok($$ delete from criteria_table where code = 'mau' $$, 'CB009', 'table_published', 'take it away');
select throws_ok($$ update criterion set max_points = 10 where table_id = test.id('mau') $$, 'CB009', 'table_published', 'nor its criteria');
select throws_ok($$ delete from grade_band where table_id = test.id('mau') $$, 'CB009', 'table_published', 'nor its grades');
insert into criteria_table (id, feed_id, code, title, legal_doc_id, edition, max_total, during, created_at)
values (test.id('old'), test.id('Q'), 'old', 'Cũ', test.id('doc'), 7, 100, '[2021-01-01,)', now() - interval '1 day');
select throws_ok($$ insert into criterion (table_id, item_no, code, title, max_points) values (test.id('old'), 9, '9', 'Thêm', 1) $$,
	'CB009', 'table_published', 'nothing is added later');
select throws_ok($$ insert into grade_band (table_id, grade, min_points) values (test.id('old'), 'fair', 60) $$,
	'CB009', 'table_published', 'no grade either');
select is(grade_of(test.id('mau'), 90, true), 'good', 'grades begin at their least points');
select is(grade_of(test.id('mau'), 89.5, true), 'fair', 'and end below the next');
select is(grade_of(test.id('mau'), 99, false), 'fair', 'the best one needs the gates');
select is(grade_of(test.id('mau'), 69.5, false), 'average', 'the others do not');
select is(grade_of(test.id('mau'), 0, false), 'poor', 'everything has a grade');

-- the branch's own sheet
select test.as('deputy', 'ScoreService/DraftSelf') \g /dev/null
select is(test.refusal($$ select test.draft('M', '{15,18,40}', '{1,2,3}') $$), 'criterion_missing value=4, max=20, step=0.5',
	'every criterion has its line');
select is(split_part(test.refusal($$ select test.draft('M', '{15,18,40,20,1}', '{1,2,3,4,5}') $$), ' ', 1), 'unknown_criterion', 'and no other');
select is(split_part(test.refusal($$ select test.draft('M', '{15,18,40,20.5}') $$), ' ', 1), 'above_maximum', 'no more than its maximum');
select is(split_part(test.refusal($$ select test.draft('M', '{15,18.25,40,20}') $$), ' ', 1), 'points_step', 'in its steps');
select is(split_part(test.refusal($$ select test.draft('M', '{15,-1,40,20}') $$), ' ', 1), 'number_format', 'and not below zero');
select is(split_part(test.refusal($$ select test.draft('M', '{15,NULL,40,20}') $$), ' ', 1), 'required', 'each with points');
select throws_like($$ select test.draft('M', '{15,18,40,10,10}', '{1,2,3,4,4}') $$, '%code__twice__score_line%', 'each once');
select is(test.refusal($$ select test.draft('M', '{15,18,40,20}', criteria => 'late') $$), 'table_not_valid held_on=2021-11-06',
	'by a table that was in force on the day');
select is(split_part(test.refusal($$ select test.draft('M', '{15,18,40,20}', criteria => 'thematic') $$), ' ', 1), 'table_not_valid', 'for such a meeting');
select is(split_part(test.refusal($$ select test.draft('M', '{15,18,40,20}', criteria => 'school') $$), ' ', 1), 'table_not_valid', 'for such a branch');
select is(split_part(test.refusal($$ select test.draft('M', '{15,18,40,20}', criteria => 'no') $$), ' ', 1), 'not_found', 'that exists');
select is(split_part(test.refusal($$ select test.draft('planned', '{15,18,40,20}') $$), ' ', 1), 'meeting_state', 'not before the meeting opens');
select test.as('far secretary', 'ScoreService/DraftSelf') \g /dev/null
select throws_ok($$ select test.draft('M', '{15,18,40,20}') $$, 'CB005', 'not_found', 'nobody scores for another branch');
select test.as('deputy', 'ScoreService/DraftSelf') \g /dev/null
select lives_ok($$ select test.draft('M', '{15,"18,5",40,19}') $$, 'the deputy drafts');
select is(test.state('M'), 'draft_self 92.5 fair', '92.5 points are not good with a gate unfilled');
select throws_like($$ select test.draft('M', '{15,18,40,20}') $$, '%scoring_exists%', 'one sheet for a meeting');
select throws_ok($$ select update_self(test.id('M'), 9, null, '{1,2,3,4}', '{15,19,45,20}', null) $$, 'CB010', 'conflict', 'from the version seen');
select lives_ok($$ select update_self(test.id('M'), test.version('M'), 'Tốt', '{1,2,3,4}', '{15,19,45,20}', null) $$, 'it can be filled in again');
select is(test.state('M'), 'draft_self 99 good', 'and is computed again');
select is((select count(*) from score_line), 4::bigint, 'with lines of its own alone');

-- nobody from outside before the branch has voted
select test.as('clerk', 'ScoreService/Upper') \g /dev/null
select is(split_part(test.refusal($$ select test.upper('clerk', 'M', '{15,15,40,20}') $$), ' ', 1), 'self_not_voted', 'self comes first');
select test.as('ward', 'ScoreService/Confirm') \g /dev/null
select is(split_part(test.refusal($$ select confirm_scoring(test.id('M'), test.version('M')) $$), ' ', 1), 'self_not_voted', 'a draft is not confirmed');
select is(split_part(test.refusal($$ select send_back_scoring(test.id('M'), test.version('M'), 'x') $$), ' ', 1), 'self_not_voted', 'nor returned');
select is(split_part(test.refusal($$ select publish_scoring(test.id('M'), test.version('M')) $$), ' ', 1), 'not_confirmed', 'nor published');
select test.as('secretary', 'ScoreService/SubmitSelf') \g /dev/null
select is(test.refusal($$ select submit_self(test.id('M'), test.version('M'), test.id('failed')) $$), 'vote_not_passed', 'the vote must have passed');
select is(test.refusal($$ select submit_self(test.id('M'), test.version('M'), test.id('other')) $$), 'vote_purpose purpose=minutes', 'on the sheet');
select is(split_part(test.refusal($$ select submit_self(test.id('M'), test.version('M'), test.id('no')) $$), ' ', 1), 'not_found', 'of this meeting');
select lives_ok($$ select submit_self(test.id('M'), test.version('M'), test.id('passed')) $$, 'the secretary submits what was voted');
select is(split_part(test.refusal($$ select submit_self(test.id('M'), test.version('M'), test.id('passed')) $$), ' ', 1), 'self_submitted', 'once');
select is(split_part(test.refusal($$ select update_self(test.id('M'), test.version('M'), null, '{1,2,3,4}', '{15,19,45,20}', null) $$), ' ', 1),
	'self_submitted', 'and it stands');

-- who is above the branch
select test.as('binh above', 'ScoreService/Upper') \g /dev/null
select is(test.refusal($$ select test.upper('x', 'M', '{15,15,40,20}') $$), 'own_sheet', 'who drafted the sheet does not judge it in the ward''s name');
select test.as('secretary above', 'ScoreService/Confirm') \g /dev/null
select is(test.refusal($$ select confirm_scoring(test.id('M'), test.version('M')) $$), 'own_sheet', 'who submitted it does not confirm it');
select test.as('an above', 'ScoreService/Confirm') \g /dev/null
select is(test.refusal($$ select confirm_scoring(test.id('M'), test.version('M')) $$), 'own_branch', 'AT-23: nor does a head in his own branch');
select is(test.refusal($$ select send_back_scoring(test.id('M'), test.version('M'), 'x') $$), 'own_branch', 'nor send it back');
select test.as('secretary', 'ScoreService/DraftSelf') \g /dev/null
select is(test.refusal($$ select test.upper('x', 'M', '{15,15,40,20}') $$), 'own_sheet', 'whatever grant he acts in');
select test.as('stranger', 'ScoreService/Upper') \g /dev/null
select is(test.refusal($$ select test.upper('x', 'M', '{15,15,40,20}') $$), 'not_invited', 'a guest of another kind judges nothing');
select test.as('uninvited', 'ScoreService/Upper') \g /dev/null
select is(test.refusal($$ select test.upper('x', 'M', '{15,15,40,20}') $$), 'not_invited', 'nor who is no guest');
select test.as('ward', 'ScoreService/Confirm') \g /dev/null
select is(test.refusal($$ select confirm_scoring(test.id('M'), test.version('M')) $$), 'upper_sheet_missing', 'the ward has a sheet first');

-- returned and submitted again
select throws_ok($$ select send_back_scoring(test.id('M'), test.version('M'), ' ') $$, '23514', null, 'a sheet is sent back with a reason');
select lives_ok($$ select send_back_scoring(test.id('M'), test.version('M'), 'Tiêu chí 2 quá cao') $$, 'the ward''s secretary does');
select test.as('deputy', 'ScoreService/Get') \g /dev/null
select is((select reason from scoring_rows(test.id('M'))), 'Tiêu chí 2 quá cao', 'the branch reads why');
select test.as('deputy', 'ScoreService/UpdateSelf') \g /dev/null
select lives_ok($$ select update_self(test.id('M'), test.version('M'), null, '{1,2,3,4}', '{15,18,44.5,20}', '{Đủ,Tốt}') $$, 'and fills it in again');
select test.as('secretary', 'ScoreService/SubmitSelf') \g /dev/null
select lives_ok($$ select submit_self(test.id('M'), test.version('M'), test.id('passed')) $$, 'and submits it again');

-- the others
select test.as('peer', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), null, 'a peer sees nothing');
select test.as('delegate', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'self:97.5*', 'a delegate sees the branch''s own sheet');
select test.as('peer', 'ScoreService/Upper') \g /dev/null
select lives_ok($$ select test.upper('peer', 'M', '{15,17,44,20}') $$, 'a peer scores');
select throws_like($$ select test.upper('peer 2', 'M', '{15,17,44,20}') $$, '%class__sheet_exists%', 'once');
select is(test.refusal($$ select test.upper('x', 'M', null, 'Tốt') $$), 'criterion_missing value=1, max=15, step=0.5', 'with points');
select test.as('delegate', 'ScoreService/Upper') \g /dev/null
select is(test.refusal($$ select test.upper('delegate', 'M', null) $$), 'required', 'a delegate says something');
select lives_ok($$ select test.upper('delegate', 'M', null, 'Chuẩn bị tốt') $$, 'AT-08: and may leave it at a comment');
select lives_ok($$ select update_upper(test.id('M'), test.version('M'), 'Chuẩn bị rất tốt', null, null, null) $$, 'which he may word again');
select test.as('clerk', 'ScoreService/Upper') \g /dev/null
select is(test.refusal($$ select update_upper(test.id('M'), test.version('M'), null, '{1,2,3,4}', '{15,15,40,20}', null) $$), 'no_own_sheet',
	'nobody words another''s');
select lives_ok($$ select test.upper('clerk', 'M', '{15,15,37,20}') $$, 'the ward scores');
select is((select class from score_sheet where id = test.id('clerk M')), 'ward_committee', 'as the committee above');
select test.as('officer', 'ScoreService/Upper') \g /dev/null
select lives_ok($$ select test.upper('officer', 'M', '{14,15,40,20}') $$, 'an officer of the district scores');
select is((select class from score_sheet where id = test.id('officer M')), 'district_delegate', 'as a delegate');
select test.as('ward', 'ScoreService/Get') \g /dev/null
select is(test.state('M'), 'peer_scored 97.5 good', 'four sides have spoken');

-- six peers at most: a rule
select test.as_superuser() \g /dev/null
update rule_param set value = '1' where key = 'score.peers_max';
select test.holder('peer 2', 'person head', 'DG', 'A1', 'M') \g /dev/null
select test.guest('M', 'person head', 'peer_observer') \g /dev/null
select test.as('peer 2', 'ScoreService/Upper') \g /dev/null
select is(test.refusal($$ select test.upper('peer 2', 'M', '{15,17,44,20}') $$), 'too_many_peers max=1', 'as many peers as the rule of the day says');
select test.as_superuser() \g /dev/null
update rule_param set value = '2' where key = 'score.peers_max';
select test.as('peer 2', 'ScoreService/Upper') \g /dev/null
select lives_ok($$ select test.upper('peer 2', 'M', '{15,19,45,20}') $$, 'and no fewer');

-- who sees what before it is final
select is(test.sheets('M'), 'peer_secretary:99*', 'a peer sees his own sheet and no other');
select is(test.lines('M'), 'peer_secretary', 'nor another''s lines');
select is((select concat_ws(' ', self_points, ward_points, peer_points) from compare_rows(test.id('M')) where item_no is null), '99',
	'nor what they come to');
select test.as('delegate', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'district_delegate:-* self:97.5*', 'a delegate sees his own and the branch''s');
select test.as('an', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'self:97.5*', 'a member sees the branch''s');
select is(test.state('M'), 'peer_scored 97.5 good', 'and no result');
select test.as('deputy', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'district_delegate:- district_delegate:89 peer_secretary:96 peer_secretary:99 self:97.5* ward_committee:87',
	'the branch''s committee sees totals of the others');
select is(test.lines('M'), 'self', 'and not their lines');
select test.as('clerk', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'district_delegate:-* district_delegate:89* peer_secretary:96* peer_secretary:99* self:97.5* ward_committee:87*',
	'the ward sees all');
select is(test.lines('M'), 'district_delegate peer_secretary self ward_committee', 'line by line');
select test.as('officer', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'district_delegate:- district_delegate:89* peer_secretary:96 peer_secretary:99 self:97.5 ward_committee:87',
	'the district sees totals, and names only in his own');
select is(test.lines('M'), 'district_delegate', 'and no lines of others');
select test.as('far secretary', 'ScoreService/Get') \g /dev/null
select is_empty($$ select from scoring_rows(test.id('M')) union all select from sheet_rows(test.id('M')) union all
	select from line_rows(test.id('M')) union all select from compare_rows(test.id('M')) $$, 'another branch sees nothing');
select throws_ok($$ select publish_scoring(test.id('M'), 1) $$, 'CB005', 'not_found', 'nor can it do anything');

-- the gap
select test.as('ward', 'ScoreService/Compare') \g /dev/null
select is((select string_agg(concat_ws(' ', coalesce(item_no::text, 'all'), self_points, ward_points, peer_points, delegate_points,
		difference_points, is_flagged), '; ') from compare_rows(test.id('M'))),
	'1 15 15 15 14 0 f; 2 18 15 18 15 3 t; 3 44.5 37 44.5 40 7.5 t; 4 20 20 20 20 0 f; all 97.5 87 97.5 89 10.5 t',
	'self, ward, mean of peers, delegate, and what is far apart');

-- confirmed
select test.as('ward', 'ScoreService/Confirm') \g /dev/null
select throws_ok($$ select confirm_scoring(test.id('M'), 1) $$, 'CB010', 'conflict', 'nobody confirms what he has not seen');
select lives_ok($$ select confirm_scoring(test.id('M'), test.version('M')) $$, 'the ward''s secretary confirms');
select is(test.state('M'), 'confirmed 97.5 good 87 fair 10.5 t', 'the ward''s points count, and the gap is on record');
select test.as('clerk', 'ScoreService/Upper') \g /dev/null
select is(split_part(test.refusal($$ select update_upper(test.id('M'), test.version('M'), null, '{1,2,3,4}', '{15,15,40,20}', null) $$), ' ', 1),
	'scoring_confirmed', 'no sheet changes any more');
select test.as_superuser() \g /dev/null
select throws_ok($$ update score_sheet set total = 100 where id = test.id('clerk M') $$, 'CB009', 'scoring_confirmed', 'by whatever way');
select throws_ok($$ delete from score_line where sheet_id = test.id('clerk M') $$, 'CB009', 'scoring_confirmed', 'nor its lines');
select throws_ok($$ update scoring set total = 100 where id = test.id('M') $$, 'CB009', 'scoring_confirmed', 'nor the result');
select test.as('an', 'ScoreService/Get') \g /dev/null
select is(test.state('M'), 'confirmed 97.5 good', 'a member waits for it to be final');
select test.as('an above', 'ScoreService/Publish') \g /dev/null
select is(test.refusal($$ select publish_scoring(test.id('M'), test.version('M')) $$), 'own_branch', 'which is not for a member to say');
select test.as('ward', 'ScoreService/Publish') \g /dev/null
select lives_ok($$ select publish_scoring(test.id('M'), test.version('M')) $$, 'it is published');
select is(split_part(test.refusal($$ select publish_scoring(test.id('M'), test.version('M')) $$), ' ', 1), 'scoring_final', 'once');
select is(split_part(test.refusal($$ select confirm_scoring(test.id('M'), test.version('M')) $$), ' ', 1), 'scoring_final', 'and stays');
select test.as('an', 'ScoreService/Get') \g /dev/null
select is(test.state('M'), 'final 97.5 good 87 fair 10.5 t', 'a member sees the result');
select is(test.sheets('M'), 'district_delegate:-* district_delegate:89* peer_secretary:96* peer_secretary:99* self:97.5* ward_committee:87*',
	'and all sheets');
select test.as('peer', 'ScoreService/Get') \g /dev/null
select is(test.sheets('M'), 'peer_secretary:96* self:97.5*', 'a peer sees the branch''s');

-- every pair of states
select test.as_superuser() \g /dev/null
select test.vote('late vote', 'planned', 'score', 2) \g /dev/null
select is((select string_agg(from_state || '>' || to_state, ' ' order by order_no) from transition where entity = 'scoring'),
	'draft_self>voted_by_branch voted_by_branch>peer_scored voted_by_branch>confirmed peer_scored>confirmed confirmed>final '
	'voted_by_branch>draft_self peer_scored>draft_self', 'seven ways and no more');
select is((select count(*) from unnest(enum_range(null::scoring_state)) as a (f), unnest(enum_range(null::scoring_state)) as b (t)
	where a.f <> b.t and (test.moves(a.f, b.t) like 'state_transition%') <> exists (
		select from transition x where x.entity = 'scoring' and x.from_state = a.f::text and x.to_state = b.t::text)), 20::bigint,
	'every other one is refused');

-- another table, other points: old scores stay
select test.held('M2', 'A1', '2023-11'), test.vote('passed 2', 'M2', 'score', 2) \g /dev/null
select test.as('head', 'CriteriaService/Create') \g /dev/null
select publish_criteria(test.id('new'), 'new', 'Bảng mới', test.id('doc'), 3, null, null, '50', '2023-10-30', null, false,
	'{1,2,3,4}', '{a,b,c,d}', '{10,10,20,10}', null, null, '{good,poor}', '{49,0}') \g /dev/null
select test.as('deputy', 'ScoreService/DraftSelf') \g /dev/null
select lives_ok($$ select test.draft('M2', '{10,10,20,8}', criteria => 'new') $$, 'a later meeting is scored by a later table');
select is(test.state('M2'), 'draft_self 48 poor', 'with its own points and grades');
select is(test.state('M'), 'final 97.5 good 87 fair 10.5 t', 'and the old score is what it was');
select is((select string_agg(l.title || ' ' || l.points || '/' || l.max_points, ', ') from line_rows(test.id('M')) l
	where l.sheet_id = test.id('self M')), 'Dự họp 15/15, Chuẩn bị 18/20, Nội dung 44.5/45, Kết luận 20/20', 'line by line');

-- lists
select test.as_superuser() \g /dev/null
create function test.listed(unit text, p_from text default null, p_state chibo.scoring_state default null, after text default null)
returns text language sql as $$
	select string_agg(period_month || ' ' || unit_name || ' ' || coalesce(total, '-'), ', ')
	from chibo.scoring_page(test.id(unit), p_from, null, p_state,
		(select unit_pos from chibo.scoring where id = test.id(after)), test.id(after), 9)
$$;
grant execute on function test.listed to public;
select test.as('head', 'ScoreService/List') \g /dev/null
select is(array(select unnest(string_to_array(test.listed(null), ', ')) order by 1),
	'{"2021-11 Đơn vị A1 87","2023-11 Đơn vị A1 -"}', 'the district lists results');
select is(test.listed('A', '2022-01'), '2023-11 Đơn vị A1 -', 'from a month on');
select is(test.listed(null, null, 'final'), '2021-11 Đơn vị A1 87', 'of a state');
select is(test.listed('B'), null, 'of a unit');
select is(test.listed(null, null, null, (select case when test.id('M') < test.id('M2') then 'M2' else 'M' end)), null, 'page by page');
select test.as('an', 'ScoreService/List') \g /dev/null
select is(test.listed(null, null, 'draft_self'), '2023-11 Đơn vị A1 -', 'a member those of his branch');
select test.as('peer', 'ScoreService/List') \g /dev/null
select is(test.listed(null), '2021-11 Đơn vị A1 87', 'a peer that of his meeting');
select test.as('far secretary', 'ScoreService/List') \g /dev/null
select is(test.listed(null), null, 'another branch none');

-- R14: a year of A1 (eight good, one fair, one not held) and of A2 (seven good and an average)
select test.as_superuser() \g /dev/null
create function test.graded(unit text, month text, p_grade text, p_gap numeric, p_kind chibo.meeting_kind default 'regular',
                            days int default 0) returns void language plpgsql as $$
declare
	v_id uuid := test.id(unit || month || p_kind || days);
begin
	perform test.held(unit || month || p_kind || days, unit, month, 'closed', p_kind);
	update chibo.meeting set started_at = started_at + days * interval '1 day', ended_at = ended_at + days * interval '1 day'
	where id = v_id;
	insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, state, drafted_by, total, grade, gap, gap_alert,
		voted_by, vote_id, confirmed_by, confirmed_at)
	select m.id, m.unit_id, m.unit_pos, m.feed_id, test.id('mau'), 'confirmed', test.id('person an'), 1, p_grade, p_gap, 10,
	       test.id('person an'), m.id, test.id('person chi'), now()
	from chibo.meeting m where m.id = v_id and p_grade is not null;
end
$$;
set session_replication_role = replica;
select test.graded('A1', '2022-0' || n, 'good', 1) from generate_series(1, 8) n \g /dev/null
select test.graded('A1', '2022-09', 'fair', 4), test.graded('A1', '2022-09', 'poor', 40, 'extraordinary') \g /dev/null
select test.graded('A2', '2022-0' || n, 'good', 0) from generate_series(1, 7) n \g /dev/null
select test.graded('A2', '2022-08', 'average', 0), test.graded('B1', '2022-01', 'good', 0), test.graded('B1', '2022-02', null, 0),
	test.graded('B1', '2022-03', 'poor', 2), test.graded('B1', '2022-03', 'fair', -3, 'regular', 9) \g /dev/null
set session_replication_role = origin;
create function test.year(period text, unit text default 'Q') returns text language sql as $$
	select string_agg(concat_ws(' ', right(unit_code, 2),
		concat(coalesce(left(m01, 1), '.'), coalesce(left(m02, 1), '.'), coalesce(left(m03, 1), '.'), coalesce(left(m04, 1), '.'),
			coalesce(left(m05, 1), '.'), coalesce(left(m06, 1), '.'), coalesce(left(m07, 1), '.'), coalesce(left(m08, 1), '.'),
			coalesce(left(m09, 1), '.'), coalesce(left(m10, 1), '.'), coalesce(left(m11, 1), '.'), coalesce(left(m12, 1), '.')),
		coalesce(year_grade, '-'), good, not_graded, coalesce(mean_gap, '-')), ', ')
	from auth.meeting_quality(test.id(unit), period)
$$;
grant execute on function test.year to public;
select test.as('head', 'ReportService/MeetingQuality') \g /dev/null
select is(test.year('2022', 'A1'), 'A1 ggggggggf... good 8 0 1.3', 'every regular meeting at least fair and enough of them good: a good year');
select is(test.year('2022', 'A2'), 'A2 ggggggga.... average 7 0 0.0', 'one average meeting keeps it from that');
select is(test.year('2022', 'B1'), 'B1 g.f......... - 1 1 -0.3', 'no grade for a year with a meeting that has none; the later of two in a month');
select is(test.year('2022-Q3', 'A'), 'A1 ......ggf... - 2 0 2.0, A2 ......ga.... - 1 0 0.0', 'a quarter has its months');
select is(test.year('2021', 'A2'), 'A2 ............ - 0 0 -', 'a branch without a meeting has a line');
select is(test.refusal($$ select test.year('2022-Q5') $$), 'period_format value=2022-Q5', 'a period is a year or a quarter');
select test.as('clerk', 'ReportService/MeetingQuality') \g /dev/null
select is(test.year('2022'), (select test.year('2022', 'A')), 'a ward''s figures stay in the ward');
select test.as_superuser() \g /dev/null
update rule_param set value = '9' where key = 'score.good_year_meetings';
select test.as('head', 'ReportService/MeetingQuality') \g /dev/null
select is(test.year('2022', 'A1'), 'A1 ggggggggf... fair 8 0 1.3', 'how many good ones it takes is data');

select finish();
rollback;
