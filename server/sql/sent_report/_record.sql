-- args: id!
select id, version, unit_id, unit_path, code, period, number, corrects, state, hash, made_by, made_at_us, sent_by, sent_at_us,
	decided_by, decided_at_us, reason, pos
from auth.report_rows($1::uuid)
