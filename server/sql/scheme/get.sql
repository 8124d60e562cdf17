-- args: code!
select id, version, code, name from scheme where code = $1::text
;
-- args: code!
-- into: lines
select l.sector, l.label, l.order_no
from scheme s join scheme_line l on l.scheme_id = s.id
where s.code = $1::text
order by l.order_no, l.label, l.sector
limit 500
