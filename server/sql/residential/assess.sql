-- args: lines.registration_id
select refuse(3, 'out_of_range', 'lines', e'min=1\nmax=500') where cardinality($1::uuid[]) > 500
;
-- args: unit_id!, year!, lines.registration_id!, lines.grade!, lines.note
select from assess_residents($1::uuid, $2::int4, $3::uuid[], $4::text[], $5::text[])
;
-- include: residential/_of_assessment
