-- args: id!
select id, version, unit_id, unit_path, name, state, fingerprint, enrolled_at_us, seen_at_us, high_seq, reason
from auth.device_rows($1::uuid, null, null, 1)
