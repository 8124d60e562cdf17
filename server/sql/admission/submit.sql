-- args: id!, base_version!
select from submit_file($1::uuid, $2::int4)
;
-- include: candidate/_record
