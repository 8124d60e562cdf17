-- args: id!
select from receive_copy($1::uuid)
;
-- include: resolution/_copy
