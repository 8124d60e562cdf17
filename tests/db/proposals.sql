-- Proposals upward: whom they may go to, who decides, receives, passes on and answers, and when one is overdue.
begin;
\ir fixture.psql
\ir refusal.psql
select plan(97);

-- A vote of a meeting, about a purpose, that passed or did not.
create function test.vote(name text, meeting text, purpose text, votes_for int default 12, subject text default null)
returns void language sql as $$
	insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, voted_at,
		eligible, present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
	select test.id(vote.name), m.unit_id, m.unit_pos, m.feed_id, m.id, vote.purpose::chibo.vote_purpose, vote.name,
	       test.id(vote.subject), 'hand', now(), 18, 18, true, 18, vote.votes_for, 18 - vote.votes_for, 0,
	       'vote.ordinary_ratio', '1/2', 'Điều lệ', 10, vote.votes_for >= 10
	from chibo.meeting m where m.id = test.id(vote.meeting)
$$;

create function test.propose(name text, unit text, recipients text[], bodies text[] default '{}', meeting text default null)
returns void language sql as $$
	select chibo.create_proposal(test.id(propose.name), test.id(propose.unit), 'Kiến nghị ' || propose.name, 'Nội dung', null,
		test.id(propose.meeting), array(select test.id(r) from unnest(propose.recipients) r), propose.bodies)
$$;
-- The row of a recipient, for whoever may see it.
create function test.row_of(proposal text, recipient text) returns uuid language sql as $$
	select r.id from chibo.proposal_recipient r
	where r.proposal_id = test.id(row_of.proposal) and r.recipient_name in (row_of.recipient, 'Đơn vị ' || row_of.recipient)
$$;
create function test.states(proposal text) returns text language sql security definer set search_path = pg_catalog, chibo as $$
	select p.state || ': ' || string_agg(r.recipient_name || ' ' || r.state, ', ' order by r.recipient_name)
	from proposal p join proposal_recipient r on r.proposal_id = p.id where p.id = test.id(states.proposal) group by p.id
$$;
-- As if it had been sent so many days ago.
create function test.age(name text, days int) returns void language sql security definer set search_path = pg_catalog, chibo as $$
	update proposal set sent_at = sent_at - days * interval '1 day' where id = test.id(age.name);
	update proposal_recipient set sent_at = sent_at - days * interval '1 day', due_on = due_on - days,
		receive_by_on = receive_by_on - days where proposal_id = test.id(age.name)
$$;
create function test.quarter(d date) returns text language sql as $$ select to_char(d, 'YYYY"-Q"Q') $$;
-- Somebody's further role.
create function test.holder(who text, person text, role text, unit text) returns void language sql as $$
	insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_by, confirmed_at)
	select test.id('grant ' || holder.who), test.id(holder.person), holder.role, t.unit_id, t.feed_id, '[2020-01-01,)', '2-QĐ', null, now()
	from auth.tree t where t.unit_id = test.id(holder.unit);
	insert into auth.session (token_hash, account_id)
	select test.token(holder.who), a.id from auth.account a where a.person_id = test.id(holder.person)
$$;
grant execute on all functions in schema test to public;

select test.official('ward.head', 'A', 'WS'), test.official('deputy', 'A1', 'BD'), test.official('secretary.2', 'A2', 'BS'),
	test.official('officer', 'Q', 'DO'), test.official('clerk.b', 'B', 'WO') \g /dev/null
insert into auth.account (id, feed_id, login_name, person_id) values
	(test.id('account an'), test.id('Q'), 'an.mb', test.id('person an')), (test.id('account binh'), test.id('Q'), 'binh.mb', test.id('person binh'));
select test.holder('an', 'person an', 'MB', 'A1'), test.holder('binh', 'person binh', 'MB', 'A1'),
	test.holder('secretary, ward', 'person secretary', 'WS', 'A'), test.holder('deputy, ward', 'person deputy', 'WS', 'A'),
	test.holder('clerk, head', 'person clerk', 'WS', 'A') \g /dev/null
