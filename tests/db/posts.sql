-- Posts and who holds them, members who take part where they live, reports that were sent.
begin;
\ir fixture.psql
select plan(195);

-- What refuses: rule and field of a refusal, the name of a constraint.
create function test.says(sql text) returns text language plpgsql as $$
declare
	v_state text;
	v_rule text;
	v_field text;
	v_constraint text;
begin
	execute sql;
	return '';
exception when others then
	get stacked diagnostics v_state = returned_sqlstate, v_rule = message_text, v_field = column_name,
		v_constraint = constraint_name;
	return case when v_state like 'CB%' then concat_ws(' ', v_rule, nullif(v_field, '')) else coalesce(nullif(v_constraint, ''), v_rule) end;
end
$$;
-- Somebody who acts in a grant of a person who is there already.
create function test.holder(who text, person text, role text, unit text) returns void language plpgsql as $$
begin
	insert into auth.account (id, feed_id, login_name, person_id, password_hash)
	values (test.id('account ' || who), test.id('Q'), 'user.' || who, test.id(person), 'hash');
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
	select test.id('grant ' || who), test.id(person), role, t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', now()
	from auth.tree t where t.unit_id = test.id(unit);
	insert into auth.session (token_hash, account_id) values (test.token(who), test.id('account ' || who));
end
$$;
create function test.place(name text, member text, unit text, from_on date) returns void language sql as $$
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select test.id(name), test.id(member), u.id, u.pos, u.feed_id, 'residential', daterange(from_on, null)
	from chibo.unit u where u.id = test.id(unit)
$$;
create function test.post(name text, unit text, type text, is_party boolean default true, from_on date default '2015-01-01')
returns void language sql as $$
	select chibo.create_post(test.id(name), test.id(unit), type, null, case when not is_party then 'UBND phường' end, is_party, null, from_on)
$$;
create function test.hold(name text, post text, person text, from_on date default '2020-01-01', until_on date default null)
returns void language sql as $$
	select chibo.hold_post(test.id(name), test.id(post), test.id('person ' || person), null, 'elected', '3-QĐ', from_on, until_on)
$$;
create function test.register(name text, place text, member text default null, category chibo.residential_category default null,
                              received date default '2023-03-01', introduced date default '2023-02-20') returns void language sql as $$
	select chibo.register_resident(test.id(name), test.id(place), test.id(member), category, 'Sở Y tế', introduced, received)
$$;
create function test.assess(year int, names text[], grades text[], unit text default 'A1') returns void language sql as $$
	select chibo.assess_residents(test.id(unit), year, array(select test.id(n) from unnest(names) with ordinality as x (n, i) order by i),
		grades, null)
$$;
create function test.r12(unit text, day date) returns text language sql as $$
	select format('%s members, %s registered (%s + %s), %s not introduced, %s assessed (%s %s), %s not, %s sent', sum(members), sum(registered),
		sum(normal), sum(introduced_exempt), sum(not_introduced), sum(assessed), sum(good), sum(fair), sum(not_assessed), sum(sent))
	from auth.residential_figures(test.id(unit), day, 'then')
$$;
create function test.version(name text) returns int language sql as $$
	select version from chibo.residential_registration where id = test.id(name)
	union all select version from chibo.sent_report where id = test.id(name)
$$;
grant execute on all functions in schema test to public;

select test.as('head') \g /dev/null
select test.official('ward', 'A', 'WS'), test.official('officer', 'Q', 'DO'), test.official('clerk.b', 'B', 'WO'),
	test.official('deputy', 'A1', 'BD') \g /dev/null
select test.as_superuser() \g /dev/null
select test.holder('dung', 'person dung', 'MB', 'B1'), test.holder('an', 'person an', 'MB', 'A1') \g /dev/null
-- Dũng of B1 and Chi of A2 live in A1.
select test.place('dung in A1', 'dung', 'A1', '2023-01-10'), test.place('chi in A1', 'chi', 'A1', '2023-02-01') \g /dev/null

-- posts
select test.as('clerk', 'PostService/Create') \g /dev/null
select is(test.says($$ select test.post('p', 'A1', 'baker') $$), 'unknown_code type', 'a post is of a known type');
select is(test.says($$ select test.post('p', 'B1', 'secretary') $$), 'not_found unit_id', 'and in a unit in scope');
select is(test.says($$ select test.post('p', 'A1', 'secretary', true, '1970-01-01') $$), 'before_founding from_on', 'which existed');
select is(test.says($$ select chibo.create_post(test.id('p'), test.id('A1'), 'hamlet_head', 'Trưởng thôn', null, false, false, '2015-01-01') $$),
	'body_name__required', 'outside the Party it names its body');
