-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{title,body,category,meeting_id,recipient_ids,bodies}')
;
-- args: id!, base_version!, update_mask, title, body, category, meeting_id, recipient_ids, bodies
select from update_proposal($1::uuid, $2::int4, $3::text[], $4::text, $5::text, $6::text, $7::uuid, $8::uuid[], $9::text[])
;
-- include: proposal/_record
