-- args: id!
select from send_proposal($1::uuid)
;
-- include: proposal/_record