select lives_ok($$ select test.post('head of A1', 'A1', 'residential_group_head', false), test.post('deputy of A1', 'A1', 'deputy_secretary'),
	test.post('head of A2', 'A2', 'residential_group_head', false), test.post('front of A2', 'A2', 'front_head', false) $$, 'four posts');
select is((select title from post where id = test.id('deputy of A1')), 'Phó bí thư', 'without a title it is called like its type');

select is(test.says($$ select test.hold('h', 'head of B1', 'an') $$), 'not_found post_id', 'one holds a post that there is');
select is(test.says($$ select test.hold('h', 'head of A1', 'dung') $$), 'not_found person_id', 'by a person in scope');
select is(test.says($$ select chibo.hold_post(test.id('h'), test.id('head of A1'), null, null, 'elected', '3-QĐ', '2020-01-01', null) $$),
	'required holder_name', 'or a name');
select is(test.says($$ select chibo.hold_post(test.id('h'), test.id('head of A1'), test.id('person an'), 'Ai', 'elected', '3-QĐ', '2020-01-01', null) $$),
	'person_or_name holder_name', 'not both');
select is(test.says($$ select test.hold('h', 'head of A1', 'an', '2014-12-31') $$), 'before_post from_on', 'not before there was one');
select is(test.says($$ select test.hold('h', 'head of A1', 'an', '2020-01-02', '2020-01-01') $$), 'before_start until_on', 'nor backwards');
select is(test.says($$ select test.hold('h', 'head of A1', 'clerk') $$), 'own_record person_id', 'nor oneself');
select is(test.says($$ select chibo.hold_post(test.id('h'), test.id('head of A1'), test.id('person an'), null, 'elected', ' ', '2020-01-01', null) $$),
	'decision_doc__text', 'and by a decision');
select lives_ok($$ select test.hold('an heads', 'head of A1', 'an'), test.hold('an deputy', 'deputy of A1', 'an', '2021-01-01'),
	test.hold('binh heads', 'head of A2', 'binh', '2020-01-01', '2024-12-31') $$, 'three holdings');
select is(test.says($$ select test.hold('h', 'head of A1', 'binh', '2022-01-01') $$), 'post_id__post_taken', 'one at a time');
select lives_ok($$ select chibo.hold_post(test.id('by name'), test.id('front of A2'), null, 'Lò Văn Ngoài', 'appointed', '4-QĐ', '2022-01-01', null) $$,
	'who has no record holds by name');
select is((select holder_name from post_holding where id = test.id('an heads')), 'Nguyễn An', 'a name is kept as it was');

select is((select string_agg(format('%s %s %s', p.type, coalesce(p.is_member, false), coalesce(p.concurrent, false)), ', ' order by p.type, p.pos)
	from auth.post_page(null, '2022-06-01', null, null, null, 9) p),
	'deputy_secretary t t, front_head f f, residential_group_head t t, residential_group_head t f', 'who holds what on a day');
select is((select string_agg(p.type, ', ') from auth.post_page(null, '2020-06-01', null, null, null, 9) p where p.concurrent), null,
	'a year before nobody held two');
select is((select count(*) from auth.post_page(test.id('A2'), today(), 'front_head', null, null, 9)), 1::bigint, 'by unit and type');
select is((select count(x.id) from auth.post_page(null, today(), null, null, null, 1) p, auth.post_page(null, today(), null, p.pos, p.id, 9) x),
	3::bigint, 'a page goes on after the last row');

-- AT-16, AT-17 in small: two heads, both members, one of them a deputy secretary, too
select is((select format('%s %s %s %s %s %s %s', posts, held, by_members, by_members_pct, concurrent, concurrent_pct, combined_with)
	from auth.post_figures(test.id('A'), '2022-06-01', 'then') where type = 'residential_group_head'),
	'2 2 2 100.0 1 50.0 Phó bí thư 1', 'R13: held by members, held concurrently');
select is((select string_agg(format('%s + %s %s %s', type, with_type, posts, share_pct), ', ')
	from auth.post_pairs(test.id('A'), '2022-06-01', 'then')),
	'deputy_secretary + residential_group_head 1 100.0, residential_group_head + deputy_secretary 1 50.0', 'and which posts go together');
select is((select format('%s %s %s', posts, held, by_members_pct) from auth.post_figures(test.id('A'), '2025-06-01', 'then')
	where type = 'residential_group_head'), '2 1 50.0', 'a vacant post counts among all');
select is_empty($$ select from auth.post_figures(test.id('B'), '2022-06-01', 'then') $$, 'another ward has none to show');

