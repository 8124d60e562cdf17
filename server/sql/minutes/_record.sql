-- args: id!
select id, version, unit_id, meeting_id, number, state, corrects, correction, vote_id, hash, adopted_at_us, chair_name,
	chair_signed_at_us, clerk_name, clerk_signed_at_us, body
from minutes_rows($1::uuid)
