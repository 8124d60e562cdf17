-- args: id!, post_id!, person_id, holder_name, mode!, decision_doc!, from_on!, until_on
select from hold_post($1::uuid, $2::uuid, $3::uuid, $4::text, $5::holding_mode, $6::text, day($7::text, 'from_on'),
	day($8::text, 'until_on'))
;
-- include: post/_holding
;
-- args: id!
-- into: warnings
select 'until_on' as field, 'long_term' as rule where held_too_long($1::uuid) limit 1