select is(test.says($$ select chibo.release_post(test.id('an heads'), 2, '2025-01-01') $$), 'conflict base_version', 'a release knows what it ends');
select is(test.says($$ select chibo.release_post(test.id('binh heads'), 1, '2025-01-01') $$), 'holding_over last_on', 'and is no extension');
select is(test.says($$ select chibo.release_post(test.id('an heads'), 1, '2019-12-31') $$), 'before_start last_on', 'nor before the start');
select lives_ok($$ select chibo.release_post(test.id('an heads'), 1, '2025-03-31') $$, 'released');
select lives_ok($$ select test.hold('next', 'head of A1', 'binh', '2025-04-01') $$, 'the next one follows on the next day');
select ok(not coalesce(chibo.held_too_long(test.id('next')), false), 'a short term warns of nothing');
select lives_ok($$ select test.hold('first', 'head of A2', 'chi', '2015-01-01', '2019-12-31'), test.hold('again', 'head of A2', 'chi', '2025-01-01', '2032-12-31') $$,
	'a long term is not refused');
select ok(chibo.held_too_long(test.id('again')), 'but warned of');

select is(test.says($$ select chibo.end_post(test.id('head of A1'), 1, '2025-01-01') $$), 'held_later last_on', 'a post does not end under its next holder');
select is(test.says($$ select chibo.end_post(test.id('head of A1'), 3, '2025-06-30') $$), 'conflict base_version', 'nor unseen');
select lives_ok($$ select chibo.end_post(test.id('head of A1'), 1, '2025-06-30') $$, 'abolished');
select is((select last_day(during) from post_holding where id = test.id('next')), '2025-06-30', 'its holding ends with it');
select is((select last_day(during) from post_holding where id = test.id('an heads')), '2025-03-31', 'earlier ones stay');
select is(test.says($$ select test.hold('h', 'head of A1', 'an', '2025-06-01', '2025-07-31') $$), 'post_ended post_id', 'nobody holds what is no more');
select is(test.says($$ select chibo.end_post(test.id('head of A1'), 2, '2025-06-30') $$), 'post_ended id', 'it ends once');

select test.as('clerk.b', 'PostService/End') \g /dev/null
select is_empty($$ select from auth.post_rows(test.id('front of A2')) $$, 'another ward sees no post');
select is(test.says($$ select chibo.end_post(test.id('front of A2'), 1, '2025-06-30') $$), 'not_found id', 'ends none');
select is(test.says($$ select chibo.release_post(test.id('by name'), 1, '2025-06-30') $$), 'not_found id', 'and releases nobody');

-- residential registrations
select test.as_superuser() \g /dev/null
select test.holder('binh', 'person binh', 'BS', 'A1') \g /dev/null
select test.as('secretary', 'ResidentialService/Create') \g /dev/null
select is(test.says($$ select test.register('r', 'place an') $$), 'not_found membership_id', 'a registration rests on a residential place');
select is(test.says($$ select test.register('r', null) $$), 'required membership_id', 'on one');
select is(test.says($$ select test.register('r', 'dung in A1', 'dung') $$), 'introduced member_id', 'and on nothing else');
select is(test.says($$ select test.register('r', 'dung in A1', null, 'not_introduced') $$), 'not_introduced membership_id',
	'who was not introduced has none');
select is(test.says($$ select test.register('r', null, null, 'not_introduced') $$), 'required member_id', 'he is named himself');
select is(test.says($$ select test.register('r', null, 'dung', 'not_introduced') $$), 'not_found member_id', 'and of the own branch');
select is(test.says($$ select test.register('r', 'dung in A1', null, null, '2023-01-09', '2023-01-01') $$), 'outside_place received_on',
	'nobody is received before his place begins');
select is(test.says($$ select test.register('r', 'dung in A1', null, null, '2023-02-19') $$), 'received_on__before_introduction',
	'nor before he is introduced');
select is(test.says($$ select test.register('r', 'dung in A1', null, null, '2023-03-01', null) $$), 'introduced_on__required', 'on a day');
select is(test.r12('A', '2023-12-31'), '2 members, 0 registered (0 + 0), 0 not introduced, 0 assessed (0 0), 0 not, 0 sent', 'R12 before');
select lives_ok($$ select test.register('dung here', 'dung in A1') $$, 'registered');
select is((select full_name from residential_registration where id = test.id('dung here')), 'Nguyễn Dũng',
	'by his name, whose record another ward keeps');
select is(test.says($$ select test.register('r', 'dung in A1') $$), 'membership_id__registered', 'once');
select test.as('deputy', 'ResidentialService/Create') \g /dev/null
select lives_ok($$ select test.register('chi here', 'chi in A1', null, 'introduced_exempt') $$, 'a deputy registers');
select lives_ok($$ select test.register('binh nowhere', null, 'binh', 'not_introduced', '2023-03-01', null) $$, 'also who was not introduced');
select is(test.says($$ select test.register('r', null, 'binh', 'not_introduced', '2023-03-01', null) $$), 'member_id__registered', 'once, too');
select test.as('binh', 'ResidentialService/Create') \g /dev/null
select is(test.says($$ select test.register('r', null, 'binh', 'not_introduced', '2023-03-01', null) $$), 'own_record member_id',
	'nobody registers himself');
