-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, state, after_id, limit
select id, version, state, method, subject_id, device_id, device_seq, device_name, unit_id, unit_path, full_name, parked_at_us,
	code, rule, field, params, waits_for_id, note
from auth.parked_operations($1::uuid, $2::ledger.parked_state, $3::uuid, coalesce($4::int4, 100))
limit 200
