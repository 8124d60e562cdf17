-- args: id!
select from auth.adopt_grant($1::uuid)
;
-- include: grant/_record
