-- args: meeting_id!
select from lock_meeting($1::uuid, 'meeting_id', null, '{closed,submitted,acknowledged}')
;
-- args: meeting_id!, corrects!
select from require_newest_minutes($1::uuid, $2::uuid)
;
-- args: id!, corrects!, correction!
select from correct_minutes($1::uuid, $2::uuid, $3::text)
;
-- args: id!
select id, version, unit_id, meeting_id, number, state, corrects, correction, vote_id, hash, adopted_at_us, chair_name,
	chair_signed_at_us, clerk_name, clerk_signed_at_us, body
from minutes_rows($1::uuid)