select is(test.says($$ select chibo.end_registration(test.id('binh nowhere'), 1, '2023-04-01', 'x') $$), 'own_record id', 'nor ends his own');
select is(test.r12('A', '2023-12-31'), '2 members, 2 registered (1 + 1), 1 not introduced, 0 assessed (0 0), 1 not, 0 sent',
	'AT-11: registered apart, the members stay');
select is((select sum(members) from auth.unit_figures(test.id('A'), '2023-12-31', 'then')), 2::numeric, 'AT-10: in every report');

select is(test.says($$ select test.assess(2023, '{dung here}', '{good}') $$), 'not_taking_part lines', 'assessed is who takes part');
select is(test.says($$ select chibo.activate_registration(test.id('dung here'), 9) $$), 'conflict base_version', 'activated as seen');
select lives_ok($$ select chibo.activate_registration(test.id('dung here'), 1) $$, 'active');
select is(test.says($$ select chibo.activate_registration(test.id('dung here'), 2) $$), 'state_transition state', 'once');
select test.as('secretary', 'ResidentialService/Assess') \g /dev/null
select is(test.says($$ select chibo.activate_registration(test.id('binh nowhere'), 1) $$), 'not_introduced id', 'not introduced: takes no part');
select is(test.says($$ select test.assess(2023, '{}', '{}') $$), 'required lines', 'a list has lines');
select is(test.says($$ select test.assess(2999, '{dung here}', '{good}') $$), 'not_future year', 'of a year that has come');
select is(test.says($$ select test.assess(2022, '{dung here}', '{good}') $$), 'not_taking_part lines', 'in which he was there');
select is(test.says($$ select test.assess(2023, '{dung here,dung here}', '{good,fair}') $$), 'twice lines', 'each once');
select is(test.says($$ select test.assess(2023, '{dung here,chi here}', '{good,fair}') $$), 'category_exempt lines', 'normal ones only');
select is(test.says($$ select test.assess(2023, '{nobody}', '{good}') $$), 'not_found lines', 'known ones');
select is(test.says($$ select test.assess(2023, '{dung here}', '{good}', 'A2') $$), 'not_found lines', 'of this branch');
select is(test.says($$ select test.assess(2023, '{dung here}', '{superb}') $$), 'unknown_code grade', 'by a known grade');
select lives_ok($$ select test.assess(2023, '{dung here}', '{good}') $$, 'assessed');
select lives_ok($$ select test.assess(2023, '{dung here}', '{fair}') $$, 'and once more, before it is confirmed');
select is((select format('%s %s', grade, version) from residential_assessment), 'fair 2', 'which takes its place');
select is(test.r12('A', '2023-12-31'), '2 members, 2 registered (1 + 1), 1 not introduced, 1 assessed (0 1), 0 not, 0 sent', 'R12 shows grades');
select is(test.r12('A', '2024-12-31'), '2 members, 2 registered (1 + 1), 1 not introduced, 0 assessed (0 0), 1 not, 0 sent', 'of the year alone');
select is(test.r12('A', '2023-02-28'), '2 members, 0 registered (0 + 0), 0 not introduced, 0 assessed (0 0), 0 not, 0 sent', 'nobody before he is received');

-- who sees what
select test.as('dung', 'ResidentialService/List') \g /dev/null
select is((select string_agg(full_name || ' ' || grade, ', ') from auth.registration_page(null, null, null, 2023, null, null, 9)),
	'Nguyễn Dũng fair', 'a member sees his own, wherever he lives');
select is((select count(*) from auth.registration_rows(test.id('dung here'))), 1::bigint, 'and opens it');
select is_empty($$ select from auth.registration_rows(test.id('chi here')) $$, 'no other');
select test.as('an', 'ResidentialService/List') \g /dev/null
select is_empty($$ select from auth.registration_page(null, null, null, 2023, null, null, 9) $$, 'not those of his own branch');
select is_empty($$ select from auth.registration_years(test.id('dung here')) $$, 'nor what is said of them');
select test.as('chief', 'ResidentialService/List') \g /dev/null
select is((select format('%s %s %s', count(*), count(full_name), count(member_id)) from auth.registration_page(null, null, null, 2023, null, null, 9)),
	'3 0 0', 'who sees counts sees no names');
select is_empty($$ select from auth.registration_years(test.id('dung here')) $$, 'and no assessments');
select test.as('clerk.b', 'ResidentialService/List') \g /dev/null
select is_empty($$ select from auth.registration_page(null, null, null, 2023, null, null, 9) $$, 'another ward sees none');
select is(test.says($$ select chibo.end_registration(test.id('dung here'), 2, '2023-04-01', 'x') $$), 'not_found id', 'and ends none');

