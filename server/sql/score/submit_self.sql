-- args: id!, base_version!, vote_id!
select from submit_self($1::uuid, $2::int4, $3::uuid)
;
-- include: score/_record
