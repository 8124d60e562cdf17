-- args: id!, base_version!, lines.item_no, lines.kind, lines.title, lines.presenter, lines.minutes, lines.candidate_id, lines.admission_case_id
select from set_agenda($1::uuid, $2::int4, array(
	select row(l.*)::agenda_line
	from unnest($3::int4[], $4::text[], $5::text[], $6::text[], $7::int4[], $8::uuid[], $9::uuid[]) as l))
;
-- include: meeting/_record
;
-- include: meeting/_agenda
