-- args: meeting_id!
select from lock_meeting($1::uuid, 'meeting_id', null, '{in_session}')
;
-- args: meeting_id!, voted_at_us
select from require_in_session($1::uuid, coalesce($2::timestamptz, now()), 'voted_at_us')
;
-- args: meeting_id!, item_no
select refuse(5, 'not_found', 'item_no')
where $2::int4 is not null
  and not exists (select from agenda_item i where i.meeting_id = $1::uuid and i.item_no = $2::int4)
;
-- args: meeting_id!, purpose!, subject!, subject_id, round
select from require_vote_subject($1::uuid, $2::vote_purpose, $4::uuid),
	require_round($1::uuid, $2::vote_purpose, $3::text, $4::uuid, coalesce($5::int4, 1))
;
-- args: purpose!, options.title, votes_for, votes_against
select from require_options($1::vote_purpose, $2::text[], $3::int4, $4::int4)
;
-- args: meeting_id!, voted_at_us, eligible, present
select from compare_roll($1::uuid, coalesce($2::timestamptz, now()), $3::int4, $4::int4)
;
-- By hand nothing can be invalid, so that all who voted are the valid ones unless the request says otherwise.
-- args: id!, meeting_id!, item_no, purpose!, subject!, subject_id, method!, round, voted_at_us, issued, returned, missing, valid, invalid, votes_for, votes_against, blank, tellers, options.votes
insert into vote_item (id, unit_id, unit_pos, feed_id, meeting_id, item_no, purpose, subject, subject_id, method, round,
	voted_at, eligible, present, quorum_met, issued, returned, missing, valid, invalid, votes_for, votes_against, blank,
	tellers, rule_key, rule_value, rule_doc, needed, passed)
select $1::uuid, m.unit_id, m.unit_pos, m.feed_id, m.id, $3::int4, $4::vote_purpose, $5::text, $6::uuid,
	$7::vote_method, coalesce($8::int4, 1), t.voted_at, roll.eligible, roll.present,
	roll.present >= least_number(quorum.value, quorum.unit, roll.eligible), $10::int4, $11::int4, $12::int4, t.valid,
	coalesce($14::int4, 0), t.votes_for, coalesce($16::int4, 0), coalesce($17::int4, 0), $18::text, rule.key, rule.value,
	rule.legal_doc, needed.votes,
	case when $4::vote_purpose = 'election' then (select bool_or(o.votes >= needed.votes) from unnest($19::int4[]) as o (votes))
	     else t.votes_for >= needed.votes end
from meeting m
cross join lateral (
	select coalesce($9::timestamptz, now()) as voted_at, coalesce($15::int4, 0) as votes_for,
	       coalesce($13::int4, case when $7::vote_method = 'hand' and $4::vote_purpose <> 'election'
	                                then $15::int4 + coalesce($16::int4, 0) + coalesce($17::int4, 0) end) as valid
) t
cross join lateral roll_at(m.id, t.voted_at) roll
cross join lateral ratio_on(vote_rule_key($4::vote_purpose), day_of(t.voted_at), 'voted_at_us') rule
cross join lateral ratio_on('meeting.quorum_ratio', day_of(t.voted_at), 'voted_at_us') quorum
cross join lateral (select least_number(rule.value, rule.unit, roll.eligible) as votes) needed
where m.id = $2::uuid
;
-- args: id!, options.title, options.votes
insert into vote_option (vote_id, item_no, unit_id, unit_pos, title, votes, valid)
select v.id, o.item_no, v.unit_id, v.unit_pos, o.title, o.votes, v.valid
from vote_item v cross join unnest($2::text[], $3::int4[]) with ordinality as o (title, votes, item_no)
where v.id = $1::uuid
;
-- include: vote/_record
