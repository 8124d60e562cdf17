-- args: id!
select from prepare_meeting($1::uuid)
;
-- include: meeting/_record
