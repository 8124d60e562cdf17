-- A basis that is given counts as named: clients that name what is changed leave it out, for they know it from writes
-- that rest on one.
-- args: update_mask, basis
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0 and $2::text is null
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{kind,title,from_on,until_on,basis,lines}')
;
-- args: id!, base_version!, update_mask, kind, title, from_on, until_on, basis
select from update_plan($1::uuid, $2::int4, $3::text[], $4::plan_kind, $5::text, day($6::text, 'from_on'),
	day($7::text, 'until_on'), $8::text)
;
-- args: id!, update_mask, lines.item_no, lines.month, lines.topic, lines.topic_tag, lines.author
select from set_plan_items($1::uuid, $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[])
where 'lines' = any ($2::text[])
;
-- args: id!
select from check_plan_months($1::uuid)
;
-- include: plan/_record
