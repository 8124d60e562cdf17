-- args: id!, base_version!, resent_id, note
select from auth.resolve_parked($1::uuid, $2::int4, $3::uuid, $4::text)
;
-- args: id!
select id, version, state, method, subject_id, device_id, device_seq, device_name, unit_id, unit_path, full_name, parked_at_us,
	code, rule, field, params, waits_for_id, note
from auth.parked_operation($1::uuid)
