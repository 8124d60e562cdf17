-- args: id!, reason!
select from auth.refuse_change($1::uuid, $2::text)
;
-- include: change_request/_record
