-- On top of seed.sql: 2,000 open candidates in all stages with the clocks that run there and as many that have stopped, 200
-- probations, a task and a proposal for each branch, half of them done. Run as a superuser.

begin;
set local session_replication_role = replica;

create temporary table seeker on commit drop as
select 50000000 + n as no, u.id as unit_id, u.pos, u.feed_id, n,
       (enum_range('listed'::chibo.candidate_stage, 'decided'::chibo.candidate_stage))[1 + n % 13] as stage
from generate_series(0, 1999) n
join lateral (select x.* from chibo.unit x where x.id = pg_temp.id(1000 + n % (:wards * 10))) u on true;

insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on)
select pg_temp.id(s.no), s.unit_id, s.pos, s.feed_id, 'Hoàng', 'Mẫu', (array['An', 'Bình', 'Lan', 'Sơn'])[1 + s.n % 4], 'female', '2000'
from seeker s;
insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, source_group, identified_on, listed_on,
	listing_resolution, stage_on)
select pg_temp.id(s.no), s.unit_id, s.pos, s.feed_id, pg_temp.id(s.no), s.stage, 'worker', '2024-01-01', '2024-02-01', 'NQ', '2025-01-01'
from seeker s;
insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_by, opened_on)
select pg_temp.id(s.no), pg_temp.id(s.no), s.unit_id, s.pos, s.feed_id, pg_temp.id(10000000), '2025-01-01' from seeker s where s.stage >= 'file_open';

-- Three that run, of the seven kinds there are, due from 100 days ago to 400 days from now; and three that do no more.
insert into chibo.clock (kind, candidate_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value, rule_unit, rule_doc,
	stopped_on)
select k.code, pg_temp.id(s.no), s.unit_id, s.pos, s.feed_id, chibo.today() - 400,
       chibo.today() - 100 + (s.n * 7 + k.order_no * 13) % 500, k.rule_key, 60, 'working_days', 'Văn bản',
       case when stopped then chibo.today() - 10 end
from seeker s cross join (values (true), (false)) as r (stopped)
join chibo.clock_kind k on k.code in ('certificate', 'consider_file', case when s.stage = 'decided' then 'ceremony' else 'decide' end);

insert into chibo.probation (id, unit_id, unit_pos, feed_id, state, joined_on, due_on)
select m.id, m.unit_id, m.unit_pos, m.feed_id, 'running', chibo.today() - 300 + (n % 200)::int, chibo.today() + 65 - (n % 200)::int
from (select x.*, row_number() over (order by x.id) as n from chibo.member x) m where m.n % 50 = 0;
update chibo.member m set status = 'probationary', joined_on = p.joined_on, full_on = null, card_no = null from chibo.probation p where p.id = m.id;
insert into chibo.clock (kind, member_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value, rule_unit, rule_doc)
select k.code, p.id, p.unit_id, p.unit_pos, p.feed_id, p.joined_on, p.due_on + case k.code when 'probation' then 0 else 42 end,
       k.rule_key, 12, 'months', 'Văn bản'
from chibo.probation p join chibo.clock_kind k on k.code in ('probation', 'consider_full');

insert into chibo.task (id, unit_id, unit_pos, feed_id, source, category, title, assigner_id, assigner_name, assigned_by, assignee_name,
	due_on, state)
select gen_random_uuid(), u.id, u.pos, u.feed_id, 'other', 'general', 'Việc của chi bộ', u.feed_id, 'Đảng ủy', pg_temp.id(10000000), 'Chi bộ',
       chibo.today() - 30 + (n * 11 % 90)::int, (case when n % 2 = 0 then 'assigned' else 'cancelled' end)::chibo.task_state
from chibo.unit u cross join generate_series(1, 4) n where u.kind = 'branch';
insert into chibo.proposal (id, unit_id, unit_pos, feed_id, state, title, body, category, drafted_by, sent_at)
select gen_random_uuid(), u.id, u.pos, u.feed_id, (case when n % 2 = 0 then 'sent' else 'closed' end)::chibo.proposal_state, 'Kiến nghị', 'x',
       'other', pg_temp.id(10000000), now() - interval '20 days'
from chibo.unit u cross join generate_series(1, 2) n where u.kind = 'branch';
insert into chibo.proposal_recipient (id, unit_id, unit_pos, feed_id, proposal_id, recipient_id, recipient_name, sent_at, due_on)
select gen_random_uuid(), p.unit_id, p.unit_pos, p.feed_id, p.id, p.feed_id, 'Đảng ủy', p.sent_at, chibo.today() + 10
from chibo.proposal p;
commit;
