-- args: id!, reason!
select from withdraw_pilot($1::uuid, $2::text)
;
-- include: pilot/_record
