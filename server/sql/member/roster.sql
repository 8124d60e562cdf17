-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id, session.reach, session.unit_id
select refuse(5, 'not_found', 'unit_id')
where $1::uuid is not null and (not auth.in_scope($1::uuid) or $2 = 'unit' and $1::uuid <> $3)
;
-- args: unit_id, after_id, limit
select id, full_name, kind
from auth.roster_page($1::uuid, $2::uuid, coalesce($3::int4, 100))
limit 500
