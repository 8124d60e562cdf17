-- args: id!, base_version!, vote_id!, resolution!
select from vote_in_branch($1::uuid, $2::int4, $3::uuid, $4::text)
;
-- include: candidate/_record
