-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: from_on, until_on, after_code, limit
select id, version, code, name, organiser, from_on, last_on, sent, certified, failed
from class_page(day($1::text, 'from_on'), day($2::text, 'until_on'), $3::text, coalesce($4::int4, 100))
limit 500
