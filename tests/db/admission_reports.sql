-- Newly admitted (R05), structure (R06), candidates (R09): each figure is the length of its list.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(78);
create or replace function chibo.today() returns date language sql stable parallel safe as $$ select date '2026-06-15' $$;
update auth."grant" set during = '[2020-01-01,)';

create function test.person(name text, unit text) returns void language sql as $$
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
	select test.id('person ' || name), u.id, u.pos, u.feed_id, 'Phạm', 'Văn', 'male', '2000' from chibo.unit u where u.id = test.id(unit)
$$;
create function test.applicant(name text, unit text, stage chibo.candidate_stage, stage_on date, source text default 'teacher',
                               identified date default '2024-01-10', listed date default '2024-02-10') returns void language sql as $$
	select test.person(name, unit);
	insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, stage_on, source_group, identified_on, listed_on,
		listing_resolution)
	select test.id(name), p.unit_id, p.unit_pos, p.feed_id, p.id, applicant.stage, applicant.stage_on, source, identified, listed,
	       case when listed is not null then '3-NQ' end
	from chibo.person p where p.id = test.id('person ' || applicant.name)
$$;
create function test.mentor(candidate text, mentor text, during daterange) returns void language sql as $$
	insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id, mentor_name, resolution,
		together_since_on, during, reason_end)
	select test.id('mentoring ' || candidate || mentor), c.id, c.unit_id, c.unit_pos, c.feed_id, test.id(mentor), test.id('person ' || mentor),
	       'Nguyễn ' || mentor, '4-NQ', '2020-01-01', mentor.during, case when not upper_inf(mentor.during) then 'chuyển' end
	from chibo.candidate c where c.id = test.id(candidate)
$$;
create function test.class(code text, during daterange) returns void language sql as $$
	insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
	values (test.id('class ' || class.code), test.id('Q'), class.code, 'Lớp', 'Trung tâm chính trị', class.during)
$$;
create function test.attend(candidate text, class text, result chibo.class_result, issued date default null) returns void language sql as $$
	insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no, issued_on, valid_until_on)
	select c.id, test.id('class ' || class), c.unit_id, c.unit_pos, c.feed_id, result, case when result = 'certified' then '9' end, issued,
	       (issued + interval '60 months')::date
	from chibo.candidate c where c.id = test.id(candidate)
$$;
create function test.file(candidate text, opened date, branch date default null, decision date default null, held date default null,
                          member text default null) returns void language sql as $$
	insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by, branch_on, committee_on,
		decision_on, decided_by, decision_doc, held_on, member_id, outcome)
	select test.id('file ' || candidate), c.id, c.unit_id, c.unit_pos, c.feed_id, opened, test.id('person an'), branch, decision, decision,
	       case when decision is not null then test.id('person chief') end, case when decision is not null then '5-QĐ' end, held,
	       test.id(member), case when held is not null then 'admitted'::chibo.case_outcome end
	from chibo.candidate c where c.id = test.id(candidate)
$$;
create function test.clock(candidate text, kind text, started date, due date, stopped date default null) returns void language sql as $$
	insert into chibo.clock (kind, candidate_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value, rule_unit, rule_doc, stopped_on)
	select clock.kind, c.id, c.unit_id, c.unit_pos, c.feed_id, started, due, 'x', 1, 'days', 'x', stopped
	from chibo.candidate c where c.id = test.id(candidate)
$$;
-- Of a person who is there already.
create function test.admit(name text, unit text, joined date, decided date, person text default null) returns void language plpgsql as $$
begin
	if person is null then
		perform test.person(name, unit);
	end if;
	insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, biography_no)
	select test.id(name), p.id, p.unit_id, p.unit_pos, p.feed_id, false, 'probationary', decided, joined,
	       lpad((hashtext(name) & 524287)::text, 6, '0') || 'NA'
	from chibo.person p where p.id = test.id('person ' || coalesce(person, name));
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select test.id('place ' || name), test.id(name), u.id, u.pos, u.feed_id, 'primary', daterange(joined, null)
	from chibo.unit u where u.id = test.id(unit);
