-- args: id!, base_version!, recognise!, decision_doc, decision_on, card_no, reason
select from decide_probation($1::uuid, $2::int4, $3::boolean, $4::text, past_day($5::text, 'decision_on'), $6::text, $7::text)
;
-- include: probation/_record
