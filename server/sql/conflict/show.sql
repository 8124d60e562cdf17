-- args: id!
select from auth.mark_parked_read($1::uuid)
;
-- args: id!   into: operation
select id, version, state, method, subject_id, device_id, device_seq, device_name, unit_id, unit_path, full_name, parked_at_us,
	code, rule, field, params, waits_for_id, note
from auth.parked_operation($1::uuid)
;
-- args: id!
-- opens: body
select id, body from auth.parked_body($1::uuid)