end
$$;
-- 'code 2, code 1' of one group, what nobody is in left out.
create function test.pipeline(which text, unit text default 'Q', month text default '2026-06', from_on date default null,
                              until_on date default null) returns text language sql as $$
	select string_agg(concat_ws(' ', f.code, f.count, f.share_pct), ', ')
	from auth.pipeline_figures(test.id(unit), month, from_on, until_on) f where f."group" = which and f.count > 0
$$;
create function test.everybody() returns text[] language sql as $$
	select '{hai,ba,tu,nam,sau,bay,tam,chin,muoi,giap,at,binh2}'::text[]
$$;
create function test.listed(which text, what text, unit text default 'Q', month text default '2026-06', from_on date default null,
                            until_on date default null) returns text language sql as $$
	select string_agg(concat_ws(' ', coalesce(p.name, '-'), x.day, x.detail), ', ' order by x.day, p.name)
	from auth.pipeline_list(test.id(unit), month, from_on, until_on, which, what, null, null, 500) x
	left join lateral (select n.name from unnest(test.everybody()) n (name) where test.id(n.name) = coalesce(x.candidate_id, x.member_id)) p on true
$$;
create function test.differing(unit text, month text, from_on date, until_on date) returns text language sql as $$
	select string_agg(f.row_key, ', ')
	from auth.pipeline_figures(test.id(unit), month, from_on, until_on) f
	where f.count <> (select count(*) from auth.pipeline_list(test.id(unit), month, from_on, until_on, f."group", f.code, null, null, 500))
$$;
-- How many of a figure's list have a name, of how many.
create function test.named(which text, what text) returns text language sql as $$
	select count(x.full_name) || ' of ' || count(*) from auth.pipeline_list(test.id('Q'), '2026-06', null, null, which, what, null, null, 500) x
$$;
-- 'code count share, …' of one group; '?' where it is hidden, nobody left out.
create function test.figures(report text, which text, unit text, from_on date, until_on date, tree chibo.tree_mode default 'then',
                             basis text default null, is_open boolean default false) returns text language sql as $$
	select string_agg(concat_ws(' ', f.code, case when f.is_hidden then '?' else f.count::text end, f.share_pct), ', ')
	from auth.member_figures(report, test.id(unit), from_on, until_on, tree, basis, is_open) f
	where f."group" = which and f.count is distinct from 0
$$;
create function test.admitted(unit text, period text, tree chibo.tree_mode default 'then', basis text default null) returns text
language sql as $$
	select coalesce(test.figures('R05', 'total', unit, d.from_on, d.until_on, tree, basis), 'none')
	from chibo.report_days(period, null, null) d
$$;
create function test.members(report text, which text, what text, unit text, from_on date, until_on date,
                             tree chibo.tree_mode default 'then', basis text default null, scheme text default null) returns text
language sql as $$
	select string_agg(concat_ws(' ', x.full_name, x.day), ', ' order by x.day, x.full_name)
	from auth.member_list(report, test.id(unit), from_on, until_on, tree, basis, scheme, which, what, null, null, 500) x
$$;
-- The figures whose list has another length.
create function test.members_differing(report text, unit text, from_on date, until_on date, tree chibo.tree_mode default 'then',
                                       basis text default null) returns text language sql as $$
	select string_agg(f.row_key, ', ')
	from auth.member_figures(report, test.id(unit), from_on, until_on, tree, basis, true) f
	where f.count <> (select count(*) from auth.member_list(report, test.id(unit), from_on, until_on, tree, basis, null, f."group", f.code,
		null, null, 500))
$$;
create function test.origin(who text, ethnicity text, religion text default null) returns void language sql as $$
	insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity, religion)
	select p.id, p.unit_id, p.unit_pos, p.feed_id, ethnicity, religion from chibo.person p where p.id = test.id('person ' || who)
