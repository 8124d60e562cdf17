-- args: id!
select u.id, u.version, p.parent_id, u.code, n.name, n.abbrev, auth.unit_path(u.id, d.day) as path, 0 as depth,
	u.kind, u.sector, iso(u.founded_on) as founded_on, iso(u.closed_on) as closed_on, u.is_grassroots,
	u.can_decide_admission, u.issues_transfer_letter, u.keeps_member_files, u.pos
from (select today() as day) d
join unit u on u.id = $1::uuid
join unit_name n on n.unit_id = u.id and n.during @> d.day
left join unit_parent p on p.unit_id = u.id and p.during @> d.day
