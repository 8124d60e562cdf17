-- args: meeting_id!
select from lock_meeting($1::uuid, 'meeting_id', null, '{in_session}')
;
-- args: meeting_id!, ended_at_us
select from require_end($1::uuid, coalesce($2::timestamptz, now()))
;
-- args: meeting_id!, vote_id
select from require_roll_call($1::uuid), require_minutes_vote($1::uuid, $2::uuid)
;
-- args: meeting_id!, ended_at_us
update meeting set version = version + 1, state = 'closed', ended_at = coalesce($2::timestamptz, now()) where id = $1::uuid
;
-- args: id!, meeting_id!, vote_id, ended_at_us
select from add_minutes($1::uuid, $2::uuid, $3::uuid, coalesce($4::timestamptz, now()))
;
-- include: minutes/_record
