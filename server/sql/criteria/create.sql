-- args: id!, code!, title!, legal_doc_id!, edition, kind, sector, max_total!, from_on!, until_on, is_example, criteria.code, criteria.title, criteria.max_points, criteria.step_points, criteria.is_gate, bands.grade, bands.min_points
select from publish_criteria($1::uuid, $2::text, $3::text, $4::uuid, $5::int4, $6::meeting_kind, $7::text, $8::text,
	day($9::text, 'from_on'), day($10::text, 'until_on'), $11::bool, $12::text[], $13::text[], $14::text[], $15::text[], $16::bool[],
	$17::text[], $18::text[])
;
-- args: id!
select t.id, t.version, t.code, t.title, t.legal_doc_id, doc_sign(d) as legal_doc, t.edition, t.kind, t.sector,
	points_text(t.max_total) as max_total, iso(lower(t.during)) as from_on, last_day(t.during) as until_on, t.is_example
from criteria_table t join legal_doc d on d.id = t.legal_doc_id
where t.id = $1::uuid
;
-- args: id!
-- into: criteria
select c.item_no, c.code, c.title, points_text(c.max_points) as max_points, points_text(c.step) as step_points, c.is_gate
from criteria_table t join criterion c on c.table_id = t.id
where t.id = $1::uuid
order by c.item_no
limit 100
;
-- args: id!
-- into: bands
select b.grade, points_text(b.min_points) as min_points
from criteria_table t join grade_band b on b.table_id = t.id
where t.id = $1::uuid
order by b.min_points desc
limit 20
