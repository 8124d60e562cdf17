-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: text
select refuse(3, 'text', 'text', 'value=' || left($1::text, 40)) where not is_text($1::text, 200)
;
-- args: text, after_id, limit
select id, version, number, suffix, issuer, iso(issued_on) as issued_on, title, doc_sign(d) as sign
from legal_doc d
where ($1::text is null or doc_matches(d, $1::text))
  and ($2::uuid is null or (issued_on, id) < (select a.issued_on, a.id from legal_doc a where a.id = $2::uuid))
order by d.issued_on desc, id desc
limit coalesce($3::int4, 100)
