-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from auth.change_rows($1::uuid))
;
-- include: change_request/_record