select test.meeting('m', 'A1'), test.meeting('m2', 'A2') \g /dev/null
select test.vote('v' || n, 'm', 'proposal') from generate_series(1, 5) n \g /dev/null
select test.vote('failed', 'm', 'proposal', 9), test.vote('score', 'm', 'score'), test.vote('next door', 'm2', 'proposal') \g /dev/null

-- ---- Days ----

select is(array(select chibo.working_day_after(d::date, 3)::text from generate_series('2023-04-10'::date, '2023-04-16', '1 day') d),
	'{2023-04-13,2023-04-14,2023-04-17,2023-04-18,2023-04-19,2023-04-19,2023-04-19}', 'three working days from each day of a week');
select is(chibo.working_day_after('2023-04-14', 1)::text, '2023-04-17', 'after Friday comes Monday');
select is(chibo.working_day_after('2023-04-15', 0)::text, '2023-04-15', 'none is the day itself');
select is(chibo.working_day_after('2023-04-14', 60)::text, '2023-07-12', 'sixty are twelve weeks and three days off');
select is((select d::text from chibo.reply_due('2023-04-14') d), '(2023-05-14,2023-04-19)', 'a reply in thirty days, received in three');
update chibo.rule_param set during = '(,2024-01-01)' where key = 'proposal.reply_days';
insert into chibo.rule_param (key, value, unit, during, legal_doc) values ('proposal.reply_days', '10', 'days', '[2024-01-01,2025-01-01)', 'Quy định mới'),
	('proposal.reply_days', '30', 'days', '[2025-01-01,)', 'Quy định cũ');
select is((select array[a.reply_on - '2023-12-31', b.reply_on - '2024-01-01'] from chibo.reply_due('2023-12-31') a, chibo.reply_due('2024-01-01') b),
	'{30,10}', 'by the rule of the day');

-- ---- Drafts ----

select test.as('an', 'ProposalService/Create') \g /dev/null
select is((select string_agg(name || ' ' || height, ', ' order by height) from auth.recipients_of(test.id('A1'))),
	'Đơn vị A 1, Đảng bộ mẫu 2', 'units above are named, nearest first');
select is_empty($$ select from auth.recipients_of(test.id('B1')) $$, 'of others nobody is told');
select test.propose('an''s', 'A1', '{A}') \g /dev/null
select is((select concat_ws(' ', state, category, drafted_name, recipients, answered, overdue) from chibo.proposal_sheet where id = test.id('an''s')),
	'draft other Nguyễn An 1 0 0', 'a member drafts for his branch');
select is(test.refusal($$ select test.propose('x', 'A2', '{A}') $$), 'not_found unit_id', 'not for another');
select is(test.refusal($$ select test.propose('x', 'A1', '{A2}') $$), 'not_above recipient_ids', 'it goes up, not sideways');
select is(test.refusal($$ select test.propose('x', 'A1', '{A1}') $$), 'not_above recipient_ids', 'not to oneself');
select is(test.refusal($$ select test.propose('x', 'A1', '{A,nobody}') $$), 'not_above recipient_ids', 'not to nobody');
select is(test.refusal($$ select test.propose('x', 'A1', '{}') $$), 'required recipient_ids', 'to somebody');
select is(test.refusal($$ select test.propose('x', 'A1', '{A,A}') $$), 'recipient_id__recipient_exists', 'to each once');
select is(test.refusal($$ select test.propose('x', 'A1', '{}', '{Sở Nội vụ,sở nội vụ}') $$), 'body_name__recipient_exists', 'however it is written');
select is(test.refusal($$ select test.propose('x', 'A1', '{}', '{" "}') $$), 'body_name__text', 'a body has a name');
select is(test.refusal($$ select test.propose('x', 'A1', '{A}', '{}', 'm2') $$), 'not_found meeting_id', 'a meeting is the branch''s own');
select test.as('binh', 'ProposalService/Update') \g /dev/null
select is(test.refusal($$ select chibo.update_proposal(test.id('an''s'), 1, '{title}', 'Khác', null, null, null, null, null) $$), 'not_found id',
	'who reads only his own writes only his own');
