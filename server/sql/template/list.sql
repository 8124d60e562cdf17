-- args:
select t.id, t.version, t.code, t.name, t.kind, l.item_count, l.minutes
from agenda_template t
cross join lateral (select count(*)::int4 as item_count, sum(x.minutes)::int4 as minutes
                    from agenda_template_line x where x.template_id = t.id) l
order by t.code
limit 500
