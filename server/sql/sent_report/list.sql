-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, code, period, state, after_pos, after_id, limit
select id, version, unit_id, unit_path, code, period, number, corrects, state, hash, made_by, made_at_us, sent_by, sent_at_us,
	decided_by, decided_at_us, reason, pos
from auth.report_page($1::uuid, $2::text, $3::text, $4::sent_report_state, $5::int4, $6::uuid, coalesce($7::int4, 100))
limit 500
;
-- args: unit_id, code, period, session.unit_id
-- into: missing
select unit_id, unit_code, unit_name, is_returned, due_on, is_late
from auth.missing_reports(coalesce($1::uuid, $4), $2::text, $3::text)
where $2::text is not null and $3::text is not null
limit 500
