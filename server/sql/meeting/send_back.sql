-- args: id!, reason!
select from return_meeting($1::uuid, $2::text)
;
-- include: meeting/_whole
