-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{subject,body,period_month,from_on,until_on,parent_id}')
;
-- args: id!, base_version!, update_mask, subject, body, period_month, from_on, until_on, parent_id
select from update_resolution($1::uuid, $2::int4, $3::text[], $4::text, $5::text, a_month($6::text, 'period_month'),
	day($7::text, 'from_on'), day($8::text, 'until_on'), $9::uuid)
;
-- include: resolution/_record
