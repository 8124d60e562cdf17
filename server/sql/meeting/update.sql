-- args: id!, base_version!, update_mask, period_month, planned_at_us, place, chair_id, clerk_id, topic, topic_tag, published_on
select from update_meeting($1::uuid, $2::int4, $3::text[], a_month($4::text, 'period_month'), $5::timestamptz, $6::text,
	$7::uuid, $8::uuid, $9::text, $10::text, past_day($11::text, 'published_on'))
;
-- include: meeting/_record
