-- args: id!
select id, version, unit_id, meeting_id, item_no, purpose, subject, subject_id, method, round, voted_at_us, eligible,
	present, quorum_met, issued, returned, missing, valid, invalid, votes_for, votes_against, blank, tellers, rule_key,
	rule_value, rule_doc, needed, passed
from vote_rows($1::uuid, null)
;
-- args: id!
-- into: options
select item_no, title, votes, elected
from vote_options($1::uuid)
limit 50
