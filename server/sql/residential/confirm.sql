-- args: unit_id!
select refuse(5, 'not_found', 'unit_id') where not auth.in_scope($1::uuid)
;
-- args: unit_id!, year!, sent_on
select from confirm_assessments($1::uuid, $2::int4, coalesce(past_day($3::text, 'sent_on'), today()))
;
-- include: residential/_of_assessment