select test.as('an', 'ProposalService/Update') \g /dev/null
select is(test.refusal($$ select chibo.update_proposal(test.id('an''s'), 2, '{title}', 'Khác', null, null, null, null, null) $$),
	'conflict base_version version=1', 'who changes it knows its version');
select is(test.refusal($$ select chibo.update_proposal(test.id('an''s'), 1, '{category}', null, null, 'thơ', null, null, null) $$),
	'unknown_code category list=proposal_category, value=thơ', 'a category is of the list');
select is(test.refusal($$ select chibo.update_proposal(test.id('an''s'), 1, '{bodies}', null, null, null, null, null, null) $$),
	'required recipient_ids', 'recipients do not vanish');
select chibo.update_proposal(test.id('an''s'), 1, '{title,recipient_ids}', 'Làm đường', 'x', 'economy', null, array[test.id('Q'), test.id('A')], '{Sở Nội vụ}') \g /dev/null
select is((select concat_ws(' ', title, body, category, recipients, version) from chibo.proposal_sheet where id = test.id('an''s')),
	'Làm đường Nội dung other 3 2', 'only what is named changes');
select test.as('binh', 'ProposalService/List') \g /dev/null
select is_empty($$ select from chibo.proposal_sheet where reaches(unit_id, pos, null, drafted_by) $$, 'his neighbour sees none of it');
select test.as('secretary.2', 'ProposalService/List') \g /dev/null
select is_empty($$ select from chibo.proposal_sheet where reaches(unit_id, pos, null, drafted_by) $$, 'nor does another branch');

-- ---- Decided and sent ----

select test.as('secretary', 'ProposalService/Adopt') \g /dev/null
select is(test.refusal($$ select chibo.send_proposal(test.id('an''s')) $$), 'proposal_not_adopted id from=draft, to=sent', 'a draft is not sent');
select is(test.refusal($$ select chibo.adopt_proposal(test.id('an''s'), null) $$), 'vote_required vote_id', 'a branch decides by a vote');
select is(test.refusal($$ select chibo.adopt_proposal(test.id('an''s'), test.id('failed')) $$), 'vote_not_passed vote_id votes_for=9, needed=10', 'that passed');
select is(test.refusal($$ select chibo.adopt_proposal(test.id('an''s'), test.id('score')) $$), 'vote_on_other vote_id purpose=score, subject=score', 'about a proposal');
select is(test.refusal($$ select chibo.adopt_proposal(test.id('an''s'), test.id('next door')) $$), 'not_found vote_id', 'of its own');
select chibo.adopt_proposal(test.id('an''s'), test.id('v1')) \g /dev/null
select is((select concat_ws(' ', state, meeting_id = test.id('m'), adopted_at_us is not null) from chibo.proposal_sheet where id = test.id('an''s')),
	'adopted t t', 'which is kept with its meeting');
select is(test.refusal($$ select chibo.adopt_proposal(test.id('an''s'), test.id('v2')) $$), 'not_draft id state=adopted', 'once');
select is(test.refusal($$ select chibo.close_proposal(test.id('an''s')) $$), 'state_transition state from=adopted, to=closed', 'what was not sent is not closed');
select is(test.refusal($$ select chibo.reopen_proposal(test.id('an''s'), null, 'x') $$), 'state_transition state from=adopted, to=sent', 'nor sent by opening it again');
select test.as('secretary', 'ProposalService/Create') \g /dev/null
select test.propose('b', 'A1', '{A}'), test.propose('d', 'A1', '{A}') \g /dev/null
select test.as('deputy', 'ProposalService/Create') \g /dev/null
select test.propose('c', 'A1', '{A}', '{Sở Nội vụ}') \g /dev/null
select test.as('secretary', 'ProposalService/Adopt') \g /dev/null
select is(test.refusal($$ select chibo.adopt_proposal(test.id('b'), test.id('v1')) $$), 'vote_id__vote_used__proposal', 'one vote, one proposal');
select chibo.adopt_proposal(test.id('b'), test.id('v2')), chibo.adopt_proposal(test.id('c'), test.id('v3')), chibo.adopt_proposal(test.id('d'), test.id('v4')) \g /dev/null
select test.as('officer', 'ProposalService/Receive') \g /dev/null
select is(test.refusal($$ select chibo.receive_proposal(test.row_of('an''s', 'Đảng bộ mẫu')) $$), 'not_found id', 'before it is sent nobody has it');
select test.as('secretary', 'ProposalService/Send') \g /dev/null
select chibo.send_proposal(test.id('an''s')), chibo.send_proposal(test.id('b')), chibo.send_proposal(test.id('c')), chibo.send_proposal(test.id('d')) \g /dev/null
select is(test.states('an''s'), 'sent: Sở Nội vụ waiting, Đơn vị A waiting, Đảng bộ mẫu waiting', 'AT-19: each recipient has a state of its own');
select is((select array_agg(distinct (r.due_on::date - chibo.today(), r.receive_by_on::date = chibo.working_day_after(chibo.today(), 3))::text)
	from chibo.recipient_sheet r where r.proposal_id = test.id('an''s')), '{"(30,t)"}', 'and its days');
