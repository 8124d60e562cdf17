-- args: id!, code_hash!
select from auth.invite_account($1::uuid, $2::bytea)
;
-- include: account/_record
