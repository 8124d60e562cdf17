-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=1000') where $1::int4 not between 1 and 1000
;
-- args: history_id!, feed!, position!, hash, limit, after_entity, after_id
-- into: marks
select entity, id, version, kind, unit_id, into_id, digest, position
from auth.sync_pull($1::uuid, $2::uuid, $3::int8, $4::bytea, coalesce($5::int4, 500), $6::text, $7::uuid)
limit 10000
;
-- args: feed!, position!
-- into: entries
select position, hash
from auth.sync_entries($1::uuid, $2::int8)
limit 1000
;
-- include: sync/_records
;
-- args:
select current_setting('app.sync_head')::int8 as head_position, decode(current_setting('app.sync_head_hash'), 'hex') as head_hash,
	current_setting('app.sync_more')::boolean as more