select is(test.refusal($$ select chibo.send_proposal(test.id('an''s')) $$), 'state_transition id from=sent, to=sent', 'it is sent once');
select is(test.refusal($$ delete from chibo.proposal_recipient where proposal_id = test.id('an''s') $$), 'not_draft recipient_ids', 'then no recipient is lost');

-- a committee
select test.as('clerk', 'ProposalService/Create') \g /dev/null
select test.propose('ward''s', 'A', '{Q}') \g /dev/null
select is(test.refusal($$ select test.propose('x', 'A1', '{A}') $$), 'not_found unit_id', 'an office drafts for its own unit');
select test.as('clerk, head', 'ProposalService/Adopt') \g /dev/null
select is(test.refusal($$ select chibo.adopt_proposal(test.id('ward''s'), null) $$), 'own_proposal id', 'nobody decides alone what he drafted');
select test.as('ward.head', 'ProposalService/Adopt') \g /dev/null
select is(test.refusal($$ select chibo.adopt_proposal(test.id('b'), test.id('v5')) $$), 'not_found id', 'the ward decides nothing of a branch');
select chibo.adopt_proposal(test.id('ward''s'), null) \g /dev/null
select is(test.states('ward''s'), 'adopted: Đảng bộ mẫu waiting', 'a committee''s secretary decides without a vote');

-- ---- Received, passed on, answered ----

select test.as('clerk', 'ProposalService/Receive') \g /dev/null
select is(test.refusal($$ select chibo.receive_proposal(test.row_of('an''s', 'Đảng bộ mẫu')) $$), 'not_recipient id recipient=Đảng bộ mẫu', 'each receives its own');
select is(test.refusal($$ select chibo.forward_proposal(test.row_of('an''s', 'A'), test.id('Q'), null) $$), 'not_received id', 'what is passed on was received');
select chibo.receive_proposal(test.row_of('an''s', 'A')), chibo.receive_proposal(test.row_of('b', 'A')), chibo.receive_proposal(test.row_of('c', 'A')),
	chibo.receive_proposal(test.row_of('an''s', 'Sở Nội vụ')) \g /dev/null
select is(test.states('an''s'), 'sent: Sở Nội vụ received, Đơn vị A received, Đảng bộ mẫu waiting', 'a body''s receipt is recorded below');
select is(test.refusal($$ select chibo.receive_proposal(test.row_of('an''s', 'A')) $$), 'received_before id', 'once');
select is(test.refusal($$ select chibo.forward_proposal(test.row_of('an''s', 'A'), null, null) $$), 'required recipient_id', 'it is passed on to somebody');
select is(test.refusal($$ select chibo.forward_proposal(test.row_of('an''s', 'A'), test.id('A'), null) $$), 'not_above recipient_id', 'further up');
select is(test.refusal($$ select chibo.forward_proposal(test.row_of('an''s', 'A'), test.id('A1'), null) $$), 'not_above recipient_id', 'not down');
select is(test.refusal($$ select chibo.forward_proposal(test.row_of('an''s', 'A'), test.id('Q'), null) $$), 'recipient_id__recipient_exists', 'not to who has it');
select is(test.refusal($$ select chibo.forward_proposal(test.row_of('b', 'A'), test.id('Q'), 'Sở Nội vụ') $$), 'body_name__one_kind', 'to one of both kinds');
select chibo.forward_proposal(test.row_of('b', 'A'), test.id('Q'), null), chibo.forward_proposal(test.row_of('b', 'A'), null, 'Sở Nội vụ') \g /dev/null
select is(test.states('b'), 'sent: Sở Nội vụ waiting, Đơn vị A routed, Đảng bộ mẫu waiting', 'the thread keeps everybody');
select is((select bool_and(forwarded_from = test.row_of('b', 'A')) from chibo.recipient_sheet where proposal_id = test.id('b') and state = 'waiting'), true, 'and from whom it came');
select is(test.refusal($$ select chibo.record_reply(test.row_of('an''s', 'A'), 'answered', 'Có', chibo.today(), null) $$), 'not_recipient id recipient=Đơn vị A',
	'an office does not answer for its unit');
