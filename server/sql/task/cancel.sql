-- args: id!, reason!
select from cancel_task($1::uuid, $2::text)
;
-- include: task/_record
