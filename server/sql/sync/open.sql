-- args:
select history_id, schema_level, now_at_us, device_id, high_seq, high_hash, may_pull
from auth.sync_open()
