-- People on the way to admission: who stands on the list, who helps, what a class leaves behind, who is told what.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(80);

select set_config('test.today', chibo.today()::text, true) \g /dev/null
create or replace function chibo.today() returns date language sql stable parallel safe as $$
	select current_setting('test.today')::date
$$;
create function test.holder(who text, person text, role text, unit text) returns void language sql as $$
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_by, confirmed_at)
	select test.id('grant ' || holder.who), test.id(holder.person), holder.role, t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', null, now()
	from auth.tree t where t.unit_id = test.id(holder.unit);
	insert into auth.session (token_hash, account_id)
	select test.token(holder.who), a.id from auth.account a where a.person_id = test.id(holder.person)
$$;
create function test.stage(name text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select c.stage || ' ' || c.version from candidate c where c.id = test.id(stage.name)
$$;
create function test.version(name text) returns int language sql security definer set search_path = pg_catalog, chibo as $$
	select c.version from candidate c where c.id = test.id(version.name)
$$;
create function test.assign(name text, mentor text, since date default '2015-01-01', replaces boolean default false,
                            day date default '2024-03-01', assignment text default null) returns void language sql as $$
	select chibo.assign_mentor(test.id(name), test.version(name), test.id(coalesce(assignment, name || ' by ' || mentor)),
		test.id(mentor), '2-NQ', since, replaces, day)
$$;
create function test.line(name text, certified boolean, number text default null, day date default '2024-03-04')
returns chibo.certificate_line language sql as $$
	select row(test.id(name), certified, number, day)::chibo.certificate_line
$$;
create function test.clock(name text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select string_agg(concat_ws(' ', k.kind, k.started_on, k.due_on, k.stopped_on), ', ' order by k.kind)
	from clock k where k.candidate_id = test.id(clock.name)
$$;
grant execute on all functions in schema test to public;

select test.official('deputy', 'A1', 'BD'), test.official('ward', 'A', 'WS'), test.official('officer', 'Q', 'DO'),
	test.official('clerk.b', 'B', 'WO') \g /dev/null
insert into auth.account (id, feed_id, login_name, person_id) values (test.id('account an'), test.id('Q'), 'an.mb', test.id('person an'));
select test.holder('an', 'person an', 'MB', 'A1'), test.member('giang', 'A1', 'Giang'), test.member('hoa', 'A1', 'Hoa') \g /dev/null
update chibo.member set status = 'probationary', full_on = null where id = test.id('hoa');
select test.unit('G', 'Q', 'grassroots_branch', 'hamlet'), test.unit('S1', 'Q', 'branch', 'hamlet'), test.unit('S2', 'Q', 'branch', 'hamlet')
from (select test.enter('head', 'UnitService/Create')) x \g /dev/null
select test.member('mai', 'S1', 'Mai'), test.candidate('at the root', 'S2', null, 'listed') \g /dev/null
update auth."grant" set during = '[2020-01-01,)' where lower(during) > '2020-01-01';
select set_config('test.today', '2024-03-05', true) \g /dev/null

-- ---- Each pair of stages ----

select test.candidate('any', 'A1') \g /dev/null
create function test.ways() returns text language plpgsql as $$
declare
	s text;
	e text;
	ways text[] := '{}';
begin
	foreach s in array enum_range(null::chibo.candidate_stage)::text[] loop
		foreach e in array enum_range(null::chibo.candidate_stage)::text[] loop
			set local session_replication_role = replica;
			update chibo.candidate set stage = s::chibo.candidate_stage,
				resume_stage = case when s = 'suspended' then 'listed'::chibo.candidate_stage end where id = test.id('any');
			set local session_replication_role = origin;
			if s <> e and test.refusal(format('update chibo.candidate set stage = %L, resume_stage = %s where id = test.id(''any'')', e,
				case when e = 'suspended' then '''listed''' else 'null' end)) = '' then
				ways := ways || (s || '>' || e);
			end if;
		end loop;
	end loop;
	return array_to_string(ways, ' ');
end
$$;
select is((select string_agg(w, ' ' order by w) from string_to_table(test.ways(), ' ') w
	where w !~ '>(dropped|suspended)$' and w !~ '^suspended>'),
	'branch_approved>grassroots_approved branch_approved>ready certified>file_open checked>checking checked>file_open checked>ready '
	'checking>checked checking>file_open decided>probationary dropped>identified dropped>listed escalated>branch_approved '
	'file_open>checking grassroots_approved>branch_approved grassroots_approved>under_review identified>listed in_class>certified '
	'in_class>mentored listed>mentored mentored>file_open mentored>in_class ready>branch_approved ready>checked ready>escalated '
	'ready>file_open refused>mentored under_review>decided under_review>grassroots_approved under_review>refused',
	'W1: from stage to stage');
select is((select string_agg(w, ' ' order by w) from string_to_table(test.ways(), ' ') w where w ~ '^suspended>' and w <> 'suspended>dropped'),
	(select string_agg(replace(w, '>suspended', ''), ' ' order by 'suspended>' || replace(w, '>suspended', '')) from (
		select string_agg('suspended>' || split_part(w, '>', 1), ' ' order by 'suspended>' || split_part(w, '>', 1)) as w
		from string_to_table(test.ways(), ' ') w where w ~ '>suspended$') x), 'whoever may wait may go on where he was');

-- ---- On the list ----

select test.as('secretary', 'CandidateService/Create') \g /dev/null
select chibo.require_source_unit(test.id('A1'), '2024-01-01') \g /dev/null
select is(test.refusal($$ select chibo.require_source_unit(test.id('A'), '2024-01-01') $$), 'not_found unit_id', 'out of reach is out of reach');
select is(test.refusal($$ select chibo.require_source_unit(test.id('A1'), '1975-05-18') $$), 'before_founding identified_on founded_on=1975-05-19',
	'not before there was a branch');
select is(test.refusal($$ select chibo.require_source_person(test.id('person an'), test.id('A1')) $$), 'is_member person_id', 'no member');
select is(test.refusal($$ select chibo.require_source_person(test.id('person hoa'), test.id('A1')) $$), 'is_member person_id', 'on probation either');
select is(test.refusal($$ select chibo.require_source_person(test.id('person chi'), test.id('A1')) $$), 'not_found person_id', 'nor somebody elsewhere');
select is(test.refusal($$ select chibo.require_source_person(test.id('person secretary'), test.id('A1')) $$), 'own_record person_id', 'nor himself');
select is(test.refusal($$ select chibo.require_source_person(test.id('person deputy'), test.id('A1')) $$), '', 'but somebody whose record is here');
select is(test.refusal($$ select chibo.create_candidate(test.id('x'), test.id('person deputy'), 'hát', null, null, false, '2024-01-01') $$),
	'unknown_code source_group list=source_group, value=hát', 'a source is one of the list');
select is(test.refusal($$ select chibo.create_candidate(test.id('x'), test.id('person deputy'), 'teacher', 'hát', null, false, '2024-01-01') $$),
	'unknown_code introduced_by list=introducer, value=hát', 'so is who introduced him');
insert into person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
select test.id('person lan'), u.id, u.pos, u.feed_id, 'Bùi', 'Lan', 'female', '1999-03-05' from unit u where u.id = test.id('A1');
select chibo.create_candidate(test.id('lan'), test.id('person lan'), 'teacher', 'youth_union', '1-NQ/ĐTN', null, '2024-01-01') \g /dev/null
select is(test.stage('lan'), 'identified 1', 'identified');
select is(test.refusal($$ select chibo.create_candidate(test.id('again'), test.id('person lan'), 'pupil', null, null, false, '2024-01-01') $$),
	'person_id__has_candidate', 'once');
select is((select concat_ws(' ', full_name, source_group, introduced_by, works_away, identified_on) from chibo.candidate_record(test.id('lan'))),
	'Bùi Lan teacher youth_union f 2024-01-01', 'as it was written');
select is(test.refusal($$ select chibo.enlist_candidate(test.id('lan'), 2, '1-NQ', '2024-01-02') $$), 'conflict base_version version=1', 'from its version');
select is(test.refusal($$ select chibo.enlist_candidate(test.id('lan'), 1, '1-NQ', '2023-12-31') $$), 'order listed_on stage_on=2024-01-01', 'not before the step before');
select is(test.refusal($$ select chibo.enlist_candidate(test.id('lan'), 1, null, '2024-01-02') $$), 'listed_on__required', 'by a resolution');
select chibo.enlist_candidate(test.id('lan'), 1, '1-NQ/CB', '2024-02-01') \g /dev/null
select is(test.stage('lan'), 'listed 2', 'listed');
select is(test.refusal($$ select chibo.enlist_candidate(test.id('lan'), 2, '1-NQ', '2024-02-02') $$), 'candidate_stage id stage=listed', 'once');
select is(test.refusal($$ select chibo.enlist_candidate(test.id('at the root'), 1, '1-NQ', '2024-02-02') $$), 'not_found id', 'by its own branch');

select chibo.update_candidate(test.id('lan'), 2, '{source_group,occupation,works_away}', 'pupil', null, null, true,
	row(null, null, null, null, 'student', null)::chibo.person_facts) \g /dev/null
select is((select concat_ws(' ', source_group, introduced_by, occupation, works_away, version) from chibo.candidate_record(test.id('lan'))),
	'pupil youth_union student t 3', 'only what is named changes');
select is((select version from person where id = test.id('person lan')), 2, 'the person has a new version');
select chibo.update_candidate(test.id('lan'), 3, '{introduced_by}', null, null, null, null, null) \g /dev/null
select is((select concat_ws(' ', introduced_by, version) from chibo.candidate_record(test.id('lan'))), '4', 'named and absent is cleared');
select is((select version from person where id = test.id('person lan')), 2, 'who is not touched keeps his version');
select is(test.refusal($$ select chibo.require_person_codes(row(null, null, null, 'hát', null, null)::chibo.person_facts) $$),
	'unknown_code theory_level list=theory_level, value=hát', 'levels are of the list');

-- ---- Mentors ----

select is(test.refusal($$ select test.assign('lan', 'hoa') $$), 'mentor_not_full mentor_id', 'a full member');
select is(test.refusal($$ select test.assign('lan', 'chi') $$), 'not_found mentor_id', 'whom the branch knows');
select is(test.refusal($$ select test.assign('lan', 'an', '2023-03-02') $$), 'mentor_months together_since_on have=11, need=12', 'a day short of a year');
select is(test.refusal($$ select test.assign('lan', 'an', null) $$), 'together_since_on__required', 'since when is asked');
select is(test.refusal($$ select test.assign('lan', 'an', day => '2024-01-31') $$), 'order from_on stage_on=2024-02-01', 'not before he was listed');
select is(test.refusal($$ select test.assign('lan', 'an', null, true) $$), 'nothing_to_replace is_replacement', 'a replacement replaces somebody');
select test.assign('lan', 'an', '2023-03-01') \g /dev/null
select is(test.stage('lan'), 'mentored 5', 'a year to the day is enough; the first one moves him on');
select is(test.refusal($$ select test.assign('lan', 'an', assignment => 'other') $$), 'mentor_id__helps_already', 'nobody twice at a time');
select test.assign('lan', 'binh') \g /dev/null
select is(test.stage('lan'), 'mentored 6', 'a second one');
select is(test.refusal($$ select test.assign('lan', 'giang') $$), 'mentor_max mentor_id max=2', 'two at a time are the most');
select is((select string_agg(concat_ws(' ', mentor_name, from_on, until_on), ', ' order by mentor_name) from chibo.candidate_mentors(test.id('lan'))),
	'Nguyễn An 2024-03-01, Nguyễn Bình 2024-03-01', 'both are told');
select is(test.refusal($$ select chibo.end_mentor(test.id('lan'), 6, test.id('lan by an'), '2024-02-29', 'Chuyển') $$), 'before_start last_on from_on=2024-03-01',
	'an end is not before the beginning');
select is(test.refusal($$ select chibo.end_mentor(test.id('lan'), 6, test.id('lan by an'), '2024-03-03', null) $$), 'reason__required', 'with a reason');
select is(test.refusal($$ select chibo.end_mentor(test.id('lan'), 6, test.id('mentor any'), '2024-03-03', 'x') $$), 'not_found assignment_id', 'of his own');
select chibo.end_mentor(test.id('lan'), 6, test.id('lan by an'), '2024-03-03', 'Chuyển công tác') \g /dev/null
select is(test.stage('lan'), 'mentored 7', 'the stage stays');
select is(test.refusal($$ select chibo.end_mentor(test.id('lan'), 7, test.id('lan by an'), '2024-03-03', 'x') $$), 'mentor_ended assignment_id until_on=2024-03-03', 'once');
select is(test.refusal($$ select test.assign('lan', 'giang', null, true, '2024-03-03') $$), 'nothing_to_replace is_replacement', 'on his last day nobody replaces him');
select test.assign('lan', 'giang', null, true, '2024-03-04') \g /dev/null
select is(test.stage('lan'), 'mentored 8', 'a replacement need not have been together');

select test.as('clerk', 'CandidateService/AssignMentor') \g /dev/null
select chibo.end_mentor(test.id('lan'), 8, test.id('lan by giang'), '2024-03-04', 'Ốm') \g /dev/null
select test.assign('lan', 'chi', day => '2024-03-05') \g /dev/null
select is(test.stage('lan'), 'mentored 10', 'a member of another branch of the ward, by the ward');
select test.as('officer', 'CandidateService/Move') \g /dev/null
select is(test.refusal($$ select chibo.require_mentor(c, test.id('dung'), '2024-03-05') from candidate c where c.id = test.id('lan') $$),
	'mentor_elsewhere mentor_id', 'of another ward nobody');
select is(test.refusal($$ select chibo.require_mentor(c, test.id('mai'), '2024-03-05') from candidate c where c.id = test.id('at the root') $$),
	'mentor_elsewhere mentor_id', 'branches right below the district are no grassroots unit together');
select is(test.refusal($$ select chibo.require_mentor(c, test.id('an'), '2005-01-31') from candidate c where c.id = test.id('lan') $$),
	'mentor_not_full mentor_id full_on=2006-02-01', 'on the day itself');
select test.as_superuser() \g /dev/null
update candidate c set person_id = test.id('person an') where c.id = test.id('any');
select test.as('secretary', 'CandidateService/AssignMentor') \g /dev/null
select is(test.refusal($$ select chibo.require_mentor(c, test.id('an'), '2024-03-05') from candidate c where c.id = test.id('any') $$), 'own_mentor mentor_id', 'nobody helps himself');

-- ---- Classes ----

select test.as('officer', 'ClassService/Create') \g /dev/null
select is(test.refusal($$ select chibo.create_class(test.id('k'), 'L-1', 'Lớp 1', 'TTCT', '2024-03-04', '2024-03-01') $$), 'before_start last_on from_on=2024-03-04', 'a class has an end');
select chibo.create_class(test.id('k'), 'L-1', 'Lớp 1', 'TTCT', '2024-03-01', '2024-03-04'), chibo.create_class(test.id('k2'), 'L-2', 'Lớp 2', 'TTCT', '2024-03-05', null) \g /dev/null
select is(test.refusal($$ select chibo.create_class(test.id('k3'), 'L-1', 'Lớp 1', 'TTCT', '2024-03-04', null) $$), 'code__class_exists', 'codes are unique');
select is(test.refusal($$ select chibo.create_class(test.id('k3'), 'l 1', 'Lớp 1', 'TTCT', '2024-03-04', null) $$), 'code__format', 'and short');
select test.candidate('mot', 'A1', 'an'), test.candidate('hai', 'A2', 'chi'), test.candidate('xa', 'B1', 'dung'), test.candidate('ba', 'A1', 'an') \g /dev/null

select test.as('clerk', 'ClassService/Send') \g /dev/null
select is(test.refusal($$ select chibo.send_to_class(test.id('k'), array[test.id('mot'), test.id('xa')], '2024-03-04') $$), 'not_found candidate_ids', 'of the own ward');
select is(test.refusal($$ select chibo.send_to_class(test.id('k'), '{}', '2024-03-04') $$), 'required candidate_ids', 'somebody');
select is(test.refusal($$ select chibo.send_to_class(test.id('k'), array[test.id('mot'), test.id('mot')], '2024-03-04') $$), 'twice candidate_ids', 'each once');
select is(test.refusal($$ select chibo.send_to_class(test.id('k'), array[test.id('mot')], '2024-03-05') $$), 'class_over class_id last_on=2024-03-04', 'not after its end');
select chibo.send_to_class(test.id('k'), array[test.id('mot'), test.id('hai'), test.id('ba')], '2024-03-01') \g /dev/null
select is(concat_ws(', ', test.stage('mot'), test.stage('hai')), 'in_class 2, in_class 2', 'all of them');
select is(test.refusal($$ select chibo.send_to_class(test.id('k2'), array[test.id('mot')], '2024-03-05') $$),
	format('candidate_stage candidate_ids stage=in_class, id=%s', test.id('mot')), 'in one class at a time');
select is((select concat_ws(' ', sent, certified, failed) from chibo.class_record(test.id('k'))), '3 0 0', 'the ward counts its own');
select is((select string_agg(k.code, ' ') from chibo.class_page(null, null, null, 10) k), 'L-2 L-1', 'the newest first');
select is((select string_agg(k.code, ' ') from chibo.class_page(null, null, 'L-2', 10) k), 'L-1', 'and those behind one');

select test.as('clerk.b', 'ClassService/Get') \g /dev/null
select is((select concat_ws(' ', code, sent) from chibo.class_record(test.id('k'))), 'L-1 0', 'everybody may know of a class');
select is_empty($$ select from chibo.class_participants(test.id('k')) $$, 'and not who is in it');

select test.as('officer', 'ClassService/Certify') \g /dev/null
select is(test.refusal($$ select chibo.certify_class(test.id('k'), array[test.line('mot', true)]) $$), 'required certificate_no', 'a certificate has a number');
select is(test.refusal($$ select chibo.certify_class(test.id('k'), array[test.line('mot', null)]) $$), 'required certified', 'a result is asked');
select is(test.refusal($$ select chibo.certify_class(test.id('k'), array[test.line('mot', true, '1', '2024-02-29')]) $$), 'before_start issued_on from_on=2024-03-01', 'not before the class');
select is(test.refusal($$ select chibo.certify_class(test.id('k2'), array[test.line('mot', true, '1', '2024-03-05')]) $$),
	format('not_in_class lines id=%s', test.id('mot')), 'of the class that he attends');
select test.as_superuser() \g /dev/null
update rule_param set during = '[2022-01-18,2024-03-04)' where key = 'awareness_cert.valid_months' and lower(during) = '2022-01-18';
insert into rule_param (key, value, unit, during, legal_doc) values ('awareness_cert.valid_months', '36', 'months', '[2024-03-04,)', 'Quy định mới');
select test.as('officer', 'ClassService/Certify') \g /dev/null
select chibo.certify_class(test.id('k'), array[test.line('ba', true, '3', '2024-03-03'), test.line('mot', true, '1'), test.line('hai', false)]) \g /dev/null
select is(concat_ws(', ', test.stage('mot'), test.stage('hai'), test.stage('ba')), 'certified 3, mentored 3, certified 3', 'who passed goes on, who did not stays');
select is((select string_agg(concat_ws(' ', result, certificate_no, valid_until_on), ', ' order by certificate_no) from chibo.class_participants(test.id('k'))),
	'certified 1 2027-03-04, certified 3 2029-03-03, failed', 'valid by the rule of the day of issue');
select is(test.clock('mot'), 'certificate 2024-03-04 2027-03-04', 'the clock runs out on its last day');
select is((select a.rule_doc from class_attendance a where a.candidate_id = test.id('mot')), 'Quy định mới', 'the rule that was applied is kept');

-- ---- Waiting, ending, moving ----

select test.as('secretary', 'CandidateService/Suspend') \g /dev/null
select chibo.suspend_candidate(test.id('mot'), 3, 'Đi xa', '2024-03-04') \g /dev/null
select is((select concat_ws(' ', stage, resume_stage, reason) from candidate where id = test.id('mot')), 'suspended certified Đi xa', 'he waits');
select is(test.clock('mot'), 'certificate 2024-03-04 2027-03-04', 'his clock does not');
select chibo.resume_candidate(test.id('mot'), 4, 'Đã về', '2024-03-05') \g /dev/null
select is((select concat_ws(' ', stage, resume_stage, reason) from candidate where id = test.id('mot')), 'certified Đã về', 'and goes on where he was');
insert into admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by)
select test.id('case'), c.id, c.unit_id, c.unit_pos, c.feed_id, '2024-03-05', test.id('person secretary') from candidate c where c.id = test.id('ba');
select chibo.drop_candidate(test.id('ba'), 3, 'Không còn nguyện vọng', '2024-03-05') \g /dev/null
select is((select concat_ws(' ', c.stage, x.outcome, test.clock('ba')) from candidate c join admission_case x on x.candidate_id = c.id where c.id = test.id('ba')),
	'dropped dropped certificate 2024-03-03 2029-03-03 2024-03-05', 'a drop closes the file and stops the clocks');
select chibo.resume_candidate(test.id('ba'), 4, null, '2024-03-05') \g /dev/null
select is((select concat_ws(' ', c.stage, count(a.candidate_id) filter (where upper_inf(a.during))) from candidate c
	left join mentor_assignment a on a.candidate_id = c.id where c.id = test.id('ba') group by c.stage), 'listed 0', 'taken up again he stands on the list, without mentors');
select test.as('officer', 'CandidateService/Move') \g /dev/null
select chibo.move_candidate(test.id('mot'), 5, test.id('B1'), '2024-03-05') \g /dev/null
select test.as('clerk.b', 'CandidateService/Get') \g /dev/null
select is((select concat_ws(' ', c.version, m.until_on, k.due_on) from chibo.candidate_record(test.id('mot')) c, chibo.candidate_mentors(test.id('mot')) m,
	chibo.clock_rows(test.id('mot'), null) k), '6 2024-03-04 2027-03-04', 'who moves to another ward takes all of it along; its mentors end the day before');
select is((select p.unit_id from person p where p.id = test.id('person mot')), test.id('B1'), 'it is the person who moves');

-- ---- Who is told what ----

select is(array[chibo.is_young('1988-03-06', 35, '2024-03-05'), chibo.is_young('1988-03-05', 35, '2024-03-05'), chibo.is_young('1988', 35, '2024-03-05'),
	chibo.is_young('1988-02', 35, '2024-03-05'), chibo.is_young('1988-03', 35, '2024-03-05')], '{t,f,t,f,t}', 'up to 35, or perhaps');
select test.as('an', 'CandidateService/Get') \g /dev/null
select set_config('test.today', '2024-03-06', true) \g /dev/null
select is((select string_agg(c.id::text, '') from chibo.candidate_pick(null, null, null, null, null, null, null, null) c), null, 'who no longer helps sees nobody');
select test.as('chief', 'CandidateService/Get') \g /dev/null
select is((select concat_ws(' ', full_name, stage) from chibo.candidate_record(test.id('lan'))), 'mentored', 'who reads counts sees no name');

select * from finish();
rollback;
