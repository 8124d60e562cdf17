-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=100') where $1::int4 not between 1 and 100
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: name!, unit_id, limit
select id, full_name, sex, born_on, status, joined_on, unit_name, kind, pos, unit_id
from auth.member_search($1::text, $2::uuid, coalesce($3::int4, 20))
limit 100
