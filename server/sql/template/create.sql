-- args: lines.kind
select refuse(3, 'required', 'lines') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: id!, code!, name!, kind!
insert into agenda_template (id, feed_id, code, name, kind)
values ($1::uuid, auth.root_feed(), $2::text, $3::text, $4::meeting_kind)
;
-- args: id!, lines.item_no, lines.kind, lines.title, lines.minutes
select from set_template_lines($1::uuid, $2::int4[], $3::text[], $4::text[], $5::int4[])
;
-- args: id!
select t.id, t.version, t.code, t.name, t.kind, l.item_count, l.minutes
from agenda_template t
cross join lateral (select count(*)::int4 as item_count, sum(x.minutes)::int4 as minutes
                    from agenda_template_line x where x.template_id = t.id) l
where t.id = $1::uuid
;
-- args: id!
-- into: lines
select item_no, kind, title, minutes
from agenda_template_line
where template_id = $1::uuid
order by item_no
limit 50
