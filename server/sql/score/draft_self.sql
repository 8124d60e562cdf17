-- args: id!, meeting_id!, table_id!, comment, lines.code, lines.points, lines.note
select from draft_self($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text[], $6::text[], $7::text[])
;
-- include: score/_of_meeting
