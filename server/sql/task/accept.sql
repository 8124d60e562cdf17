-- args: id!
select from accept_task($1::uuid)
;
-- include: task/_record
