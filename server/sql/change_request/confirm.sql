-- args: id!
select from auth.confirm_change($1::uuid)
;
-- include: change_request/_record
