-- Working days against a count day by day; a changed calendar and a new rule: what they move and what they leave alone.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(75);

-- ---- Counting ----

-- As somebody counts them on a wall calendar.
create function test.after_slowly(d date, n int) returns date language plpgsql as $$
declare
	v_day date := d;
	v_left int := abs(n);
begin
	while v_left > 0 loop
		v_day := v_day + sign(n)::int;
		v_left := v_left - case when chibo.is_working_day(v_day) then 1 else 0 end;
	end loop;
	return v_day;
end
$$;
create function test.between_slowly(a date, b date) returns int language sql as $$
	select case when b < a then -test.between_slowly(b, a) else (
		select count(*)::int from generate_series(a + 1, b, interval '1 day') d where chibo.is_working_day(d::date)) end
$$;
create temp table day as select d::date as day from generate_series(date '2019-12-20', '2027-01-10', interval '1 day') d;
create temp table running as
	select day, count(*) filter (where chibo.is_working_day(day)) over (order by day) as worked from day;

select is((select count(*) from day where chibo.working_day_after(day, 1) <> test.after_slowly(day, 1)), 0::bigint, 'the next working day, of each day of seven years');
select is((select count(*) from day where chibo.working_day_after(day, -1) <> test.after_slowly(day, -1)), 0::bigint, 'and the one before');
select is((select count(*) from day where chibo.working_day_after(day, 0) <> day), 0::bigint, 'none is the day itself, worked or not');
select is((select string_agg(format('%s%s', day, n), ' ') from day, unnest('{2,5,10,30,60,90,-2,-10,-30,-60}'::int[]) n
           where extract(day from day) in (1, 28) and chibo.working_day_after(day, n) <> test.after_slowly(day, n)), null,
	'so many after or before, as counted day by day');
select is((select string_agg(format('%s-%s', a.day, b.day), ' ') from running a, running b
           where extract(day from a.day) = 17 and extract(month from a.day) in (1, 2, 5, 9) and extract(day from b.day) % 3 = 1 and chibo.working_days(a.day, b.day) <> b.worked - a.worked), null,
	'how many lie between any two days');
select is((select count(*) from day where chibo.working_days(day, day) <> 0), 0::bigint, 'none between a day and itself');
select is((select count(*) from day a, unnest('{1,30}'::int[]) n
           where chibo.working_days(a.day, chibo.working_day_after(a.day, n)) <> n
              or chibo.working_days(chibo.working_day_after(a.day, n), a.day) <> -n), 0::bigint, 'the two agree, forward and backward');
select is(test.between_slowly('2026-02-13', '2026-02-27'), 5, 'the reference itself: over Tết, five of two weeks');
select is(chibo.working_day_after(a, n)::text, b, what)
from (values
	(date '2026-02-13', 1, '2026-02-23', 'Tết: after Friday before it comes Monday after it'),
	('2026-02-16', 1, '2026-02-23', 'from a holiday'),
	('2026-02-23', -1, '2026-02-13', 'backward over Tết'),
	('2021-02-09', 60, '2021-05-14', 'over Tết, Giỗ Tổ and 30/4'),
	('2024-05-03', 1, '2024-05-04', 'a Saturday worked in place of Monday'),
	('2024-04-26', 1, '2024-05-02', 'and the Monday that was off'),
	('2024-04-26', 3, '2024-05-04', 'both'),
	('2025-04-25', 1, '2025-04-26', 'a Saturday before its Friday'),
	('2025-04-29', 1, '2025-05-05', 'which is off'),
	('2026-01-09', 1, '2026-01-10', 'Saturday, 10 January 2026'),
	('2027-12-31', 1, '2028-01-03', 'years without announcements: Monday to Friday')
) as t (a, n, b, what);
select is(chibo.working_days(a, b), n, what)
from (values
	(date '2026-02-13', date '2026-02-23', 1, 'ten days, one of them worked'),
	('2026-02-23', '2026-02-13', -1, 'and backward'),
	('2026-02-14', '2026-02-22', 0, 'from one day off to another'),
	('2024-04-27', '2024-05-05', 3, 'a week with the Saturday'),
	('2026-01-01', '2026-12-31', 250, 'a year from New Year on')
) as t (a, b, n, what);
select is(chibo.day_after(a, n, u)::text, b, what)
from (values
	(date '2020-02-29', 12, 'months', '2021-02-28', 'twelve months from a leap day'),
	('2021-01-31', 1, 'months', '2021-02-28', 'a month that is too short'),
	('2026-02-13', 10, 'days', '2026-02-23', 'days are all days'),
	('2026-02-13', 2, 'working_days', '2026-02-24', 'working days are not'),
	('2026-02-13', 0, 'working_days', '2026-02-13', 'none')
) as t (a, n, u, b, what);

-- ---- The calendar changes ----

