-- args: id!
select from move_resolution($1::uuid, 'discussed', '{discussed}')
;
-- include: resolution/_record
