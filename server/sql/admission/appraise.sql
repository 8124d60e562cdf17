-- args: id!, base_version!, appraisal!
select from appraise_file($1::uuid, $2::int4, $3::text)
;
-- include: candidate/_record
