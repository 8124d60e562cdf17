-- args: code!
select t.id, t.version, t.code, t.title, t.legal_doc_id, doc_sign(d) as legal_doc, t.edition, t.kind, t.sector,
	points_text(t.max_total) as max_total, iso(lower(t.during)) as from_on, last_day(t.during) as until_on, t.is_example
from criteria_table t join legal_doc d on d.id = t.legal_doc_id
where t.code = $1::text
;
-- args: code!
-- into: criteria
select c.item_no, c.code, c.title, points_text(c.max_points) as max_points, points_text(c.step) as step_points, c.is_gate
from criteria_table t join criterion c on c.table_id = t.id
where t.code = $1::text
order by c.item_no
limit 100
;
-- args: code!
-- into: bands
select b.grade, points_text(b.min_points) as min_points
from criteria_table t join grade_band b on b.table_id = t.id
where t.code = $1::text
order by b.min_points desc
limit 20
