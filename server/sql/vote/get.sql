-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from vote_rows($1::uuid, null))
;
-- include: vote/_record