select is(test.refusal($$ select chibo.record_reply(test.row_of('an''s', 'Sở Nội vụ'), 'answered', 'Có', chibo.today() - 1, null) $$),
	'before_sending replied_on sent_on=' || chibo.today(), 'no reply comes before the question');
select test.as('clerk.b', 'ProposalService/RecordReply') \g /dev/null
select is(test.refusal($$ select chibo.record_reply((select r.id from chibo.proposal_recipient r limit 1), 'answered', 'Có', null, null) $$), 'not_found id', 'another ward has nothing to do with it');
select test.as('officer', 'ProposalService/RecordReply') \g /dev/null
select chibo.receive_proposal(test.row_of('b', 'Đảng bộ mẫu')), chibo.receive_proposal(test.row_of('b', 'Sở Nội vụ')) \g /dev/null
select chibo.record_reply(test.row_of('an''s', 'Sở Nội vụ'), 'refused', 'Chưa có kinh phí', null, null) \g /dev/null
select is(test.states('an''s'), 'sent: Sở Nội vụ refused, Đơn vị A received, Đảng bộ mẫu waiting', 'what a body replied is recorded');

select test.as('ward.head', 'ProposalService/Answer') \g /dev/null
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'Đảng bộ mẫu'), 'answered', 'Có', null) $$), 'not_recipient id recipient=Đảng bộ mẫu', 'a ward answers for itself');
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'Sở Nội vụ'), 'answered', 'Có', null) $$), 'not_recipient id recipient=Sở Nội vụ', 'not for a body');
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('d', 'A'), 'answered', 'Có', null) $$), 'not_received id', 'after it was received');
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'A'), 'routed', 'Có', null) $$), 'no_reply state', 'with a reply');
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'A'), 'answered', null, null) $$), 'reply__required', 'in words');
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'A'), 'accepted_with_task', 'Có', null) $$), 'task_id__required', 'who accepts names a task');
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'A'), 'accepted_with_task', 'Có', test.id('nothing')) $$), 'not_found task_id', 'that exists');
select test.as('ward.head', 'TaskService/Create') \g /dev/null
select chibo.create_tasks('proposal', test.id('an''s'), array[row(test.id('task'), test.id('A'), null, null, 'Việc', null, '2099-01-31')::chibo.task_line]),
	chibo.create_tasks('proposal', test.id('c'), array[row(test.id('task c'), test.id('A'), null, null, 'Việc', null, '2099-01-31')::chibo.task_line]) \g /dev/null
