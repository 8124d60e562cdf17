-- args: id!, base_version!, case_id!, opened_on, exception
select from open_file($1::uuid, $2::int4, $3::uuid, coalesce(past_day($4::text, 'opened_on'), today()), $5::text)
;
-- include: candidate/_record
