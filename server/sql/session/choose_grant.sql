-- args: id!
select id, role, unit_path
from auth.choose_grant($1::uuid)
