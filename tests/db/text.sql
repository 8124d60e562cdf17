-- Vietnamese names, dates as people know them, search without marks.
begin;
\ir fixture.psql
select plan(27);

select is(fold('Đặng Thị Thuỷ'), 'dang thi thuy', 'marks and đ fold away');
select is(fold('Thủy'), fold('Thuỷ'), 'both places of the tone mark');
select is(fold(normalize('Nguyễn Văn Đức', nfd)), 'nguyen van duc', 'decomposed letters, too');
select ok(is_name_part('H''hen'), 'an apostrophe');
select ok(is_name_part('Niê-Kđăm'), 'a hyphen');
select ok(not is_name_part('Hoà1'), 'no digits in names');
select ok(not is_name_part(' An'), 'no stray spaces');
select ok(not is_name_part(normalize('Hoà', nfd)), 'composed letters only');
select ok(not is_name_part(repeat('a', 31)), 'at most thirty letters');
select ok(is_text('“khối 5, phường', 40), 'unbalanced quotes are kept');
select ok(not is_text(e'a\u00a0b', 40), 'no no-break space');
select ok(not is_text(e'a\nb', 40), 'no line feed');

select ok(is_day('2020-02-29') and is_day('2000-02-29') and is_day('2021-12-31'), 'days of the calendar');
select ok(not is_day('2021-02-29') and not is_day('1900-02-29') and not is_day('2021-04-31'), 'and no others');
select ok(not is_day('today') and not is_day('20210106') and not is_day('infinity') and not is_day('06/11/2021'), 'ISO only');
select ok(is_partial_date('1965') and is_partial_date('1965-07') and is_partial_date('1965-07-12'), 'a year, a month, a day');
select ok(not is_partial_date('1965-13') and not is_partial_date('65') and not is_partial_date('1965-7'), 'and nothing else');
select throws_ok($$ select day('31/02/1971', 'born_on') $$, 'CB003', 'date_format', 'a bad day names its field');
select throws_ok($$ select past_day('2999-01-01', 'joined_on') $$, 'CB003', 'not_future', 'the future has not happened');
select is(last_day('[2021-01-01,2022-01-01)'), '2021-12-31', 'periods end on their last day');
select is(last_day('[2021-01-01,)'), null, 'open ones do not');
select is((select string_agg(n, ' ' order by n collate "vi-x-icu") from unnest('{Vĩnh,Ước,Đạt,Ánh,Dũng,An}'::text[]) n),
	'An Ánh Dũng Đạt Ước Vĩnh', 'names sort as Vietnamese do');

select test.enter('head', 'UnitService/List', test.id('grant head')) \g /dev/null
select test.member('t1', 'A1', 'Thuỷ', 'female'), test.member('t2', 'B1', 'Thủy', 'female') \g /dev/null
select test.as('head') \g /dev/null
select is((select count(*) from auth.member_search('nguyen thuy', null, 9)), 2::bigint, 'without marks both spellings are found');
select is((select string_agg(full_name, ', ') from auth.member_search('Thủy', null, 9)), 'Nguyễn Thủy, Nguyễn Thuỷ',
	'with marks the exact one comes first');
select is((select count(*) from auth.member_search('%_', null, 9)), 0::bigint, 'a pattern is not a pattern');
select throws_ok($$ select auth.member_search('x', null, 9) $$, 'CB003', 'too_short', 'one letter is not enough');
select test.as('clerk') \g /dev/null
select is((select string_agg(full_name, ', ') from auth.member_search('thuy', null, 9)), 'Nguyễn Thuỷ', 'search stays in scope');

select finish();
rollback;
