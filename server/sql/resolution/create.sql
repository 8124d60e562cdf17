-- args: id!, unit_id, kind!, subject!, body, period_month, from_on, until_on, parent_id, meeting_id
select from create_resolution($1::uuid, $2::uuid, $3::resolution_kind, $4::text, $5::text, a_month($6::text, 'period_month'),
	period_of(day($7::text, 'from_on'), day($8::text, 'until_on')), $9::uuid, $10::uuid)
;
-- include: resolution/_record
