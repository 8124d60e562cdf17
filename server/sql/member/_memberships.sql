-- args: id!
-- into: memberships
select id, unit_id, auth.unit_path(unit_id, today()) as unit_path, kind, iso(lower(during)) as from_on,
	last_day(during) as until_on
from membership
where member_id = $1::uuid and inside(unit_pos)
order by lower(during) desc, id desc
limit 200