-- confirmed by the ward
select test.as_superuser() \g /dev/null
select is(test.says($$ update residential_assessment set confirmed_by = proposed_by $$), 'id__own_proposal', 'no row is confirmed by its proposer');
update residential_assessment set proposed_by = test.id('person ward');
select test.as('ward', 'ResidentialService/Confirm') \g /dev/null
select is(test.says($$ select chibo.confirm_assessments(test.id('A1'), 2023, '2024-01-05') $$), 'own_proposal unit_id', 'nobody confirms his own');
select test.as_superuser() \g /dev/null
update residential_assessment set proposed_by = test.id('person secretary');
select test.as('ward', 'ResidentialService/Confirm') \g /dev/null
select is(test.says($$ select chibo.confirm_assessments(test.id('A1'), 2022, '2024-01-05') $$), 'nothing_waits year', 'nor what is not there');
select is(test.says($$ select chibo.confirm_assessments(test.id('A1'), 2023, '2022-12-31') $$), 'too_early sent_on', 'nor sends it before the year');
select lives_ok($$ select chibo.confirm_assessments(test.id('A1'), 2023, '2024-01-05') $$, 'confirmed');
select is(test.r12('A', '2023-12-31'), '3 members, 2 registered (1 + 1), 1 not introduced, 1 assessed (0 1), 0 not, 1 sent', 'and sent');
select test.as('secretary', 'ResidentialService/Assess') \g /dev/null
select is(test.says($$ select test.assess(2023, '{dung here}', '{good}') $$), 'assessed year', 'a confirmed year stays');

-- the end
select is(test.says($$ select chibo.end_registration(test.id('dung here'), 1, '2024-06-30', 'x') $$), 'conflict base_version', 'ended as seen');
select is(test.says($$ select chibo.end_registration(test.id('dung here'), test.version('dung here'), '2023-02-01', 'x') $$),
	'ended_on__before_start', 'not before he came');
select lives_ok($$ select chibo.end_registration(test.id('dung here'), test.version('dung here'), '2024-06-30', 'Nghỉ hưu') $$, 'ended');
select is((select last_day(during) from membership where id = test.id('dung in A1')), '2024-06-30', 'his place ends on that day');
select is(test.r12('A', '2024-06-30'), '2 members, 2 registered (1 + 1), 1 not introduced, 0 assessed (0 0), 1 not, 0 sent', 'the last day counts');
select is(test.r12('A', '2024-07-01'), '2 members, 1 registered (0 + 1), 1 not introduced, 0 assessed (0 0), 0 not, 0 sent',
	'the next does not, and the members stay');
select is(test.says($$ select chibo.activate_registration(test.id('dung here'), test.version('dung here')) $$), 'state_transition state', 'an end is an end');
select test.as_superuser() \g /dev/null
update membership set during = '[2023-02-01,2024-04-01)' where id = test.id('chi in A1');
select test.as('secretary', 'ResidentialService/End') \g /dev/null
select is(test.says($$ select chibo.end_registration(test.id('chi here'), 1, '2024-04-01', 'x') $$), 'place_ended last_on',
	'a place that ended before is not prolonged');
select is(test.r12('A', '2024-04-01'), '2 members, 1 registered (1 + 0), 1 not introduced, 0 assessed (0 0), 1 not, 0 sent', 'and does not count');
select lives_ok($$ select chibo.end_registration(test.id('chi here'), 1, '2024-03-31', 'Chuyển nhà') $$, 'from received to its end');

-- reports that are sent
select test.as('clerk', 'SentReportService/Make') \g /dev/null
select is(test.says($$ select chibo.make_report(test.id('x'), 'R99', test.id('A'), '2024-H1') $$), 'unknown_report code', 'a report is known');
select is(test.says($$ select chibo.make_report(test.id('x'), 'R12', test.id('A'), '2024-13') $$), 'period_format period', 'of a period');
select is(test.says($$ select chibo.make_report(test.id('x'), 'R12', test.id('A'), '2024-06') $$), 'period_kind period', 'that it has');
select is(test.says($$ select chibo.make_report(test.id('x'), 'R12', test.id('A'), '2999') $$), 'period_ahead period', 'and that has begun');
select is(test.says($$ select chibo.make_report(test.id('x'), 'R12', test.id('A1'), '2024-H1') $$), 'not_found unit_id', 'of the own unit');
select is((select string_agg(period_days(p)::text, ' ') from unnest('{2024,2024-02,2024-Q2,2024-H2}'::text[]) as p),
	'[2024-01-01,2025-01-01) [2024-02-01,2024-03-01) [2024-04-01,2024-07-01) [2024-07-01,2025-01-01)', 'periods are days');
select lives_ok($$ select chibo.make_report(test.id('draft'), 'R12', test.id('A'), '2024-H1'),
	chibo.make_report(test.id('first'), 'R12', test.id('A'), '2024-H1') $$, 'made, and made anew');
