-- args: id!, base_version!, reason!
select from resume_probation($1::uuid, $2::int4, $3::text)
;
-- include: probation/_record
