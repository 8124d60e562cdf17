-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: type
select from require_code('post_type', $1::text, 'type')
;
-- args: unit_id, as_of_on, type, after_pos, after_id, limit
select id, version, unit_id, unit_path, type, type_name, title, body_name, is_party, part_time, from_on, last_on, holding_id,
	person_id, holder_name, is_member, concurrent, held_from_on, held_until_on, pos
from auth.post_page($1::uuid, coalesce(day($2::text, 'as_of_on'), today()), $3::text, $4::int4, $5::uuid,
	coalesce($6::int4, 100))
limit 500
