-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: entity, id, after, limit
select at_us, full_name, role, unit_path, method, entity, id, kind, version, position, cursor
from auth.history($1::text, $2::uuid, $3::text, coalesce($4::int4, 50))
limit 200
