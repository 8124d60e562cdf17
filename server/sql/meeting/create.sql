-- args: id!, unit_id!, kind!, period_month!, planned_at_us!, place, chair_id!, clerk_id!, topic, topic_tag, template
select from create_meeting($1::uuid, $2::uuid, $3::meeting_kind, a_month($4::text, 'period_month'), $5::timestamptz,
	$6::text, $7::uuid, $8::uuid, $9::text, $10::text, $11::text)
;
-- include: meeting/_record
;
-- include: meeting/_agenda
