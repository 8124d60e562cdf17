-- args: class_id!, candidate_ids, sent_on
select from send_to_class($1::uuid, $2::uuid[], coalesce(past_day($3::text, 'sent_on'), today()))
;
-- args: class_id!
select id, version, code, name, organiser, from_on, last_on, sent, certified, failed
from class_record($1::uuid)
;
-- args: class_id!
-- into: participants
select candidate_id, full_name, unit_path, stage, result, certificate_no, issued_on, valid_until_on
from class_participants($1::uuid)
limit 500
