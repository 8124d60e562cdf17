-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from pilot_rows($1::uuid))
;
-- include: pilot/_record
