-- args: id!, base_version!, lines.id, lines.unit_id, lines.unit_code, lines.value, difference
select from cascade_target($1::uuid, $2::int4, array(
	select row(l.id, l.unit_id, l.unit_code, l.value)::target_line
	from unnest($3::uuid[], $4::uuid[], $5::text[], $6::int4[]) as l (id, unit_id, unit_code, value)), $7::text)
;
-- include: target/_record
