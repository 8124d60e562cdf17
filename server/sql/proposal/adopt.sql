-- args: id!, vote_id
select from adopt_proposal($1::uuid, $2::uuid)
;
-- include: proposal/_record
