-- args: id!, base_version!, admit!, decision_doc!, decision_on, reason
select from decide_admission($1::uuid, $2::int4, $3::boolean, $4::text, coalesce(past_day($5::text, 'decision_on'), today()), $6::text)
;
-- include: candidate/_record
