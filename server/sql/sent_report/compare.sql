-- args: id!, with_id
select row_key, field, before, after
from auth.report_differences($1::uuid, $2::uuid)
limit 5000