$$;
create function test.member_account(who text, unit text) returns void language plpgsql as $$
begin
	insert into auth.account (id, feed_id, login_name, person_id, password_hash)
	values (test.id('account ' || who), test.id('Q'), 'user.' || who, test.id('person ' || who), 'hash');
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
	select test.id('grant ' || who), test.id('person ' || who), 'MB', t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', now()
	from auth.tree t where t.unit_id = test.id(unit);
	insert into auth.session (token_hash, account_id) values (test.token(who), test.id('account ' || who));
end
$$;
grant execute on all functions in schema test to public;

select test.member_account('an', 'A1') \g /dev/null
-- --- candidates ---
select test.class('L1', '[2025-03-03,2025-03-08]'), test.class('L2', '[2026-05-11,2026-05-16]') \g /dev/null
select test.applicant('hai', 'A1', 'identified', '2026-05-01', 'pupil', '2026-05-01', null),
	test.applicant('ba', 'A1', 'mentored', '2025-02-01'),                       -- failed the class of May
	test.applicant('tu', 'A1', 'in_class', '2026-05-11', 'graduate'),
	test.applicant('nam', 'A2', 'certified', '2026-05-20', 'graduate'),
	test.applicant('sau', 'A2', 'file_open', '2026-04-01'),
	test.applicant('bay', 'B1', 'branch_approved', '2026-03-20', 'worker'),
	test.applicant('tam', 'B1', 'decided', '2026-06-01', 'worker'),
	test.applicant('chin', 'A1', 'probationary', '2025-09-02'),
	test.applicant('muoi', 'A1', 'dropped', '2025-05-05') \g /dev/null
select test.mentor('ba', 'an', '[2025-02-01,)'), test.mentor('ba', 'binh', '[2025-03-01,)'), test.mentor('tu', 'an', '[2025-02-01,2026-05-01)'),
	test.mentor('sau', 'chi', '[2024-06-01,)'), test.mentor('muoi', 'an', '[2024-03-01,)'), test.mentor('chin', 'an', '[2024-03-01,2025-09-02)'),
	test.mentor('bay', 'dung', '[2024-03-01,)') \g /dev/null
select test.attend('ba', 'L2', 'failed'), test.attend('tu', 'L2', 'sent'), test.attend('nam', 'L2', 'certified', '2026-05-20'),
	test.attend('chin', 'L1', 'certified', '2025-03-10'), test.attend('bay', 'L1', 'certified', '2021-08-01'),
	test.attend('sau', 'L1', 'certified', '2021-12-16'), test.attend('muoi', 'L1', 'sent') \g /dev/null
select test.admit('giap', 'A1', '2025-09-02', '2025-08-20', 'chin'), test.admit('at', 'A1', '2026-06-10', '2026-05-30'),
	test.admit('binh2', 'B1', '2024-06-15', '2024-06-01') \g /dev/null
select test.file('chin', '2025-04-01', '2025-05-15', '2025-08-20', '2025-09-02', 'giap'), test.file('sau', '2026-04-01'),
	test.file('bay', '2026-01-05', '2026-03-20'), test.file('tam', '2025-10-01', '2025-12-20', '2026-06-01') \g /dev/null
-- 10 working days from Monday, 15 June are over on Monday, 29 June.
select test.clock('sau', 'consider_file', '2026-04-01', '2026-06-29'), test.clock('sau', 'certificate', '2021-12-16', '2026-12-16'),
	test.clock('bay', 'decide', '2026-03-20', '2026-06-12'), test.clock('bay', 'certificate', '2021-08-01', '2026-06-20'),
	test.clock('tam', 'ceremony', '2026-06-01', '2026-06-30'),
	test.clock('tam', 'decide', '2025-12-20', '2026-03-20', '2026-06-01') \g /dev/null
