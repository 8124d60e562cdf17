-- args: class_id!, lines.candidate_id, lines.certified, lines.certificate_no, lines.issued_on
select from certify_class($1::uuid, array(
	select row(l.candidate, l.certified, l.number, coalesce(past_day(l.issued_on, 'issued_on'), today()))::certificate_line
	from unnest($2::uuid[], $3::boolean[], $4::text[], $5::text[]) as l (candidate, certified, number, issued_on)))
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
