-- args: id!, base_version!, reason!, from_on
select from suspend_candidate($1::uuid, $2::int4, $3::text, coalesce(past_day($4::text, 'from_on'), today()))
;
-- include: candidate/_record