-- The mentor of "bay" has reported.
select test.meeting('june', 'B1', 'regular', '2026-06') \g /dev/null
insert into chibo.mentor_report (id, meeting_id, unit_id, unit_pos, candidate_id, candidate_name, mentor_id, mentor_name, month, strengths, weaknesses)
select test.id('report'), m.id, m.unit_id, m.unit_pos, test.id('bay'), 'x', test.id('dung'), 'x', '2026-06', 'x', 'x'
from chibo.meeting m where m.id = test.id('june');

select test.as('chief', 'ReportService/Pipeline') \g /dev/null
select is(test.pipeline('stage'), 'identified 1 11.1, mentored 1 11.1, in_class 1 11.1, certified 1 11.1, file_open 1 11.1, '
	'branch_approved 1 11.1, decided 1 11.1, probationary 1 11.1, dropped 1 11.1', 'each candidate stands at one stage');
select is(test.pipeline('source'), 'teacher 2 28.6, pupil 1 14.3, graduate 2 28.6, worker 2 28.6',
	'sources of those who are on the way');
select is(test.pipeline('stage', 'A2'), 'certified 1 50.0, file_open 1 50.0', 'of one branch');
select is(test.pipeline('due'), 'mentor_missing 2, certificate_expiring 1, near 1, overdue 1',
	'of several deadlines of one candidate the first counts');
select is(test.pipeline('due', 'A2'), 'mentor_missing 1, near 1', 'a certificate of more than six months is none');
select is(test.pipeline('recent'), 'admitted_two_years 2, in_consideration 3', 'a day more than 24 months ago is too early');
select is(test.pipeline('recent', 'A1'), 'admitted_two_years 2', null);
select is(test.pipeline('class', 'Q', '2026-06', '2025-01-01', '2025-12-31'),
	'sent 4, certified 1 25.0, admitted 1 25.0, cohort_admitted 1 25.0', 'a class counts by its first day, a certificate by its own');
select is(test.pipeline('class', 'Q', '2026-06', '2025-01-01', '2026-06-30'),
	'sent 7, certified 2 28.6, admitted 2 28.6, cohort_admitted 1 14.3', 'two were admitted, one of them had been sent');
select is(test.pipeline('class'), 'admitted 1', 'the month, where nothing else is said');
select is(test.pipeline('class', 'Q', '2026-05'), 'sent 3, certified 1 33.3', null);

select is(test.pipeline('stage', 'Q', '2025-04'), 'listed 2 25.0, mentored 2 25.0, in_class 1 12.5, certified 2 25.0, file_open 1 12.5',
	'of a month that is over, as far as it left days behind');
select is(test.pipeline('stage', 'Q', '2025-08'), 'listed 2 25.0, mentored 2 25.0, certified 2 25.0, decided 1 12.5, dropped 1 12.5',
	'a decision that waits for its ceremony');

-- --- the lists behind ---
select test.as('head', 'ReportService/DrillCandidates') \g /dev/null
select is(test.listed('stage', 'file_open'), 'sau 2026-04-01', null);
select is(test.listed('source', 'worker'), 'bay 2026-03-20, tam 2026-06-01', null);
select is(test.listed('due', 'mentor_missing'), 'sau 2024-06-01 Nguyễn chi, ba 2025-02-01 Nguyễn an, Nguyễn binh', null);
select is(test.listed('due', 'certificate_expiring'), 'bay 2026-08-01 9', null);
select is(test.listed('due', 'near') || '; ' || test.listed('due', 'overdue'),
	'sau 2026-06-29 Chi bộ xét hồ sơ xin vào Đảng; bay 2026-06-12 Quyết định kết nạp', null);
