-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, state, kind, after_pos, after_id, limit
select id, version, unit_id, unit_path, kind, state, title, from_on, until_on, basis, sent_by, sent_at_us, item_count, pos
from plan_page($1::uuid, $2::plan_state, $3::plan_kind, $4::int4, $5::uuid, coalesce($6::int4, 100))
limit 500
