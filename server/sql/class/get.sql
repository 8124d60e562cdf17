-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from awareness_class k where k.id = $1::uuid)
;
-- args: id!
select id, version, code, name, organiser, from_on, last_on, sent, certified, failed
from class_record($1::uuid)
;
-- args: id!
-- into: participants
select candidate_id, full_name, unit_path, stage, result, certificate_no, issued_on, valid_until_on
from class_participants($1::uuid)
limit 500
