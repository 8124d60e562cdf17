-- args: id!
select from register_pilot($1::uuid)
;
-- include: pilot/_record
