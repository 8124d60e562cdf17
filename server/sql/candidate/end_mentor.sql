-- args: id!, base_version!, assignment_id!, last_on, reason!
select from end_mentor($1::uuid, $2::int4, $3::uuid, coalesce(past_day($4::text, 'last_on'), today()), $5::text)
;
-- include: candidate/_record
