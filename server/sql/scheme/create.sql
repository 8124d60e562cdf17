-- args: lines.sector
select refuse(3, 'required', 'lines') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: id!, code!, name!
insert into scheme (id, feed_id, code, name)
values ($1::uuid, auth.root_feed(), $2::text, $3::text)
;
-- args: id!, lines.sector, lines.label, lines.order_no
insert into scheme_line (scheme_id, sector, label, order_no)
select $1::uuid, l.sector, l.label, coalesce(l.order_no, 0)
from unnest($2::text[], $3::text[], $4::int4[]) as l (sector, label, order_no)
;
-- args: id!
select id, version, code, name from scheme where id = $1::uuid
;
-- args: id!
-- into: lines
select sector, label, order_no
from scheme_line
where scheme_id = $1::uuid
order by order_no, label, sector
limit 500
