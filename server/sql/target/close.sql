-- args: id!, base_version!, reason!
select from close_target($1::uuid, $2::int4, $3::text)
;
-- include: target/_record
