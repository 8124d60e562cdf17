-- args: code!
select t.id, t.version, t.code, t.name, t.kind, l.item_count, l.minutes
from agenda_template t
cross join lateral (select count(*)::int4 as item_count, sum(x.minutes)::int4 as minutes
                    from agenda_template_line x where x.template_id = t.id) l
where t.code = $1::text
;
-- args: code!
-- into: lines
select l.item_no, l.kind, l.title, l.minutes
from agenda_template t join agenda_template_line l on l.template_id = t.id
where t.code = $1::text
order by l.item_no
limit 50
