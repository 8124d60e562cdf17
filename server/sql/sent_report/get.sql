-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from auth.report_rows($1::uuid))
;
-- include: sent_report/_record
;
-- args: id!, after_row_no, limit
-- into: cells
select row_no, row_key, field_no, field, value
from auth.report_cells($1::uuid, $2::int4, coalesce($3::int4, 200))
limit 50000
;
-- args: id!
-- into: seals
select auth.report_is_intact($1::uuid) as is_intact
limit 1
