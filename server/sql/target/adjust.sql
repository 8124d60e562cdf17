-- args: id!, base_version!, new_id!, value!, basis!, reason!
select from adjust_target($1::uuid, $2::int4, $3::uuid, $4::int4, $5::text, $6::text)
;
-- args: new_id!
select id, version, unit_id, unit_path, metric, period, from_on, last_on, term_id, value, state, number, basis, reason, parent_id,
	replaces, share_count, sum_of_shares, sum_differs, difference, proposed_at_us, agreed_at_us, issued_at_us, pos
from target_sheet
where id = $1::uuid and reaches(unit_id, pos)
;
-- args: new_id!
-- into: shares
select s.id, s.unit_id, u.code as unit_code, n.name as unit_name, s.value, s.state, auth.share_text(s.value, t.value) as share_pct,
	s.parent_id
from target t
cross join lateral shares_of_target(t.id) s
join unit u on u.id = s.unit_id
left join unit_name n on n.unit_id = s.unit_id and covers(n.during, today())
where t.id = $1::uuid and reaches(t.unit_id, t.unit_pos)
order by s.unit_pos, s.id
limit 500
;
-- args: new_id!
-- into: versions
select t.id, t.number, t.value, t.state, t.basis, t.reason, t.issued_at as issued_at_us
from versions_of_target($1::uuid) v
join target t on t.id = v.id
where reaches(t.unit_id, t.unit_pos)
order by t.number
limit 100
;
-- args: new_id!
-- into: actions
select method
from target_actions($1::uuid)
limit 50
