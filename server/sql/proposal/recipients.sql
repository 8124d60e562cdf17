-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, session.unit_id
select id, name, height
from auth.recipients_of(coalesce($1::uuid, $2))
order by height
limit 50
