-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: meeting_id!
select refuse(5, 'not_found', 'meeting_id')
where not exists (select from meeting m where m.id = $1::uuid and reaches(m.unit_id, m.unit_pos, m.id))
;
-- args: meeting_id!, after_id, limit
select id, version, unit_id, meeting_id, item_no, purpose, subject, subject_id, method, round, voted_at_us, eligible,
	present, quorum_met, issued, returned, missing, valid, invalid, votes_for, votes_against, blank, tellers, rule_key,
	rule_value, rule_doc, needed, passed
from vote_rows(null, $1::uuid)
where $2::uuid is null
   or (voted_at_us, id) > (select a.voted_at, a.id from vote_item a where a.id = $2::uuid and a.meeting_id = $1::uuid)
order by voted_at_us, id
limit coalesce($3::int4, 100)
