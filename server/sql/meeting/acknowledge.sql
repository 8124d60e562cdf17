-- args: id!
select from acknowledge_meeting($1::uuid)
;
-- include: meeting/_whole
