-- args: id!, state!
select from move_resolution($1::uuid, $2::resolution_state, '{in_force,reviewed,completed}')
;
-- include: resolution/_record
