-- args: key!   into: total
select auth.stale_records($1::int4) as records
;
-- args: key!, limit!
select table_name, column_name, id, value
from auth.stale_values($1::int4, $2::int4)
limit 1000
