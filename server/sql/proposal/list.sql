-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, state, lying_here, overdue, after_pos, after_id, limit, session.unit_id
select id, version, unit_id, unit_path, state, title, category, drafted_name, sent_at_us, closed_at_us,
	recipients as recipient_count, answered, overdue as overdue_count, pos
from proposal_sheet
where reaches(unit_id, pos, null, drafted_by)
  and pos between coalesce((select u.pos from unit u where u.id = $1::uuid), 0)
              and coalesce((select u.last from unit u where u.id = $1::uuid), 2147483647)
  and (pos, id) > (coalesce($5::int4, 0), coalesce($6::uuid, '00000000-0000-0000-0000-000000000000'))
  and ($2::proposal_state is null or state = $2::proposal_state)
  and (not coalesce($3::boolean, false) or id in (
	select r.proposal_id from recipient_sheet r where r.recipient_id = $8 and r.is_open and inside(r.pos)))
  and ($4::boolean is null or (overdue > 0) = $4::boolean)
order by pos, id
limit coalesce($7::int4, 100)
