-- args: id!, base_version!
select from auth.confirm_device($1::uuid, $2::int4)
;
-- include: device/_record
