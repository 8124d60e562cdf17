-- args: id!, unit_id!, kind!, title!, from_on!, until_on, basis
select from create_plan($1::uuid, $2::uuid, $3::plan_kind, $4::text, day($5::text, 'from_on'), day($6::text, 'until_on'),
	$7::text)
;
-- args: id!, lines.item_no, lines.month, lines.topic, lines.topic_tag, lines.author
select from set_plan_items($1::uuid, $2::int4[], $3::text[], $4::text[], $5::text[], $6::text[])
;
-- args: id!
select from check_plan_months($1::uuid)
;
-- include: plan/_record
