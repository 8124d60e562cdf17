-- args: id!, base_version!
select from agree_target($1::uuid, $2::int4)
;
-- include: target/_record
