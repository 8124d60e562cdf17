-- args: id!, base_version!, from_on
select from resume_candidate($1::uuid, $2::int4, coalesce(past_day($3::text, 'from_on'), today()))
;
-- include: candidate/_record
