-- args: id!
select from auth.end_account($1::uuid)
;
-- include: account/_record
