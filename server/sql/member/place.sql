-- args: id!, base_version!, membership_id!, unit_id!, kind!, from_on!, until_on
select from place_member($1::uuid, $2::int4, $3::uuid, $4::uuid, $5::membership_kind, day($6::text, 'from_on'),
	day($7::text, 'until_on'))
;
-- include: member/_record
;
-- include: member/_memberships
