-- args: id!
select from confirm_task($1::uuid)
;
-- include: task/_record
