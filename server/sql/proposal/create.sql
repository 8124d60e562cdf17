-- args: id!, unit_id, title!, body!, category, meeting_id, recipient_ids, bodies
select from create_proposal($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::uuid, $7::uuid[], $8::text[])
;
-- include: proposal/_record
