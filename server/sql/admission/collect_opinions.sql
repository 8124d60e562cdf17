-- args: id!, base_version!, collected_on
select from collect_opinions($1::uuid, $2::int4, coalesce(past_day($3::text, 'collected_on'), today()))
;
-- include: candidate/_record
