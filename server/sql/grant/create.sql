-- args: id!, person_id!, role!, unit_id!, from_on, until_on, meeting_id, basis!
select from auth.create_grant($1::uuid, $2::uuid, $3::text, $4::uuid,
	coalesce(day($5::text, 'from_on'), today()), day($6::text, 'until_on'), $7::uuid, $8::text)
;
-- include: grant/_record
