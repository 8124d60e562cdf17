-- args: id!, meeting_id!, member_id, speaker, item_no, summary!, spoken_at_us
select from add_speech($1::uuid, $2::uuid, $3::uuid, $4::text, $5::int4, $6::text, coalesce($7::timestamptz, now()))
;
-- include: meeting/_of_meeting
;
-- args: meeting_id!
-- into: speeches
select s.id, s.speaker, s.item_no, s.summary, s.spoken_at as spoken_at_us
from speech s
where s.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by s.spoken_at, s.id
limit 500