select test.as('ward.head', 'ProposalService/Answer') \g /dev/null
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'A'), 'accepted_with_task', 'Có', test.id('task c')) $$), 'not_found task_id', 'and follows from this proposal');
select chibo.answer_proposal(test.row_of('an''s', 'A'), 'accepted_with_task', 'Có', test.id('task')) \g /dev/null
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('an''s', 'A'), 'refused', 'Không', null) $$), 'answered_before id', 'once');
select test.as('secretary, ward', 'ProposalService/Answer') \g /dev/null
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('c', 'A'), 'answered', 'Có', null) $$), 'own_proposal id', 'nobody answers what he sent');
select test.as('deputy, ward', 'ProposalService/Answer') \g /dev/null
select is(test.refusal($$ select chibo.answer_proposal(test.row_of('c', 'A'), 'answered', 'Có', null) $$), 'own_proposal id', 'or drafted');
select test.as('ward.head', 'ProposalService/Answer') \g /dev/null
select lives_ok($$ select chibo.answer_proposal(test.row_of('c', 'A'), 'answered', 'Có', null) $$, 'another person does');
select test.as('chief', 'ProposalService/Answer') \g /dev/null
select chibo.answer_proposal(test.row_of('b', 'Đảng bộ mẫu'), 'answered', 'Đồng ý', null) \g /dev/null
select is(test.states('b'), 'sent: Sở Nội vụ received, Đơn vị A answered, Đảng bộ mẫu answered', 'what was answered above is answered for who passed it on');
select is((select array_agg(distinct reply) from chibo.recipient_sheet where proposal_id = test.id('b') and reply is not null), '{Đồng ý}', 'in the same words');

-- the statements hold the interval without row-level security
select test.as_superuser() \g /dev/null
alter table chibo.proposal disable row level security;
alter table chibo.proposal_recipient disable row level security;
select test.as('clerk.b', 'ProposalService/RecordReply') \g /dev/null
select is(test.refusal($$ select chibo.record_reply(test.row_of('b', 'Sở Nội vụ'), 'answered', 'Có', null, null) $$), 'not_found id', 'also without row-level security: no reply');
select is(test.refusal($$ select chibo.receive_proposal(test.row_of('d', 'A')) $$), 'not_found id', 'no receipt');
select test.as('secretary.2', 'ProposalService/Send') \g /dev/null
select is(test.refusal($$ select chibo.close_proposal(test.id('b')) $$), 'not_found id', 'no end');
select test.as('binh', 'ProposalService/Update') \g /dev/null
select is(test.refusal($$ select chibo.update_proposal(test.id('an''s'), 1, '{title}', 'Khác', null, null, null, null, null) $$), 'not_found id', 'no change');
select test.as_superuser() \g /dev/null
alter table chibo.proposal enable row level security;
alter table chibo.proposal_recipient enable row level security;

-- ---- Closed, opened again, overdue ----

select test.as('secretary', 'ProposalService/Close') \g /dev/null
select is(test.refusal($$ select chibo.reopen_proposal(test.id('d'), null, 'x') $$), 'nothing_answered recipient_ids', 'only what was answered is asked anew');
select chibo.close_proposal(test.id('b')) \g /dev/null
select is(test.refusal($$ select chibo.close_proposal(test.id('b')) $$), 'state_transition state from=closed, to=closed', 'the sender closes it once');
select test.as('officer', 'ProposalService/RecordReply') \g /dev/null
select is(test.refusal($$ select chibo.record_reply(test.row_of('b', 'Sở Nội vụ'), 'answered', 'Muộn', null, null) $$), 'proposal_closed id', 'after that nobody replies');
select test.as('secretary', 'ProposalService/Reopen') \g /dev/null
select is(test.refusal($$ select chibo.reopen_proposal(test.id('b'), array[test.row_of('b', 'Sở Nội vụ')], 'x') $$), 'nothing_answered recipient_ids', 'whoever has not replied is not asked anew');
select chibo.reopen_proposal(test.id('b'), array[test.row_of('b', 'Đảng bộ mẫu')], 'Chưa rõ') \g /dev/null
select is(test.states('b'), 'sent: Sở Nội vụ received, Đơn vị A answered, Đảng bộ mẫu received', 'the sender opens it again for one');
select is((select concat_ws(' | ', reply, earlier_reply) from chibo.recipient_sheet where id = test.row_of('b', 'Đảng bộ mẫu')),
	chibo.iso(chibo.today()) || ': Đồng ý', 'what was said is kept');
select chibo.reopen_proposal(test.id('an''s'), null, 'Chưa rõ') \g /dev/null
select is(test.states('an''s'), 'sent: Sở Nội vụ received, Đơn vị A accepted_with_task, Đảng bộ mẫu waiting', 'or for all but those with a task');

