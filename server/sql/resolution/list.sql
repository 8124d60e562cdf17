-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, kind, period_month, state, number, suffix, after_pos, after_id, limit
select id, version, unit_id, unit_path, kind, state, number, suffix, issuer, issued_on, subject, period_month, from_on, until_on,
	parent_id, superseded_by, meeting_id, pos
from resolution_sheet
where reaches(unit_id, pos, meeting_id)
  and pos between coalesce((select u.pos from unit u where u.id = $1::uuid), 0)
              and coalesce((select u.last from unit u where u.id = $1::uuid), 2147483647)
  and (pos, id) > (coalesce($7::int4, 0), coalesce($8::uuid, '00000000-0000-0000-0000-000000000000'))
  and ($2::resolution_kind is null or kind = $2::resolution_kind)
  and ($3::text is null or period_month = a_month($3::text, 'period_month'))
  and ($4::resolution_state is null or state = $4::resolution_state)
  and ($5::text is null or number = $5::text)
  and ($6::text is null or fold(suffix) = fold($6::text))
order by pos, id
limit coalesce($9::int4, 100)
