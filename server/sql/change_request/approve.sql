-- args: id!
select from auth.approve_change($1::uuid)
;
-- include: change_request/_record
