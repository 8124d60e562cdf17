-- args: id!, person_id!, update_mask, family_name, middle_name, given_name, sex, born_on, native_place, basis!
select from auth.submit_change($1::uuid, $2::uuid, $3::text[], $4::text, $5::text, $6::text, $7::sex, $8::text, $9::text,
	$10::text)
;
-- include: change_request/_record
