-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, state, is_due, after_due_on, after_id, limit
select id, version, unit_id, unit_path, full_name, joined_on, due_on, state, is_due, reminder, working_days_left
from probation_sheet
where reaches(unit_id, pos)
  and pos between coalesce((select u.pos from unit u where u.id = $1::uuid), 0)
              and coalesce((select u.last from unit u where u.id = $1::uuid), 2147483647)
  and state = any (case when $2::probation_state is null
                        then '{running,branch_approved,grassroots_approved,under_review,removal_proposed}'::probation_state[]
                        else array[$2::probation_state] end)
  and ($3::boolean is null or (due <= today()) = $3::boolean)
  and ($5::uuid is null or (due, id) > (coalesce(day($4::text, 'after_due_on'), '-infinity'::date), $5::uuid))
order by due, id
limit coalesce($6::int4, 100)
