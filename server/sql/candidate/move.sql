-- args: id!, base_version!, unit_id!, from_on
select from move_candidate($1::uuid, $2::int4, $3::uuid, coalesce(past_day($4::text, 'from_on'), today()))
;
-- include: candidate/_record
