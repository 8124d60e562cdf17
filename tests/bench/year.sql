-- On top of seed.sql: twelve monthly meetings of each branch in 2025, each with its roll call, five speeches, votes,
-- scoring with two sheets, and a task a month. Run as a superuser.

begin;
set local session_replication_role = replica;

create temporary table held on commit drop as
select gen_random_uuid() as id, u.id as unit_id, u.pos, u.feed_id, m.no as month, format('2025-%s', lpad(m.no::text, 2, '0')) as period,
       make_timestamptz(2025, m.no, 3, 8, 0, 0, 'Asia/Ho_Chi_Minh') as at, row_number() over () as n
from chibo.unit u cross join generate_series(1, 12) as m (no) where u.kind = 'branch' and u.code <> 'W00.0';

create temporary table sits on commit drop as
select s.member_id, s.unit_id, p.id as person_id, p.full_name, row_number() over (partition by s.unit_id order by s.member_id) as seat
from chibo.membership s join chibo.member m on m.id = s.member_id join chibo.person p on p.id = m.person_id;
create index on sits (unit_id, seat);
analyze held;
analyze sits;

insert into chibo.legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
values (pg_temp.id(5000), pg_temp.id(1), '8', 'QĐ/TU', 'Tỉnh ủy', '2021-09-15', 'Tiêu chí');
insert into chibo.criteria_table (id, feed_id, code, title, legal_doc_id, edition, max_total, during)
values (pg_temp.id(5001), pg_temp.id(1), 'mau', 'Bảng mẫu', pg_temp.id(5000), 1, 100, '[2021-09-15,)');

insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, ended_at,
	chair_id, chair_name, clerk_id, clerk_name)
select h.id, h.unit_id, h.pos, h.feed_id, 'regular',
       (case when h.n % 29 = 0 then 'closed' else 'acknowledged' end)::chibo.meeting_state, h.period, h.at, h.at,
       h.at + interval '100 minutes', a.person_id, a.full_name, b.person_id, b.full_name
from held h join sits a on a.unit_id = h.unit_id and a.seat = 1 join sits b on b.unit_id = h.unit_id and b.seat = 2
where h.n % 41 <> 0;   -- some hold none

insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state, reason)
select h.id, s.member_id, h.unit_id, h.pos, s.full_name, s.full_name, 'full', false,
       (case when (h.n + s.seat) % 9 = 0 then 'excused' else 'present' end)::chibo.attendance_state, 'bận'
from held h join sits s on s.unit_id = h.unit_id where h.n % 41 <> 0;

insert into chibo.speech (id, meeting_id, unit_id, unit_pos, speaker, member_id, summary, spoken_at)
select gen_random_uuid(), h.id, h.unit_id, h.pos, s.full_name, s.member_id, 'Ý kiến', h.at + interval '30 minutes'
from held h join sits s on s.unit_id = h.unit_id and s.seat <= 5 where h.n % 41 <> 0;

insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, state, total, grade, gap, confirmed_by, confirmed_at)
select h.id, h.unit_id, h.pos, h.feed_id, pg_temp.id(5001), 'final', g.total, g.grade, (h.n % 7)::numeric, pg_temp.id(10000000), h.at
from held h cross join lateral (select (array['good', 'fair', 'good', 'average', 'good'])[1 + h.n % 5] as grade,
	(array[92, 80, 95, 60, 91])[1 + h.n % 5]::numeric as total) g where h.n % 41 <> 0;

insert into chibo.score_sheet (id, unit_id, unit_pos, feed_id, meeting_id, class, state, assessor_id, assessor_name,
	assessor_unit, total, grade, submitted_at)
select gen_random_uuid(), h.unit_id, h.pos, h.feed_id, h.id, c.class, 'submitted', pg_temp.id(10000000), 'Nguyễn An', 'Đơn vị', 90,
       'good', h.at
from held h cross join unnest('{self,ward_committee}'::text[]) as c (class) where h.n % 41 <> 0;

insert into chibo.task (id, unit_id, unit_pos, feed_id, source, category, title, assigner_id, assigned_by, assigned_at,
	assignee_name, due_on, state, confirmed_by, confirmed_at)
select gen_random_uuid(), h.unit_id, h.pos, h.feed_id, 'other', 'general', 'Việc', h.feed_id, pg_temp.id(10000000), h.at, 'Chi bộ',
       (h.at + interval '20 days')::date, 'confirmed', pg_temp.id(10000000), h.at + interval '15 days'
from held h;
commit;
