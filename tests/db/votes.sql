-- Votes: the least number that passes, the roll at an instant, each sum by its name, and that a vote stays.
begin;
\ir fixture.psql
select plan(49);

-- A meeting of A1 in session; both members are there.
insert into meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, chair_id, chair_name,
	clerk_id, clerk_name)
select test.id('M'), u.id, u.pos, u.feed_id, 'regular', 'in_session', '2021-11', '2021-11-06 08:00+07', '2021-11-06 08:00+07',
	test.id('person an'), 'Nguyễn An', test.id('person binh'), 'Nguyễn Bình'
from unit u where u.id = test.id('A1');
create function test.attend(who text, state chibo.attendance_state, arrived timestamptz default null, gone timestamptz default null)
returns void language sql as $$
	insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state, reason,
		arrived_at, left_at)
	select m.id, test.id(who), m.unit_id, m.unit_pos, who, who, 'full', false, attend.state, 'ốm', arrived, gone
	from chibo.meeting m where m.id = test.id('M')
	on conflict (meeting_id, member_id) do update set state = excluded.state, arrived_at = excluded.arrived_at, left_at = excluded.left_at
$$;
create function test.roll(clock text default '08:30') returns text language sql as $$
	select concat_ws(' ', r.eligible, r.present) from chibo.roll_at(test.id('M'), ('2021-11-06 ' || clock || '+07')::timestamptz) r
$$;
-- A tally of 20 by 16, with what `counts` says otherwise; the constraint that it breaks, or ''.
create function test.tally(counts jsonb) returns text language plpgsql as $$
declare
	v chibo.vote_item;
	v_name text;
begin
	select v_any.* into v from jsonb_populate_record(null::chibo.vote_item, jsonb_build_object('id', gen_random_uuid(), 'version', 1,
		'meeting_id', test.id('M'), 'purpose', 'ordinary', 'subject', 'Kế hoạch ' || random(), 'method', 'secret_ballot', 'round', 1,
		'voted_at', '2021-11-06 09:00+07', 'eligible', 20, 'present', 16, 'quorum_met', true, 'issued', 16, 'returned', 15, 'missing', 1,
		'valid', 14, 'invalid', 1, 'votes_for', 11, 'votes_against', 2, 'blank', 1, 'rule_key', 'vote.ordinary_ratio',
		'rule_value', '1/2', 'rule_doc', 'Điều lệ', 'needed', 11, 'passed', true) || counts) v_any;
	select m.unit_id, m.unit_pos, m.feed_id into v.unit_id, v.unit_pos, v.feed_id from chibo.meeting m where m.id = v.meeting_id;
	insert into chibo.vote_item select v.*;
	return '';
exception when check_violation or unique_violation then
	get stacked diagnostics v_name = constraint_name;
	return v_name;
end
$$;
grant execute on all functions in schema test to public;

-- integers: at least, or more than
select is(least_number('2/3', 'ratio', 18), 12, '2/3 of 18 is 12');
select is(least_number('2/3', 'ratio', 17), 12, 'of 17, too');
select is(least_number('2/3', 'ratio', 19), 13, 'of 19 it is 13');
select is(least_number('1/2', 'ratio_over', 18), 10, 'more than half of 18 is 10');
select is(least_number('1/2', 'ratio_over', 17), 9, 'of 17 it is 9');
select is(least_number('1/2', 'ratio', 18), 9, 'at least half of 18 is 9');
select is(least_number('2/3', 'ratio', 0), 1, 'nobody decides nothing');
select is((select count(*) from generate_series(0, 500) n cross join (values ('2/3', 'ratio', 2, 3), ('1/2', 'ratio_over', 1, 2),
	('3/4', 'ratio', 3, 4), ('2/3', 'ratio_over', 2, 3)) r (value, unit, num, den) cross join generate_series(1, 500) votes
	where (votes >= least_number(r.value, r.unit, n)) <>
	      case r.unit when 'ratio' then votes * r.den >= n * r.num else votes * r.den > n * r.num end), 0::bigint,
	'for all numbers it is the fraction itself');
select is(least_number('2/3', 'percent', 18), 1, 'no other unit is a ratio');
select throws_ok($$ select ratio_on('meeting.min_minutes', '2021-11-06', 'voted_at_us') $$, 'CB009', 'no_rule_on_day',
	'and is not taken for one');
select throws_ok($$ select ratio_on('vote.admission_ratio', '2010-01-01', 'voted_at_us') $$, 'CB009', 'no_rule_on_day',
	'nor is a rule of another day');
select is(vote_rule_key('admission') || ' ' || vote_rule_key('resolution'), 'vote.admission_ratio vote.ordinary_ratio',
	'the purpose names the rule');

