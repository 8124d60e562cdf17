-- args: id!, recipient_ids, reason!
select from reopen_proposal($1::uuid, $2::uuid[], $3::text)
;
-- include: proposal/_record
