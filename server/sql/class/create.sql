-- args: id!, code!, name!, organiser!, from_on!, last_on
select from create_class($1::uuid, $2::text, $3::text, $4::text, day($5::text, 'from_on'), day($6::text, 'last_on'))
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
