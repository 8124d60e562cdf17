-- args: id!, person_id!, role!, unit_id!, meeting_id, basis!
select from auth.create_emergency_grant($1::uuid, $2::uuid, $3::text, $4::uuid, $5::uuid, $6::text)
;
-- include: grant/_record
