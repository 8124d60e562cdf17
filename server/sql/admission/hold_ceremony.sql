-- args: id!, base_version!, meeting_id!, held_on, member_id!, membership_id!, biography_no!, consent
select from hold_ceremony($1::uuid, $2::int4, $3::uuid, coalesce(past_day($4::text, 'held_on'), today()), $5::uuid, $6::uuid, $7::text, $8::text)
;
-- include: candidate/_record
