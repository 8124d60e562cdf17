-- args: key!   into: total
select auth.stale_records($1::int4) + ledger.stale_bodies_left($1::int4) as records
;
-- args: key!, limit!
select table_name, column_name, id, value
from (select table_name, column_name, id, value from auth.stale_values($1::int4, $2::int4)
      union all
      select table_name, column_name, id, value from ledger.stale_bodies($1::int4, $2::int4)) v
limit 1000
