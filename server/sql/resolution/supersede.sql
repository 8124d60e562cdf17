-- args: id!, superseded_by!
select from supersede_resolution($1::uuid, $2::uuid)
;
-- include: resolution/_record
