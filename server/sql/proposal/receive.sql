-- args: id!
select from receive_proposal($1::uuid)
;
-- include: proposal/_of_recipient
