-- args: id!
select from close_proposal($1::uuid)
;
-- include: proposal/_record
