-- args: id!, base_version!, reason!
select from auth.revoke_device($1::uuid, $2::int4, $3::text)
;
-- include: device/_record
