-- args: id!, membership_id, member_id, category, work_unit!, introduced_on, received_on!
select from register_resident($1::uuid, $2::uuid, $3::uuid, $4::residential_category, $5::text, past_day($6::text, 'introduced_on'),
	past_day($7::text, 'received_on'))
;
-- include: residential/_record
