-- args: id!, meeting_id!, comment, lines.code, lines.points, lines.note
select from score_upper($1::uuid, $2::uuid, $3::text, $4::text[], $5::text[], $6::text[])
;
-- include: score/_of_meeting