-- A candidate of a unit, and the clocks of one.
create function test.seeker(name text, unit text) returns void language sql as $$
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name, sex, born_on)
	select test.id('person ' || seeker.name), u.id, u.pos, u.feed_id, 'Hoàng', 'Mẫu', 'male', '2000'
	from chibo.unit u where u.id = test.id(unit);
	insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on, stage_on)
	select test.id(seeker.name), u.id, u.pos, u.feed_id, test.id('person ' || seeker.name), 'under_review', 'worker', '2020-01-01', '2020-01-01'
	from chibo.unit u where u.id = test.id(unit)
$$;
create function test.due(name text, kind text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select string_agg(format('%s+%s=%s', c.started_on, c.rule_value, c.due_on), ' ' order by c.started_on) from clock c
	where c.candidate_id = test.id(due.name) and c.kind = due.kind
$$;
create function test.rule(key text, value text, unit text default null, first date default '2028-01-01', last date default null)
returns text language sql as $$
	select test.refusal(format('select chibo.create_rule(test.id(%L), %L, %L, %L, %L, %L, %L)',
		'r' || clock_timestamp(), rule.key, rule.value, rule.unit, rule.first, rule.last, 'QĐ mẫu'))
$$;
grant execute on all functions in schema test to public;
alter table chibo.candidate disable trigger user;
select test.seeker('k' || n, case when n = 3 then 'B1' else 'A1' end) from generate_series(1, 5) n \g /dev/null
alter table chibo.candidate enable trigger user;
select chibo.start_clock('decide', test.id('k1'), null, '2027-01-04'), chibo.start_clock('decide', test.id('k2'), null, '2027-06-01'),
	chibo.start_clock('decide', test.id('k3'), null, '2027-02-01'), chibo.start_clock('decide', test.id('k4'), null, '2027-01-04'),
	chibo.start_clock('certificate', test.id('k1'), null, '2022-03-01') \g /dev/null
select chibo.extend_clock('decide', test.id('k3'), null, '2027-03-01', 'Chờ thẩm tra') \g /dev/null
select chibo.stop_clock('decide', test.id('k4'), null, '2027-02-01') \g /dev/null
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-29', 'twelve weeks, as long as nothing is announced');
select is(test.due('k3', 'decide'), '2027-02-01+60=2027-06-07', 'eighteen, extended');

select test.as('secretary', 'CalendarService/List') \g /dev/null
select is(test.refusal($$ select chibo.set_day(test.id('d0'), '2027-02-08', false, 'Tết', 'TB') $$), 'root_only', 'not from a branch');
select test.as('head', 'CalendarService/Set') \g /dev/null
select chibo.set_day(test.id('d1'), '2027-02-08', false, 'Tết Nguyên đán', 'Thông báo 1') \g /dev/null
select is((select format('%s %s %s %s', c.version, c.is_working, c.feed_id = test.id('Q'), c.clocks_moved) from chibo.calendar_day c where c.day = '2027-02-08'),
	'1 f t 2', 'a day off: a row of the district, and two clocks moved');
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-30', 'the one that runs over it by a day');
select is(test.due('k3', 'decide'), '2027-02-01+60=2027-06-08', 'the extended one under its whole rule');
select is(test.due('k2', 'decide'), '2027-06-01+60=2027-08-24', 'one that starts later stays');
select is(test.due('k4', 'decide'), '2027-01-04+60=2027-03-29', 'and one that has stopped');
select is(test.due('k1', 'certificate'), '2022-03-01+60=2027-03-01', 'and one in months');
select chibo.set_day(test.id('d2'), '2027-03-30', false, 'Nghỉ', 'Thông báo 2') \g /dev/null
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-31', 'its last day off: the next');
select chibo.set_day(test.id('d3'), '2027-04-01', false, 'Nghỉ', 'Thông báo 2') \g /dev/null
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-31', 'the day after its last moves nothing');
select chibo.set_day(test.id('d4'), '2027-01-04', false, 'Nghỉ', 'Thông báo 2') \g /dev/null
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-31', 'nor does its first');
select chibo.set_day(test.id('d5'), '2027-02-13', true, 'Làm bù', 'Thông báo 3') \g /dev/null
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-29', 'a Saturday worked: back by a working day');
select chibo.set_day(test.id('d6'), '2027-02-08', true, 'Ngày thường', 'Thông báo 4') \g /dev/null
select is((select format('%s %s %s %s', c.id = test.id('d1'), c.version, c.is_working, c.clocks_moved) from chibo.calendar_day c where c.day = '2027-02-08'),
	't 2 t 2', 'taken back: the same row changes');
select is(test.due('k1', 'decide'), '2027-01-04+60=2027-03-26', 'and the clock is back before the weekend');
select chibo.set_day(test.id('d7'), '2026-04-27', true, 'Không nghỉ bù', 'Thông báo 5') \g /dev/null
select is((select format('%s %s %s', c.version, c.feed_id = test.id('Q'), c.name) from chibo.calendar_day c where c.day = '2026-04-27'),
	'2 t Không nghỉ bù', 'a shipped day becomes the district''s');
select is(current_setting('app.touched') ~ ('calendar_day,' || test.id('d1') || ',2,changed,' || test.id('Q')), true, 'the ledger hears of it');
select is(test.refusal($$ select chibo.set_day(test.id('d8'), '2027-09-02', false, ' Quốc khánh', 'TB') $$), 'name__text', 'a name is text');
select is(test.refusal($$ select chibo.set_day(test.id('d8'), '2027-09-02', false, 'Quốc khánh', '') $$), 'basis__text', 'so is what it rests on');
select is(test.refusal($$ select chibo.set_day(test.id('d1'), '2027-09-02', false, 'Quốc khánh', 'TB') $$), 'calendar_day_id__id_taken', 'an id names one day');

-- ---- The rule changes ----

select test.as('head', 'RuleService/Create') \g /dev/null
select chibo.create_rule(test.id('r1'), 'admission.decide_days', '45', null, '2027-07-01', null, 'QĐ mẫu, điều 1') \g /dev/null
select is((select string_agg(format('%s %s %s v%s', r.value, r.unit, r.during, r.version), '; ' order by r.during)
           from chibo.rule_param r where r.key = 'admission.decide_days' and upper(r.during) is distinct from '2025-01-20'),
	'60 working_days [2025-01-20,2027-07-01) v2; 45 working_days [2027-07-01,) v1', 'the row before ends the day before');
select is((select count(*) from chibo.rule_param r where r.key = 'admission.decide_days' and r.feed_id = test.id('Q')), 2::bigint, 'both are the district''s now');
select is(current_setting('app.touched') ~ ('rule,' || test.id('r1') || ',1,created,' || test.id('Q')), true, 'the ledger hears of it');
select test.as_superuser() \g /dev/null
select is(test.due('k2', 'decide'), '2027-06-01+60=2027-08-24', 'an old case keeps its deadline');
select chibo.start_clock('decide', test.id('k5'), null, '2027-07-01') \g /dev/null
select is(test.due('k5', 'decide'), '2027-07-01+45=2027-09-02', 'a new one takes the new');
select chibo.start_clock('decide', test.id('k1'), null, '2027-06-30') \g /dev/null
select is(right(test.due('k1', 'decide'), 24), '2027-06-30+60=2027-09-22', 'the day before the rule still the old');
select test.as('head', 'CalendarService/Set') \g /dev/null
select chibo.set_day(test.id('d9'), '2027-08-02', false, 'Nghỉ', 'Thông báo 6') \g /dev/null
select is(test.due('k2', 'decide') || ' ' || test.due('k5', 'decide'), '2027-06-01+60=2027-08-25 2027-07-01+45=2027-09-03',
	'a calendar of today counts each under its own rule');

select test.as('head', 'RuleService/Create') \g /dev/null
select is(test.rule(key, value, unit, coalesce(first, '2028-01-01'), last), refusal, what)
from (values
	('admission.decide_days', '30', null, date '2027-07-01', null::date, 'later_rule valid_from_on from_on=2027-07-01', 'the first day is taken'),
	('admission.decide_days', '30', null, '2026-01-01', null, 'later_rule valid_from_on from_on=2027-07-01', 'nothing goes between'),
	('admission.dream_days', '30', null, null, null, 'unknown_rule key key=admission.dream_days', 'code reads no other'),
	('admission.decide_days', '1.5', null, null, null, 'value_format value value=1.5, unit=working_days', 'a number is whole'),
	('admission.decide_days', '2/3', null, null, null, 'value_format value value=2/3, unit=working_days', 'no ratio'),
	('admission.decide_days', '-5', null, null, null, 'value_format value value=-5, unit=working_days', 'not below none'),
	('vote.admission_ratio', '3/2', null, null, null, 'value_format value value=3/2, unit=ratio', 'no more than all'),
	('vote.admission_ratio', '5', null, null, null, 'value_format value value=5, unit=ratio', 'a ratio is one'),
	('meeting.attendance_pct', '101', null, null, null, 'value_format value value=101, unit=percent', 'nor of a hundred'),
	('admission.min_education', 'wizard', null, null, null, 'value_format value value=wizard, unit=code', 'a code of its list'),
	('admission.count_basis', 'dream', null, null, null, 'value_format value value=dream, unit=code', 'one of two'),
	('probation.months', '365', 'days', null, null, 'rule_unit unit unit=months', 'months stay months'),
	('probation.months', '10', null, '2028-01-01', '2027-01-01', 'before_start valid_until_on from_on=2028-01-01', 'it ends after it begins'),
	('admission.decide_days', '60', 'days', null, null, '', 'a deadline may be in days'),
	('vote.admission_ratio', '1/2', 'ratio_over', null, null, '', 'a ratio may be exceeded'),
	('full_recognition.remind_days', '-90,-30,0', null, null, null, '', 'a list'),
	('awareness_cert.alert_months', '3', null, '2028-01-01', '2028-12-31', '', 'for a year')
) as t (key, value, unit, first, last, refusal, what);
select is(test.refusal($$ update chibo.rule_param set value = '1' $$), 'permission denied for table rule_param', 'what a rule said stays');
select test.as('secretary', 'RuleService/List') \g /dev/null
select is(test.rule('probation.months', '10'), 'root_only', 'not from a branch');

select finish();
rollback;
