-- args: id!
select from move_resolution($1::uuid, 'draft', '{draft}')
;
-- include: resolution/_record
