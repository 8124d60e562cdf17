-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month, state, after_pos, after_id, limit
select id, version, unit_id, unit_path, kind, period_month, planned_at_us, held_on, topic, topic_tag, state, rule_doc,
	proposed_by, registered_by, registered_at_us, delegate_count, comment_count, lessons, published_by, published_at_us,
	reason, pos
from pilot_page($1::uuid, a_month($2::text, 'period_month'), $3::pilot_state, $4::int4, $5::uuid,
	coalesce($6::int4, 100))
limit 500
