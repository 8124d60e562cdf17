-- args: id!, day_on!, is_working!, name!, basis!
select from set_day($1::uuid, day($2::text, 'day_on'), $3::boolean, $4::text, $5::text)
;
-- args: day_on!
select c.id, c.version, iso(c.day) as day_on, c.is_working, c.name, c.basis, c.clocks_moved
from calendar_day c
where c.day = day($1::text, 'day_on')
