-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: year
select refuse(3, 'out_of_range', 'year', e'min=1930\nmax=9999') where $1::int4 not between 1930 and 9999
;
-- args: unit_id, metric, period, year, state, live, after_pos, after_id, limit
select id, version, unit_id, unit_path, metric, period, from_on, last_on, term_id, value, state, number, basis, reason, parent_id,
	replaces, share_count, sum_of_shares, sum_differs, difference, proposed_at_us, agreed_at_us, issued_at_us, pos
from target_sheet
where reaches(unit_id, pos)
  and pos between coalesce((select u.pos from unit u where u.id = $1::uuid), 0)
              and coalesce((select u.last from unit u where u.id = $1::uuid), 2147483647)
  and (pos, id) > (coalesce($7::int4, 0), coalesce($8::uuid, '00000000-0000-0000-0000-000000000000'))
  and ($2::text is null or metric = $2::text)
  and ($3::target_period is null or period = $3::target_period)
  and ($4::int4 is null or during && daterange(make_date($4::int4, 1, 1), make_date($4::int4 + 1, 1, 1)))
  and ($5::target_state is null or state = $5::target_state)
  and ($6::boolean is null or (state not in ('adjusted', 'closed')) = $6::boolean)
order by pos, id
limit coalesce($9::int4, 100)
