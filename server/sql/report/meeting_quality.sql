-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period!, session.unit_id
select unit_code, unit_name, m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12, year_grade, good, not_graded, mean_gap
from auth.meeting_quality(coalesce($1::uuid, $3), $2::text)
limit 2000
