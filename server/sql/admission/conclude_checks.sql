-- args: id!, base_version!, concluded_on
select from conclude_checks($1::uuid, $2::int4, coalesce(past_day($3::text, 'concluded_on'), today()))
;
-- include: candidate/_record
