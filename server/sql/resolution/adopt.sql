-- args: id!, vote_id!
select from adopt_resolution($1::uuid, $2::uuid)
;
-- include: resolution/_record