select is((select string_agg(format('%s %s', state, number), ', ' order by state) from sent_report), 'draft 1, replaced 1',
	'which takes the place of the draft');
select is(test.says($$ select chibo.send_report(test.id('draft'), 2) $$), 'state_transition state', 'for good');
select is((select string_agg(format('%s.%s %s', c.row_key, c.field, c.value), ', ') from auth.report_cells(test.id('first'), null, 9) c
	where c.field in ('unit_name', 'members', 'registered')),
	'CODE.A1.unit_name Đơn vị A1, CODE.A1.members 2, CODE.A1.registered 1, CODE.A2.unit_name Đơn vị A2, CODE.A2.members 1, CODE.A2.registered 0',
	'cells in their order');
select is((select count(distinct row_no) from auth.report_cells(test.id('first'), 1, 9)), 1::bigint, 'on from a line');
select ok(auth.report_is_intact(test.id('first')), 'the hash is that of the cells');
select is((select hash from sent_report where id = test.id('first')),
	(select sha256(convert_to(format('["%s", "R12", "2024-H1", 1]', test.id('A')) || string_agg(
		e'\n' || jsonb_build_array(row_no, row_key, field_no, field, value)::text, '' order by row_no, field_no), 'UTF8'))
	 from sent_report_cell where report_id = test.id('first')), 'as the protocol describes it');
select test.as('officer', 'SentReportService/List') \g /dev/null
select is_empty($$ select from auth.report_rows(test.id('first')) $$, 'a draft is its unit''s own business');
select is_empty($$ select from auth.report_cells(test.id('first'), null, 9) $$, 'with all cells');
select is((select string_agg(format('%s %s %s', unit_code, due_on, is_late), ', ') from auth.missing_reports(test.id('Q'), 'R12', '2024-H1')),
	'CODE.A 2024-07-10 t, CODE.B 2024-07-10 t', 'both wards are late');

select test.as('ward', 'SentReportService/Send') \g /dev/null
select is(test.says($$ select chibo.send_report(test.id('first'), 7) $$), 'conflict base_version', 'sent as seen');
select lives_ok($$ select chibo.send_report(test.id('first'), 1) $$, 'sent');
select is(test.says($$ select chibo.send_report(test.id('first'), 2) $$), 'state_transition state', 'once');
select test.as('clerk', 'SentReportService/Accept') \g /dev/null
select is(test.says($$ select chibo.decide_report(test.id('first'), 2, 'accepted', null) $$), 'own_unit id', 'not decided in the unit itself');
select test.as('officer', 'SentReportService/Accept') \g /dev/null
select is((select string_agg(unit_code, ', ') from auth.missing_reports(test.id('Q'), 'R12', '2024-H1')), 'CODE.B', 'one ward is late');
select lives_ok($$ select chibo.decide_report(test.id('first'), 2, 'returned', 'Thiếu chi bộ') $$, 'sent back');
select is((select string_agg(format('%s %s', unit_code, is_returned), ', ') from auth.missing_reports(test.id('Q'), 'R12', '2024-H1')),
	'CODE.A t, CODE.B f', 'and is missing again');

-- a correction is a new version with its differences
select test.as_superuser() \g /dev/null
update residential_registration set received_on = '2024-02-01', introduced_on = '2024-01-01' where id = test.id('chi here');
update membership set during = '[2023-02-01,)' where id = test.id('chi in A1');
update residential_registration set state = 'ended', ended_on = '2024-12-31' where id = test.id('chi here');
update membership set during = '[2023-02-01,2025-01-01)' where id = test.id('chi in A1');
select test.as('clerk', 'SentReportService/Make') \g /dev/null
select lives_ok($$ select chibo.make_report(test.id('second'), 'R12', test.id('A'), '2024-H1') $$, 'made once more');
select is((select format('%s %s', number, corrects = test.id('first')) from sent_report where id = test.id('second')), '2 t', 'the second version corrects the first');
select is((select string_agg(format('%s.%s %s > %s', row_key, field, before, after), ', ') from auth.report_differences(test.id('second'), null)),
	'CODE.A1.residential 1 > 2, CODE.A1.registered 1 > 2, CODE.A1.introduced_exempt 0 > 1', 'and differs where the records do');
select is_empty($$ select from auth.report_differences(test.id('second'), test.id('second')) $$, 'not from itself');
select is((select string_agg(format('%s > %s', before, after), ', ') from auth.report_differences(test.id('first'), test.id('second'))),
	'2 > 1, 2 > 1, 1 > 0', 'and the other way round');
