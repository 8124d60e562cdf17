-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, from_month, until_month, state, after_pos, after_id, limit
select s.id as meeting_id, s.unit_id, n.name as unit_name, m.kind, m.period_month, iso(m.held_on) as held_on, s.state,
	points_text(own.total) as self_total, own.grade as self_grade, case when r.seen then points_text(s.total) end as total,
	case when r.seen then s.grade end as grade, case when r.seen then points_text(s.gap) end as gap,
	case when r.seen then abs(s.gap) >= s.gap_alert end as is_flagged, s.unit_pos as pos
from auth.interval_of($1::uuid) i
cross join scoring s
join meeting m on m.id = s.id
join unit_name n on n.unit_id = s.unit_id and covers(n.during, today()) and inside(n.unit_pos)
cross join lateral (select sees_result(s.state) as seen) r
left join score_sheet own on own.meeting_id = s.id and own.class = 'self'
	and sees_sheet(s.id, own.class, own.assessor_id, s.state)
where s.unit_pos between i.lo and i.hi and reaches(s.unit_id, s.unit_pos, s.id)
  and (s.unit_pos, s.id) > (coalesce($5::int4, i.lo), coalesce($6::uuid, '00000000-0000-0000-0000-000000000000'))
  and m.period_month >= coalesce(a_month($2::text, 'from_month'), m.period_month)
  and m.period_month <= coalesce(a_month($3::text, 'until_month'), m.period_month)
  and s.state = coalesce($4::scoring_state, s.state)
order by s.unit_pos, s.id
limit coalesce($7::int4, 100)
