-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, kind, depth, after_pos, limit, session.unit_id
select u.id, u.version, p.parent_id, u.code, n.name, n.abbrev, auth.unit_path(u.id, d.day) as path, c.depth as depth,
	u.kind, u.sector, iso(u.founded_on) as founded_on, iso(u.closed_on) as closed_on, u.is_grassroots,
	u.can_decide_admission, u.issues_transfer_letter, u.keeps_member_files, u.pos
from (select coalesce(day($2::text, 'as_of_on'), today()) as day) d
join unit_closure c on c.ancestor_id = coalesce($1::uuid, $7) and c.during @> d.day
join unit u on u.id = c.unit_id
join unit_name n on n.unit_id = u.id and n.during @> d.day
left join unit_parent p on p.unit_id = u.id and p.during @> d.day
where ($3::text is null or u.kind = $3::text)
  and ($4::int4 is null or c.depth <= $4::int4)
  and u.pos > coalesce($5::int4, 0) and inside(u.pos)
order by u.pos
limit coalesce($6::int4, 100)
