-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: after, limit
select id, login_name, person_id, full_name, has_password, created_at_us, last_login_at_us, ended_at_us
from auth.account_rows(null, $1::text, coalesce($2::int4, 50))
limit 200