select is(test.listed('recent', 'admitted_two_years'), 'chin 2025-09-02, at 2026-06-10', 'whoever never stood here is in it too');
select is(test.listed('class', 'cohort_admitted', 'Q', '2026-06', '2025-01-01', '2025-12-31'), 'chin 2025-09-02 L1', null);
select is(test.differing('Q', '2026-06', '2025-01-01', '2026-06-30'), null, 'each figure is the length of its list');
select is(test.differing('A', '2025-08', null, null), null, 'of a ward, in a month that is over');
select is(test.refusal($$ select test.listed('due', 'sometimes') $$), 'no_such_figure code group=due, value=sometimes', null);
select is(test.refusal($$ select test.pipeline('stage', 'Q', '2026-07') $$), 'period_ahead period value=2026-07', null);

select is(test.named('stage', 'file_open') || ', ' || test.named('recent', 'admitted_two_years'), '1 of 1, 2 of 2', null);
select test.as('chief', 'ReportService/DrillCandidates') \g /dev/null
select is(test.named('stage', 'file_open') || ', ' || test.named('recent', 'admitted_two_years'), '0 of 1, 0 of 2',
	'who reads counts alone sees no names');
select is(test.named('stage', 'decided'), '1 of 1', 'until a file lies before him');
select test.as('an', 'ReportService/DrillCandidates') \g /dev/null
select is(test.listed('due', 'mentor_missing'), 'ba 2025-02-01 Nguyễn an, Nguyễn binh', 'a member sees those whom he helps');
select is(test.listed('stage', 'in_class'), null, 'not whom he helped');
select test.as('secretary', 'ReportService/DrillCandidates') \g /dev/null
select is(test.listed('stage', 'file_open'), null, 'nobody of another branch');

-- --- newly admitted ---
select test.as_superuser() \g /dev/null
select test.admit('tet', 'A2', '2026-01-05', '2025-12-25') \g /dev/null
update chibo.person set sex = 'female', born_on = '1995-01-06', youth_union = true, education_level = 'university', occupation = 'official',
	theory_level = 'advanced' where id = test.id('person tet');
update chibo.person set youth_union = false, education_level = 'upper_secondary', born_on = '1985-06-10' where id = test.id('person at');

select test.as('head', 'ReportService/NewlyAdmitted') \g /dev/null
select is(test.admitted('Q', '2025') || '; ' || test.admitted('Q', '2026'), 'all 1 100.0; all 2 100.0',
	'decided in December, with the ceremony in January: by the ceremony');
select is(test.admitted('Q', '2025', 'then', 'decision') || '; ' || test.admitted('Q', '2026', 'then', 'decision'),
	'all 2 100.0; all 1 100.0', 'and by the decision');
select is(test.admitted('Q', '2025-H2') || ', ' || test.admitted('Q', '2025-H1') || ', ' || test.admitted('Q', '2025-Q3') || ', '
	|| test.admitted('Q', '2025-09'), 'all 1 100.0, none, all 1 100.0, all 1 100.0', 'periods of every length');
select is(test.figures('R05', 'sex', 'Q', '2026-01-01', '2026-06-15'), 'male 1 50.0, female 1 50.0', null);
select is(test.figures('R05', 'youth_union', 'Q', '2025-01-01', '2026-06-15'), 'yes 1 33.3, no 1 33.3, unknown 1 33.3',
	'who has no code has a line, so that each group adds up');
select is(test.figures('R05', 'age', 'Q', '2025-01-01', '2026-06-15'), '18-30 2 66.7, 41-50 1 33.3', 'in whole years on the day');
select is(test.figures('R05', 'education', 'Q', '2025-01-01', '2026-06-15'), 'upper_secondary 1 33.3, university 1 33.3, unknown 1 33.3', null);
select is(test.figures('R05', 'occupation', 'Q', '2025-01-01', '2026-06-15'), 'official 1 33.3, unknown 2 66.7', null);
select is(test.figures('R05', 'sector', 'Q', '2025-01-01', '2026-06-15'), 'hamlet 2 66.7, school 1 33.3', null);
select is(test.admitted('A2', '2026'), 'all 1 100.0', 'of one branch');
select is(test.refusal($$ select test.admitted('Q', '2027') $$), 'period_ahead period value=2027', null);
select is(test.refusal($$ select chibo.report_days('2025', '2025-01-01', null) $$), 'period_or_days period', null);
select is(test.refusal($$ select chibo.report_days(null, '2025-01-01', '2024-01-01') $$), 'before_start until_on from_on=2025-01-01', null);
select is((select d.from_on || ' ' || d.until_on from chibo.report_days(null, null, null) d), '2026-01-01 2026-06-15', 'this year until today');

