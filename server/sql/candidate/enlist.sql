-- args: id!, base_version!, resolution!, listed_on
select from enlist_candidate($1::uuid, $2::int4, $3::text, coalesce(past_day($4::text, 'listed_on'), today()))
;
-- include: candidate/_record
