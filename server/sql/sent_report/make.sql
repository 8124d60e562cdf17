-- args: id!, code!, unit_id, period!, session.unit_id
select from make_report($1::uuid, $2::text, coalesce($3::uuid, $5), $4::text)
;
-- include: sent_report/_record
