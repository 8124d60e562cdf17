-- args: id!
select from propose_pilot($1::uuid)
;
-- include: pilot/_record
