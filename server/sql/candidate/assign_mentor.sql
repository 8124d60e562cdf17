-- args: id!, base_version!, assignment_id!, mentor_id!, resolution!, together_since_on, is_replacement, from_on
select from assign_mentor($1::uuid, $2::int4, $3::uuid, $4::uuid, $5::text, past_day($6::text, 'together_since_on'),
	coalesce($7::boolean, false), coalesce(past_day($8::text, 'from_on'), today()))
;
-- include: candidate/_record
