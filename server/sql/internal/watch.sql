-- args: unit_id, feeds, positions, since_at_us
select feed, position, at as at_us, method, full_name, records, entity, id, version, kind, unit_id, more
from auth.watch($1::uuid, $2::uuid[], $3::int8[], $4::timestamptz)
limit 1300
