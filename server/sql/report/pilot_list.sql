-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month!, session.unit_id
select ward_name, unit_name, unit_code, kind, topic, topic_tag, delegates, planned_on, held_on, has_after_action,
	meeting_id
from auth.pilot_list(coalesce($1::uuid, $3), a_month($2::text, 'period_month'))
limit 500
;
-- args: unit_id, period_month!, session.unit_id
-- into: totals
select count(distinct p.meeting_id)::int4 as pilots,
	(count(distinct p.meeting_id) filter (where p.kind = 'regular'))::int4 as regular,
	(count(distinct p.meeting_id) filter (where p.kind = 'thematic'))::int4 as thematic,
	count(d.person_id)::int4 as assignments, count(distinct d.person_id)::int4 as delegates,
	(count(distinct p.meeting_id) filter (where d.person_id is not null))::int4 as meetings_with_delegates
from auth.pilot_list(coalesce($1::uuid, $3), a_month($2::text, 'period_month')) p
left join pilot_delegate d on d.pilot_id = p.meeting_id and inside(d.unit_pos)
limit 1
;
-- args: unit_id, period_month!, session.unit_id
-- into: topics
select p.topic_tag, c.name, count(*)::int4 as pilots
from auth.pilot_list(coalesce($1::uuid, $3), a_month($2::text, 'period_month')) p
join code c on c.list = 'topic' and c.code = p.topic_tag
group by p.topic_tag, c.name, c.order_no
order by c.order_no
limit 100