-- --- structure ---
select is(test.figures('R06', 'total', 'Q', null, '2026-06-15'), 'all 8 100.0', null);
select is((select sum(f.members)::text from auth.unit_figures(test.id('Q'), '2026-06-15', 'then') f), '8', 'whom the other reports count');
select is(test.figures('R06', 'sex', 'Q', null, '2026-06-15'), 'male 5 62.5, female 3 37.5', null);
select is(test.figures('R06', 'age', 'Q', null, '2026-06-15'), '18-30 2 25.0, 31-40 1 12.5, 41-50 5 62.5', null);
select is(test.figures('R06', 'age', 'Q', null, '2026-01-05'), '18-30 3 42.9, 41-50 4 57.1',
	'the day before the 31st birthday');
select is(test.figures('R06', 'seniority', 'Q', null, '2026-06-15'), '0-9 4 50.0, 20-29 4 50.0', null);
select is(test.figures('R06', 'seniority', 'Q', null, '2014-12-31') || '; ' || test.figures('R06', 'seniority', 'Q', null, '2015-01-01'),
	'0-9 4 100.0; 10-19 4 100.0', 'since the decision of 1 January 2005');
select is(test.figures('R06', 'theory', 'Q', null, '2026-06-15'), 'advanced 1 12.5, unknown 7 87.5', null);
select is(test.figures('R06', 'sector', 'A', null, '2026-06-15'), 'hamlet 4 66.7, school 2 33.3', null);

-- --- small groups ---
select test.as_superuser() \g /dev/null
update chibo.rule_param set value = '2' where key = 'report.small_group';
update chibo.unit set keeps_member_files = false;
update chibo.unit set keeps_member_files = true where id = test.id('A');
select test.origin('an', 'kinh', 'none'), test.origin('binh', 'kinh', 'none'), test.origin('chin', 'kinh', 'none'), test.origin('at', 'kinh', 'none'),
	test.origin('chi', 'tay', 'none'), test.origin('dung', 'muong', 'catholicism'), test.origin('binh2', 'muong') \g /dev/null
select test.as('head', 'ReportService/Structure') \g /dev/null
select is(test.figures('R06', 'religion', 'Q', null, '2026-06-15', is_open => true), 'none 5 62.5, catholicism 1 12.5, unknown 2 25.0', null);
select is(test.figures('R06', 'religion', 'Q', null, '2026-06-15'), 'none 5 62.5, catholicism ?, unknown ?',
	'one alone would be told by the sum: the next one is hidden too');
select is(test.figures('R06', 'ethnicity', 'Q', null, '2026-06-15'), 'kinh 4 50.0, tay ?, muong 2 25.0, unknown ?', 'two are hidden anyway');
select is(test.figures('R06', 'sex', 'A2', null, '2026-01-01'), 'female 1 100.0', 'other groups are always told');
select is(test.figures('R06', 'ethnicity', 'A2', null, '2026-01-01'), null, 'nor that everybody is in one small group');
select is(test.figures('R05', 'ethnicity', 'Q', '2024-01-01', '2026-06-15'), 'kinh 2 50.0, minority ?, unknown ?', null);
select is(auth.sees_small_groups(), false, 'the district keeps no files');
select test.as('clerk', 'ReportService/Structure') \g /dev/null
select is(auth.sees_small_groups(), true, 'the ward does');
select test.as('secretary', 'ReportService/Structure') \g /dev/null
select is(auth.sees_small_groups(), true, 'and who acts below it knows them');

