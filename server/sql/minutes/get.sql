-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from minutes_rows($1::uuid))
;
-- include: minutes/_record
