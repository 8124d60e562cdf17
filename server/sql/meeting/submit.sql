-- args: id!
select from submit_meeting($1::uuid)
;
-- include: meeting/_record
