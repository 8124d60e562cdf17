-- args: id!
select from auth.end_grant($1::uuid)
;
-- include: grant/_record
