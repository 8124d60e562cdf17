-- args: id!, base_version!
select from submit_probation($1::uuid, $2::int4)
;
-- include: probation/_record