select is(test.says($$ select from auth.report_differences(test.id('first'), null) $$), 'required with_id', 'a first version is compared with a named one');
select lives_ok($$ select chibo.make_report(test.id('posts'), 'R13', test.id('A'), '2024-H1') $$, 'R13 is frozen as well');
select is(test.says($$ select from auth.report_differences(test.id('second'), test.id('posts')) $$), 'other_report with_id', 'but is another report');
select ok((select count(*) > 0 from auth.report_cells(test.id('posts'), null, 9) where field = 'by_members_pct'), 'with its own columns');
select is(test.says(format('select chibo.make_report(%L, %L, test.id(''A''), %L)', test.id(code || ' made'), code, period)), '', code || ' can be made')
from (values ('R01', '2024-06'), ('R02', '2024-06'), ('R03', '2024-06'), ('R14', '2024'), ('R17', '2024-Q2')) as r (code, period);
select is(test.says($$ select chibo.make_report(test.id('x'), 'R01', test.id('A'), '2024-Q2') $$), 'period_kind period', 'for its own period');
select test.as('officer', 'SentReportService/Compare') \g /dev/null
select is(test.says($$ select from auth.report_differences(test.id('second'), null) $$), 'not_found id', 'a draft is not compared from above');
select test.as('ward', 'SentReportService/Send') \g /dev/null
select lives_ok($$ select chibo.send_report(test.id('second'), 1) $$, 'sent');
select test.as('clerk', 'SentReportService/Make') \g /dev/null
select lives_ok($$ select chibo.make_report(test.id('third'), 'R12', test.id('A'), '2024-H1') $$, 'a third one');
select test.as('officer', 'SentReportService/List') \g /dev/null
select is((select string_agg(format('%s %s', number, state), ', ' order by number) from auth.report_page(null, 'R12', '2024-H1', null, null, null, 9)),
	'1 returned, 2 sent', 'the district lists what was sent');
select test.as('ward', 'SentReportService/Send') \g /dev/null
select lives_ok($$ select chibo.send_report(test.id('third'), 1) $$, 'sent, too');
select test.as('officer', 'SentReportService/Accept') \g /dev/null
select is(test.says($$ select chibo.decide_report(test.id('second'), 2, 'accepted', null) $$), 'corrected id', 'what was corrected is not decided any more');
select lives_ok($$ select chibo.decide_report(test.id('third'), 2, 'accepted', null) $$, 'accepted');
select is(test.says($$ select chibo.decide_report(test.id('third'), 3, 'returned', 'x') $$), 'state_transition state', 'for good');
select test.as('clerk.b', 'SentReportService/Accept') \g /dev/null
select is(test.says($$ select chibo.decide_report(test.id('third'), 3, 'returned', 'x') $$), 'not_found id', 'another ward decides nothing');
select is_empty($$ select from auth.report_rows(test.id('third')) $$, 'and sees nothing');

-- frozen, whoever writes
select test.as_superuser() \g /dev/null
select is(test.says($$ update sent_report_cell set value = '9' where report_id = test.id('third') and row_no = 1 and field = 'members' $$),
	'frozen id', 'no cell changes');
select is(test.says($$ delete from sent_report_cell where report_id = test.id('third') $$), 'frozen id', 'or goes');
select is(test.says($$ insert into sent_report_cell select report_id, unit_id, unit_pos, 99, 'x', 1, 'x', 'x' from sent_report_cell
	where report_id = test.id('third') limit 1 $$), 'frozen id', 'or comes');
alter table sent_report disable trigger keep_report;
update sent_report set made_at = now() - interval '1 hour' where id = test.id('posts');
alter table sent_report enable trigger keep_report;
select is(test.says($$ insert into sent_report_cell select report_id, unit_id, unit_pos, 99, 'x', 1, 'x', 'x' from sent_report_cell
	where report_id = test.id('posts') limit 1 $$), 'frozen id', 'or is added to a draft later');
select is(test.says($$ update sent_report set period = '2023' where id = test.id('third') $$), 'frozen id', 'nor what it is of');
select is(test.says($$ update sent_report set sent_at = now() - interval '1 day' where id = test.id('third') $$), 'frozen id', 'nor when it was sent');
select is(test.says($$ update sent_report set hash = sha256('') where id = test.id('posts') $$), 'frozen id', 'nor the hash of a draft');
select is(test.says($$ delete from sent_report where id = test.id('posts') $$), 'frozen id', 'nor is one deleted');
select is(test.says($$ update sent_report set decided_by = made_by where id = test.id('third') $$), 'id__own_proposal', 'nobody decides on what he made');
select is(test.says($$ update sent_report set decided_by = sent_by where id = test.id('third') $$), 'id__own_proposal', 'or sent');
select test.as('secretary', 'SentReportService/Make') \g /dev/null
select lives_ok($$ select chibo.make_report(test.id('of A1'), 'R12', test.id('A1'), '2024') $$, 'a branch makes its own');
select test.as('head', 'UnitService/Move') \g /dev/null
select lives_ok($$ select auth.move_unit(test.id('A1'), 1, test.id('B'), '2026-01-01') $$, 'and moves with it to another ward');
select test.as_superuser() \g /dev/null
select is((select count(distinct c.unit_pos) from sent_report_cell c join unit u on u.id = c.unit_id and u.pos = c.unit_pos where c.report_id = test.id('of A1')),
	1::bigint, 'its cells too');
