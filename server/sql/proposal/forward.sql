-- args: id!, recipient_id, body_name
select from forward_proposal($1::uuid, $2::uuid, $3::text)
;
-- include: proposal/_of_recipient
