-- args: id!, base_version!, comment, lines.code, lines.points, lines.note
select from update_self($1::uuid, $2::int4, $3::text, $4::text[], $5::text[], $6::text[])
;
-- include: score/_record