alter table sent_report_cell disable trigger keep_cells;
update sent_report_cell set value = '9' where report_id = test.id('third') and row_no = 1 and field = 'members';
select test.as('officer', 'SentReportService/Get') \g /dev/null
select ok(not auth.report_is_intact(test.id('third')), 'whoever forges a cell all the same is found by the hash');

-- every way that the tables do not name is closed
select is((select string_agg(format('%s>%s', a, b), ' ') from unnest(enum_range(null::residential_state)) a, unnest(enum_range(null::residential_state)) b
	where a <> b and not exists (select from transition t where t.entity = 'residential_registration' and t.from_state = a::text and t.to_state = b::text)),
	'active>received ended>received ended>active', 'steps of a registration');
select is((select string_agg(format('%s>%s', from_state, to_state), ' ' order by order_no) from transition where entity = 'sent_report'),
	'draft>sent draft>replaced sent>returned sent>accepted', 'steps of a report');
select test.as_superuser() \g /dev/null
select is((select string_agg(b::text, ' ') from unnest(enum_range(null::sent_report_state)) b
	where test.says(format('update sent_report set state = %L where id = test.id(''third'')', b)) <> 'state_transition state'), 'accepted',
	'the trigger holds them, whoever writes');

-- the functions hold the interval themselves
select test.as_superuser() \g /dev/null
alter table unit disable row level security;
alter table post disable row level security;
alter table post_holding disable row level security;
alter table residential_registration disable row level security;
alter table residential_assessment disable row level security;
alter table membership disable row level security;
alter table sent_report disable row level security;
alter table sent_report_cell disable row level security;
update residential_assessment set confirmed_by = null, sent_on = null;
select test.as('clerk.b', 'PostService/Create') \g /dev/null
select is(test.says(sql), rule, sql) from (values
	($$ select test.post('x', 'A2', 'secretary') $$, 'not_found unit_id'),
	($$ select test.hold('x', 'front of A2', 'dung', '2015-01-01', '2015-02-01') $$, 'not_found post_id'),
	($$ select chibo.release_post(test.id('by name'), 1, '2025-06-30') $$, 'not_found id'),
	($$ select chibo.end_post(test.id('front of A2'), 1, '2025-06-30') $$, 'not_found id'),
	($$ select chibo.make_report(test.id('x'), 'R12', test.id('A2'), '2024') $$, 'not_found unit_id'),
	($$ select chibo.decide_report(test.id('third'), 3, 'returned', 'x') $$, 'not_found id'),
	($$ select chibo.send_report(test.id('posts'), 1) $$, 'not_found id')) as x (sql, rule);
select is_empty($$ select from auth.report_cells(test.id('third'), null, 9) $$, 'no cells of a report of another ward');
select is_empty($$ select from auth.report_page(null, 'R13', null, null, null, null, 9) $$, 'no reports');
select is_empty($$ select from auth.post_page(null, today(), 'front_head', null, null, 9) $$, 'no posts');
select is_empty($$ select from auth.post_rows(test.id('front of A2')) $$, 'nor one of them');
select is_empty($$ select from auth.post_figures(test.id('A'), today(), 'then') $$, 'none in the figures');
select is_empty($$ select from auth.residential_figures(test.id('A'), today(), 'then') $$, 'nor in those of the branches');
select test.as('clerk', 'ResidentialService/Assess') \g /dev/null
select is(test.says(sql), rule, sql) from (values
	($$ select test.register('x', 'dung in A1') $$, 'not_found membership_id'),
	($$ select test.register('x', null, 'dung', 'not_introduced', '2024-01-01', null) $$, 'not_found member_id'),
	($$ select chibo.activate_registration(test.id('binh nowhere'), 1) $$, 'not_found id'),
	($$ select chibo.end_registration(test.id('binh nowhere'), 1, '2024-06-30', 'x') $$, 'not_found id'),
	($$ select test.assess(2024, '{dung here}', '{good}') $$, 'not_found lines'),
	($$ select chibo.confirm_assessments(test.id('A1'), 2023, '2024-01-01') $$, 'nothing_waits year')) as x (sql, rule);
select is_empty($$ select from auth.registration_rows(test.id('dung here')) $$, 'no registration of another ward');
select is_empty($$ select from auth.registration_page(null, null, null, 2023, null, null, 9) $$, 'in no list');

select finish();
rollback;
