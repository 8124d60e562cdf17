-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, after_pos, after_id, limit
select t.id, t.version, t.unit_id, auth.unit_path(t.unit_id, today()) as unit_path, t.name, iso(lower(t.during)) as from_on,
	last_day(t.during) as last_on, t.nominal_years, t.basis, t.unit_pos as pos
from term t
where reaches(t.unit_id, t.unit_pos)
  and t.unit_pos between coalesce((select u.pos from unit u where u.id = $1::uuid), 0)
              and coalesce((select u.last from unit u where u.id = $1::uuid), 2147483647)
  and (t.unit_pos, t.id) > (coalesce($3::int4, 0), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
  and ($2::text is null or t.during @> day($2::text, 'as_of_on'))
order by t.unit_pos, t.id
limit coalesce($5::int4, 100)
