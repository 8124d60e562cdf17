-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: quarter!, as_of_on, unit_id
select recipient_name, sent, answered, overdue, accepted, refused
from auth.proposal_figures($3::uuid, $1::text, coalesce(day($2::text, 'as_of_on'), today()))
limit 1000
;
-- args: quarter!, as_of_on, unit_id
-- into: totals
select coalesce(sum(f.sent), 0)::int4 as sent, coalesce(sum(f.answered), 0)::int4 as answered,
	coalesce(sum(f.overdue), 0)::int4 as overdue, coalesce(sum(f.accepted), 0)::int4 as accepted,
	coalesce(sum(f.refused), 0)::int4 as refused
from auth.proposal_figures($3::uuid, $1::text, coalesce(day($2::text, 'as_of_on'), today())) f
limit 1
