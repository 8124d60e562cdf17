-- args: id!, reason!
select from cancel_meeting($1::uuid, $2::text)
;
-- include: meeting/_record
