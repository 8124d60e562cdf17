-- args: id!
select from end_plan($1::uuid)
;
-- include: plan/_record