select test.age('d', 30) \g /dev/null
select is((select concat_ws(' ', overdue, receive_overdue) from chibo.recipient_sheet where proposal_id = test.id('d')), 'f t', 'on the last day a reply is not overdue, the receipt is');
select test.age('d', 1) \g /dev/null
select is((select overdue from chibo.recipient_sheet where proposal_id = test.id('d')), true, 'the day after it is');
select is((select overdue from chibo.proposal_sheet where id = test.id('d')), 1, 'for the sender');
select test.as('clerk', 'ProposalService/List') \g /dev/null
select is((select overdue from chibo.proposal_sheet where id = test.id('d')), 1, 'and for the recipient');

-- R17
select test.as('ward.head', 'ReportService/Proposals') \g /dev/null
select test.age('d', 100) \g /dev/null
select is((select concat_ws(' ', recipient_name, sent, answered, overdue, accepted, refused) from auth.proposal_figures(null, test.quarter(chibo.today() - 131), chibo.today())),
	'Đơn vị A 1 0 1 0 0', 'R17: what was sent in a quarter and not answered is overdue');
select is((select string_agg(concat_ws(' ', recipient_name, sent, answered, overdue, accepted, refused), ', ' order by recipient_name)
	from auth.proposal_figures(test.id('A1'), test.quarter(chibo.today()), chibo.today())),
	'Sở Nội vụ 3 0 0 0 0, Đơn vị A 3 3 0 1 0, Đảng bộ mẫu 2 0 0 0 0', 'by recipient, what was passed on included');
select is((select overdue from auth.proposal_figures(null, test.quarter(chibo.today() - 131), chibo.today() - 120)), 0, 'as it stood on a day');
select is((select count(*) from auth.proposal_figures(test.id('B'), test.quarter(chibo.today()), chibo.today())), 0::bigint, 'nothing of another ward');
select is(test.refusal($$ select from auth.proposal_figures(null, '2023-Q5', chibo.today()) $$), 'quarter_format quarter value=2023-Q5', 'a quarter is one');
select is(chibo.quarter_days('2023-Q4', 'quarter'), '[2023-10-01,2024-01-01)', 'of three months');
select test.as('clerk.b', 'ReportService/Proposals') \g /dev/null
select is_empty($$ select from auth.proposal_figures(null, test.quarter(chibo.today()), chibo.today()) $$, 'the next ward counts its own');

-- ---- Every way from one state to another ----

select test.as_superuser() \g /dev/null
-- The pairs of states that a table lets pass, as the trigger judges them; `others` fills what a state needs.
create function test.passes(target regclass, p_id uuid, states text[], others jsonb) returns text language plpgsql as $$
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
				execute format('update %s set state = %L %s where id = %L', target, v_from, others ->> v_from, p_id);
				execute format('alter table %s enable trigger user', target);
				execute format('update %s set state = %L %s where id = %L', target, v_to, others ->> v_to, p_id);
				v_passed := v_passed || (v_from || '>' || v_to);
				raise exception using errcode = 'TEST1';
			exception when sqlstate 'TEST1' or sqlstate 'CB009' then
			end;
		end loop;
	end loop;
	return array_to_string(v_passed, ' ');
end
$$;

select is(test.passes('chibo.proposal', test.id('an''s'), '{draft,adopted,sent,closed}',
	'{"draft": ", sent_at = null", "adopted": ", sent_at = null", "sent": ", sent_at = now()", "closed": ", sent_at = now()"}'),
	'draft>adopted adopted>sent sent>closed closed>sent', 'a proposal''s ways');
select is(test.passes('chibo.proposal_recipient', test.row_of('d', 'A'), '{waiting,received,routed,answered,accepted_with_task,refused}',
	format('{"waiting": ", reply = null", "received": ", reply = null", "routed": ", reply = null", "answered": ", reply = ''x''",
	  "accepted_with_task": ", reply = ''x'', task_id = ''%s''", "refused": ", reply = ''x''"}', test.id('task'))::jsonb),
	'waiting>received received>routed received>answered received>accepted_with_task received>refused routed>answered '
	'routed>accepted_with_task routed>refused answered>received refused>received', 'a recipient''s ways');

select * from finish();
rollback;