-- the roll at an instant
select test.as('secretary', 'VoteService/Record') \g /dev/null
select is(test.roll(), '2 0', 'two full members, nobody called yet');
select test.attend('an', 'present'), test.attend('binh', 'online', '2021-11-06 08:20+07') \g /dev/null
select is(test.roll('08:19') || ', ' || test.roll('08:20'), '2 1, 2 2', 'who comes later counts from then');
select test.attend('binh', 'online', null, '2021-11-06 09:00+07') \g /dev/null
select is(test.roll('08:59') || ', ' || test.roll('09:00'), '2 2, 2 1', 'who leaves counts until then');
select test.attend('binh', 'excused') \g /dev/null
select is(test.roll(), '2 1', 'who is excused may vote and is not there');
select test.attend('binh', 'exempt') \g /dev/null
select is(test.roll(), '1 1', 'who is exempt and stays away does not count');
select test.attend('binh', 'present') \g /dev/null
select is(test.roll(), '2 2', 'and counts when he comes');
select test.as_superuser() \g /dev/null
update member set full_on = null, status = 'probationary', card_no = null where id = test.id('binh');
select test.as('secretary', 'VoteService/Record') \g /dev/null
select is(test.roll(), '1 1', 'a probationary member has no vote');
select test.as_superuser() \g /dev/null
update member set full_on = '2006-02-01', status = 'full', card_no = '00000001' where id = test.id('binh');
insert into membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select test.id('away'), test.id('binh'), u.id, u.pos, u.feed_id, 'temporary', '[2021-10-01,2022-01-01)' from unit u where u.id = test.id('A2');
select test.as('secretary', 'VoteService/Record') \g /dev/null
select is(test.roll(), '1 1', 'nor one who is away by a temporary transfer');
select throws_ok($$ select compare_roll(test.id('M'), '2021-11-06 09:00+07', 2, 1) $$, 'CB009', 'eligible_differs', 'the paper is held against it');
select throws_ok($$ select compare_roll(test.id('M'), '2021-11-06 09:00+07', 1, 2) $$, 'CB009', 'present_differs', 'in both figures');
select lives_ok($$ select compare_roll(test.id('M'), '2021-11-06 09:00+07', null, null) $$, 'if it tells any');

-- each sum by its name
select is(test.tally('{}'), '', 'a tally that adds up is taken');
select is(test.tally('{"present": 21}'), 'present__present_within_eligible', 'more present than may vote');
select is(test.tally('{"issued": null, "returned": null, "missing": null}'), 'issued__ballots_required', 'a secret ballot without papers');
select is(test.tally('{"method": "card", "missing": null}'), 'issued__ballots_together', 'papers counted in part');
select is(test.tally('{"method": "card", "issued": null, "returned": null, "missing": null}'), '', 'cards may go without');
select is(test.tally('{"issued": 17, "missing": 2}'), 'issued__issued_within_present', 'more issued than present');
select is(test.tally('{"missing": 0}'), 'issued__issued_is_returned_and_missing', 'papers gone');
select is(test.tally('{"returned": 16, "missing": 0}'), 'returned__returned_is_valid_and_invalid', 'papers neither valid nor invalid');
select is(test.tally('{"votes_for": 12}'), 'valid__options_fill_valid', 'more opinions than papers');
select is(test.tally('{"blank": 0}'), 'valid__options_fill_valid', 'fewer, too');
select is(test.tally('{"purpose": "election", "votes_for": 0, "votes_against": 0, "blank": 15}'), 'votes_for__options_within_valid', 'in an election they are within');
select is(test.tally('{"method": "hand", "issued": null, "returned": null, "missing": null, "valid": 17, "invalid": 0, "votes_for": 17, "votes_against": 0, "blank": 0}'),
	'valid__cast_within_present', 'more cast than present');
select is(test.tally('{"method": "hand", "issued": null, "returned": null, "missing": null, "valid": 21, "invalid": 0, "votes_for": 21, "votes_against": 0, "blank": 0}'),
	'valid__cast_within_eligible', 'more than may vote');
select is(test.tally('{"passed": false}'), 'passed__computed', 'the result follows from the numbers');
select is(test.tally('{"needed": 12}'), 'passed__computed', 'both ways');
select is((select string_agg(test.tally(jsonb_build_object(f, -1)) , ' ' order by f) from unnest('{issued,missing,invalid,blank,votes_against}'::text[]) f),
	'blank__negative invalid__negative issued__issued_is_returned_and_missing issued__issued_is_returned_and_missing valid__options_fill_valid',
	'below zero something else breaks first, or the count itself');
select is(test.tally('{"issued": 14, "missing": -1}'), 'missing__negative', 'which is named when the sum holds');
select is(test.tally('{"round": 4}'), 'round__out_of_range', 'there are three rounds');
select is(test.tally('{"round": 2, "subject": "Kế hoạch"}') || test.tally('{"round": 2, "subject": "KE HOACH"}'), 'round__voted', 'each once');
select is(test.tally(jsonb_build_object('subject_id', test.id('x'))) || test.tally(jsonb_build_object('subject_id', test.id('x'))),
	'round__voted__subject', 'also of one record');

-- rounds
select test.tally('{"subject": "Vòng", "votes_for": 2, "votes_against": 11, "passed": false}') \g /dev/null
select throws_ok($$ select require_round(test.id('M'), 'ordinary', 'Vòng', null, 3) $$, 'CB009', 'round_order', 'the second round is next');
select lives_ok($$ select require_round(test.id('M'), 'ordinary', 'vong', null, 2) $$, 'after one that did not pass');
select throws_ok($$ select require_round(test.id('M'), 'minutes', 'Vòng', null, 2) $$, 'CB009', 'round_order', 'another purpose is another subject');
select test.tally('{"subject": "Vòng", "round": 2}') \g /dev/null
select throws_ok($$ select require_round(test.id('M'), 'ordinary', 'Vòng', null, 3) $$, 'CB009', 'already_passed', 'what passed is not voted on again');
select throws_ok($$ update vote_item set votes_for = 0 where meeting_id = test.id('M') $$, '42501', null, 'the server changes no vote');
select test.as_superuser() \g /dev/null
select throws_ok($$ update vote_item set votes_for = 0 where meeting_id = test.id('M') $$, 'CB009', 'vote_is_final', 'nobody does');

select finish();
rollback;
