-- args: id!, base_version!, reason!
select from return_file($1::uuid, $2::int4, $3::text)
;
-- include: candidate/_record
