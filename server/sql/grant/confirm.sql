-- args: id!
select from auth.confirm_grant($1::uuid)
;
-- include: grant/_record
