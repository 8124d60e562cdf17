-- args: id!, code!
select from check_meeting($1::uuid, $2::text)
;
-- include: meeting/_record
;
-- include: meeting/_checklist
