-- args: id!, number!, suffix!, issuer!, issued_on!, unit_ids, other_recipients
select from issue_resolution($1::uuid, $2::text, $3::text, $4::text, past_day($5::text, 'issued_on'), $6::uuid[], $7::text)
;
-- include: resolution/_record
;
-- include: resolution/_copies
