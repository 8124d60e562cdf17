-- args: id!, unit_id, metric!, term_id, year, month, value!, basis!, parent_id
select from propose_target($1::uuid, $2::uuid, $3::text, $4::uuid, $5::int4, a_month($6::text, 'month'), $7::int4, $8::text, $9::uuid)
;
-- include: target/_record
