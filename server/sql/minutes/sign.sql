-- args: id!
select from sign_minutes($1::uuid)
;
-- include: minutes/_record
