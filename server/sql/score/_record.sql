-- args: id!
select id, version, unit_id, unit_path, kind, period_month, held_on, state, table_id, table_title, vote_id, self_total,
	self_grade, total, grade, gap, is_flagged, confirmed_by, confirmed_at_us, reason
from scoring_rows($1::uuid)
limit 1
;
-- args: id!
-- into: sheets
select id, class, state, assessor_name, assessor_unit, total, grade, comment, submitted_at_us
from sheet_rows($1::uuid)
limit 100
;
-- args: id!
-- into: lines
select sheet_id, item_no, code, title, points, max_points, note
from line_rows($1::uuid)
limit 2000
