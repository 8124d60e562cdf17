-- args: id!, base_version!, checks.id, checks.subject, checks.place, asked_on
select from request_checks($1::uuid, $2::int4, $3::uuid[], $4::check_subject[], $5::text[], coalesce(past_day($6::text, 'asked_on'), today()))
;
-- include: candidate/_record
