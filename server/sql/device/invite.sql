-- args: id!, unit_id!, name!, code_hash!
select from auth.invite_device($1::uuid, $2::uuid, $3::text, $4::bytea)
;
-- include: device/_record
