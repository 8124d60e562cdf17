-- args: id!, reason!
select from return_task($1::uuid, $2::text)
;
-- include: task/_record
