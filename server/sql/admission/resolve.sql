-- args: id!, base_version!, approve!, decision_doc!, decided_on, reason
select from resolve_deadlock($1::uuid, $2::int4, $3::boolean, $4::text, coalesce(past_day($5::text, 'decided_on'), today()), $6::text)
;
-- include: candidate/_record
