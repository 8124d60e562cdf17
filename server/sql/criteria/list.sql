-- args: as_of_on, kind
select t.id, t.version, t.code, t.title, t.legal_doc_id, doc_sign(d) as legal_doc, t.edition, t.kind, t.sector,
	points_text(t.max_total) as max_total, iso(lower(t.during)) as from_on, last_day(t.during) as until_on, t.is_example
from criteria_table t join legal_doc d on d.id = t.legal_doc_id
where ($1::text is null or t.during @> day($1::text, 'as_of_on'))
  and ($2::meeting_kind is null or t.kind is null or t.kind = $2::meeting_kind)
order by lower(t.during) desc, t.code
limit 500
