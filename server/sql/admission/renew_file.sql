-- args: id!, base_version!, opened_on, reason!
select from renew_file($1::uuid, $2::int4, coalesce(past_day($3::text, 'opened_on'), today()), $4::text)
;
-- include: candidate/_record