-- --- the lists behind ---
select test.as('clerk', 'ReportService/DrillMembers') \g /dev/null
select is(test.members_differing('R05', 'A', '2025-01-01', '2026-06-15'), null, 'each figure is the length of its list');
select is(test.members_differing('R05', 'A', '2025-01-01', '2025-12-31', 'now', 'decision'), null, 'by the decision too');
select is(test.members_differing('R06', 'A', null, '2026-06-15'), null, null);
select is(test.members('R05', 'total', 'all', 'A', '2025-01-01', '2026-01-31'), 'Phạm Văn 2025-09-02, Phạm Văn 2026-01-05', null);
select is(test.members('R06', 'ethnicity', 'tay', 'A', null, '2026-06-15'), 'Nguyễn Chi 2005-02-01', 'where the files are kept');
select is(test.members('R07', 'sector', 'Trường học', 'A', null, '2025-12-31'), 'Nguyễn Chi 2005-02-01', null);
select test.as('head', 'ReportService/DrillMembers') \g /dev/null
select is(test.refusal($$ select test.members('R06', 'ethnicity', 'kinh', 'Q', null, '2026-06-15') $$), 'group_hidden group group=ethnicity', null);
select is(test.refusal($$ select test.members('R05', 'sex', 'none', 'Q', null, '2026-06-15') $$), 'no_such_figure code group=sex, value=none', null);
select is(test.refusal($$ select test.members('R04', 'sex', 'male', 'Q', null, '2026-06-15') $$), 'unknown_report report value=R04', null);

-- --- a branch that moved, and one that was merged into another ---
select test.enter('head', 'UnitService/Move', test.id('grant head')) \g /dev/null
select test.as_superuser() \g /dev/null
select auth.move_unit(test.id('A1'), 1, test.id('B'), '2026-02-01') \g /dev/null
update chibo.unit_closure set during = daterange(lower(during), '2026-03-01') where unit_id = test.id('B1');
update chibo.unit set closed_on = '2026-03-01', successor = test.id('A2') where id = test.id('B1');
select test.as('head', 'ReportService/NewlyAdmitted') \g /dev/null
select is(test.admitted('A', '2025') || ', ' || test.admitted('B', '2025'), 'all 1 100.0, none', 'credited where the branch was then');
select is(test.admitted('A', '2025', 'now') || ', ' || test.admitted('B', '2025', 'now'), 'none, all 1 100.0', 'and where it is now');
select is(test.admitted('A', '2024') || ', ' || test.admitted('B', '2024'), 'none, all 1 100.0', 'a branch that was there then');
select is(test.admitted('A', '2024', 'now') || ', ' || test.admitted('B', '2024', 'now'), 'all 1 100.0, none', 'its successor has it now');
select is(test.admitted('Q', '2024') || test.admitted('Q', '2025') || test.admitted('Q', '2026'),
	test.admitted('Q', '2024', 'now') || test.admitted('Q', '2025', 'now') || test.admitted('Q', '2026', 'now'), 'the total is the same');
select test.as_superuser() \g /dev/null
select is((select sum(c.n) from auth.metric_credits('admissions', '2024-01-01', '2026-06-15', 'now', 'ceremony') c where c.ancestor_id = test.id('A'))
	|| ' of ' || (select sum(c.n) from auth.metric_credits('admissions', '2024-01-01', '2026-06-15', 'now', 'ceremony') c
	              where c.ancestor_id = test.id('Q')), '2 of 4', 'what progress against targets counts');
select is(test.figures('R05', 'total', 'A', '2024-01-01', '2026-06-15', 'now') || ' of '
	|| test.figures('R05', 'total', 'Q', '2024-01-01', '2026-06-15', 'now'), 'all 2 100.0 of all 4 100.0', 'is what this report counts');

select finish();
rollback;
