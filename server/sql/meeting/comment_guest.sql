-- args: meeting_id!, guest_id!, comment!
select from comment_guest($1::uuid, $2::uuid, $3::text)
;
-- include: meeting/_of_meeting
;
-- include: meeting/_guests
